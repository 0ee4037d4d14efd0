"""The machine: its object tree, RAM, slots, run state and the plugged devices.

Operations with many checks live beside it (`plug.py`, `creation.py`); no text of the user arrives
here.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from hmp.machine import fault_injection
from hmp.machine.acpi import memory_hotplug
from hmp.machine.acpi.pci_hotplug import PciHotplugRegisters
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.boards import cpus, devices, ram
from hmp.machine.boards.properties import machine_object_of
from hmp.machine.boards.types import Board
from hmp.machine.devices.base import Device
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.pci import PciBus
from hmp.machine.devices.plug_trace import PlugAttempt
from hmp.machine.events import Events
from hmp.machine.memory.address_space import AddressSpace, Range
from hmp.machine.memory.layout import Layout
from hmp.machine.memory.placement import Occupied, Region
from hmp.machine.qom.object import Object, Root
from hmp.machine.run_state import RunState
from hmp.machine.timers import TimerQueue

if TYPE_CHECKING:
    from hmp.guest.guest import Guest
    from hmp.machine.devices.root_port import RootPort


class NumaNode(NamedTuple):
    """A NUMA node of the guest: its CPUs and the bytes of base RAM in it."""

    cpus: tuple[int, ...]
    size: int


class MemoryConfig(NamedTuple):
    """Base RAM, number of slots and maxmem; bytes."""

    ram: int
    slots: int
    maximum: int


class Machine:
    """One machine.

    `report` takes lines for whoever gave the present command, `note` lines for the process's
    stderr.
    """

    def __init__(self, board: Board, name: str | None = None, uuid: str = "") -> None:
        self.board, self.name, self.uuid = (
            board,
            name,
            uuid or "00000000-0000-0000-0000-000000000000",
        )
        self.report: Callable[[str], None] = lambda text: None
        self.note: Callable[[str], None] = lambda text: None
        self.root = Root()
        self.machine_object = machine_object_of(board)
        self.objects, self.chardevs = Object(), Object()
        for child, tree in (
            ("backend", Object()),
            ("objects", self.objects),
            ("chardevs", self.chardevs),
            ("audiodevs", Object()),
            ("machine", self.machine_object),
        ):
            self.root.add(child, tree)
        self.peripheral, self.peripheral_anon, self.unattached = Object(), Object(), Object()
        for child, tree in (
            ("peripheral", self.peripheral),
            ("peripheral-anon", self.peripheral_anon),
            ("unattached", self.unattached),
        ):
            self.machine_object.add(child, tree)
        self.timers = TimerQueue()
        self.faults = fault_injection.FaultInjection()
        self.events = Events(self.timers)
        self.run_state = RunState(self)
        self.address_space = AddressSpace()
        self.board_ranges: list[Range] = []
        self.sizes = MemoryConfig(0, 0, 0)
        self.layout = Layout(0, 0, 0, 0, 0, 0)
        self.cpu_count = 1
        self.cpu_model = board.cpu_model
        self.topology: dict[str, int] = {}
        self.anonymous_devices = 0
        self.mem_prealloc = self.migration_events = False
        self.numa_nodes: list[NumaNode] = []
        self.memory_devices: list[MemoryDevice] = []
        self.busy_slots: set[int] = set()
        self._occupied: list[Occupied] = []
        self.last_plug: PlugAttempt | None = None
        self._warned: set[str] = set()
        self.default_devices: tuple[str, ...] = board.default_devices
        self.pci_buses: list[PciBus] = []
        self.root_ports: list[RootPort] = []
        self._anonymous_buses = 0
        self.registers = memory_hotplug.HotplugRegisters(0, self._removed, self.events)
        self.pci_registers = PciHotplugRegisters(
            board.pci_ports, self._hotplug_buses, self._removed
        )

    @cached_property
    def guest(self) -> Guest:
        """The simulated guest; a machine that never runs has no need of it."""
        from hmp.guest.guest import Guest

        return Guest(self)

    def warn(self, text: str) -> None:
        """A warning to whoever gave the present command."""
        self.report(f"warning: {text}")

    def warn_once(self, text: str) -> None:
        """A warning that is given only the first time."""
        if text not in self._warned:
            self._warned.add(text)
            self.warn(text)

    @property
    def acpi(self) -> bool:
        """Whether the guest can be told of hotplug."""
        return self.board.name != "isapc" and self.machine_object.setting("acpi") not in (
            None,
            "off",
        )

    @property
    def has_power_management(self) -> bool:
        """Whether the chipset's power management is there: on q35 even without ACPI (experiment:
        ports of acpi=off).
        """
        return self.board.root_bus_kind == "PCIE" or (
            self.board.root_bus_kind == "PCI" and self.acpi
        )

    @property
    def has_ost_status(self) -> bool:
        """Whether there is a part that keeps what the guest says of slots; microvm's has none to
        keep it of.
        """
        return self.has_power_management or (self.board.name == "microvm" and self.acpi)

    @property
    def slot_count(self) -> int:
        """Number of memory slots."""
        return self.sizes.slots

    @property
    def device_region(self) -> Region:
        """The region for memory devices; its length is 0 when there is none."""
        return Region(self.layout.region_base, self.layout.region_length, self.layout.region_usable)

    @property
    def main_memory_name(self) -> str:
        """The name of the main memory: its backend's, or that of the container of the NUMA nodes'
        backends.
        """
        backend = self.machine_object.values["memory-backend"]
        return backend.name if isinstance(backend, MemoryBackend) else "pc.ram"

    @property
    def possible_cpus(self) -> int:
        """How many CPUs there are or could be."""
        return len(cpus.places(self)) if self.board.takes_cpus else 0

    def plugged_size(self, node: int | None = None) -> int:
        """Bytes of plugged memory devices, in all or on one NUMA node of the guest."""
        return sum(
            device.plugged_size
            for device in self.memory_devices
            if node in (None, device.guest_node)
        )

    def devices_by_address(self) -> list[MemoryDevice]:
        """Every plugged memory device, by address."""
        return sorted(self.memory_devices, key=attrgetter("addr"))

    def occupied(self) -> list[Occupied]:
        """What the plugged devices hold of the region, by address."""
        return self._occupied

    def set_up(self, sizes: MemoryConfig, backends: list[MemoryBackend]) -> None:
        """Lay out the address space and put the main memory in it; StateError when it can't be
        addressed.
        """
        self.sizes = sizes
        self.machine_object.show_memory(*sizes)
        for backend in backends:
            backend.user = "machine"
        ram.lay_out_memory(self)
        ram.map_memory(self, backends)
        self.registers = memory_hotplug.HotplugRegisters(sizes.slots, self._removed, self.events)
        devices.add_board_devices(self)

    def _hotplug_buses(self) -> list[PciBus]:
        """The buses that the hotplug registers reach: the root bus, then those of root ports, the
        newest first.
        """
        root, *below = self.pci_buses
        return [root, *reversed(below)] if root.hotplug else list(reversed(below))

    def next_anonymous_bus(self) -> int:
        """A number for the bus of a port without id."""
        self._anonymous_buses += 1
        return self._anonymous_buses - 1

    def add_memory_device(self, device: MemoryDevice) -> None:
        """Count a plugged memory device and its place."""
        self.memory_devices.append(device)
        if self.board.hotplug:
            insort(
                self._occupied, Occupied(device.addr, device.region_size, device.owner.identifier)
            )

    def remove_memory_device(self, device: MemoryDevice) -> None:
        """Forget a memory device and free its place."""
        self.memory_devices.remove(device)
        self._occupied = [item for item in self._occupied if item.addr != device.addr]

    def attach_region(self, region: Object, addr: int) -> None:
        """Show in the object tree that a memory region lies in the device memory region."""
        container = self.machine_object.children.get("device-memory[0]")
        if container is not None:
            region.values.update(addr=addr - self.layout.region_base, container=container)

    def detach_region(self, region: Object) -> None:
        """Show in the object tree that a memory region lies nowhere."""
        region.values.update(addr=0, container=None)

    def _removed(self, device: Device) -> None:
        """The guest let a device go: it leaves the machine and the object tree."""
        device.unplug(self)
        device.values["realized"] = False
        below = [child for child in device.children.values() if isinstance(child, Device)]
        for gone in (*below, device):
            self.events.emit("DEVICE_DELETED", device=gone.identifier or None, path=gone.path)
        device.remove()

    @contextmanager
    def command_scope(
        self, on_output: Callable[[str], None], on_stderr: Callable[..., None]
    ) -> Iterator[None]:
        """One command: where its output and its lines for stderr go, and whose injected faults
        strike.

        Scopes nest: human-monitor-command runs a command inside another.
        """
        before = self.report, self.note
        self.report, self.note = on_output, on_stderr
        try:
            with fault_injection.active(self.faults):
                yield
        finally:
            self.report, self.note = before

    def run_guest(self) -> None:
        """Do what is due, and let the guest run if the machine runs; front ends call this after
        each reply.
        """
        with fault_injection.active(self.faults):
            self.timers.catch_up(self._run_guest)
            self._run_guest()

    def _run_guest(self) -> None:
        if self.run_state.is_running:
            self.guest.run()

    def close(self) -> None:
        """Unmap everything; nothing happens any more."""
        self.timers.clear()
        for firmware in self.board_ranges:
            if firmware.mapping:
                firmware.mapping.close()
        for item in list(self.objects.children.values()):
            if isinstance(item, MemoryBackend):
                item.release()

    def read_port(self, port: int, size: int) -> int:
        """What the guest would read from an I/O port: unassigned ports all ones, words across a
        border 0.
        """
        if port % size:
            return 0
        registers = self._registers_at(port)
        return registers.read(port, size) if registers else (1 << 8 * size) - 1

    def write_port(self, port: int, value: int, size: int) -> None:
        """Write to an I/O port as the guest would; unassigned ports ignore it."""
        registers = self._registers_at(port)
        if registers and port % size == 0:
            registers.write(port, value, size)

    def _registers_at(
        self, port: int
    ) -> memory_hotplug.HotplugRegisters | PciHotplugRegisters | None:
        """The registers behind a port."""
        return next(
            (registers for registers in self.hotplug_registers() if registers.covers(port)), None
        )

    def hotplug_registers(self) -> list[memory_hotplug.HotplugRegisters | PciHotplugRegisters]:
        """The registers that are there: they belong to the power management; those of memory need
        slots.
        """
        if not self.has_power_management:
            return []
        return [*([self.registers] if self.slot_count else []), self.pci_registers]

    @property
    def has_cpu(self) -> bool:
        """Whether there is a CPU, through whose eyes virtual addresses are seen."""
        return self.board.chipset is not None or self.board.name == "microvm"
