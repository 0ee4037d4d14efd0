"""PCI buses and devices: which slot a device gets, and the errors when it gets none
(docs/qemu-behaviour/devices.md §2, §8). There is no configuration space.

A device's number on its bus is its devfn, slot * 8 + function, as in QEMU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from hmp.errors import StateError
from hmp.grammar import terminals
from hmp.machine.devices.base import Device
from hmp.machine.devices.bus import Bus
from hmp.machine.devices.pci import regions
from hmp.machine.devices.pci.roms import rom_bytes
from hmp.machine.qom.property import (
    Integer,
    Property,
    PropertyValueError,
    Size,
    Text,
    bool_property,
)
from hmp.units import ALL_ONES_32

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# A devfn is 5 bits of slot and 3 bits of function.
MAX_ACPI_INDEX = 16383
SLOTS, FUNCTIONS = 32, 8
# Every kind of PCI bus takes every PCI device.
PCI_KINDS = ("PCI",)
# Devices of boards that have several functions.
MULTIFUNCTION_CHIPS = ("PIIX3", "ICH9-LPC")
UNASSIGNED = -1
"""The devfn of a device for which the bus is to choose."""


class PciSlotError(StateError):
    """No slot is free, or the one at `slot` and `function` is occupied."""

    parameter = "addr"

    def __init__(self, message: str, slot: int | None = None, function: int | None = None) -> None:
        super().__init__(message)
        self.slot, self.function = slot, function


class UnplugPendingError(StateError):
    """The guest was asked to release the device and has not done so yet."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Device {path} is already in the process of unplug")
        self.path = path


class RomError(StateError):
    """The ROM of the device can't be."""

    def __init__(self, property: str, message: str) -> None:
        super().__init__(message)
        self.parameter = property


class PairingError(RomError):
    """The device can't be a half of the pair that is asked for."""


