"""Suggest after errors of placement: slots, sizes, addresses, NUMA nodes, buses, a missing balloon.

The errors are those of docs/qemu-behaviour/devices.md §4, §5, §6.
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.assist.properties import creatable_types
from hmp.assist.queries import backend_user, free_backends
from hmp.assist.suggestions.context import Line, Suggestion, SuggestionContext, suggestions
from hmp.assist.suggestions.similar import free_name, join_names
from hmp.assist.suggestions.start import larger_machine, named_backend
from hmp.errors import DeviceNotActiveError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.bus import BusError, WrongBusError
from hmp.machine.devices.memory_device import MemdevBusyError, NodeRangeError
from hmp.machine.devices.pci.device import PciSlotError
from hmp.machine.devices.virtio_mem import RequestedSizeError, VirtioMem
from hmp.machine.memory.capacity import fitting_gaps, free_bytes, free_slots
from hmp.machine.memory.placement import (
    AddressError,
    FragmentedError,
    InvalidSlotError,
    NoFreeSlotError,
    NoSlotsError,
    NoSpaceError,
    SlotBusyError,
    UnalignedSizeError,
)
from hmp.units import MIB, format_size, format_sizes, round_up

# The alignment of anonymous memory (docs/qemu-behaviour/devices.md §5).
DEFAULT_ALIGNMENT_BYTES = 2 * MIB


def _capacity_left(ctx: SuggestionContext, size: str) -> str:
    slots = len(free_slots(ctx.machine))
    # Without a free slot only a device that needs none comes so far as to lack space.
    return f"{slots} slot{'s' * (slots != 1)} and {size} left" if slots else f"{size} left"


def _fitting_backend(ctx: SuggestionContext) -> MemoryBackend | None:
    """Return the largest free backend that the failed line would plug."""
    by_size = sorted(free_backends(ctx.machine), key=lambda item: -item.size)
    return next(
        (item for item in by_size if ctx.accepts(ctx.with_option("memdev", item.name))), None
    )


@suggestions.register
def _slot(
    error: NoFreeSlotError | NoSlotsError | InvalidSlotError | SlotBusyError, ctx: SuggestionContext
) -> Iterator[Suggestion]:
    machine, free = ctx.machine, free_slots(ctx.machine)
    if free:
        yield Suggestion(
            f"free slots: {join_names(map(str, free))}; without slot= the lowest is taken",
            mended=ctx.with_option("slot", str(free[0])),
        )
        return
    if not machine.slot_count:
        what = "the machine has no slots"
    elif machine.slot_count == 1:
        what = "the only slot is taken"
    else:
        what = f"all {machine.slot_count} slots are taken"
    yield from _without_slot(ctx, what)
    holders = [
        device.owner.identifier
        for device in machine.memory_devices
        if device.label == "dimm" and device.owner.identifier
    ]
    for holder in reversed(holders):
        yield Suggestion(f"{what}: ", Line(f"device_del {holder}"), " frees one")
    option = larger_machine(ctx)
    yield Suggestion(f"{what}: start with {option}" if option else what)


def _without_slot(ctx: SuggestionContext, what: str) -> Iterator[Suggestion]:
    """Yield the failed line with a virtio-mem-pci, where that can be plugged."""
    line = ctx.with_type("virtio-mem-pci")
    if ctx.line.value_of("memdev") and ctx.accepts(line):
        yield Suggestion(f"{what}; virtio-mem-pci needs none", mended=line)


@suggestions.register
def _no_space(error: NoSpaceError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    free, fitting = free_bytes(ctx.machine), _fitting_backend(ctx)
    if fitting:
        left, size = format_sizes(free, fitting.size)
        yield Suggestion(
            f"{_capacity_left(ctx, left)}; {fitting.name} ({size}) fits",
            mended=ctx.with_option("memdev", fitting.name),
        )
    backend = named_backend(ctx)
    alignment = backend.alignment if backend else DEFAULT_ALIGNMENT_BYTES
    largest = min(free, _largest_gap(ctx, alignment)) // alignment * alignment
    option = larger_machine(ctx)
    start = f"start with {option}" if option else "unplug something"
    left, most = format_sizes(free, largest)
    if largest:
        yield Suggestion(f"{_capacity_left(ctx, left)}; {most} fit at most, or {start}")
    yield Suggestion(f"{_capacity_left(ctx, left)}: {start}")


def _largest_gap(ctx: SuggestionContext, alignment: int) -> int:
    """Return the bytes of the largest gap from its first aligned address on."""
    return max((gap.end - gap.first for gap in fitting_gaps(ctx.machine, 0, alignment)), default=0)


@suggestions.register
def _unaligned_size(error: UnalignedSizeError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    step, backend, fitting = error.alignment, named_backend(ctx), _fitting_backend(ctx)
    size = backend.size if backend else 0
    most = min(free_bytes(ctx.machine), _largest_gap(ctx, step))
    near = [near for near in (size // step * step, round_up(size, step)) if 0 < near <= most]
    first, *others = format_sizes(step, *near, *([fitting.size] if fitting else []))
    text = f"sizes are multiples of {first}"
    if near:
        text += f", so {' or '.join(others[: len(near)])}"
    if fitting:
        yield Suggestion(
            f"{text}; {fitting.name} ({others[-1]}) fits",
            mended=ctx.with_option("memdev", fitting.name),
        )
    yield Suggestion(text)


@suggestions.register
def _address(error: AddressError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    backend, key = named_backend(ctx), error.parameter
    if backend is None:
        return
    if backend.user:
        user = backend_user(ctx.machine, backend)
        yield Suggestion(f"{backend.name} is used by {user}: plug another backend")
        return
    for gap in fitting_gaps(ctx.machine, backend.size, backend.alignment):
        line = ctx.with_option(key, f"0x{gap.first:x}")
        if ctx.accepts(line):
            yield Suggestion(
                f"the first address that fits is 0x{gap.first:x}; without {key}= it is taken",
                mended=line,
            )
            return
    size = format_size(backend.size)
    yield Suggestion(f"no gap holds {size}; ", Line("explain"), " shows them")
    yield Suggestion(f"no gap holds {size}")


@suggestions.register
def _fragmented(error: FragmentedError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    backend = named_backend(ctx)
    alignment = backend.alignment if backend else DEFAULT_ALIGNMENT_BYTES
    fitting = _fitting_backend(ctx)
    free, largest, size = format_sizes(
        free_bytes(ctx.machine),
        max(_largest_gap(ctx, alignment), 0),
        fitting.size if fitting else 0,
    )
    text = f"{free} are left, but the largest gap at that alignment has {largest}"
    if fitting:
        yield Suggestion(
            f"{text}; {fitting.name} ({size}) fits",
            mended=ctx.with_option("memdev", fitting.name),
        )
    yield Suggestion(f"{text}; ", Line("explain"), " shows the gaps")
    yield Suggestion(text)


@suggestions.register
def _no_balloon(error: DeviceNotActiveError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    name = "balloon0"
    if name in ctx.machine.peripheral.children:
        name = free_name(name, ctx.machine.peripheral.children)
    line = f"device_add virtio-balloon-pci,id={name}"
    yield Suggestion("plug a balloon first: ", Line(line), mended=line)
    yield Suggestion("start with a balloon: -device virtio-balloon,id=balloon0")


@suggestions.register
def _busy(error: MemdevBusyError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    named = next((item for item in ctx.machine.backends if item.name == error.memdev), None)
    holder = (
        f"{error.memdev} is used by {backend_user(ctx.machine, named)}"
        if named
        else f"{error.memdev} is in use"
    )
    free = free_backends(ctx.machine)
    if not free:
        yield Suggestion(f"{holder}, and no other backend is free: make one with object_add")
        return
    fitting = _fitting_backend(ctx)
    listed = join_names(item.name for item in free)
    if fitting:
        yield Suggestion(
            f"{holder}; free: {listed}", mended=ctx.with_option("memdev", fitting.name)
        )
    yield Suggestion(f"{holder}; free, but none fits: {listed}")


@suggestions.register
def _node(error: NodeRangeError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    count = max(len(ctx.machine.numa_nodes), 1)
    nodes = "the only node is 0" if count == 1 else f"nodes are 0 to {count - 1}"
    yield Suggestion(
        f"{nodes}; -numa node,... adds some at the start", mended=ctx.with_option("node", "0")
    )


@suggestions.register
def _bus(error: BusError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    names = [
        bus.name for bus in ctx.machine.pci_buses if ctx.accepts(ctx.with_option("bus", bus.name))
    ]
    if names:
        yield Suggestion(
            f"buses with a free slot: {join_names(names)}", mended=ctx.with_option("bus", names[0])
        )
    if ctx.machine.board.root_bus_kind == "PCIE":
        yield Suggestion(
            "start with a port to plug into: -device pcie-root-port,id=rp, then bus=rp"
        )
    elif ctx.line.value_of("bus"):
        yield Suggestion("leave bus= out", mended=ctx.without_option("bus"))


@suggestions.register
def _root_bus(error: WrongBusError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    behind = f"{error.driver}-pci"
    if behind in creatable_types("driver"):
        yield Suggestion(f"the device to plug is {behind}", mended=ctx.with_type(behind))
    if not ctx.machine.pci_buses:
        name = ctx.machine.board.name
        yield Suggestion(f"the board {name} has no PCI bus: start with -M pc or -M q35")
    elif ctx.line.value_of("bus"):
        yield Suggestion(
            "name a bus of the right kind, or leave bus= out", mended=ctx.without_option("bus")
        )
    else:
        yield Suggestion(f"no bus for {error.driver} has a place left")


@suggestions.register
def _pci_slot(error: PciSlotError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    if ctx.line.value_of("addr"):
        yield Suggestion("leave addr= out to take a free slot", mended=ctx.without_option("addr"))
        return
    yield Suggestion("no PCI slot is left: unplug a device, or start with -vga none -nic none")


@suggestions.register
def _requested(error: RequestedSizeError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    """Suggest a size in whole blocks of at most the backend's size."""
    device = _virtio_mem(ctx)
    backend = device.backend if device else named_backend(ctx)
    block = device.block_size if device else error.block_size
    step, most = format_sizes(block, backend.size if backend else error.backend_size)
    yield Suggestion(f"it is a multiple of {step}, at most {most}")


def _virtio_mem(ctx: SuggestionContext) -> VirtioMem | None:
    path = ctx.first_word
    return next(
        (
            device
            for device in ctx.machine.memory_devices
            if isinstance(device, VirtioMem)
            and path in (device.owner.identifier, device.owner.path)
        ),
        None,
    )
