"""device_add and device_del as operations of the machine: everything that can fail, then a step
that cannot.

Texts are read by the reader that the mouth brings; the arithmetic of places is in `placement.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hmp.errors import (
    DeviceNotFoundError,
    HmpError,
    MissingParameterError,
    ParameterError,
    ParameterValueError,
    StateError,
)
from hmp.grammar import terminals
from hmp.machine.devices import types
from hmp.machine.devices.base import Device, NotHotpluggableError
from hmp.machine.devices.pci import BusError, BusHotplugError, PciBus, PciDevice
from hmp.machine.devices.plug_trace import PlugAttempt
from hmp.machine.qom.object import Object, PropertyNotFoundError, find_link
from hmp.machine.qom.property import Link, Property, Visitor

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


VIRTIO_BUS = "virtio-bus"


class UnknownDriverError(ParameterError):
    """No type of devices has that name."""

    def __init__(self, driver: str) -> None:
        super().__init__("driver", f"'{driver}' is not a valid device model name")
        self.driver = driver


class WrongBusError(StateError):
    """The bus that was named, or every bus, is of another kind than the device needs, or full."""

    parameter = "bus"

    def __init__(self, driver: str, bus_kind: str, message: str) -> None:
        super().__init__(message)
        self.driver, self.bus_kind = driver, bus_kind


class DeviceIdError(ParameterError):
    """An id of a device that is not well-formed."""

    def __init__(self, identifier: str) -> None:
        super().__init__("id", f"Invalid qdev ID '{identifier}'")
        self.identifier = identifier


class DuplicateDeviceIdError(StateError):
    """Another device has that id."""

    parameter = "id"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"Duplicate device ID '{identifier}'")
        self.identifier = identifier


class ReadOnlyPropertyError(StateError):
    """A property that is only shown."""

    def __init__(self, type_name: str, property: str) -> None:
        super().__init__(f"Property '{type_name}.{property}' is not writable")
        self.type_name = type_name
        self.property = self.parameter = property


class NotADeviceError(StateError):
    """The path leads to an object that is no device."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not a device")
        self.path = path


def create_device(
    machine: Machine,
    driver: str,
    identifier: str | None,
    options: Iterable[tuple[str, object]],
    visitor: Visitor,
    hotplugged: bool,
) -> None:
    """Plug a device (docs/qemu-behaviour/devices.md §2); the machine is unchanged if an HmpError is
    raised.
    """
    record = PlugAttempt(
        driver, identifier or "", machine.slot_count, frozenset(machine.busy_slots)
    )
    machine.last_plug = record
    try:
        _create(machine, driver, identifier, list(options), visitor, hotplugged)
    except HmpError as error:
        record.refusal = error.message
        raise


def _create(
    machine: Machine,
    driver: str,
    identifier: str | None,
    options: list[tuple[str, object]],
    visitor: Visitor,
    hotplugged: bool,
) -> None:
    device = _build(machine, driver, dict(options).get("bus"), hotplugged)
    parent, name = _place_in_tree(machine, identifier)
    parent.add(name, device)
    try:
        _set_properties(machine, device, options, visitor)
        device.prepare(machine, hotplugged)
        device.acquire(machine)
    except BaseException:
        device.remove()
        raise
    device.values.update(realized=True, hotplugged=hotplugged)
    device.plug(machine, hotplugged)


def check_device(
    machine: Machine,
    driver: str,
    identifier: str | None,
    options: list[tuple[str, object]],
    visitor: Visitor,
) -> None:
    """Raise what `create_device` would at run time, as far as it can be known without asking the
    host for anything.
    """
    before = machine.last_plug
    try:
        with machine.command_scope(lambda text: None, lambda *lines: None):
            device = _build(machine, driver, dict(options).get("bus"), hotplugged=True)
            if identifier is not None:
                _check_device_id(machine, identifier)
            _set_properties(machine, device, options, visitor)
            device.prepare(machine, hotplugged=True)
    finally:
        machine.last_plug = before


def _build(machine: Machine, driver: str, bus_name: object, hotplugged: bool) -> Device:
    """A device of a type, with the bus that it is for."""
    kind = _find_type(driver)
    bus = _find_bus(machine, kind, bus_name)
    if hotplugged:
        _check_hotplug(machine, driver, bus)
    device = kind()
    if isinstance(device, PciDevice):
        device.bus = bus
    device.apply_defaults(machine.board)
    return device


def _set_properties(
    machine: Machine, device: Device, options: list[tuple[str, object]], visitor: Visitor
) -> None:
    for key, raw in options:
        if key != "bus":
            set_property(machine, device, key, raw, visitor)


def plug_typed(
    machine: Machine, given: dict[str, object], visitor: Visitor, hotplugged: bool
) -> None:
    """Plug a device from typed members; an id or bus that is no text is ignored."""
    driver, identifier = given.get("driver"), given.get("id")
    if not isinstance(driver, str):
        raise MissingParameterError("driver")
    options = [
        (key, value)
        for key, value in given.items()
        if key not in ("driver", "id") and (key != "bus" or isinstance(value, str))
    ]
    name = identifier if isinstance(identifier, str) else None
    create_device(machine, driver, name, options, visitor, hotplugged)


