"""PCI buses and devices: which slot a device takes, and what it says when it can't
(docs/qemu-behaviour/devices.md §2, §8).

Configuration space does not exist here; how a guest hears of the devices is in `pci_hotplug.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.grammar import terminals
from hmp.machine.devices import pci_regions
from hmp.machine.devices.base import GENERIC, Device
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import (
    Boolean,
    Integer,
    Link,
    Property,
    PropertyValueError,
    Size,
    Text,
    switch,
)

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

SLOTS, FUNCTIONS = 32, 8
PCI_PROPERTIES = (
    *GENERIC,
    Property(
        "acpi-index", Integer(32), "Index that names the device in the guest", 0, shows_default=True
    ),
    Property(
        "addr",
        Text("str"),
        "Slot, and function after a point, in hexadecimal: 06.0 or 06",
        -1,
        shows_default=True,
    ),
    Property("busnr", Text("busnr"), settable=False, default=0),
    Property("failover_pair_id", Text("str"), default=""),
    switch("multifunction", False),
    Property("rombar", Integer(32, signed=True), default=-1, shows_default=True),
    Property("romfile", Text("str"), default=""),
    Property("romsize", Integer(32), default=0xFFFFFFFF, shows_default=True),
    Property("sriov-pf", Text("str"), default=""),
    Property(
        "x-max-bounce-buffer-size",
        Size("size"),
        "Most bytes of bounce buffers",
        4096,
        shows_default=True,
    ),
    switch("x-pcie-ari-nextfn-1", False),
    switch("x-pcie-err-unc-mask", True),
    switch("x-pcie-ext-tag", True),
    switch("x-pcie-lnksta-dllla", True),
)


class BusError(StateError):
    """The bus that was named, or that the device sits on, can't be used for it."""

    parameter = "bus"

    def __init__(self, bus: str, message: str) -> None:
        super().__init__(message)
        self.bus = bus


class BusHotplugError(BusError):
    """Nothing can be plugged into the bus, or leave it, while the machine exists."""

    def __init__(self, bus: str) -> None:
        super().__init__(bus, f"Bus '{bus}' does not support hotplugging")


class PciSlotError(StateError):
    """There is no slot left, or something is in the way at the address; `slot` and `function` are
    those looked at.
    """

    parameter = "addr"

    def __init__(self, message: str, slot: int | None = None, function: int | None = None) -> None:
        super().__init__(message)
        self.slot, self.function = slot, function


class UnplugPendingError(StateError):
    """The guest was asked to let the device go and has not done so yet."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Device {path} is already in the process of unplug")
        self.path = path


class PciBus(Object):
    """A PCI bus (kind `PCI` or `PCIE`) and what sits at each of its device addresses, slot * 8 +
    function.

    The bus below a root port reaches slot 0 alone (`single`); `fixed` are slots whose contents the
    guest was told, at the start or the last reset, that they never go.
    """

    declared: ClassVar[tuple[Property, ...]] = (
        Property("realized", Boolean(), default=True, settable=False),
        Property("hotplug-handler", Link("hotplug-handler"), settable=False),
    )

    def __init__(self, kind: str, single: bool, hotplug: bool) -> None:
        self.type_name = kind
        super().__init__()
        self.single, self.hotplug = single, hotplug
        self.taken: dict[int, PciDevice | str] = {}
        self.fixed: set[int] = set()

    def free_address(self, driver: str) -> int:
        """The lowest slot whose function 0 is free; below a root port the search starts again and
        again at slot 0.
        """
        # QEMU does not look at the other functions here
        # (tests/recordings/hmp/devices/pci-function-one.hmp).
        for slot in range(SLOTS):
            if slot * FUNCTIONS not in self.taken:
                return slot * FUNCTIONS
        raise PciSlotError(f"PCI: no slot/function available for {driver}, all in use or reserved")

    def check_free(self, address: int, device: PciDevice, hotplugged: bool) -> None:
        """Raise PciSlotError when something is in the way of a device at an address.

        For a device without an address of its own the reference looks at slot 31 too, wherever the
        device would go.
        """
        slot, function = divmod(address, FUNCTIONS)
        driver = device.type_name
        if address in self.taken:
            raise PciSlotError(
                f"PCI: slot {slot} function {function} not available for {driver}, "
                f"in use by {_called(self.taken[address])}",
                slot,
                function,
            )
        looked_at = 0 if self.single else slot if device.address >= 0 else SLOTS - 1
        other = self.taken.get(looked_at * FUNCTIONS)
        if other is not None and hotplugged:
            name = other if isinstance(other, str) else other.type_name
            raise PciSlotError(
                f"PCI: slot {looked_at} function 0 already occupied by {name}, "
                f"new func {driver} cannot be exposed to guest.",
                looked_at,
                0,
            )
        first = self.taken.get(slot * FUNCTIONS)
        if function and first is not None and not _has_functions(first):
            raise PciSlotError(
                f"PCI: single function device can't be populated in function {slot:x}.{function:x}",
                slot,
                function,
            )
        others = [
            number for number in range(1, FUNCTIONS) if slot * FUNCTIONS + number in self.taken
        ]
        if not function and others and not _has_functions(device):
            raise PciSlotError(
                f"PCI: {slot:x}.0 indicates single function, but {slot:x}.{others[0]:x} is already "
                "populated.",
                slot,
                others[0],
            )

    def take(self, address: int, device: PciDevice) -> None:
        """Put a device at a free address."""
        self.taken[address] = device

    def leave(self, device: PciDevice) -> None:
        """Free the address of a device."""
        self.taken = {
            address: other for address, other in self.taken.items() if other is not device
        }

    def add_board_device(self, name: str, slot: int | None, fixed: bool) -> None:
        """Something that the board brings along, in a slot or in the lowest free one."""
        address = self.free_address(name) if slot is None else slot * FUNCTIONS
        self.taken[address] = name
        if fixed:
            self.fixed.add(address // FUNCTIONS)

    def in_slot(self, slot: int) -> list[PciDevice]:
        """The plugged devices of a slot; the board's own parts are not among them."""
        found = (self.taken.get(slot * FUNCTIONS + function) for function in range(FUNCTIONS))
        return [device for device in found if isinstance(device, PciDevice)]

    def remove_board_device(self, slot: int) -> None:
        """Let the guest eject a part of the board that may go, such as its network card."""
        if slot not in self.fixed and isinstance(self.taken.get(slot * FUNCTIONS), str):
            del self.taken[slot * FUNCTIONS]

    def removable_mask(self) -> int:
        """A bit for each slot whose contents, if any, may be ejected."""
        return sum(1 << slot for slot in range(SLOTS) if slot not in self.fixed)

    def pin_bridges(self) -> None:
        """Count the slots of bridges among those whose contents never go."""
        devices = (device for device in self.taken.values() if isinstance(device, PciDevice))
        self.fixed |= {device.slot for device in devices if device.is_bridge}


