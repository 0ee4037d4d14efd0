"""Advice for devices that found no place: slots, sizes, addresses, buses.

The arithmetic is in `hmp.machine.placement`; what is left is asked in `hmp.assist.room`.
"""

from __future__ import annotations

import re

from hmp.assist.advice.situation import Advice, Rule, Situation, listed
from hmp.assist.offers import backends, free_backends, user_of
from hmp.assist.room import room_left, slots_left, start_of_fit
from hmp.assist.sizes import size_text
from hmp.machine.backends import MemoryBackend
from hmp.machine.layout import round_up
from hmp.machine.memory_device import MemoryDevice

Match = re.Match[str]


def _backend(situation: Situation) -> MemoryBackend | None:
    found = situation.machine.objects.children.get(situation.line.value_of("memdev") or "")
    return found if isinstance(found, MemoryBackend) else None


def _left(situation: Situation) -> str:
    """What is left, in words: slots and bytes."""
    slots = len(slots_left(situation.machine))
    return f"{slots} slot{'s' * (slots != 1)} and {size_text(room_left(situation.machine))} left"


def _slot(situation: Situation, found: Match) -> Advice:
    free = slots_left(situation.machine)
    if free:
        return Advice(f"free slots: {listed(str(slot) for slot in free)}; without slot= the lowest is taken",
                      situation.with_setting("slot", str(free[0])))
    return _no_slot(situation, found)


def _no_slot(situation: Situation, found: Match) -> Advice:
    machine = situation.machine
    if not machine.slot_count:
        return Advice("the machine has no slots: start with -m 1G,slots=4,maxmem=8G, or plug a virtio-mem-pci, "
                      "which needs none")
    holders = [device.owner.identifier for device in machine.memory_devices
               if device.label == "dimm" and device.owner.identifier]
    unplug = f": device_del {holders[-1]} frees one" if holders else ""
    taken = f"all {machine.slot_count} slots are" if machine.slot_count > 1 else "the only slot is"
    return Advice(f"{taken} taken{unplug}; virtio-mem-pci needs none")


def _no_room(situation: Situation, found: Match) -> Advice:
    left = room_left(situation.machine)
    fitting = [item for item in free_backends(situation.machine)
               if item.size <= left and item.size % item.alignment == 0]
    if fitting:
        best = max(fitting, key=lambda item: item.size)
        return Advice(f"{_left(situation)}; {best.name} ({size_text(best.size)}) fits",
                      situation.with_setting("memdev", best.name))
    if not left:
        return Advice(f"{_left(situation)}: unplug something, or start with a larger maxmem")
    backend = _backend(situation)
    alignment = backend.alignment if backend else 1 << 21
    most = left // alignment * alignment
    return Advice(f"{_left(situation)}; the largest backend that fits is {size_text(most)}")


def _unaligned_size(situation: Situation, found: Match) -> Advice:
    step = int(found[1], 16)
    backend = _backend(situation)
    if backend is None:
        return Advice(f"sizes are multiples of {size_text(step)}")
    below = backend.size // step * step
    near = [size for size in (below, round_up(backend.size, step)) if 0 < size <= room_left(situation.machine)]
    return Advice(f"{_left(situation)}; the next size that fits is a multiple of {size_text(step)}: "
                  f"{listed(map(size_text, near))}")


def _address(situation: Situation, found: Match) -> Advice:
    backend = _backend(situation)
    if backend is None:
        return Advice("")
    key = "memaddr" if situation.line.type_name.startswith("virtio") else "addr"
    fits = list(start_of_fit(situation.machine, backend.size, backend.alignment))
    if not fits:
        return Advice(f"no gap holds {size_text(backend.size)}; `explain` shows them")
    return Advice(f"the first place that fits is 0x{fits[0].first:x}; without {key}= it is taken",
                  situation.with_setting(key, f"0x{fits[0].first:x}"))


def _fragmented(situation: Situation, found: Match) -> Advice:
    backend = _backend(situation)
    alignment = backend.alignment if backend else 1 << 21
    largest = max((gap.end - gap.first for gap in start_of_fit(situation.machine, 0, alignment)), default=0)
    return Advice(f"{size_text(room_left(situation.machine))} are left, but the largest gap at that alignment has "
                  f"{size_text(max(largest, 0))}; `explain` shows the gaps")


