"""What all inert devices do: check what they need, take a place on their bus, and give the buses
and children that QEMU's device of that type has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hmp.errors import StateError
from hmp.machine.backends.base import MemoryRegion
from hmp.machine.catalogue import records
from hmp.machine.catalogue.records import BusRecord, DeviceRecord, TypeRecord
from hmp.machine.chardevs.device import GuestPort
from hmp.machine.devices.base import Device
from hmp.machine.devices.bus import Bus
from hmp.machine.devices.inert import backends, geometry, places
from hmp.machine.devices.inert.checks import check_values
from hmp.machine.devices.inert.pci import memory
from hmp.machine.devices.inert.pci.functions import adapted_function
from hmp.machine.devices.inert.pci.queues import choose_queues
from hmp.machine.devices.inert.properties import attribute_of
from hmp.machine.devices.inert.usb.companions import check_companion
from hmp.machine.devices.pci.device import PciBus, PciDevice
from hmp.machine.devices.pci.root_port import check_chassis_slot
from hmp.machine.devices.virtio import VirtioDevice, VirtioForms, VirtioPci, VirtioPciGeneric
from hmp.machine.mice import NAMES as INPUT_NAMES
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Link, Structure, Text

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

FIRST_MAC = 0x525400123456
APPLE_KEY_CHARACTERS = 64
# The objects that a device makes for itself where it is given none.
DEFAULT_BACKENDS = {"rng": "rng-builtin"}
# What can be in the place of a property that a device can't be without.
ALTERNATIVES = {"host": ("sysfsdev", "fd")}
# Transports that have one class of PCI devices, whatever is asked for.
FIXED_CLASSES = dict.fromkeys(
    [f"virtio-serial-pci{form}" for form in ("", "-transitional", "-non-transitional")], 0x780
)
# How many devices a bus takes.
MAX_DEVICES = {"IDE": 2, "sd-bus": 1, "virtio-bus": 1}
# The properties that tell the number of ports, with the most that there can be, whatever they say
# (experiment: device_add usb-tablet with each port).
MOST_PORTS = {"p2": 15, "num-ports": 15, "max_ports": 511}
PORT_COUNTS = {"pci-ehci-usb": 6, "pci-uhci-usb": 2}


class LackingError(StateError):
    """The device lacks something that it can't be without."""

    def __init__(self, property: str, message: str, *hints: str) -> None:
        super().__init__(message, *hints)
        self.parameter = property


