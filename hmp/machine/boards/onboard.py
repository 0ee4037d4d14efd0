"""The devices that a board makes by itself: the display, network cards, ports, drives and USB
controllers that options ask for, or that are there by default, and those that are always there.

They are made when something first looks at them, since few machines are asked for them, and they
need the catalogue. Their order is that of QEMU's (experiment: qom-list /machine/unattached).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.boards.cxl import window_sizes
from hmp.machine.boards.orders import ALL_TRANSPORTS, FEW_TRANSPORTS, ORDERS, absent_types
from hmp.machine.boards.types import MAIN_BUS
from hmp.machine.devices.base import BoardDevice, ColdOnlyError, Device
from hmp.machine.devices.bus import Bus, BusHotplugError
from hmp.machine.qom.object import Object
from hmp.record import Record

if TYPE_CHECKING:
    from hmp.machine.block.graph import Backend
    from hmp.machine.block.places import Place
    from hmp.machine.devices.inert.device import InertDevice
    from hmp.machine.machine import Machine

# PIIX3 contains these, made in this order.
_BELOW_PIIX3 = ("piix3-ide", "piix3-usb-uhci", "PIIX4_PM")
# Interrupts and ports of the serial and the parallel ports.
_SERIAL_PORTS = ((0x3F8, 4), (0x2F8, 3), (0x3E8, 4), (0x2E8, 3))
_PARALLEL_PORTS = ((0x378, 7), (0x278, 7), (0x3BC, 7))
# The USB controllers of q35: type, function, and the first of the ports that it shares.
_ICH9_USB = (
    ("ich9-usb-ehci1", 7, None),
    ("ich9-usb-uhci1", 0, 0),
    ("ich9-usb-uhci2", 1, 2),
    ("ich9-usb-uhci3", 2, 4),
)
_ICH9_USB_SLOT, _LAST_FUNCTION = 0x1D, 7
_UHCI_DEVFN = 0x0A
KVM_VAPIC = "kvmvapic"
ISA_CARDS = ("ne2k_isa",)
# Greater than the number of any device of a board.
LAST = 1 << 32
# What a device that is not below /machine/unattached is newer than the one before it.
BETWEEN = 100


class UnattachedObject(Object):
    """/machine/unattached, whose devices are made when one is looked for."""

    def __init__(self, ensure: Callable[[], None]) -> None:
        super().__init__()
        self._ensure = ensure

    def resolve_component(self, name: str) -> Object | None:
        if name not in self.children and name.startswith("device["):
            self._ensure()
        return super().resolve_component(name)

    def list_properties(self) -> list[tuple[str, str]]:
        self._ensure()
        return super().list_properties()


class Nic(Record):
    """A network card that an option asks for, or the default one.

    `model` is a type of devices, empty for the board's own; `name` the id of -net nic; `netdev` the
    id of its backend; `vectors` None for the device's own number of interrupts.
    """

    name: str = ""
    model: str = ""
    mac: str = ""
    netdev: str = ""
    vectors: int | None = None


class OnboardDevices:
    """The devices of a board; the command line fills in what it asks for, then `make` makes them.

    `display` is the type of the display, empty for none; `serial` and `parallel` are the ids of the
    ports' character devices, by the number of the port;
    `default_drives` the names and places of the empty drives; `absent_macs` the addresses of cards
    that the board can't have, which nobody else gets.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.display = machine.board.default_display
        self.nics = [Nic()]
        self.serial: dict[int, str] = {}
        self.parallel: dict[int, str] = {}
        self.has_default_network = False
        self.absent_macs: set[str] = set()
        self.default_drives: list[tuple[str, Place]] = []
        # By devfn, what has a slot from the start and is made later.
        self._reserved: dict[int, Nic | str] = {}
        self._is_made = False
        # The numbers of the first CPU and of the next device.
        self._first = self._number = 0

    def reserve_slots(self) -> None:
        """Take the slots of the display and of network cards, in QEMU's order."""
        bus = self.machine.pci_buses[0]
        if self.display:
            self._reserved[bus.add_board_device(self.display, None, fixed=True)] = self.display
        for nic in self.nics:
            model = self.model_of(nic)
            if self.has_bus_for(nic) and not self._is_on_isa(model):
                self._reserved[bus.add_board_device(model, None, fixed=False)] = nic

    def model_of(self, nic: Nic) -> str:
        """Return the type of the device of a network card."""
        return nic.model or self.machine.board.default_network

    def has_bus_for(self, nic: Nic) -> bool:
        """Return whether the board makes a network card: of a known type, and has its bus."""
        if not nic.model:
            return bool(self.machine.board.default_network)
        from hmp.machine.catalogue import records

        kinds = [item.bus for item in records.lineage(nic.model) if item.bus]
        is_card = any(item.name == "netdev" for item in records.properties(nic.model))
        board = self.machine.board
        has_bus = kinds[:1] == ["PCI"] and bool(board.root_bus)
        return is_card and (has_bus or kinds[:1] == ["ISA"] and "ISA" in board.buses.values())

    def _is_on_isa(self, model: str) -> bool:
        return model in ISA_CARDS

    def ensure(self) -> None:
        """Make the devices, unless they are there, or the board itself is not (--preconfig)."""
        if self._is_made or not self.machine.board_buses:
            return
        # First, because what is made asks for what is there.
        self._is_made = True
        machine = self.machine
        order = ORDERS[machine.board.family]
        self._first = len(window_sizes(machine))
        self._number = self._first + (machine.cpu_count if machine.has_cpu else 0)
        if KVM_VAPIC in order and KVM_VAPIC not in absent_types(machine):
            self._number += 1
        for name in order:
            if name.startswith("*"):
                _MAKERS[name](self)
            elif (kind := name.removeprefix("+")) not in absent_types(self.machine):
                self.machine.parts.make(kind)
                if kind == name:
                    self._add_fixed(name)
        if machine.parts.value("PIIX4_PM", "acpi-root-pci-hotplug") is False:
            machine.pci_buses[0].hotplug = False
        self._put_behind_others()

    def _put_behind_others(self) -> None:
        """Have buses list the devices of the board as the oldest, though others were plugged
        before they were made here (experiment: device_add, info qtree).
        """
        plugged = (self.machine.peripheral, self.machine.peripheral_anon)
        for bus in self.machine.board_buses:
            bus.devices.sort(key=lambda device: device.parent not in plugged)

    def _next_name(self) -> str:
        # The host bridge of microvm is there from the start.
        while (name := f"device[{self._number}]") in self.machine.unattached.children:
            self._number += 1
        self._number += 1
        return name

    def _add_fixed(self, name: str) -> None:
        """Add a device that is there for its path alone."""
        from hmp.machine.catalogue import records

        kind = _kind_of(name)
        bus = next((bus for bus in self.machine.board_buses if kind in bus.kinds), None)
        record = records.find_type(name)

        def error() -> StateError:
            if record and record.cold_only:
                return ColdOnlyError(name)
            return BusHotplugError(bus.name if bus else MAIN_BUS)

        # The local interrupt controllers are made with the first CPU.
        where = f"device[{self._first + 1}]" if name == KVM_VAPIC else self._next_name()
        self.machine.unattached.add(where, BoardDevice(name, error))

    def _bus_of_kind(self, kind: str) -> Bus:
        return next(bus for bus in self.machine.buses() if kind in bus.kinds)

    def _bus(self, name: str) -> Bus:
        return next(bus for bus in self.machine.buses() if bus.name == name)

    def add_unattached(self, device: Object) -> None:
        """Add what a device makes for itself below /machine/unattached."""
        self.machine.unattached.add(self._next_name(), device)

    def _plug(self, name: str, bus: Bus, values: dict[str, object]) -> InertDevice:
        return self.plug_part(name, bus, values, self.machine.unattached)

    def plug_part(
        self, name: str, bus: Bus, values: dict[str, object], parent: Object, where: str = ""
    ) -> InertDevice:
        """Make a device of the catalogue as a child of an object, under the next name of the
        board's devices unless `where` is given; raise HmpError when it can't be.
        """
        from hmp.machine.devices.inert.classes import device_class
        from hmp.machine.devices.plug import apply_globals

        device = device_class(name)()
        device.belong_to(self.machine)
        device.bus = bus
        device.apply_defaults(self.machine.board)
        for part in (*device.children.values(), device):
            if isinstance(part, Device):
                apply_globals(self.machine, part, hotplugged=False)
        for key, value in values.items():
            device.put(key, value)
        parent.add(where or self._next_name(), device)
        try:
            device.prepare(self.machine, hotplugged=False)
        except BaseException:
            device.remove()
            raise
        device.realized = True
        device.plug(self.machine, hotplugged=False)
        return device

    def _plug_reserved(self, devfn: int, name: str, values: dict[str, object]) -> None:
        """Make what a slot is reserved for, unless the guest ejected it."""
        bus = self.machine.pci_buses[0]
        if isinstance(bus.functions.pop(devfn, None), str):
            self._plug(name, bus, {"addr": devfn, **values})
        else:
            self._next_name()

    def _make_display(self) -> None:
        reserved = [devfn for devfn, item in self._reserved.items() if item == self.display]
        if reserved:
            self._plug_reserved(reserved[0], self.display, {})
        elif self.display:
            self._plug(self.display, self._bus_of_kind("ISA"), {})

    def _make_nics(self) -> None:
        if self.machine.board.root_bus:
            self.machine.parts.make_network_cards()
        for nic in self.nics:
            if not self.has_bus_for(nic):
                from hmp.machine.devices.inert.device import next_mac

                self.absent_macs.add(nic.mac or next_mac(self.machine))
                continue
            values: dict[str, object] = {"netdev": nic.netdev}
            if nic.mac:
                values["mac"] = nic.mac
            model = self.model_of(nic)
            if nic.vectors is not None and model.startswith("virtio"):
                values["vectors"] = nic.vectors
            devfn = next((key for key, item in self._reserved.items() if item is nic), None)
            if devfn is None:
                self._plug(model, self._bus_of_kind("ISA"), values)
            else:
                self._plug_reserved(devfn, model, values)

    def _make_serial_ports(self) -> None:
        for number, (port, interrupt) in enumerate(_SERIAL_PORTS):
            self._make_port("isa-serial", number, port, interrupt, self.serial)

    def _make_parallel_ports(self) -> None:
        for number, (port, interrupt) in enumerate(_PARALLEL_PORTS):
            self._make_port("isa-parallel", number, port, interrupt, self.parallel)

    def _make_port(
        self, name: str, number: int, port: int, interrupt: int, chardevs: dict[int, str]
    ) -> None:
        if number in chardevs:
            values: dict[str, object] = {"index": number, "iobase": port, "irq": interrupt}
            values["chardev"] = chardevs[number]
            self._plug(name, self._bus_of_kind("ISA"), values)

    def _drives(self, interface: str) -> list[Backend]:
        from hmp.machine.block.places import has_place

        found = [
            backend
            for backend in self.machine.block.backends.values()
            if backend.place.interface == interface and has_place(self.machine.board, backend.place)
        ]
        return sorted(found, key=lambda backend: (backend.place.bus, backend.place.unit))

    def _make_ide_drives(self, number: int | None = None) -> None:
        if "ich9-ahci" in absent_types(self.machine) and self.machine.board.root_bus_kind == "PCIE":
            return
        for backend in self._drives("ide"):
            if number in (None, backend.place.bus):
                self._plug(
                    "ide-cd" if backend.is_cdrom else "ide-hd",
                    self._bus(f"ide.{backend.place.bus}"),
                    {"drive": backend.name, "unit": backend.place.unit},
                )

    def _make_floppy_controller(self) -> None:
        if self._drives("floppy"):
            self._plug("isa-fdc", self._bus_of_kind("ISA"), {})

    def _make_floppy_drives(self) -> None:
        for backend in self._drives("floppy"):
            self._plug(
                "floppy",
                self._bus("floppy-bus.0"),
                # The controller's default.
                {"drive": backend.name, "unit": backend.place.unit, "drive-type": "auto"},
            )

    def _make_second_io_apic(self) -> None:
        if not self.machine.lacks_second_io_apic:
            for name in ("ioapic", *("virtio-mmio",) * (ALL_TRANSPORTS - FEW_TRANSPORTS)):
                self.machine.parts.make(name)
                self._add_fixed(name)

    def _make_uhci(self) -> None:
        if self.machine.machine_object.usb:
            parent = next(
                item
                for item in self.machine.unattached.children.values()
                if item.type_name == "PIIX3"
            )
            values: dict[str, object] = {"addr": _UHCI_DEVFN}
            self.plug_part("piix3-usb-uhci", self.machine.pci_buses[0], values, parent, "uhci")

    def _make_ehci(self) -> None:
        if not self.machine.machine_object.usb:
            return
        for name, function, first in _ICH9_USB:
            values: dict[str, object] = {"addr": _ICH9_USB_SLOT * 8 + function}
            values["multifunction"] = True
            if function != _LAST_FUNCTION:
                values |= {"masterbus": "usb-bus.0", "firstport": first}
            self._plug(name, self.machine.pci_buses[0], values)

    def add_codec(self, name: str, audiodev: str) -> None:
        """Make what a sound card of -audio plays through; HmpError when it can't be made."""
        self._plug(name, self._bus_of_kind(_kind_of(name)), {"audiodev": audiodev})

    def add_usb_device(self, name: str) -> None:
        """Make the device of a -usbdevice; raise HmpError when it can't be made."""
        self.ensure()
        bus = next((bus for bus in self.machine.buses() if "usb-bus" in bus.kinds), None)
        # That of microvm has none here.
        if bus is not None:
            self._plug(name, bus, {})

    def add_usb_hub(self, bus: Bus) -> None:
        """Add a hub to a bus that is nearly full."""
        self._plug("usb-hub", bus, {})

    def position(self, item: Object) -> tuple[int, int]:
        """Return where a device is in the order of creation: devices of a user are the last."""
        if item.parent is self.machine.unattached:
            return int(item.name[len("device[") : -1]), 0
        if item.parent is not None and item.parent.type_name == "PIIX3":
            return self.position(item.parent)[0], 1 + _BELOW_PIIX3.index(item.type_name)
        if item.parent is self.machine.machine_object and item.name.startswith("system.flash"):
            return self._flash_position(int(item.name[-1]))
        return LAST, 0

    def _flash_position(self, number: int) -> tuple[int, int]:
        """Return where flash memory is: right after the CPUs, on pc after the host bridge
        (experiment: info qtree).
        """
        controllers = self.positions(KVM_VAPIC)
        bridge = BETWEEN if self.machine.board.root_bus_kind == "PCI" else 0
        return controllers[0][0] if controllers else 0, bridge + 1 + number

    def positions(self, type_name: str) -> list[tuple[int, int]]:
        """Return where the fixed devices of a type are in the order, the newest first."""
        children = self.machine.unattached.children.values()
        if type_name in _BELOW_PIIX3:
            south = [item for item in children if item.type_name == "PIIX3"]
            return [(self.position(south[0])[0], 1 + _BELOW_PIIX3.index(type_name))]
        found = [self.position(item) for item in children if item.type_name == type_name]
        return sorted(found, reverse=True)


def _kind_of(name: str) -> str:
    """Return the kind of bus that a type of devices takes, empty for none."""
    from hmp.machine.catalogue import records

    return next((item.bus for item in records.lineage(name) if item.bus), "")


_MAKERS: dict[str, Callable[[OnboardDevices], None]] = {
    "*display": OnboardDevices._make_display,
    "*nics": OnboardDevices._make_nics,
    "*serial": OnboardDevices._make_serial_ports,
    "*parallel": OnboardDevices._make_parallel_ports,
    "*ide": OnboardDevices._make_ide_drives,
    "*ide0": lambda onboard: onboard._make_ide_drives(0),
    "*ide1": lambda onboard: onboard._make_ide_drives(1),
    "*fdc": OnboardDevices._make_floppy_controller,
    "*floppy": OnboardDevices._make_floppy_drives,
    "*ioapic2": OnboardDevices._make_second_io_apic,
    "*uhci": OnboardDevices._make_uhci,
    "*ehci": OnboardDevices._make_ehci,
}
