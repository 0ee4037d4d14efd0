"""Suggest after errors of placement: slots, sizes, addresses, NUMA nodes, buses, a missing balloon.

The errors are those of docs/qemu-behaviour/devices.md §4, §5, §6.
"""

from __future__ import annotations

from hmp.assist.queries import backend_user, free_backends
from hmp.assist.suggestions.context import Suggestion, SuggestionContext, join_names, suggest
from hmp.errors import DeviceNotActiveError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.bus import BusError, WrongBusError
from hmp.machine.devices.dimm import NvdimmDisabledError
from hmp.machine.devices.memory_device import (
    MemdevBusyError,
    NodeRangeError,
    NotPreparedError,
)
from hmp.machine.devices.pci import PciSlotError
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
from hmp.units import MIB, format_size, round_up

# The alignment of anonymous memory (docs/qemu-behaviour/devices.md §5).
DEFAULT_ALIGNMENT_BYTES = 2 * MIB


def _backend(ctx: SuggestionContext) -> MemoryBackend | None:
    found = ctx.machine.objects.children.get(ctx.line.value_of("memdev") or "")
    return found if isinstance(found, MemoryBackend) else None


def _capacity_left(ctx: SuggestionContext) -> str:
    slots = len(free_slots(ctx.machine))
    return f"{slots} slot{'s' * (slots != 1)} and {format_size(free_bytes(ctx.machine))} left"


@suggest.register
def _slot(
    error: NoFreeSlotError | NoSlotsError | InvalidSlotError | SlotBusyError, ctx: SuggestionContext
) -> Suggestion:
    machine, free = ctx.machine, free_slots(ctx.machine)
    if free:
        return Suggestion(
            f"free slots: {join_names(map(str, free))}; without slot= the lowest is taken",
            ctx.with_option("slot", str(free[0])),
        )
    if not machine.slot_count:
        return Suggestion(
            "the machine has no slots: start with -m 1G,slots=4,maxmem=8G, or plug a "
            "virtio-mem-pci, which needs none"
        )
    holders = [
        device.owner.identifier
        for device in machine.memory_devices
        if device.label == "dimm" and device.owner.identifier
    ]
    unplug = f": device_del {holders[-1]} frees one" if holders else ""
    taken = f"all {machine.slot_count} slots are" if machine.slot_count > 1 else "the only slot is"
    return Suggestion(f"{taken} taken{unplug}; virtio-mem-pci needs none")


@suggest.register
def _no_space(error: NoSpaceError, ctx: SuggestionContext) -> Suggestion:
    free = free_bytes(ctx.machine)
    fitting = [
        item
        for item in free_backends(ctx.machine)
        if item.size <= free and item.size % item.alignment == 0
    ]
    if fitting:
        best = max(fitting, key=lambda item: item.size)
        return Suggestion(
            f"{_capacity_left(ctx)}; {best.name} ({format_size(best.size)}) fits",
            ctx.with_option("memdev", best.name),
        )
    if not free:
        return Suggestion(f"{_capacity_left(ctx)}: unplug something, or start with a larger maxmem")
    backend = _backend(ctx)
    alignment = backend.alignment if backend else DEFAULT_ALIGNMENT_BYTES
    largest = free // alignment * alignment
    return Suggestion(
        f"{_capacity_left(ctx)}; the largest backend that fits is {format_size(largest)}"
    )


@suggest.register
def _unaligned_size(error: UnalignedSizeError, ctx: SuggestionContext) -> Suggestion:
    step = error.alignment
    backend = _backend(ctx)
    if backend is None:
        return Suggestion(f"sizes are multiples of {format_size(step)}")
    below = backend.size // step * step
    near = [
        size
        for size in (below, round_up(backend.size, step))
        if 0 < size <= free_bytes(ctx.machine)
    ]
    return Suggestion(
        f"{_capacity_left(ctx)}; the next size that fits is a multiple of {format_size(step)}: "
        f"{join_names(map(format_size, near))}"
    )


