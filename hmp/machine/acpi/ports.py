"""The I/O ports of a machine: the hotplug registers of its memory, PCI devices and CPUs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from hmp.machine.acpi.memory_hotplug import HotplugRegisters
from hmp.machine.acpi.pci_hotplug import PciHotplugRegisters
from hmp.machine.acpi.registers import PortRegisters
from hmp.machine.cpus import topology

if TYPE_CHECKING:
    from hmp.machine.acpi.cpu_hotplug import CpuHotplugRegisters
    from hmp.machine.devices.pci.device import PciBus
    from hmp.machine.machine import Machine


class IoPorts:
    """The I/O ports of one machine, by which its guest learns of hotplug."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        # `set_slots` replaces them once the number of slots is known.
        self.memory = HotplugRegisters(0, machine.remove_device, machine.events)
        self.pci = PciHotplugRegisters(
            machine.board.pci_ports, self._hotplug_buses, machine.remove_device
        )

    def set_slots(self, count: int) -> None:
        """Make the registers of so many memory slots, all of them empty."""
        self.memory = HotplugRegisters(count, self._machine.remove_device, self._machine.events)

    @cached_property
    def cpus(self) -> CpuHotplugRegisters:
        """The CPU hotplug registers, made when first used: few machines plug any."""
        from hmp.machine.acpi.cpu_hotplug import CpuHotplugRegisters

        machine = self._machine
        return CpuHotplugRegisters(
            machine.board.cpu_ports,
            machine.possible_cpu_count,
            machine.cpus,
            lambda index: topology.apic_id_at(machine.topology, index),
            machine.remove_device,
            machine.events,
        )

    @property
    def has_used_cpus(self) -> bool:
        """Whether the CPU hotplug registers were used, so that there may be a request in them."""
        return "cpus" in self.__dict__

    def _hotplug_buses(self) -> list[PciBus]:
        """Return the root bus, then those of root ports, the newest first."""
        if not self._machine.pci_buses:
            return []
        root, *below = self._machine.pci_buses
        return [root, *reversed(below)] if root.hotplug else list(reversed(below))

    def hotplug_registers(self) -> list[PortRegisters]:
        """Return the present hotplug registers: part of power management, for memory if it has
        slots.
        """
        if not self._machine.has_power_management:
            return []
        memory = [self.memory] if self._machine.slot_count else []
        return [*memory, self.pci, self.cpus]

    def read(self, port: int, size: int) -> int:
        """Return what the guest would read from a port, `size` bytes wide.

        Unassigned ports are all ones; an unaligned read is 0
        (tests/recordings/hmp/devices/pci-registers.hmp).
        """
        if port % size:
            return 0
        registers = self._registers_at(port)
        return registers.read(port, size) if registers else (1 << 8 * size) - 1

    def write(self, port: int, value: int, size: int) -> None:
        """Write to a port as the guest would; unassigned ports ignore it."""
        registers = self._registers_at(port)
        if registers and port % size == 0:
            registers.write(port, value, size)

    def _registers_at(self, port: int) -> PortRegisters | None:
        return next(
            (registers for registers in self.hotplug_registers() if registers.contains(port)), None
        )
