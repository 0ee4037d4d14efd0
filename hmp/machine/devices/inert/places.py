"""The place of a device on a bus that is neither a PCI nor a USB bus: SCSI addresses, IDE units,
and the numbers of virtio serial ports.

The rules and messages are QEMU's (experiments: device_add on each of these buses).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.units import ALL_ONES_32

if TYPE_CHECKING:
    from hmp.machine.devices.bus import Bus
    from hmp.machine.devices.inert.device import InertDevice
    from hmp.machine.machine import Machine

LARGEST_TARGET, LARGEST_LUN = 255, 16383
IDE_UNITS = 2


class PlaceError(StateError):
    """The place on the bus is taken, or there is no such place."""


def take_place(device: InertDevice) -> None:
    """Choose or check the place of a device on its bus, and set the properties that tell it.

    Raises:
        PlaceError: The place is taken, or there is no such place.
    """
    bus = device.bus
    choose = next((_CHOICES[kind] for kind in bus.kinds if kind in _CHOICES), None) if bus else None
    if bus and choose:
        choose(device, bus)


def _number(device: InertDevice, name: str) -> int:
    """Return a number whose default, -1, may be kept in an unsigned property."""
    value = int(str(device.get(name)))
    return -1 if value == ALL_ONES_32 else value


def _taken(bus: Bus, name: str) -> set[object]:
    return {other.get(name) for other in bus.devices}


def _scsi_address(device: InertDevice, bus: Bus) -> None:
    channel, target, lun = (_number(device, name) for name in ("channel", "scsi-id", "lun"))
    for what, value, most in (
        ("channel id", channel, 0),
        ("device id", target, LARGEST_TARGET),
        ("device lun", lun, LARGEST_LUN),
    ):
        if value > most:
            raise PlaceError(f"bad scsi {what}: {value}")
    places = {
        (other.get("channel"), other.get("scsi-id"), other.get("lun")): other
        for other in bus.devices
    }
    if target < 0:
        target = next(
            (n for n in range(LARGEST_TARGET + 1) if (channel, n, max(lun, 0)) not in places), -1
        )
        if target < 0:
            raise PlaceError("no free target")
    if lun < 0:
        lun = next((n for n in range(LARGEST_LUN) if (channel, target, n) not in places), -1)
        if lun < 0:
            raise PlaceError("no free lun")
    if (channel, target, lun) in places:
        raise PlaceError(f"lun already used by '{places[channel, target, lun].identifier}'")
    device.put("scsi-id", target)
    device.put("lun", lun)


def _ide_unit(device: InertDevice, bus: Bus) -> None:
    unit = _number(device, "unit")
    taken = _taken(bus, "unit")
    if unit == -1:
        unit = 0 if 0 not in taken else 1
        device.put("unit", unit)
    if unit >= IDE_UNITS:
        raise PlaceError(f"Can't create IDE unit {unit}, bus supports only {IDE_UNITS} units")
    if unit in taken:
        raise PlaceError(f"IDE unit {unit} is in use")
    if not device.get("serial"):
        device.put("serial", f"QM{_first_ide_unit(device, bus) + unit + 1:05d}")


def _first_ide_unit(device: InertDevice, bus: Bus) -> int:
    """Return how many units there were before those of a bus: QEMU counts those of all buses, in
    the order in which the buses were made (experiment: info qtree).
    """
    if bus in device.machine.board_buses:
        return int(bus.name.rpartition(".")[2]) * IDE_UNITS
    return bus.number


def count_ide_units(bus: Bus, machine: Machine) -> None:
    """Number the units of a new bus after those that there are."""
    board = sum("IDE" in other.kinds for other in machine.board_buses)
    bus.number = board * IDE_UNITS + machine.plugged_ide_units
    machine.plugged_ide_units += IDE_UNITS


def _serial_port(device: InertDevice, bus: Bus) -> None:
    number = _number(device, "nr")
    name = device.get("name")
    taken = _taken(bus, "nr")
    if name and name in _taken(bus, "name"):
        raise PlaceError(f"virtio-serial-bus: A port already exists by name {name}")
    most = bus.port_count - 1
    if number in taken:
        raise PlaceError(f"virtio-serial-bus: A port already exists at id {number}")
    if number < 0:
        # Port 0 is for the first console (experiment: virtserialport alone is port 1).
        first = 0 if device.type_name == "virtconsole" else 1
        number = next((nr for nr in range(first, most + 1) if nr not in taken), -1)
        if number < 0:
            raise PlaceError("virtio-serial-bus: Maximum port limit for this device reached")
    elif number > most:
        raise PlaceError(f"virtio-serial-bus: Out-of-range port id specified, max. allowed: {most}")
    device.put("nr", number)


def _card_slot(device: InertDevice, bus: Bus) -> None:
    slot = _number(device, "slot")
    if slot:
        raise PlaceError(f"usb-ccid supports one slot, can't add {slot}")
    if bus.devices:
        raise PlaceError("usb-ccid card already full, not adding")


_CHOICES: dict[str, Callable[[InertDevice, Bus], None]] = {
    "SCSI": _scsi_address,
    "IDE": _ide_unit,
    "virtio-serial-bus": _serial_port,
    "ccid-bus": _card_slot,
}