class InertDevice(Device):
    """A device of the catalogue.

    `port` is what uses its character device. Without `holds_drives` what is made for the device has
    its drive.
    """

    is_inert = True
    record: ClassVar[TypeRecord]
    holds_drives: ClassVar[bool] = True
    port: GuestPort | None = None

    def put(self, name: str, value: object) -> None:
        """Set a property without its checks."""
        item = self.property(name)
        assert item is not None
        setattr(self.property_owner(name), item.attribute, value)

    def instance(self) -> DeviceRecord | None:
        """Return what the catalogue knows of such a device once it is plugged."""
        return self.record.instance

    @property
    def opens_chardev(self) -> bool:
        """Whether the device takes what comes from its character device."""
        return True

    @property
    def drive_user(self) -> str:
        """How QEMU names what will use the drive of the device."""
        return self.identifier or self.path

    def qtree_lines(self) -> tuple[str, ...]:
        """Return what `info qtree` shows of the device beside its properties."""
        found = self.instance()
        return found.lines if found else ()

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        super().prepare(machine, hotplugged)
        if isinstance(self, PciDevice):
            return
        self.check_inert(machine)
        places.take_place(self)

    def check_inert(self, machine: Machine) -> None:
        self.check_lack()
        backends.check_backends(self, machine)
        memory.check_mapped(self)
        check_values(self)

    def check_lack(self) -> None:
        """Raise LackingError when a property is unset that the device can't be without."""
        if not self.record.lack:
            return
        name, message = self.record.lack
        if name == "audiodev" and self.machine.default_audiodev:
            return
        if any(self.get(other) for other in ALTERNATIVES.get(name, ()) if other in self.by_name):
            return
        if name == "bmc" and self.by_name[name].attribute in vars(self) and not self.get(name):
            raise LackingError(name, "bmc cannot be set to NULL")
        if not name or self._lacks(name):
            first, *hints = message.replace(records.RECORDED_ID, self.identifier or "(null)").split(
                "\n"
            )
            if name == "audiodev" and (known := list(self.machine.audiodevs)):
                hints.append(f"Perhaps you wanted to use -audio or set audiodev={known[0]}?")
            raise LackingError(name, first, *hints)

    def _lacks(self, name: str) -> bool:
        value, item = self.get(name), self.property(name)
        # An empty text is one, where it is no id.
        is_text = item is not None and type(item.type) is Text
        was_given = item is not None and item.attribute in vars(self.property_owner(name))
        return value in (0, None) or (value == "" and not (is_text and was_given))

    def acquire(self, machine: Machine) -> None:
        super().acquire(machine)
        backends.lock_drives(self, machine)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        instance = self.instance()
        if instance:
            self.set_values(machine)
        backends.choose_audiodev(self, machine)
        # A network card has its address by now.
        backends.attach_backends(self, machine)
        memory.take_mapped(self)
        if instance:
            buses = {bus.name for bus in instance.buses}
            children = instance.children.items()
            self._add_children({name: child for name, child in children if name not in buses})
            for bus in reversed(instance.buses):
                self._add_bus(machine, bus)
        if name := INPUT_NAMES.get(self.type_name):
            machine.inputs.add(name, self)
        if (index := self.__dict__.get(attribute_of("bootindex"), -1)) >= 0:
            machine.boot_indexes[index] = self
        if self.type_name == "isa-applesmc" and len(str(self.get("osk"))) != APPLE_KEY_CHARACTERS:
            machine.warn("Using AppleSMC with invalid key")
        if self.type_name == "vmbus-bridge":
            machine.emit_output("VMBus requires usable Hyper-V SynIC and VP_INDEX")

    def unplug(self, machine: Machine) -> None:
        for device in self.devices_below():
            if device.realized:
                device.unplug(machine)
                device.realized = False
        for bus in list(self.buses):
            self._remove_bus(machine, bus)
        for index in [key for key, device in machine.boot_indexes.items() if device is self]:
            del machine.boot_indexes[index]
        backends.detach_backends(self, machine)
        memory.release_mapped(self)
        super().unplug(machine)

    def request_unplug(self, machine: Machine) -> None:
        """Remove it at once: no guest is asked on a bus that is no PCI bus."""
        machine.remove_device(self)

    def set_values(self, machine: Machine) -> None:
        """Set what realizing the device sets, apart from what the user set."""
        instance = self.instance()
        for name, value in instance.values.items() if instance else ():
            item = self.by_name.get(name)
            is_chosen = name == "romsize" or name in geometry.CHOSEN
            # A display without a description has no size.
            is_chosen |= name in ("xres", "yres") and not self._describes_display()
            is_given = item is not None and self.__dict__.get(item.attribute, "auto") != "auto"
            if item is None or is_given or is_chosen:
                continue
            if name in DEFAULT_BACKENDS:
                backend = Object()
                backend.type_name = DEFAULT_BACKENDS[name]
                self.add("default-backend", backend)
                setattr(self, item.attribute, backend)
            elif name == "mac":
                setattr(self, item.attribute, next_mac(machine))
            elif name == "sas_address" and isinstance(self, PciDevice):
                # Its last two bytes are the slot and the function.
                address = int(str(value)) & ~0xFFFF | self.slot << 8 | self.function
                setattr(self, item.attribute, address)
            elif value is not None and not isinstance(item.type, (Link, Structure)):
                setattr(self, item.attribute, value)
        if self.type_name in FIXED_CLASSES:
            self.put("class", FIXED_CLASSES[self.type_name])

    def _describes_display(self) -> bool:
        items = (self.by_name.get(name) for name in ("edid", "mmio"))
        return all(item is None or item.get(self) for item in items)

    def _add_children(self, children: dict[str, Any]) -> None:
        for name, child in children.items():
            known = self.children.get(name)
            if isinstance(known, MemoryRegion) and isinstance(child, list):
                known.size = child[0]
            elif known is not None or "{}" in name:
                continue
            elif isinstance(child, list):
                size, addr, container, priority = child
                region = MemoryRegion(size, addr, self.children.get(container), priority)
                self.add(name, region)
            elif child in records.type_names():
                is_device = any(item.name == "device" for item in records.lineage(child))
                part = Device() if is_device else Object()
                part.type_name = child
                self.add(name, part)

    def _add_bus(self, machine: Machine, record: BusRecord) -> None:
        """Add a bus that the device gives."""
        # The one between a transport and its virtio device is there already; a companion
        # controller's ports are those of its master's bus.
        if record.name in self.children or self.__dict__.get(attribute_of("masterbus")):
            return
        kinds = tuple(item.name for item in records.lineage(record.type))
        if "PCI" in kinds:
            bus: Bus = self._make_pci_bus(machine, record)
        else:
            limit = next((MAX_DEVICES[kind] for kind in kinds if kind in MAX_DEVICES), None)
            bus = Bus(record.type, record.hotplug, kinds, limit)
        bus.port_count = self._port_count()
        if "usb-bus" in kinds:
            bus.number = machine.usb_buses
            machine.usb_buses += 1
            bus.free_ports = [str(number + 1) for number in range(bus.port_count)]
        if "IDE" in kinds:
            places.count_ide_units(bus, machine)
        self.add(self._bus_name(machine, record), bus)
        self.buses.insert(0, bus)

    def _make_pci_bus(self, machine: Machine, record: BusRecord) -> PciBus:
        # A port has one slot, a bridge all 32.
        is_port = any(item.name == "pcie-slot" for item in records.lineage(self.type_name))
        bus = PciBus(record.type, single_slot=is_port, hotplug=record.hotplug)
        machine.pci_buses.append(bus)
        return bus

    def _bus_name(self, machine: Machine, record: BusRecord) -> str:
        if "{}" not in record.name:
            return record.name
        if identifier := self.owner_id():
            return record.name.format(identifier)
        return machine.bus_names.take(record.type)

    def owner_id(self) -> str:
        """Return the id that the names of the device's buses begin with."""
        return self.identifier

    def owner_type(self) -> str:
        """Return the type under which the device is known: that of its transport, if it has one."""
        return self.type_name

    def _port_count(self) -> int:
        for name in MOST_PORTS:
            if (item := self.by_name.get(name)) is not None:
                # Of an xHCI controller the two kinds of ports have the same numbers.
                on_usb3 = int(str(self.get("p3"))) if name == "p2" else 0
                return min(max(int(str(item.get(self))), on_usb3), MOST_PORTS[name])
        names = (item.name for item in records.lineage(self.type_name))
        return next((PORT_COUNTS[name] for name in names if name in PORT_COUNTS), 0)

    def _remove_bus(self, machine: Machine, bus: Bus) -> None:
        """Remove a bus, on which no device is left."""
        if isinstance(bus, PciBus):
            machine.pci_buses.remove(bus)
        if bus.parent is self:
            bus.remove()
        self.buses.remove(bus)


