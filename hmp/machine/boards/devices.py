"""What a board brings along in the object tree: CPUs, the PCI root bus with the chipset's parts,
memory regions.

Which board has what is declared in `boards.py`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.backends.base import MemoryRegion
from hmp.machine.boards import cpus
from hmp.machine.devices.base import BoardDevice
from hmp.machine.devices.pci import BusHotplugError, PciBus

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def add_board_devices(machine: Machine) -> None:
    """CPUs, the PCI root bus and the memory regions that every machine of the kind has."""
    for index in range(machine.cpu_count if machine.has_cpu else 0):
        cpu = BoardDevice(
            cpus.type_name(machine), partial(StateError, cpus.unplug_refusal(machine, index))
        )
        machine.unattached.add(cpus.tree_name(index), cpu)
    if machine.board.pci_ports:
        _add_pci_bus(machine)
    if machine.layout.region_length:
        everything, region = MemoryRegion(), MemoryRegion()
        everything.values.update(addr=0, size=(1 << 64) - 1)
        machine.unattached.add("system[0]", everything)
        region.values.update(
            addr=machine.layout.region_base, size=machine.layout.region_length, container=everything
        )
        machine.machine_object.add("device-memory[0]", region)


def _add_pci_bus(machine: Machine) -> None:
    """The root bus with the board's own parts in it; the bus of pc takes hotplug if there is ACPI
    to tell of it.
    """
    board = machine.board
    bridge = BoardDevice(board.host_bridge_type, partial(BusHotplugError, "main-system-bus"))
    machine.machine_object.add(board.host_bridge, bridge)
    bus = PciBus(
        board.root_bus_kind, single=False, hotplug=board.root_bus_kind == "PCI" and machine.acpi
    )
    bridge.add(board.root_bus, bus)
    if board.root_bus_kind == "PCIE":
        bridge.add("mch", BoardDevice("mch", partial(BusHotplugError, board.root_bus)))
    for slot, part in board.chipset_devices.items():
        bus.add_board_device(part, slot, fixed=True)
    for part in machine.default_devices:
        bus.add_board_device(part, None, fixed=part == "VGA")
    machine.pci_buses.append(bus)
