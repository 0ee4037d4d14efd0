"""Suggest after errors of backends and unplugs: files, huge pages, NUMA policies, busy memory.

The errors are those of docs/qemu-behaviour/backends.md §6, §8, §9 and
docs/qemu-behaviour/devices.md §6, §7, §8.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from hmp.assist.queries import backend_user, is_unplug_pending
from hmp.assist.suggestions.context import Line, Suggestion, SuggestionContext, suggestions
from hmp.assist.suggestions.similar import join_names
from hmp.commands.guest_memory.memory import NotRamError, UnmappedError
from hmp.grammar.numbers import parse_size
from hmp.machine.backends.backing_file import BackingFileError
from hmp.machine.backends.base import (
    BackendMappedError,
    FixedPropertyError,
    HostNodesPolicyError,
    PageSizeError,
    PreallocReserveError,
)
from hmp.machine.devices.base import RealizedPropertyError
from hmp.machine.devices.dimm import LabelSizeError, UnarmedError
from hmp.machine.devices.pci.device import UnplugPendingError
from hmp.machine.devices.virtio_mem import MemdevPreallocError, StillPluggedError
from hmp.machine.memory.host import (
    available_memory,
    huge_page_pools,
    hugetlbfs_mounts,
    memory_nodes,
)
from hmp.machine.memory.mapping import MapError, NumaBindError, PreallocError
from hmp.machine.qom.object import resolve
from hmp.machine.run_state import ResetRequiredError
from hmp.units import format_size, format_size_approx, round_up


@suggestions.register
def _mapped(error: BackendMappedError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    machine = ctx.machine
    backend = next((item for item in machine.backends if item.name == error.name), None)
    user = backend_user(machine, backend) if backend else "the machine"
    device, _ambiguous = resolve(machine.root, user)
    if device is None:
        yield Suggestion(f"{user} uses it until it is shut down")
    elif is_unplug_pending(machine, device):
        yield from _pending(f"the unplug of {user} is pending", ctx)
    else:
        yield Suggestion(f"{user} uses it: ", Line(f"device_del {user}"), " first")
        yield Suggestion(f"{user} uses it, and can't be unplugged now")


def _pending(what: str, ctx: SuggestionContext) -> Iterator[Suggestion]:
    """Suggest what lets a guest answer that has an unplug before it."""
    machine = ctx.machine
    if not machine.run_state.is_running:
        yield Suggestion(f"{what}: ", Line("cont"), " lets the guest run")
    if machine.simulates_guest and machine.guest.interrupts_masked:
        yield Suggestion(f"{what}: ", Line("guest listen"), " unmasks its interrupts")
    yield Suggestion(f"{what}; ", Line("info guest"), " shows why")


@suggestions.register
def _pages(error: PageSizeError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    page = error.page_size
    given = ctx.line.value_of("size") or "0"
    try:
        size = round_up(parse_size(given), page)
    except ValueError:
        return
    yield Suggestion(
        f"the page size is {format_size(page)}: the next size that fits is {format_size(size)}",
        mended=ctx.with_option("size", format_size(size)),
    )


@suggestions.register
def _file(error: BackingFileError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    path = ctx.line.value_of("mem-path") or ""
    directory = os.path.dirname(path) or "."
    if not os.path.isdir(directory):
        yield Suggestion(
            f"there is no directory {directory}; a directory alone means a temporary file in it"
        )
    elif os.path.exists(path) and not os.access(path, os.W_OK):
        yield Suggestion(
            "the file can't be written: readonly=on,rom=on maps it read-only",
            mended=f"{ctx.with_option('readonly', 'on')},rom=on",
        )


@suggestions.register
def _no_memory(error: MapError | PreallocError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    path = (ctx.line.value_of("mem-path") or "").rstrip("/")
    mount = next((mount for mount in hugetlbfs_mounts() if mount.path == path), None)
    if mount or ctx.line.value_of("hugetlb") == "on":
        yield Suggestion(_free_huge_pages(mount.page_size if mount else 0))
        return
    left = f"the host has {format_size_approx(available_memory())} to give"
    lazily = ctx.with_option("reserve", "off")
    if ctx.accepts(lazily):
        yield Suggestion(f"{left}; reserve=off asks for none in advance", mended=lazily)
    yield Suggestion(left)


def _free_huge_pages(page_size: int) -> str:
    found = [
        f"{pool.free} of {format_size(pool.page_size)} ({format_size(pool.free * pool.page_size)})"
        for pool in huge_page_pools()
        if page_size in (0, pool.page_size)
    ]
    return f"free huge pages: {join_names(found)}; more: echo N > /proc/sys/vm/nr_hugepages"


@suggestions.register
def _policy(error: HostNodesPolicyError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    nodes = join_names(map(str, memory_nodes()))
    yield Suggestion(
        f"the host has node {nodes}: host-nodes=N together with policy=bind, preferred or "
        "interleave"
    )


@suggestions.register
def _incompatible(error: PreallocReserveError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion("leave one of them out: preallocated memory is reserved memory")


@suggestions.register
def _nodes(error: NumaBindError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion(f"nodes of the host with memory: {join_names(map(str, memory_nodes()))}")


@suggestions.register
def _fixed(error: FixedPropertyError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion("it is fixed once the backend has its memory: object_del it and make another")


@suggestions.register
def _realized(error: RealizedPropertyError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion(
        "it is fixed once the device is plugged: unplug it and plug it with other properties"
    )


@suggestions.register
def _leaving(error: UnplugPendingError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield from _pending("the unplug is pending", ctx)


@suggestions.register
def _give_back(error: StillPluggedError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    line = f"qom-set {ctx.first_word} requested-size 0"
    yield Suggestion("let the guest give it back first: ", Line(line), mended=line)
    yield Suggestion("let the guest give it back first: set requested-size to 0")


@suggestions.register
def _unarmed(error: UnarmedError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion(
        "the backend is read-only: add unarmed=on", mended=ctx.with_option("unarmed", "on")
    )


@suggestions.register
def _label(error: LabelSizeError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion("a label has at least 128K", mended=ctx.with_option("label-size", "128K"))


@suggestions.register
def _prealloc(error: MemdevPreallocError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion("make the backend without prealloc=on, and plug the device with it")


@suggestions.register
def _reset(error: ResetRequiredError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield Suggestion(
        "the guest powered off: ", Line("system_reset"), ", then cont", mended="system_reset"
    )


@suggestions.register
def _address(error: NotRamError | UnmappedError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    ranges = [item for item in ctx.machine.address_space.ranges if item.mapping]
    shown = join_names(f"0x{item.start:x}-0x{item.end - 1:x}" for item in ranges)
    yield Suggestion(f"there is memory at {shown}")