class _RomDevice(InertDevice, PciDevice):
    """An inert device with the ROM that QEMU's has."""

    def check_type(self, machine: Machine) -> None:
        self.check_inert(machine)
        super().check_type(machine)

    @property
    def rom_name(self) -> str:
        instance = self.record.instance
        if "romfile" in self.__dict__ or instance is None:
            return self.romfile
        return str(instance.values.get("romfile", ""))


class InertPciDevice(_RomDevice):
    """An inert device on a PCI bus."""

    def recorded_function(self) -> dict[str, Any] | None:
        function = super().recorded_function()
        if function is None:
            return None
        if not self.is_bridge or "pci_bridge" in function:
            return adapted_function(self, function)
        # It was recorded below a bus without a number, where query-pci shows nothing; it is as its
        # counterpart.
        known = records.find_type("x3130-upstream")
        assert known and known.instance and known.instance.pci
        return function | {key: known.instance.pci[key] for key in ("class_info", "pci_bridge")}

    def check_type(self, machine: Machine) -> None:
        super().check_type(machine)
        check_companion(self, machine)
        if self.is_a("pcie-slot"):
            chassis, slot = (int(str(self.get(name))) for name in ("chassis", "slot"))
            check_chassis_slot(machine, chassis, slot)

    def request_unplug(self, machine: Machine) -> None:
        PciDevice.request_unplug(self, machine)


