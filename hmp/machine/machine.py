"""The machine: its object tree, RAM, slots, run state and the plugged devices.

Operations with many checks are in modules of their own (`devices/plug.py`, `backends/create.py`).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

from hmp.errors import HostCallError, unexpected_error
from hmp.machine import fault_injection, system_calls
from hmp.machine.accelerator import Accelerator, TcgAccelerator
from hmp.machine.acpi.ports import IoPorts
from hmp.machine.backends.base import MemoryBackend, MemoryRegion
from hmp.machine.boards import devices, ram
from hmp.machine.boards.onboard import OnboardDevices, UnattachedObject
from hmp.machine.boards.parts import BoardParts
from hmp.machine.boards.properties import (
    MicrovmObject,
    PcMachineObject,
    X86MachineObject,
    machine_object_of,
)
from hmp.machine.boards.types import Board
from hmp.machine.chardevs.collection import Chardevs
from hmp.machine.cpus import topology
from hmp.machine.cpus.cpu import default_cpu
from hmp.machine.devices.base import Device
from hmp.machine.devices.bus import Bus, BusNames
from hmp.machine.devices.pci.device import PciBus
from hmp.machine.events import Events
from hmp.machine.memory.address_space import AddressRange, AddressSpace
from hmp.machine.memory.config import MemoryConfig, NumaNode
from hmp.machine.memory.layout import Layout
from hmp.machine.mice import Inputs
from hmp.machine.migration.incoming import Migration
from hmp.machine.qom.container import Container
from hmp.machine.qom.globals import GlobalProperties
from hmp.machine.qom.object import Object, Root
from hmp.machine.run_state import RunState
from hmp.machine.timers import TimerQueue
from hmp.units import NO_UUID

if TYPE_CHECKING:
    from hmp.guest.guest import Guest
    from hmp.machine.block.graph import BlockGraph
    from hmp.machine.boards.flash import Flash
    from hmp.machine.chardevs.device import FrontEnd
    from hmp.machine.cpus.devices import CpuDevice
    from hmp.machine.cpus.options import CpuOptions
    from hmp.machine.cpus.threads import CpuThreads
    from hmp.machine.devices.memory_device import MemoryDevice
    from hmp.machine.devices.plug_trace import PlugAttempt
    from hmp.machine.devices.virtio_balloon import VirtioBalloon
    from hmp.machine.guest_dump.dump import GuestDump
    from hmp.machine.host.descriptors import Descriptors
    from hmp.machine.memory.placement import DeviceRegion, UsedRange
    from hmp.machine.net.network import Network
    from hmp.machine.preconfig import Preconfig
    from hmp.machine.qom.registry import TypeSource
    from hmp.machine.qtest.clock import VirtualClock
    from hmp.machine.qtest.server import Qtest
    from hmp.machine.tracing.log import Log
    from hmp.machine.vnc import VncDisplay


class Machine:
    """One machine.

    `emit_output` takes lines for the front end of the present command, `emit_stderr` lines for the
    process's stderr; `command_scope` sets both. `host_process` is the one that has mapped the
    memory, as a folder of /proc: empty where it can't be looked at.
    """

    # A machine that stands for another program's has its guest there.
    simulates_guest = True
    host_process = "self"
    # Knows the types of a machine that is another program's.
    type_source: TypeSource | None = None

    def __init__(self, board: Board, name: str | None = None, uuid: str = "") -> None:
        self.board, self.name, self.uuid = board, name, uuid or NO_UUID
        self.emit_output: Callable[[str], None] = lambda text: None
        self.emit_stderr: Callable[[str], None] = lambda text: None
        self._create_tree()
        self.timers = TimerQueue()
        # Only where no CPU runs; then the simulated guest does nothing.
        self.virtual_clock: VirtualClock | None = None
        self.qtest: Qtest | None = None
        self.faults = fault_injection.FaultInjection()
        self.events = Events(self.timers)
        self.run_state = RunState(self)
        self.migration = Migration(lambda line: self.emit_stderr(line))
        # Set while the machine waits, with --preconfig.
        self.preconfig: Preconfig | None = None
        self.globals = GlobalProperties()
        self._warned: set[str] = set()
        self._start_without_memory()
        self._start_without_cpus()
        self._start_without_devices()
        self._start_without_inert_options()

    def _create_tree(self) -> None:
        self.root = Root()
        self.machine_object = machine_object_of(self.board)
        self.objects, self.chardevs = Container(), Chardevs()
        self.debugger: FrontEnd | None = None
        self.root.add("backend", Object())
        self.root.add("objects", self.objects)
        self.root.add("chardevs", self.chardevs)
        self.root.add("audiodevs", Object())
        self.root.add("machine", self.machine_object)
        self.peripheral, self.peripheral_anon = Container(), Object()
        self.unattached = UnattachedObject(lambda: self.onboard.ensure())
        self.machine_object.add("peripheral", self.peripheral)
        self.machine_object.add("peripheral-anon", self.peripheral_anon)
        self.machine_object.add("unattached", self.unattached)

    def _start_without_memory(self) -> None:
        self.address_space = AddressSpace()
        self.board_ranges: list[AddressRange] = []
        self.memory_config = MemoryConfig(0, 0, 0)
        self.layout = Layout(0, 0, 0, 0, 0, 0)
        self.numa_nodes: list[NumaNode] = []
        self.mem_prealloc = self._has_locked_memory = False
        self.memory_devices: list[MemoryDevice] = []
        self.busy_slots: set[int] = set()
        # Kept in order, since every plug and every check on the console asks for them.
        self._used_ranges: list[UsedRange] = []

    def _start_without_cpus(self) -> None:
        self.accelerator: Accelerator = TcgAccelerator()
        self.cpu = default_cpu(self.board)
        # What -cpu asks for, None without it.
        self.cpu_options: CpuOptions | None = None
        self.topology: dict[str, int] = {}
        self.cpu_count = 1
        # By index, in the order in which they came; `cpu_count` are those of the start.
        self.cpus: dict[int, CpuDevice] = {}

    def _start_without_devices(self) -> None:
        self.onboard = OnboardDevices(self)
        self.parts = BoardParts(self)
        self.ports = IoPorts(self)
        self.board_buses: list[Bus] = []
        self.pci_buses: list[PciBus] = []
        self.bus_names = BusNames(self.board)
        self.boot_indexes: dict[int, Device] = {}
        self.flash: list[Flash] = []
        self.anonymous_devices = self.usb_buses = self.plugged_ide_units = 0
        self.balloon: VirtioBalloon | None = None
        self.last_plug: PlugAttempt | None = None

    def _start_without_inert_options(self) -> None:
        # Options of the command line that have no effect here, as typed.
        self.inert_options: list[str] = []
        # The ids of backends that are known by id alone, such as fsdev, by their option.
        self.other_backends: dict[str, set[str]] = {}
        self.vnc_displays: list[VncDisplay] = []
        self.display_options: dict[str, object] = {}
        # The numbers of the mice that mouse_set named, the last one at the end.
        self.inputs = Inputs()
        self.audiodevs: dict[str, dict[str, object]] = {}
        # What sound cards play through that name no backend, empty for nothing.
        self.default_audiodev = ""
        # The folders of -fsdev, by its id.
        self.shared_folders: dict[str, str] = {}

    @cached_property
    def guest(self) -> Guest:
        """The simulated guest, created when first used: a machine may never run."""
        from hmp.guest.guest import Guest

        return Guest(self)

    @cached_property
    def block(self) -> BlockGraph:
        """The block nodes and drives, of which most machines here have none."""
        from hmp.machine.block.graph import BlockGraph

        graph = BlockGraph(self)
        graph.add_empty(self.onboard.default_drives)
        return graph

    @property
    def has_drives(self) -> bool:
        """Whether there is anything in the block graph."""
        return "block" in self.__dict__ or bool(self.onboard.default_drives)

    @property
    def has_network(self) -> bool:
        """Whether something made a network backend or a card, or looked for one."""
        return "net" in self.__dict__

    @cached_property
    def net(self) -> Network:
        """The network backends, of which most machines here have none."""
        from hmp.machine.net.network import Network

        network = Network(self)
        if self.onboard.has_default_network:
            network.add_default()
        return network

    @cached_property
    def descriptors(self) -> Descriptors:
        """The descriptors that clients and the command line hand over, if any do."""
        from hmp.machine.host.descriptors import Descriptors

        return Descriptors()

    @cached_property
    def log(self) -> Log:
        """The log with its trace events, made when first asked for."""
        from hmp.machine.tracing.log import Log

        return Log()

    @cached_property
    def cpu_threads(self) -> CpuThreads:
        """The threads of the CPUs, which few clients ask for."""
        from hmp.machine.cpus.threads import CpuThreads

        return CpuThreads()

    @cached_property
    def guest_dump(self) -> GuestDump:
        """The last dump of guest memory, made when first asked for: few machines are dumped."""
        from hmp.machine.guest_dump.dump import GuestDump

        return GuestDump(self)

    def warn(self, text: str) -> None:
        """Emit a warning to the front end of the present command."""
        self.emit_output(f"warning: {text}")

    def warn_on_stderr(self, text: str) -> None:
        """Emit a warning to the process's stderr."""
        self.emit_stderr(f"warning: {text}")

    def warn_once(self, text: str) -> None:
        """Emit a warning, only the first time."""
        if text not in self._warned:
            self._warned.add(text)
            self.warn(text)

    @property
    def acpi(self) -> bool:
        """Whether the machine has ACPI, without which the guest is not notified of hotplug."""
        target = self.machine_object
        # isapc has the property, and no ACPI (docs/qemu-behaviour/devices.md §9).
        if self.board.name == "isapc" or not isinstance(target, X86MachineObject):
            return False
        return target.acpi != "off"

    @property
    def has_nvdimm(self) -> bool:
        """Whether the machine was started with nvdimm=on."""
        return isinstance(self.machine_object, PcMachineObject) and self.machine_object.nvdimm

    @property
    def has_generic_pcie(self) -> bool:
        """Whether it is a microvm with PCI Express."""
        target = self.machine_object
        return isinstance(target, MicrovmObject) and target.has_pcie

    @property
    def lacks_second_io_apic(self) -> bool:
        """Whether it is a microvm with one I/O APIC, and few virtio-mmio devices."""
        target = self.machine_object
        return isinstance(target, MicrovmObject) and not target.has_second_io_apic

    @property
    def has_power_management(self) -> bool:
        """Whether the chipset has power management: q35 even without ACPI
        (tests/recordings/hmp/devices/machine-q35-acpi-off.hmp).
        """
        return self.board.root_bus_kind == "PCIE" or (
            self.board.root_bus_kind == "PCI" and self.acpi
        )

    @property
    def has_ost_status(self) -> bool:
        """Whether the machine keeps the guest's _OST status; microvm's has no slots to keep."""
        return self.has_power_management or (self.board.name == "microvm" and self.acpi)

    @property
    def slot_count(self) -> int:
        """Number of memory slots; a machine without memory hotplug has none, whatever -m says."""
        return self.memory_config.slots if self.board.hotplug else 0

    @property
    def device_region(self) -> DeviceRegion:
        """The device memory region; its length is 0 when there is none."""
        from hmp.machine.memory.placement import DeviceRegion

        return DeviceRegion(
            self.layout.region_base, self.layout.region_length, self.layout.region_usable
        )

    @property
    def main_memory_name(self) -> str:
        """The name of the main memory's backend, or of the container of the nodes' backends."""
        backend = self.machine_object.memory_backend
        return backend.name if backend else "pc.ram"

    @property
    def possible_cpu_count(self) -> int:
        """Number of CPUs that there are or could be."""
        return topology.possible_count(self.topology) if self.board.has_cpu_hotplug else 0

    @property
    def backends(self) -> list[MemoryBackend]:
        """Every memory backend, in order of creation."""
        return [item for item in self.objects.children.values() if isinstance(item, MemoryBackend)]

    def plugged_size(self, node: int | None = None) -> int:
        """Return the bytes of plugged memory, in all or on one NUMA node of the guest."""
        return sum(
            device.plugged_size
            for device in self.memory_devices
            if node in (None, device.guest_node)
        )

    def devices_by_address(self) -> list[MemoryDevice]:
        """Return every plugged memory device, by address."""
        return sorted(self.memory_devices, key=attrgetter("addr"))

    def used_ranges(self) -> list[UsedRange]:
        """Return what the plugged devices use of the device memory region, by address.

        It is the machine's own list, which the next plug changes.
        """
        return self._used_ranges

    def set_up(self, memory_config: MemoryConfig, backends: list[MemoryBackend]) -> None:
        """Lay out the address space and map the main memory; raise StateError when that fails."""
        self.memory_config = memory_config
        self.machine_object.set_memory(*memory_config)
        for backend in backends:
            backend.user = "machine"
        ram.lay_out_memory(self)
        ram.map_memory(self, backends)
        self.ports.set_slots(self.slot_count)
        devices.add_board_devices(self)

    def inert_devices(self) -> list[Device]:
        """Return the devices that a user plugged and that have no effect on memory."""
        plugged = (*self.peripheral.children.values(), *self.peripheral_anon.children.values())
        return [item for item in plugged if isinstance(item, Device) and item.is_inert]

    def buses(self) -> Iterator[Bus]:
        """Return every bus, in the order in which QEMU looks for one."""
        for bus in self.board_buses:
            yield from bus.walk_buses()

    def add_memory_device(self, device: MemoryDevice) -> None:
        """Record a plugged memory device and its address range."""
        self.memory_devices.append(device)
        # Elsewhere the address is not checked, and the device in no region
        # (docs/qemu-behaviour/devices.md §9).
        if self.board.hotplug:
            insort(self._used_ranges, device.used_range)

    def remove_memory_device(self, device: MemoryDevice) -> None:
        """Forget a memory device and free its address range."""
        self.memory_devices.remove(device)
        self._used_ranges = [item for item in self._used_ranges if item.addr != device.addr]

    def attach_region(self, region: MemoryRegion, addr: int) -> None:
        """Set in the object tree that a region is at an address of the device memory region."""
        container = self.machine_object.children.get("device-memory[0]")
        if container is not None:
            # Relative to the container (docs/qemu-behaviour/monitor.md §9).
            region.addr, region.container = addr - self.layout.region_base, container

    def detach_region(self, region: MemoryRegion) -> None:
        """Set in the object tree that a region is mapped nowhere."""
        region.addr, region.container = 0, None

    def remove_device(self, device: Device) -> None:
        """Remove a device, which the guest ejected, from the machine and the object tree."""
        # What is below goes with it, and first (docs/qemu-behaviour/qmp.md §B2). Paths are those
        # that the devices had in the tree, so they leave it last.
        below = [(item, item.path) for item in (*device.devices_below(), device)]
        device.unplug(self)
        device.realized = False
        for gone, path in below:
            self.events.emit("DEVICE_DELETED", device=gone.identifier or None, path=path)
        for gone, _path in below:
            gone.remove()

    @contextmanager
    def command_scope(
        self, on_output: Callable[[str], None], on_stderr: Callable[..., None]
    ) -> Iterator[None]:
        """Run one command: set where its output and its lines for stderr go, and inject faults.

        Scopes nest: human-monitor-command runs a command inside another.
        """
        before = self.emit_output, self.emit_stderr
        self.emit_output, self.emit_stderr = on_output, on_stderr
        try:
            with fault_injection.activate(self.faults):
                yield
        finally:
            self.emit_output, self.emit_stderr = before

    def run_guest(self) -> None:
        """Run due timers, and the guest if the machine runs.

        Front ends call this after each reply. What goes wrong here is no client's fault and must
        not end the program: it is reported on stderr, and the rest waits for the next turn.
        """
        try:
            with fault_injection.activate(self.faults):
                self.migration.turn_away()
                self.timers.run_due(self._run_guest)
                self._run_guest()
        except Exception as error:
            self.emit_stderr(f"the guest stopped: {unexpected_error(error).message}")

    @property
    def guest_timers(self) -> TimerQueue:
        """The timers on the guest's clock."""
        return self.virtual_clock.timers if self.virtual_clock else self.timers

    def _run_guest(self) -> None:
        if self.run_state.is_running and self.virtual_clock:
            self.virtual_clock.catch_up()
        elif self.run_state.is_running:
            self.guest.run()

    def lock_memory(self, on_fault: bool) -> None:
        """Lock the memory of this process, now and in future: at once, or each page when it is
        first used (`on_fault`). Raises HostCallError.
        """
        flags = system_calls.MCL_CURRENT | system_calls.MCL_FUTURE
        system_calls.lock_memory(flags | (system_calls.MCL_ONFAULT if on_fault else 0))
        self._has_locked_memory = True

    def close(self) -> None:
        """Unmap all memory and cancel all timers; the machine can't be used any more."""
        self.migration.close()
        self.timers.clear()
        if "block" in self.__dict__:
            self.block.close()
        if "net" in self.__dict__:
            self.net.close()
        if "guest_dump" in self.__dict__:
            self.guest_dump.give_up()
        if "cpu_threads" in self.__dict__:
            self.cpu_threads.close()
        if self._has_locked_memory:
            system_calls.unlock_memory()
        self.chardevs.close()
        if "descriptors" in self.__dict__:
            self.descriptors.close()
        for firmware in self.board_ranges:
            if firmware.mapping:
                with suppress(HostCallError):
                    firmware.mapping.close()
        for backend in self.backends:
            with suppress(HostCallError):
                backend.release()

    @property
    def has_cpu(self) -> bool:
        """Whether there is a CPU, which commands with virtual addresses need."""
        return self.board.chipset is not None or self.board.name == "microvm"
