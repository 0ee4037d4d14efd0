"""List candidates for the value of an option: by the property's type, and by what is free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from hmp.assist.completion import candidates
from hmp.assist.completion.candidates import Candidate
from hmp.assist.help.descriptions import VALUE_DESCRIPTIONS
from hmp.assist.properties import OBJECT_KEY, device_type
from hmp.assist.queries import free_backends
from hmp.grammar.command_line import CommandInfo, ParsedLine
from hmp.machine.devices.pci.device import FUNCTIONS, SLOTS
from hmp.machine.machine import Machine
from hmp.machine.memory.capacity import fitting_gaps, free_bytes
from hmp.machine.memory.host import huge_page_pools, memory_nodes
from hmp.machine.qom.property import BackendId, Boolean, Enumeration, Integer, Link, Property, Size
from hmp.units import GIB, MIB, format_size

AnyLine = ParsedLine[CommandInfo]
COMMON_SIZES = (128 * MIB, 256 * MIB, 512 * MIB, GIB, 2 * GIB, 4 * GIB, 8 * GIB, 16 * GIB)
BLOCK_SIZES = (2 * MIB, 4 * MIB, 16 * MIB, 128 * MIB)


def value_candidates(
    machine: Machine, line: AnyLine, item: Property, typed: str
) -> Iterable[Candidate]:
    """Return the candidates for a property's value in the option list of a line."""
    special = _BY_NAME.get(item.name)
    # Of PCI devices `addr` is the slot; theirs in memory is `memaddr`.
    if item.name == "addr" and line.type_name not in ("pc-dimm", "nvdimm"):
        return _pci_slots(machine, line)
    if special and (line.implied_key != OBJECT_KEY or item.name in _OF_OBJECTS):
        return special(machine, line, typed)
    return property_candidates(machine, item)


def property_candidates(machine: Machine, item: Property) -> Iterator[Candidate]:
    """Yield the candidates for a property's value by its type alone."""
    if isinstance(item.type, Boolean):
        for word in ("on", "off"):
            yield Candidate(word, "on/off", "the default" if item.default is (word == "on") else "")
    elif isinstance(item.type, Enumeration):
        for word in item.type.choices:
            description = VALUE_DESCRIPTIONS.get((item.type.label, word), "")
            default = "the default" if item.default == word else ""
            yield Candidate(word, "word", ": ".join(filter(None, (default, description))))
    elif isinstance(item.type, BackendId):
        yield from _of_backend(machine, item.type.kind)
    elif isinstance(item.type, Link):
        for name, child in machine.objects.children.items():
            if child.is_a(item.type.target):
                yield Candidate(name, child.type_name, "")
    elif isinstance(item.type, Size) and item.default:
        yield Candidate(
            format_size(item.default) if isinstance(item.default, int) else "",
            "size",
            "the default",
        )
    elif isinstance(item.type, Integer) and item.shows_default and isinstance(item.default, int):
        yield Candidate(str(item.default), "number", "the default")