class InertVirtioDevice(InertDevice, VirtioDevice):
    """An inert virtio device, behind a transport or on a virtio bus of the board."""

    def instance(self) -> DeviceRecord | None:
        transport = self.owner
        if transport is self or not isinstance(transport, InertDevice):
            return self.record.instance
        found = transport.record.instance
        return found.buses[0].devices[0] if found else None

    def set_values(self, machine: Machine) -> None:
        layout = self.any_layout
        super().set_values(machine)
        if self.type_name == "virtio-blk-device":
            # The legacy form alone never has it (experiment: info qtree).
            self.any_layout = layout and self._has_modern_form(machine)

    def _has_modern_form(self, machine: Machine) -> bool:
        if isinstance(self.owner, VirtioPci):
            return self.owner.forms().modern
        return machine.parts.value("virtio-mmio", "force-legacy") is False

    def owner_id(self) -> str:
        return self.owner.identifier

    def owner_type(self) -> str:
        return self.owner.type_name

    @property
    def region_label(self) -> str:
        return self.type_name.removesuffix("-device")

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        # Behind a transport the checks come after its slot was chosen.
        if self.bus is not None:
            self.check_realizable(machine)

    def check_realizable(self, machine: Machine) -> None:
        transport = self.owner
        # What is there with a transport may not be without one (virtio-iommu).
        if not isinstance(transport, InertDevice) or transport.record.lack:
            self.check_lack()
        backends.check_backends(self, machine)
        check_values(self)


class _VirtioTransport(_RomDevice, VirtioPci):
    """The PCI transport of an inert virtio device."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        choose_queues(self, machine.cpu_count)
        super().plug(machine, hotplugged)

    def request_unplug(self, machine: Machine) -> None:
        PciDevice.request_unplug(self, machine)


class InertVirtioPci(_VirtioTransport):
    """One with a fixed form of virtio."""

    def forms(self) -> VirtioForms:
        is_transitional = not self.type_name.endswith("-non-transitional")
        return VirtioForms(is_transitional and self.vdev.has_legacy_form, modern=True)


class InertVirtioPciGeneric(_VirtioTransport, VirtioPciGeneric):
    """One whose forms the user may choose."""


def next_mac(machine: Machine) -> str:
    """Return the first of QEMU's addresses that no network card has."""
    used = {
        device.get("mac")
        for device in machine.root.walk()
        if isinstance(device, InertDevice) and "mac" in device.by_name
    }
    used |= machine.onboard.absent_macs
    number = next(n for n in range(FIRST_MAC, FIRST_MAC + 0x10000) if _mac_text(n) not in used)
    return _mac_text(number)


def _mac_text(number: int) -> str:
    return ":".join(f"{byte:02x}" for byte in number.to_bytes(6))
