"""The machine: its object tree, RAM, slots, run state and the plugged devices.

Operations with many checks live beside it (`plug.py`, `creation.py`); no text of the user arrives here.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import NamedTuple

from hmp.machine import hotplug_registers
from hmp.machine.address_space import AddressSpace
from hmp.machine.backends import MemoryBackend
from hmp.machine.boards import Board
from hmp.machine.devices import BoardDevice, Dimm
from hmp.machine.events import Events
from hmp.machine.guest import Guest
from hmp.machine.layout import Layout, lay_out
from hmp.machine.machine_object import MachineObject
from hmp.machine.objects import Object
from hmp.machine.placement import Occupied, Region

PRELAUNCH, PAUSED, RUNNING = "prelaunch", "paused", "running"
IO_RANGES = ((0xA0000, 0x20000), (0xFEC00000, 0x1000), (0xFED00000, 0x400), (0xFEE00000, 0x100000))
FIRMWARE = (0xFFFC0000, 0x40000)


class NumaNode(NamedTuple):
    """A NUMA node of the guest: its CPUs and the bytes of base RAM in it."""

    cpus: tuple[int, ...]
    size: int


class Sizes(NamedTuple):
    """Base RAM, number of slots and maxmem; bytes."""

    ram: int
    slots: int
    maximum: int


class Machine:
    """One machine. `warn` and `note` receive sentences that are no errors: shown by the monitor, or on stderr."""

    def __init__(self, board: Board, name: str | None = None, uuid: str = "") -> None:
        self.board, self.name, self.uuid = board, name, uuid or "00000000-0000-0000-0000-000000000000"
        self.warn: Callable[[str], None] = lambda text: None
        self.note: Callable[[str], None] = lambda text: None
        self.root = Object()
        self.machine_object = MachineObject(board)
        self.objects, self.chardevs = Object(), Object()
        for child, tree in (("backend", Object()), ("objects", self.objects), ("chardevs", self.chardevs),
                            ("audiodevs", Object()), ("machine", self.machine_object)):
            self.root.add(child, tree)
        self.peripheral, self.peripheral_anon, self.unattached = Object(), Object(), Object()
        for child, tree in (("peripheral", self.peripheral), ("peripheral-anon", self.peripheral_anon),
                            ("unattached", self.unattached)):
            self.machine_object.add(child, tree)
        self.events = Events()
        self.address_space = AddressSpace()
        self.state = PRELAUNCH
        self.sizes = Sizes(0, 0, 0)
        self.layout = Layout(0, 0, 0, 0, 0, 0)
        self.cpu_count = 1
        self.anonymous_devices = 0
        self.preallocates = False
        self.numa_nodes: list[NumaNode] = []
        self.memory_devices: list[Dimm] = []
        self._occupied: list[Occupied] = []
        self.registers = hotplug_registers.HotplugRegisters(0, self._ejected, self.events)
        self.guest = Guest(self.registers)

    @property
    def acpi(self) -> bool:
        """Whether the guest can be told of hotplug."""
        return self.board.name != "isapc" and self.machine_object.values["acpi"] != "off"

    @property
    def slot_count(self) -> int:
        """Number of memory slots."""
        return self.sizes.slots

    @property
    def device_region(self) -> Region:
        """The region for memory devices; its length is 0 when there is none."""
        return Region(self.layout.region_base, self.layout.region_length, self.layout.region_usable)

    def occupied(self) -> list[Occupied]:
        """What the plugged devices hold of the region, by address."""
        return self._occupied

    def set_up(self, sizes: Sizes, backends: list[MemoryBackend]) -> None:
        """Lay out the address space and put the main memory in it; MachineRefusal when it can't be addressed."""
        self.sizes = sizes
        self.machine_object.show_memory(*sizes)
        for backend in backends:
            backend.user = "machine"
        if self.board.chipset:
            below = self.machine_object.values["max-ram-below-4g"]
            assert isinstance(below, int)
            self.layout = lay_out(self.board.chipset, *sizes, self.board.moves_high_memory, below)
        else:
            self.layout = Layout(sizes.ram, 0, 0, 0, 0, 0)
        self._map_ram(backends)
        self.registers = hotplug_registers.HotplugRegisters(sizes.slots, self._ejected, self.events)
        self.guest = Guest(self.registers)
        self._add_board_devices()

    def _map_ram(self, backends: list[MemoryBackend]) -> None:
        """Backends fill RAM one after the other; what lies beyond the low part goes above 4 GiB."""
        done = 0
        for backend in backends:
            low = max(0, min(backend.size, self.layout.low - done))
            self._map_low(done, low, backend)
            start = self.layout.high_start + max(0, done - self.layout.low)
            self.address_space.map(start, backend.size - low, backend.name, backend.mapping, low)
            done += backend.size

    def _map_low(self, start: int, size: int, backend: MemoryBackend) -> None:
        """RAM below 4 GiB, with the hole of the video memory cut out of it."""
        hole, hole_size = IO_RANGES[0]
        end = start + size
        before = min(end, hole)
        if before > start:
            self.address_space.map(start, before - start, backend.name, backend.mapping)
        after = max(start, hole + hole_size)
        if end > after:
            self.address_space.map(after, end - after, backend.name, backend.mapping, after - start)

    def _add_board_devices(self) -> None:
        if self.board.chipset is None:
            return
        for addr, size in (*IO_RANGES, FIRMWARE):
            self.address_space.map(addr, size, "", None)
        cpu = BoardDevice("qemu64-x86_64-cpu", "Boot CPU is unpluggable")
        self.unattached.add("device[0]", cpu)
        bridge, kind = ("q35", "q35-pcihost") if "pcie.0" in self.board.buses else ("i440fx", "i440FX-pcihost")
        refusal = "Bus 'main-system-bus' does not support hotplugging"
        self.machine_object.add(bridge, BoardDevice(kind, refusal))
        pci_bus = Object()
        pci_bus.type_name = "PCIE" if bridge == "q35" else "PCI"
        self.machine_object.children[bridge].add("pcie.0" if bridge == "q35" else "pci.0", pci_bus)
        if self.layout.region_length:
            region = Object()
            region.type_name = "memory-region"
            self.machine_object.add("device-memory[0]", region)

    def add_monitor(self, name: str, type_name: str) -> None:
        """Show a monitor in the object tree, as the reference does."""
        shown = Object()
        shown.type_name = type_name
        self.objects.add(name, shown)
        chardev = Object()
        chardev.type_name = "chardev-socket" if type_name == "monitor-qmp" else "chardev-stdio"
        self.chardevs.add(name, chardev)

    def plugged(self, device: Dimm, hotplugged: bool) -> None:
        """Take in a device that passed every check: this step cannot fail."""
        backend = device.backend
        backend.user = "device"
        self.memory_devices.append(device)
        if self.board.hotplug:
            addr = device.number("addr")
            self.address_space.map(addr, backend.size, backend.name, backend.mapping)
            container = self.machine_object.children.get("device-memory[0]")
            self._show_region(backend, addr - self.layout.region_base, container)
            insort(self._occupied, Occupied(addr, backend.size, device.identifier))
            slot = self.registers.slots[device.number("slot")]
            slot.device, slot.enabled = device, True
            slot.inserting = hotplugged
            if hotplugged:
                self.guest.interrupt()

    def _show_region(self, backend: MemoryBackend, addr: int, container: Object | None) -> None:
        backend.children[f"{backend.name}[0]"].values.update(addr=addr, container=container)

    def request_removal(self, device: Dimm) -> None:
        """Set the slot's removal flag and tell the guest."""
        self.registers.slots[device.number("slot")].removing = True
        self.guest.interrupt()

    def forget_plugged(self, device: Dimm) -> None:
        """Take a device out of every list and out of the guest's memory; its object stays in the tree."""
        if device not in self.memory_devices:
            return
        self.memory_devices.remove(device)
        if self.board.hotplug:
            self.address_space.unmap(device.number("addr"))
            self._occupied = [item for item in self._occupied if item.addr != device.number("addr")]
            slot = self.registers.slots[device.number("slot")]
            slot.device, slot.enabled = None, False
        self._show_region(device.backend, 0, None)
        device.backend.user = ""

    def _ejected(self, device: Dimm) -> None:
        self.forget_plugged(device)
        identifier, path = device.identifier, device.path
        device.remove()
        self.events.emit("DEVICE_DELETED", device=identifier or None, path=path)

    def let_guest_run(self) -> None:
        """Give the guest its turn: it answers what is pending if the machine runs and can tell it."""
        if self.state == RUNNING and self.acpi:
            self.guest.run()

    def start(self) -> None:
        """Run, or go on running."""
        if self.state != RUNNING:
            self.state = RUNNING
            self.events.emit("RESUME")

    def stop(self) -> None:
        """Pause a running machine; any other state stays."""
        if self.state == RUNNING:
            self.state = PAUSED
            self.events.emit("STOP")

    def reset(self) -> None:
        """Reset: devices and memory stay."""
        if self.state != RUNNING:
            self.state = PRELAUNCH
        self.events.emit("RESET", guest=False, reason="host-qmp-system-reset")

    def power_down(self) -> None:
        """Press the power button; the simulated guest has nobody listening to it."""
        self.events.emit("POWERDOWN")

    def close(self) -> None:
        """Unmap everything."""
        for item in list(self.objects.children.values()):
            if isinstance(item, MemoryBackend):
                item.release()

    def read_port(self, port: int, size: int) -> int:
        """What the guest would read from an I/O port; unassigned ports read all ones."""
        if self._is_hotplug_port(port):
            return self.registers.read(port, size)
        return (1 << 8 * size) - 1

    def write_port(self, port: int, value: int, size: int) -> None:
        """Write to an I/O port as the guest would; unassigned ports ignore it."""
        if self._is_hotplug_port(port):
            self.registers.write(port, value, size)

    def _is_hotplug_port(self, port: int) -> bool:
        inside = 0 <= port - hotplug_registers.BASE < hotplug_registers.LENGTH
        return inside and self.slot_count > 0 and self.board.hotplug and self.acpi

    @property
    def has_cpu(self) -> bool:
        """Whether there is a CPU, through whose eyes virtual addresses are seen."""
        return self.board.chipset is not None or self.board.name == "microvm"