def _called(occupant: PciDevice | str) -> str:
    if isinstance(occupant, str):
        return f"{occupant},id=(null)"
    return f"{occupant.type_name},id={occupant.identifier or '(null)'}"


def _has_functions(occupant: PciDevice | str) -> bool:
    return isinstance(occupant, PciDevice) and bool(occupant.values["multifunction"])


class PciDevice(Device):
    """A device on a PCI bus; `removing` tells that the guest was asked to let it go."""

    bus_kind = "PCI"
    ancestors: ClassVar[tuple[str, ...]] = ("pci-device", *Device.ancestors)
    declared: ClassVar[tuple[Property, ...]] = PCI_PROPERTIES
    is_bridge: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.bus: PciBus | None = None
        self.removing = False

    @property
    def slot(self) -> int:
        """The number of the slot on the bus."""
        return self.address // FUNCTIONS

    @property
    def address(self) -> int:
        """Slot * 8 + function, or -1 when the bus chooses."""
        value = self.values["addr"]
        assert isinstance(value, int)
        return value

    def set(self, item: Property, value: object) -> None:
        if item.name == "addr":
            value = self._read_address(str(value))
        super().set(item, value)

    def _read_address(self, text: str) -> int:
        found = terminals.fullmatch(terminals.PCI_ADDRESS, text)
        slot, function = (int(part or "0", 16) for part in found.groups()) if found else (SLOTS, 0)
        if slot >= SLOTS or function >= FUNCTIONS:
            raise PropertyValueError(
                "addr", text, f"Property '{self.type_name}.addr' doesn't take value '{text}'"
            )
        return slot * FUNCTIONS + function

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        assert self.bus is not None
        wanted = self.address if self.address >= 0 else self.bus.free_address(self.type_name)
        self.bus.check_free(wanted, self, hotplugged)
        self.values["addr"] = wanted

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        assert self.bus is not None
        if self.bus.single and self.slot:
            machine.warn(
                f"PCI: slot {self.slot} is not valid for {self.type_name}, "
                "parent device only allows plugging into slot 0."
            )
        self.values["parent_bus"] = self.bus
        pci_regions.show_regions(self, pci_regions.ANY_DEVICE)
        self.bus.take(self.address, self)
        if not hotplugged:
            self.bus.pin_bridges()
        machine.pci_registers.insert(self.bus, self.slot, announce=hotplugged)

    def unplug(self, machine: Machine) -> None:
        assert self.bus is not None
        self.bus.leave(self)

    def check_unplug(self, machine: Machine, path: str) -> None:
        if self.removing:
            raise UnplugPendingError(path)
        if self.bus is not None and not self.bus.hotplug:
            raise BusHotplugError(self.bus.name)

    def request_unplug(self, machine: Machine) -> None:
        assert self.bus is not None
        self.removing = True
        machine.pci_registers.request_removal(self.bus, self.slot)