def _not_prepared(situation: Situation, found: Match) -> Advice:
    size = size_text(situation.machine.sizes.ram)
    return Advice(f"start with room for it: -m {size},slots=4,maxmem={size_text(situation.machine.sizes.ram * 8)}")


def _busy(situation: Situation, found: Match) -> Advice:
    named = next((item for item in backends(situation.machine) if item.name == found[1]), None)
    holder = f"{found[1]} serves {user_of(situation.machine, named)}" if named else f"{found[1]} is in use"
    free = free_backends(situation.machine)
    if not free:
        return Advice(f"{holder}, and no other backend is free: make one with object_add")
    fitting = [item.name for item in free if item.size <= room_left(situation.machine)]
    mended = situation.with_setting("memdev", fitting[0]) if fitting else ""
    return Advice(f"{holder}; free: {listed(item.name for item in free)}", mended)


def _node(situation: Situation, found: Match) -> Advice:
    count = max(len(situation.machine.numa_nodes), 1)
    nodes = "the only node is 0" if count == 1 else f"nodes are 0 to {count - 1}"
    return Advice(f"{nodes}; -numa node,... adds some at the start", situation.with_setting("node", "0"))


def _nvdimm(situation: Situation, found: Match) -> Advice:
    family = "q35" if situation.machine.board.root_bus_kind == "PCIE" else "pc"
    return Advice(f"start with -M {family},nvdimm=on; virtio-pmem-pci works without")


def _bus(situation: Situation, found: Match) -> Advice:
    ports = [bus for bus in situation.machine.pci_buses if bus.hotplug and not (bus.single and bus.taken)]
    if ports:
        return Advice(f"buses with room: {listed(bus.name for bus in ports)}",
                      situation.with_setting("bus", ports[0].name))
    return Advice("start with a port to plug into: -device pcie-root-port,id=rp, then bus=rp")


def _root_bus(situation: Situation, found: Match) -> Advice:
    return Advice("plug what sits on no bus, such as a pc-dimm" if not situation.machine.pci_buses else
                  "name a bus of the right kind, or leave bus= out")


def _pci_slot(situation: Situation, found: Match) -> Advice:
    return Advice("leave addr= out to take a free slot" if situation.line.value_of("addr") else
                  "no PCI slot is left: unplug a device, or start with -vga none -nic none")


def _requested(situation: Situation, found: Match) -> Advice:
    """A size that virtio-mem can be asked for: whole blocks, no more than the backend has."""
    device = _virtio_mem(situation)
    backend = device.backend if device else _backend(situation)
    block = device.number("block-size") if device else int(found[1], 16)
    most = size_text(backend.size) if backend else "the size of the backend"
    return Advice(f"it is asked for in blocks of {size_text(block)}, at most {most}")


def _virtio_mem(situation: Situation) -> MemoryDevice | None:
    path = situation.line.words[0].value if situation.line.words else ""
    return next((device for device in situation.machine.memory_devices
                 if path in (device.owner.identifier, device.owner.path)), None)


RULES: tuple[Rule, ...] = (
    (r"no free slots available", _no_slot),
    (r"no slots where allocated, please specify the 'slots' option", _no_slot),
    (r"invalid slot number .*", _slot),
    (r"slot \d+ is busy", _slot),
    (r"not enough space, currently .*", _no_room),
    (r"backend memory size must be multiple of (0x[0-9a-f]+)", _unaligned_size),
    (r"address must be aligned to .*", _address),
    (r"can't add memory device \[.*", _address),
    (r"address range conflicts with memory device .*", _address),
    (r"could not find position in guest address space .*", _fragmented),
    (r"the configuration is not prepared for memory devices .*", _not_prepared),
    (r"can't use already busy memdev: (.*)", _busy),
    (r"'memdev' property specifies a busy memdev: (.*)", _busy),
    (r"'DIMM property node has value .*", _node),
    (r"'node' property has value .*", _node),
    (r"nvdimm is not enabled: .*", _nvdimm),
    (r"Bus '.*' (?:not found|does not support hotplugging|is full)", _bus),
    (r"Device '.*' can't go on .* bus", _root_bus),
    (r"No '.*' bus found for device .*", _root_bus),
    (r"PCI: .*", _pci_slot),
    (r"'requested-size' (?:property )?has to be multiples of 'block-size' \((0x[0-9a-f]+)\)", _requested),
    (r"'requested-size' cannot exceed the memory backend size\((0x[0-9a-f]+)\)", _requested),
)
