"""Suggest after errors of backends and unplugs: files, huge pages, NUMA policies, busy memory.

The errors are those of docs/qemu-behaviour/backends.md §6, §8, §9 and
docs/qemu-behaviour/devices.md §6, §7, §8.
"""

from __future__ import annotations

import os

from hmp.assist.queries import backend_user, is_unplug_pending
from hmp.assist.suggestions.context import Suggestion, SuggestionContext, join_names, suggest
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
from hmp.machine.devices.pci import UnplugPendingError
from hmp.machine.devices.virtio_mem import MemdevPreallocError, StillPluggedError
from hmp.machine.memory.host import (
    available_memory,
    huge_page_pools,
    hugetlbfs_mounts,
    memory_nodes,
)
from hmp.machine.memory.mapping import MapError, NumaBindError, PreallocError
from hmp.machine.run_state import ResetRequiredError
from hmp.units import format_size, format_size_approx, round_up


@suggest.register
def _mapped(error: BackendMappedError, ctx: SuggestionContext) -> Suggestion:
    machine = ctx.machine
    backend = next((item for item in machine.backends if item.name == error.name), None)
    user = backend_user(machine, backend) if backend else ""
    device = machine.peripheral.children.get(user)
    if device is None:
        return Suggestion(f"{user or 'the machine'} uses it until it is shut down")
    if is_unplug_pending(machine, device):
        return Suggestion(f"the unplug of {user} is pending" + _unplug_hint(ctx))
    return Suggestion(f"{user} uses it: device_del {user} first")


def _unplug_hint(ctx: SuggestionContext) -> str:
    machine = ctx.machine
    if not machine.run_state.is_running:
        return ": `cont` lets the guest run"
    return (
        ": `guest listen` unmasks its interrupts"
        if machine.guest.interrupts_masked
        else "; `info guest` shows why"
    )


@suggest.register
def _pages(error: PageSizeError, ctx: SuggestionContext) -> Suggestion:
    page = error.page_size
    given = ctx.line.value_of("size") or "0"
    try:
        size = round_up(parse_size(given), page)
    except ValueError:
        return Suggestion()
    return Suggestion(
        f"the page size is {format_size(page)}: the next size that fits is {format_size(size)}",
        ctx.with_option("size", format_size(size)),
    )


@suggest.register
def _file(error: BackingFileError, ctx: SuggestionContext) -> Suggestion:
    path = ctx.line.value_of("mem-path") or ""
    directory = os.path.dirname(path) or "."
    if not os.path.isdir(directory):
        return Suggestion(
            f"there is no directory {directory}; a directory alone means a temporary file in it"
        )
    if os.path.exists(path) and not os.access(path, os.W_OK):
        return Suggestion("the file can't be written: readonly=on,rom=on maps it read-only")
    return Suggestion()


@suggest.register
def _no_memory(error: MapError | PreallocError, ctx: SuggestionContext) -> Suggestion:
    mount = next(
        (
            mount
            for mount in hugetlbfs_mounts()
            if mount.path == (ctx.line.value_of("mem-path") or "").rstrip("/")
        ),
        None,
    )
    if mount or ctx.line.value_of("hugetlb") == "on":
        return Suggestion(_free_huge_pages(mount.page_size if mount else 0))
    return Suggestion(
        f"the host has {format_size_approx(available_memory())} to give; reserve=off asks for "
        "none in advance"
    )


def _free_huge_pages(page_size: int) -> str:
    found = [
        f"{pool.free} of {format_size(pool.page_size)} ({format_size(pool.free * pool.page_size)})"
        for pool in huge_page_pools()
        if page_size in (0, pool.page_size)
    ]
    return f"free huge pages: {join_names(found)}; more: echo N > /proc/sys/vm/nr_hugepages"


@suggest.register
def _policy(error: HostNodesPolicyError, ctx: SuggestionContext) -> Suggestion:
    nodes = join_names(map(str, memory_nodes()))
    return Suggestion(
        f"the host has node {nodes}: host-nodes=N together with policy=bind, preferred or "
        "interleave"
    )


@suggest.register
def _incompatible(error: PreallocReserveError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("leave one of them out: preallocated memory is reserved memory")


@suggest.register
def _nodes(error: NumaBindError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion(f"nodes of the host with memory: {join_names(map(str, memory_nodes()))}")


@suggest.register
def _fixed(error: FixedPropertyError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("it is fixed once the backend has its memory: object_del it and make another")


@suggest.register
def _realized(error: RealizedPropertyError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion(
        "it is fixed once the device is plugged: unplug it and plug it with other properties"
    )


@suggest.register
def _leaving(error: UnplugPendingError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("the unplug is pending" + _unplug_hint(ctx))


@suggest.register
def _give_back(error: StillPluggedError, ctx: SuggestionContext) -> Suggestion:
    name = ctx.first_word or "ID"
    return Suggestion(
        f"let the guest give it back first: qom-set {name} requested-size 0",
        f"qom-set {name} requested-size 0",
    )


@suggest.register
def _unarmed(error: UnarmedError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("the backend is read-only: add unarmed=on", ctx.with_option("unarmed", "on"))


@suggest.register
def _label(error: LabelSizeError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("a label has at least 128K", ctx.with_option("label-size", "128K"))


@suggest.register
def _prealloc(error: MemdevPreallocError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("make the backend without prealloc=on, and plug the device with it")


@suggest.register
def _reset(error: ResetRequiredError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("the guest powered off: system_reset, then cont", "system_reset")


@suggest.register
def _address(error: NotRamError | UnmappedError, ctx: SuggestionContext) -> Suggestion:
    ranges = [item for item in ctx.machine.address_space.ranges if item.mapping]
    return Suggestion(
        "there is memory at "
        f"{join_names(f'0x{item.start:x}-0x{item.end - 1:x}' for item in ranges)}"
    )