class PciBus(Bus):
    """A PCI bus of type `PCI` or `PCIE`, and its `functions` by devfn: plugged devices, and the
    names of the board's own.

    The bus below a root port has slot 0 alone (`single_slot`); that of an expander takes bridges
    alone (`bridges_only_in` is its type). `non_ejectable_slots` are those that
    the guest was told, at the start or at the last reset, can't be ejected.
    """

    def __init__(self, type_name: str, single_slot: bool, hotplug: bool) -> None:
        super().__init__(type_name, hotplug, PCI_KINDS)
        self.single_slot = single_slot
        self.functions: dict[int, PciDevice | str] = {}
        self.bridges_only_in = ""
        self.non_ejectable_slots: set[int] = set()

    def free_devfn(self, driver: str) -> int:
        """Return the devfn of the lowest slot whose function 0 is free.

        Raises PciSlotError when there is none; `driver` is for its message.
        """
        # QEMU does not look at the other functions here
        # (tests/recordings/hmp/devices/pci-function-one.hmp).
        for slot in range(SLOTS):
            if slot * FUNCTIONS not in self.functions:
                return slot * FUNCTIONS
        raise PciSlotError(f"PCI: no slot/function available for {driver}, all in use or reserved")

    def check_free(self, devfn: int, device: PciDevice, hotplugged: bool) -> None:
        """Raise PciSlotError when a device can't have a devfn.

        For a device without an address of its own QEMU checks slot 31 too, whatever slot the device
        would get.
        """
        slot, function = divmod(devfn, FUNCTIONS)
        driver = device.type_name
        if self.bridges_only_in and not device.is_bridge:
            raise PciSlotError(
                f"PCI: Only PCI/PCIe bridges can be plugged into {self.bridges_only_in}"
            )
        if devfn in self.functions:
            raise PciSlotError(
                f"PCI: slot {slot} function {function} not available for {driver}, "
                f"in use by {_occupant_name(self.functions[devfn])}",
                slot,
                function,
            )
        # UNASSIGNED, -1, has slot 31 in 5 bits.
        checked = 0 if self.single_slot else slot if device.devfn >= 0 else SLOTS - 1
        other = self.functions.get(checked * FUNCTIONS)
        if other is not None and hotplugged:
            name = other if isinstance(other, str) else other.type_name
            raise PciSlotError(
                f"PCI: slot {checked} function 0 already occupied by {name}, "
                f"new func {driver} cannot be exposed to guest.",
                checked,
                0,
            )
        self._check_multifunction(slot, function, device)

    def _check_multifunction(self, slot: int, function: int, device: PciDevice) -> None:
        """Raise PciSlotError when function 0 of a slot does not announce the others."""
        first = self.functions.get(slot * FUNCTIONS)
        if function and first is not None and not _has_functions(first):
            raise PciSlotError(
                f"PCI: single function device can't be populated in function {slot:x}.{function:x}",
                slot,
                function,
            )
        others = [
            number for number in range(1, FUNCTIONS) if slot * FUNCTIONS + number in self.functions
        ]
        if not function and others and not _has_functions(device):
            raise PciSlotError(
                f"PCI: {slot:x}.0 indicates single function, but {slot:x}.{others[0]:x} is already "
                "populated.",
                slot,
                others[0],
            )

    def remove_device(self, device: PciDevice) -> None:
        """Free the devfn of a device."""
        self.functions = {
            devfn: other for devfn, other in self.functions.items() if other is not device
        }

    def add_board_device(self, name: str, slot: int | None, fixed: bool) -> int:
        """Add a device of the board, in a slot or in the lowest free one; return its devfn."""
        devfn = self.free_devfn(name) if slot is None else slot * FUNCTIONS
        self.functions[devfn] = name
        if fixed:
            self.non_ejectable_slots.add(devfn // FUNCTIONS)
        return devfn

    def devices_in_slot(self, slot: int) -> list[PciDevice]:
        """Return the plugged devices of a slot, without the board's own."""
        found = (self.functions.get(slot * FUNCTIONS + function) for function in range(FUNCTIONS))
        return [device for device in found if isinstance(device, PciDevice)]

    def remove_board_device(self, slot: int) -> None:
        """Remove a board device that the guest ejects, such as the network card."""
        if slot not in self.non_ejectable_slots and isinstance(
            self.functions.get(slot * FUNCTIONS), str
        ):
            del self.functions[slot * FUNCTIONS]

    def removable_mask(self) -> int:
        """Return a bit for each slot whose devices, if any, can be ejected."""
        return sum(1 << slot for slot in range(SLOTS) if slot not in self.non_ejectable_slots)

    def mark_bridges_non_ejectable(self) -> None:
        """Count the slots of bridges among those that can't be ejected."""
        devices = (device for device in self.functions.values() if isinstance(device, PciDevice))
        self.non_ejectable_slots |= {device.slot for device in devices if device.is_bridge}


def _occupant_name(occupant: PciDevice | str) -> str:
    if isinstance(occupant, str):
        return f"{occupant},id=(null)"
    return f"{occupant.type_name},id={occupant.identifier or '(null)'}"


def _has_functions(occupant: PciDevice | str) -> bool:
    if isinstance(occupant, str):
        return occupant in MULTIFUNCTION_CHIPS
    return occupant.multifunction


class PciDevice(Device):
    """A device on a PCI bus; `unplug_pending`: the guest was asked to release it."""

    bus_kind = "PCI"
    ancestors: ClassVar[tuple[str, ...]] = ("pci-device", *Device.ancestors)
    is_bridge: ClassVar[bool] = False

    acpi_index = Property(
        Integer(32), "Index that names the device in the guest", 0, shows_default=True
    )
    devfn = Property(
        Text("str"),
        "Slot, and function after a point, in hexadecimal: 06.0 or 06",
        UNASSIGNED,
        name="addr",
        shows_default=True,
    )
    busnr = Property(Text("busnr"), default=0, settable=False)
    failover_pair_id = Property(Text("str"), default="", name="failover_pair_id")
    multifunction = bool_property(False)
    rombar = Property(Integer(32, signed=True), default=-1, shows_default=True)
    romfile = Property(Text("str"), default="")
    romsize = Property(Integer(32), default=ALL_ONES_32, shows_default=True)
    sriov_pf = Property(Text("str"), default="")
    x_max_bounce_buffer_size = Property(
        Size("size"), "Most bytes of bounce buffers", 4096, shows_default=True
    )
    x_pcie_ari_nextfn_1 = bool_property(False)
    x_pcie_err_unc_mask = bool_property(True)
    x_pcie_ext_tag = bool_property(True)
    x_pcie_lnksta_dllla = bool_property(True)

    def __init__(self) -> None:
        super().__init__()
        self.unplug_pending = False

    @property
    def pci_bus(self) -> PciBus:
        """The bus that the device is on."""
        assert isinstance(self.bus, PciBus)
        return self.bus

    @property
    def slot(self) -> int:
        """The number of the slot on the bus."""
        return self.devfn // FUNCTIONS

    @property
    def function(self) -> int:
        """The number of the function in the slot."""
        return self.devfn % FUNCTIONS

    def recorded_function(self) -> dict[str, Any] | None:
        """Return the function that QEMU's device of that type has, as query-pci shows it, None
        where it is not known.
        """
        # The catalogue is read only when somebody looks.
        from hmp.machine.catalogue import records

        record = records.find_type(self.type_name)
        return record.instance.pci if record and record.instance else None

    @devfn.setter
    def _set_devfn(self, text: str) -> None:
        found = terminals.fullmatch(terminals.PCI_ADDRESS, text)
        slot, function = (int(part or "0", 16) for part in found.groups()) if found else (SLOTS, 0)
        if slot >= SLOTS or function >= FUNCTIONS:
            raise PropertyValueError(
                "addr", text, f"Property '{self.type_name}.addr' doesn't take value '{text}'"
            )
        self.devfn = slot * FUNCTIONS + function

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        if self.romsize != ALL_ONES_32 and (not self.romsize or self.romsize & (self.romsize - 1)):
            raise RomError("romsize", f"ROM size {self.romsize} is not a power of two")
        self._check_acpi_index(machine)
        devfn = self.devfn if self.devfn >= 0 else self.pci_bus.free_devfn(self.type_name)
        self.pci_bus.check_free(devfn, self, hotplugged)
        self.devfn = devfn
        self.check_type(machine)
        self._check_pairing()
        self._check_rom(hotplugged)

    def check_type(self, machine: Machine) -> None:
        """Make the checks of the device's type, which come between those of its slot and those of
        pairs and of the ROM.
        """

    def _check_acpi_index(self, machine: Machine) -> None:
        index = self.acpi_index
        if index > MAX_ACPI_INDEX:
            raise PairingError(
                "acpi-index", f"acpi-index should be less or equal to {MAX_ACPI_INDEX}"
            )
        if index and any(
            isinstance(device, PciDevice) and device.acpi_index == index
            for bus in machine.pci_buses
            for device in bus.functions.values()
        ):
            raise PairingError(
                "acpi-index", f"a PCI device with acpi-index = {index} already exist"
            )

    @property
    def rom_name(self) -> str:
        """The file with the option ROM, empty for none."""
        return self.romfile

    @property
    def rom_size(self) -> int:
        """Bytes of the BAR with the ROM, 0 for none."""
        size = rom_bytes(self.rom_name) if self.rom_name and self.rombar else None
        if size is None:
            return 0
        return 1 << (size - 1).bit_length() if self.romsize == ALL_ONES_32 else self.romsize

    def _check_rom(self, hotplugged: bool) -> None:
        name = self.rom_name
        if not name:
            return
        if hotplugged and not self.rombar:
            raise RomError("rombar", "Hot-plugged device without ROM bar can't have an option ROM")
        size = rom_bytes(name)
        if size is None:
            raise RomError("romfile", f'failed to find romfile "{name}"')
        if size > self.romsize:
            raise RomError(
                "romsize",
                f'romfile "{name}" ({size} bytes) is too large for ROM size {self.romsize}',
            )

    def _check_pairing(self) -> None:
        """Raise PairingError when the device can't be the half of a pair that it is to be."""
        # An empty id is one, too.
        if "sriov_pf" in self.__dict__:
            message = "user cannot create SR-IOV VF with this device type"
            if self.type_name.startswith("virtio-net-pci") and self.pci_bus.type_name != "PCIE":
                message = "PCI Express is required for SR-IOV VF"
            raise PairingError("sriov-pf", message)
        if "failover_pair_id" not in self.__dict__:
            return
        if self.pci_bus.type_name != "PCIE":
            message = "failover primary device must be on PCIExpress bus"
        elif self.category != "Network":
            message = "failover primary device is not an Ethernet device"
        elif self.multifunction or self.function:
            message = "failover: primary device must be in its own PCI slot"
        else:
            return
        raise PairingError("failover_pair_id", message)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        if self.pci_bus.single_slot and self.slot:
            machine.warn(
                f"PCI: slot {self.slot} is not valid for {self.type_name}, "
                "parent device only allows plugging into slot 0."
            )
        super().plug(machine, hotplugged)
        self.busnr = self.pci_bus.number
        self.romsize = self.rom_size or self.romsize
        regions.add_regions(self, regions.ANY_DEVICE)
        self.pci_bus.functions[self.devfn] = self
        if self.is_bridge and not hotplugged:
            # At its start the guest is told that bridges can't be ejected. Those that were plugged
            # later can, though a device of the board may be made after them here.
            self.pci_bus.non_ejectable_slots.add(self.slot)
        machine.ports.pci.insert(self.pci_bus, self.slot, notify_guest=hotplugged)

    def unplug(self, machine: Machine) -> None:
        super().unplug(machine)
        self.pci_bus.remove_device(self)

    def check_unplug(self, machine: Machine, path: str) -> None:
        if self.unplug_pending:
            raise UnplugPendingError(path)
        super().check_unplug(machine, path)

    def request_unplug(self, machine: Machine) -> None:
        self.unplug_pending = True
        machine.ports.pci.request_removal(self.pci_bus, self.slot)
