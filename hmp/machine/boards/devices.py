"""The board's own devices in the object tree: CPUs, the PCI root bus with the chipset, memory
regions. Which board has which is declared in `types.py`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from hmp.machine.backends.base import MemoryRegion
from hmp.machine.boards.cxl import add_windows, window_sizes
from hmp.machine.boards.orders import ORDERS, absent_buses, absent_types
from hmp.machine.boards.parts import FIRMWARE_CONFIGURATION
from hmp.machine.boards.types import MAIN_BUS
from hmp.machine.cpus import topology
from hmp.machine.cpus.devices import BoardCpu
from hmp.machine.devices.base import BoardDevice
from hmp.machine.devices.bus import Bus, BusHotplugError
from hmp.machine.devices.pci.device import PciBus
from hmp.machine.mice import CONTROLLER, PS2_KEYBOARD, PS2_MOUSE
from hmp.units import ALL_ONES_64

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.qom.object import Object

# What the types of buses take beside devices that ask for exactly them, and how many.
_BUS_TYPES: dict[str, tuple[tuple[str, ...], int | None]] = {
    "IDE": ((), 2),
    "virtio-mmio-bus": (("virtio-bus",), 1),
}

PCIE_ROOT_BUS = "pcie.0"
GPEX_NUMBER, GPEX_NUMBER_OF_FEW = 28, 11
"""The number of microvm's host bridge below /machine/unattached, but for that of CPUs, with two I/O
APICs and with one (experiment: `qom-get v parent_bus` of a device there, with one CPU and two).
"""


def add_board_devices(machine: Machine) -> None:
    """Add CPUs, the PCI root bus and the memory regions."""
    first = len(window_sizes(machine))
    for index in range(machine.cpu_count if machine.has_cpu else 0):
        cpu = BoardCpu(machine, index)
        machine.unattached.add(topology.tree_name(first, index), cpu)
        cpu.plug(machine, hotplugged=False)
    _add_buses(machine)
    add_windows(machine)
    if machine.board.name == "microvm":
        _add_io_apic(machine.machine_object)
    _add_parts_of_machine(machine)
    if CONTROLLER in ORDERS[machine.board.family] and CONTROLLER not in absent_types(machine):
        machine.inputs.add(PS2_KEYBOARD, None)
        machine.inputs.add(PS2_MOUSE, None)
    # `device-memory[0]` is the container of the regions of plugged backends, and absent without a
    # device memory region.
    if machine.layout.region_length:
        system = MemoryRegion(ALL_ONES_64)
        machine.unattached.add("system[0]", system)
        layout = machine.layout
        machine.machine_object.add(
            "device-memory[0]", MemoryRegion(layout.region_length, layout.region_base, system)
        )


def _add_parts_of_machine(machine: Machine) -> None:
    """Add what is in the machine itself rather than in one of its devices."""
    if machine.board.has_cpus:
        add = machine.machine_object.add
        add("fw_cfg", BoardDevice(FIRMWARE_CONFIGURATION, partial(BusHotplugError, MAIN_BUS)))
        for number in range(2) if machine.board.name == "isapc" else ():
            add(f"dma[{number}]", BoardDevice("i8257", partial(BusHotplugError, "isa.0")))


def _add_buses(machine: Machine) -> None:
    """Add the buses, in the order in which one is looked for."""
    absent = absent_buses(machine)
    for name, type_name in machine.board.buses.items():
        if name in absent:
            continue
        if name == machine.board.root_bus:
            bus: Bus = _add_pci_bus(machine)
        else:
            kinds, max_devices = _BUS_TYPES.get(type_name, ((), None))
            bus = Bus(type_name, hotplug=False, kinds=kinds, max_devices=max_devices, name=name)
        machine.board_buses.append(bus)
        # The newest device of the main system bus is looked at first.
        if len(machine.board_buses) == 1 and machine.has_generic_pcie:
            machine.board_buses.append(_add_generic_pcie_bus(machine))


def _add_generic_pcie_bus(machine: Machine) -> PciBus:
    """Add the PCI Express bus of microvm, of which ACPI does not describe hotplug."""
    bridge = BoardDevice("gpex-pcihost", partial(BusHotplugError, MAIN_BUS))
    number = GPEX_NUMBER_OF_FEW if machine.lacks_second_io_apic else GPEX_NUMBER
    machine.unattached.add(f"device[{number + machine.cpu_count}]", bridge)
    bus = PciBus("PCIE", single_slot=False, hotplug=False)
    bridge.add(PCIE_ROOT_BUS, bus)
    bridge.add("gpex_root", BoardDevice("gpex-root", partial(BusHotplugError, PCIE_ROOT_BUS)))
    bus.add_board_device("gpex-root", 0, fixed=True)
    machine.pci_buses.append(bus)
    return bus


def _add_io_apic(parent: Object) -> None:
    """Add the interrupt controller, which clients of qtest name."""
    parent.add("ioapic", BoardDevice("ioapic", partial(BusHotplugError, MAIN_BUS)))


def _add_pci_bus(machine: Machine) -> PciBus:
    """Add the root bus with the board's devices; that of pc supports hotplug if there is ACPI."""
    board = machine.board
    bridge = BoardDevice(board.host_bridge_type, partial(BusHotplugError, MAIN_BUS))
    machine.machine_object.add(board.host_bridge, bridge)
    bus = PciBus(
        board.root_bus_kind,
        single_slot=False,
        hotplug=board.root_bus_kind == "PCI" and machine.acpi,
    )
    bridge.add(board.root_bus, bus)
    _add_io_apic(bridge)
    if board.root_bus_kind == "PCIE":
        bridge.add("mch", BoardDevice("mch", partial(BusHotplugError, board.root_bus)))
    for slot, name in board.chipset_devices.items():
        bus.add_board_device(name, slot, fixed=True)
    machine.pci_buses.append(bus)
    machine.onboard.reserve_slots()
    return bus