def _find_type(driver: str) -> type[Device]:
    if driver in types.ABSTRACT_TYPES:
        raise ParameterValueError("driver", "a non-abstract device type")
    if driver in types.BOARD_DEVICE_TYPES:
        raise ParameterValueError("driver", "a pluggable device type")
    if driver not in types.USER_CREATABLE:
        raise UnknownDriverError(driver)
    kind: type[Device] = types.USER_CREATABLE[driver]
    return kind


def _find_bus(machine: Machine, kind: type[Device], wanted: object) -> PciBus | None:
    """The bus for a device: the one it names, or the first of its kind; None for a device that
    needs none.
    """
    if wanted is None:
        return _first_bus(machine, kind) if kind.bus_kind else None
    carriers = [device for device in machine.memory_devices if device.owner is not device]
    if wanted == VIRTIO_BUS and carriers:
        raise BusError(VIRTIO_BUS, f"Bus '{wanted}' is full")
    found = next((bus for bus in machine.pci_buses if bus.name == wanted), None)
    bus_kind = found.type_name if found else machine.board.buses.get(str(wanted))
    if bus_kind is None:
        raise BusError(str(wanted), f"Bus '{wanted}' not found")
    if found is None or kind.bus_kind != "PCI":
        raise WrongBusError(
            kind.type_name, kind.bus_kind, f"Device '{kind.type_name}' can't go on {bus_kind} bus"
        )
    return found


def _first_bus(machine: Machine, kind: type[Device]) -> PciBus:
    if kind.bus_kind == VIRTIO_BUS and any(
        device.owner is not device for device in machine.memory_devices
    ):
        raise WrongBusError(
            kind.type_name, VIRTIO_BUS, f"A '{VIRTIO_BUS}' bus was found but is full"
        )
    if kind.bus_kind == VIRTIO_BUS or not machine.pci_buses:
        raise WrongBusError(
            kind.type_name,
            kind.bus_kind,
            f"No '{kind.bus_kind}' bus found for device '{kind.type_name}'",
        )
    return machine.pci_buses[0]


def _check_hotplug(machine: Machine, driver: str, bus: PciBus | None) -> None:
    if bus is not None and not bus.hotplug:
        raise BusHotplugError(bus.name)
    if bus is None and not machine.board.hotplug:
        raise NotHotpluggableError(driver)


def _place_in_tree(machine: Machine, identifier: str | None) -> tuple[Object, str]:
    if identifier is None:
        machine.anonymous_devices += 1
        return machine.peripheral_anon, f"device[{machine.anonymous_devices - 1}]"
    _check_device_id(machine, identifier)
    return machine.peripheral, identifier


def _check_device_id(machine: Machine, identifier: str) -> None:
    if not terminals.fullmatch(terminals.IDENTIFIER, identifier):
        raise DeviceIdError(identifier)
    if identifier in machine.peripheral.children or identifier == "type":
        raise DuplicateDeviceIdError(identifier)


def set_property(machine: Machine, target: Object, key: str, raw: object, visitor: Visitor) -> None:
    """Set one property from what a front end received; checks in QEMU's order
    (docs/qemu-behaviour/monitor.md §9).
    """
    item, value = read_property(machine, target, key, raw, visitor)
    if item.name == "realized" and isinstance(target, Device):
        _set_realized(machine, target, bool(value))
    else:
        target.set(item, value)


def read_property(
    machine: Machine, target: Object, key: str, raw: object, visitor: Visitor
) -> tuple[Property, object]:
    """The property of that name and the value for it; HmpError when it can't be set to that now."""
    item = target.property(key)
    if item is None:
        if key in target.children:
            raise ReadOnlyPropertyError(target.type_name, key)
        raise PropertyNotFoundError(target.type_name, key)
    if not item.settable:
        raise ReadOnlyPropertyError(target.holder(key).type_name, key)
    target.check_writable(item, before_reading=not isinstance(item.kind, Link))
    value = item.kind.read(visitor, key, raw)
    if isinstance(item.kind, Link):
        value = find_link(machine.root, item, str(value))
        target.check_writable(item, before_reading=True)
    target.check_writable(item, before_reading=False)
    return item, value


def _set_realized(machine: Machine, device: Device, wanted: bool) -> None:
    """Switching a device off takes it out of the machine; its object and its id stay
    (docs/qemu-behaviour/monitor.md §9).
    """
    if not wanted and device.values["realized"]:
        device.unplug(machine)
        device.values["realized"] = False


def request_unplug(machine: Machine, path: str) -> None:
    """Ask the guest to release a device (docs/qemu-behaviour/devices.md §8); silent when it was
    asked.
    """
    find_removable(machine, path).request_unplug(machine)


def find_removable(machine: Machine, device: str) -> Device:
    """The device that an argument of device_del leads to; HmpError when it can't be asked to go."""
    start = machine.root if device.startswith("/") else machine.peripheral
    target = start.follow(device)
    if target is None:
        raise DeviceNotFoundError(device)
    if not isinstance(target, Device):
        raise NotADeviceError(device)
    target.check_unplug(machine, device)
    return target