def _sizes(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    """Yield sizes that can still be plugged, or common ones where nothing can be plugged."""
    free = free_bytes(machine)
    sizes: list[int] = []
    if typed.isdigit():
        sizes = [int(typed) * unit for unit in (MIB, GIB)]
    sizes += [*COMMON_SIZES, free] if free else COMMON_SIZES
    for size in filter(None, dict.fromkeys(sizes)):
        if not free:
            yield Candidate(format_size(size), "size", "")
        elif size == free:
            yield Candidate(format_size(size), "size", "all that is left")
        elif size < free:
            yield Candidate(format_size(size), "size", f"leaves {format_size(free - size)}")


def _free_backends(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    free = free_bytes(machine)
    for backend in free_backends(machine):
        fits = "" if backend.size <= free else f", more than the {format_size(free)} left"
        yield Candidate(backend.name, backend.type_name, f"{format_size(backend.size)}, free{fits}")


def _free_slots(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    if line.type_name not in ("pc-dimm", "nvdimm"):
        return
    for slot in range(machine.slot_count):
        if slot not in machine.busy_slots:
            yield Candidate(str(slot), "slot", "free")


def _addresses(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    """Yield the first address of each gap in which the typed memdev fits."""
    backend = machine.objects.children.get(line.value_of("memdev") or "")
    for gap in fitting_gaps(
        machine, getattr(backend, "size", 0), getattr(backend, "alignment", 2 * MIB)
    ):
        yield Candidate(
            f"0x{gap.first:x}", "address", f"a gap of {format_size(gap.end - gap.start)}"
        )


def _pci_slots(machine: Machine, line: AnyLine) -> Iterator[Candidate]:
    name = line.value_of("bus")
    bus = next((bus for bus in machine.pci_buses if name in (None, bus.name)), None)
    if bus is None:
        return
    for slot in range(1 if bus.single_slot else SLOTS):
        if not any(slot * FUNCTIONS + function in bus.functions for function in range(FUNCTIONS)):
            yield Candidate(f"{slot:02x}", "PCI slot", f"free on {bus.name}")


def _of_backend(machine: Machine, kind: str) -> Iterator[Candidate]:
    """Yield the backends of a kind that no device has."""
    if kind == "netdev":
        for name, netdev in machine.net.netdevs.items():
            if netdev.peer is None:
                yield Candidate(name, netdev.kind, "")
    elif kind == "chardev":
        for chardev in machine.chardevs:
            if not chardev.is_busy:
                yield Candidate(chardev.name, "character device", "")
    elif kind == "block device" and machine.has_drives:
        for drive in machine.block.backends.values():
            if drive.device is None:
                yield Candidate(drive.name, "drive", drive.root.filename if drive.root else "empty")
        for node in machine.block.nodes.values():
            if node.monitor_owned and not machine.block.attached_to(node):
                yield Candidate(node.name, "block node", node.filename)


def _buses(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    kind = device_type(line.type_name)
    if kind is not None and kind.bus_kind != "PCI":
        for found in machine.buses():
            if kind.bus_kind in found.kinds and found.hotplug and not found.is_full:
                yield Candidate(found.name, f"{found.type_name} bus", "")
        return
    for bus in machine.pci_buses:
        if bus.hotplug and not (bus.single_slot and bus.functions):
            yield Candidate(
                bus.name, f"{bus.type_name} bus", "below a root port" if bus.single_slot else ""
            )


def _guest_nodes(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    for number in range(max(len(machine.numa_nodes), 1)):
        yield Candidate(str(number), "node", "of the guest")


def _requested_sizes(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    backend = machine.objects.children.get(line.value_of("memdev") or "")
    maximum = getattr(backend, "size", 0)
    yield Candidate("0", "size", "nothing at first")
    for part, words in ((4, "a quarter"), (2, "half"), (1, "the whole")):
        # Only multiples of the default block size (docs/qemu-behaviour/devices.md §6).
        if maximum and maximum % (part * 2 * MIB) == 0:
            yield Candidate(
                format_size(maximum // part), "size", f"{words} of {getattr(backend, 'name', '')}"
            )


def _block_sizes(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    for size in BLOCK_SIZES:
        yield Candidate(format_size(size), "size", "a block")


def _label_sizes(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    # docs/qemu-behaviour/devices.md §3
    yield Candidate("128K", "size", "the smallest label")


def _huge_page_sizes(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    for pool in huge_page_pools():
        yield Candidate(
            format_size(pool.page_size), "size", f"{pool.free} of {pool.total} pages free"
        )


def _host_nodes(machine: Machine, line: AnyLine, typed: str) -> Iterator[Candidate]:
    for node in memory_nodes():
        yield Candidate(str(node), "node", "of the host")


_OF_OBJECTS = ("size", "mem-path", "hugetlbsize", "host-nodes")
_BY_NAME: dict[str, Callable[[Machine, AnyLine, str], Iterable[Candidate]]] = {
    "size": _sizes,
    "mem-path": lambda machine, line, typed: (*candidates.hugetlbfs(), *candidates.files(typed)),
    "hugetlbsize": _huge_page_sizes,
    "host-nodes": _host_nodes,
    "memdev": _free_backends,
    "slot": _free_slots,
    "addr": _addresses,
    "memaddr": _addresses,
    "bus": _buses,
    "node": _guest_nodes,
    "requested-size": _requested_sizes,
    "block-size": _block_sizes,
    "label-size": _label_sizes,
}