@suggest.register
def _address(error: AddressError, ctx: SuggestionContext) -> Suggestion:
    backend = _backend(ctx)
    if backend is None:
        return Suggestion()
    key = error.parameter
    fits = list(fitting_gaps(ctx.machine, backend.size, backend.alignment))
    if not fits:
        return Suggestion(f"no gap holds {format_size(backend.size)}; `explain` shows them")
    return Suggestion(
        f"the first address that fits is 0x{fits[0].first:x}; without {key}= it is taken",
        ctx.with_option(key, f"0x{fits[0].first:x}"),
    )


@suggest.register
def _fragmented(error: FragmentedError, ctx: SuggestionContext) -> Suggestion:
    backend = _backend(ctx)
    alignment = backend.alignment if backend else DEFAULT_ALIGNMENT_BYTES
    largest = max(
        (gap.end - gap.first for gap in fitting_gaps(ctx.machine, 0, alignment)), default=0
    )
    return Suggestion(
        f"{format_size(free_bytes(ctx.machine))} are left, but the largest gap at that alignment "
        f"has {format_size(max(largest, 0))}; `explain` shows the gaps"
    )


@suggest.register
def _no_balloon(error: DeviceNotActiveError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("plug a balloon first: device_add virtio-balloon-pci,id=balloon0")


@suggest.register
def _not_prepared(error: NotPreparedError, ctx: SuggestionContext) -> Suggestion:
    size = ctx.machine.memory_config.size
    return Suggestion(
        f"start with maxmem: -m {format_size(size)},slots=4,maxmem={format_size(size * 8)}"
    )


@suggest.register
def _busy(error: MemdevBusyError, ctx: SuggestionContext) -> Suggestion:
    named = next((item for item in ctx.machine.backends if item.name == error.memdev), None)
    holder = (
        f"{error.memdev} is used by {backend_user(ctx.machine, named)}"
        if named
        else f"{error.memdev} is in use"
    )
    free = free_backends(ctx.machine)
    if not free:
        return Suggestion(f"{holder}, and no other backend is free: make one with object_add")
    fitting = [item.name for item in free if item.size <= free_bytes(ctx.machine)]
    fixed = ctx.with_option("memdev", fitting[0]) if fitting else ""
    return Suggestion(f"{holder}; free: {join_names(item.name for item in free)}", fixed)


@suggest.register
def _node(error: NodeRangeError, ctx: SuggestionContext) -> Suggestion:
    count = max(len(ctx.machine.numa_nodes), 1)
    nodes = "the only node is 0" if count == 1 else f"nodes are 0 to {count - 1}"
    return Suggestion(
        f"{nodes}; -numa node,... adds some at the start", ctx.with_option("node", "0")
    )


@suggest.register
def _nvdimm(error: NvdimmDisabledError, ctx: SuggestionContext) -> Suggestion:
    family = "q35" if ctx.machine.board.root_bus_kind == "PCIE" else "pc"
    return Suggestion(f"start with -M {family},nvdimm=on; virtio-pmem-pci works without")


@suggest.register
def _bus(error: BusError, ctx: SuggestionContext) -> Suggestion:
    ports = [
        bus
        for bus in ctx.machine.pci_buses
        if bus.hotplug and not (bus.single_slot and bus.functions)
    ]
    if ports:
        return Suggestion(
            f"buses with a free slot: {join_names(bus.name for bus in ports)}",
            ctx.with_option("bus", ports[0].name),
        )
    return Suggestion("start with a port to plug into: -device pcie-root-port,id=rp, then bus=rp")


@suggest.register
def _root_bus(error: WrongBusError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion(
        "plug what sits on no bus, such as a pc-dimm"
        if not ctx.machine.pci_buses
        else "name a bus of the right kind, or leave bus= out"
    )


@suggest.register
def _pci_slot(error: PciSlotError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion(
        "leave addr= out to take a free slot"
        if ctx.line.value_of("addr")
        else "no PCI slot is left: unplug a device, or start with -vga none -nic none"
    )


@suggest.register
def _requested(error: RequestedSizeError, ctx: SuggestionContext) -> Suggestion:
    """Suggest a size in whole blocks of at most the backend's size."""
    device = _virtio_mem(ctx)
    backend = device.backend if device else _backend(ctx)
    block = device.block_size if device else error.block_size
    maximum = format_size(backend.size) if backend else "the size of the backend"
    return Suggestion(f"it is a multiple of {format_size(block)}, at most {maximum}")


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
