"""device_add, device_del and qom-set as operations of the machine.

A plug is everything that can fail, in QEMU's order (docs/qemu-behaviour/devices.md §2), then a step
that cannot. Values are read by the visitor of the front end's notation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import (
    DeviceNotFoundError,
    HmpError,
    ParameterError,
    ParameterValueError,
    StateError,
)
from hmp.grammar import terminals
from hmp.machine.boards.types import ALIASES
from hmp.machine.devices import types
from hmp.machine.devices.base import ColdOnlyError, Device, NotHotpluggableError
from hmp.machine.devices.bus import Bus, BusHotplugError, find_bus
from hmp.machine.devices.plug_trace import PlugAttempt
from hmp.machine.devices.request import DeviceRequest
from hmp.machine.qom.object import (
    Object,
    PropertyNotFoundError,
    ReadOnlyPropertyError,
    find_link,
)
from hmp.machine.qom.property import Link, Property, Visitor
from hmp.machine.qom.visitors import StringInputVisitor

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

CPU_TYPE = "x86_64-cpu"
"""The type that all CPUs derive from."""


class UnknownDriverError(ParameterError):
    """No type of devices has that name."""

    def __init__(self, driver: str) -> None:
        super().__init__("driver", f"'{driver}' is not a valid device model name")
        self.driver = driver


class DeviceIdError(ParameterError):
    """The id of a device is not well-formed."""

    def __init__(self, identifier: str) -> None:
        super().__init__("id", f"Invalid qdev ID '{identifier}'")
        self.identifier = identifier


class DuplicateDeviceIdError(StateError):
    """Another device has that id."""

    parameter = "id"

    def __init__(self, identifier: str) -> None:
        super().__init__(f"Duplicate device ID '{identifier}'")
        self.identifier = identifier


class NotADeviceError(StateError):
    """The path leads to an object that is no device."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not a device")
        self.path = path


def create_device(
    machine: Machine,
    request: DeviceRequest,
    visitor: Visitor,
    hotplugged: bool,
) -> None:
    """Plug a device (docs/qemu-behaviour/devices.md §2), or raise HmpError and change nothing."""
    attempt = PlugAttempt(
        request.driver,
        request.identifier or "",
        tuple(request.properties),
        machine.slot_count,
        frozenset(machine.busy_slots),
    )
    machine.last_plug = attempt
    try:
        _create(machine, request, visitor, hotplugged)
    except HmpError as error:
        attempt.failure = error
        raise


def _create(
    machine: Machine,
    request: DeviceRequest,
    visitor: Visitor,
    hotplugged: bool,
) -> None:
    device = _build(machine, request, hotplugged)
    parent, name = _place_in_tree(machine, request.identifier)
    parent.add(name, device)
    # In the tree before its properties are read, and out of it whatever is raised: a failed plug
    # leaves only a used-up anonymous number (docs/qemu-behaviour/devices.md §2).
    try:
        _set_properties(machine, device, request.properties, visitor)
        device.prepare(machine, hotplugged)
        device.acquire(machine)
    except BaseException:
        device.remove()
        raise
    # From here on nothing fails. The description that `plug` makes has `hotplugged` in it.
    device.realized, device.hotplugged = True, hotplugged
    device.plug(machine, hotplugged)


def check_device(
    machine: Machine,
    request: DeviceRequest,
    visitor: Visitor,
) -> None:
    """Raise the error that `create_device` would at run time, as far as it is known without the
    host.

    The device is never put into the tree, and takes no anonymous number.
    """
    # The record of the last plug is for `explain`: a check must leave it alone.
    before, machine.last_plug = machine.last_plug, None
    try:
        with machine.command_scope(lambda text: None, lambda *lines: None):
            device = _build(machine, request, hotplugged=True)
            if request.identifier is not None:
                _check_device_id(machine, request.identifier)
            _set_properties(machine, device, request.properties, visitor)
            device.prepare(machine, hotplugged=True)
    finally:
        machine.last_plug = before


def _build(machine: Machine, request: DeviceRequest, hotplugged: bool) -> Device:
    kind = _find_type(machine, request.driver)
    bus = find_bus(machine, kind.type_name, kind.bus_kind, dict(request.properties).get("bus"))
    if hotplugged:
        _check_hotplug(machine, kind, bus)
    device = kind()
    device.belong_to(machine)
    device.bus = bus
    device.apply_defaults(machine.board)
    # What a device is made of, such as a virtio device behind PCI, comes first. A CPU has taken its
    # own already, before what -cpu sets.
    for part in (*device.children.values(), device):
        if isinstance(part, Device) and not part.is_a(CPU_TYPE):
            apply_globals(machine, part, hotplugged)
    return device


def apply_globals(machine: Machine, device: Object, hotplugged: bool) -> None:
    """Set what the version of the machine has, and what -global asks for, of the device's type and
    of those it derives from.

    What does not fit is an error at the start, later only a warning (experiment: pc-dimm.foo=1).
    """
    apply_compat(machine, device)
    for item in machine.globals.of(device):
        try:
            set_property(machine, device, item.name, item.value, StringInputVisitor())
        except HmpError as error:
            error.message = item.describe_error(error.message)
            if not hotplugged:
                raise
            machine.warn(error.message)


def apply_compat(machine: Machine, device: Object) -> None:
    """Set what the version of the machine has instead of the defaults of the device's type."""
    # In the newest version nothing of it is about memory devices, and the data need not be read.
    is_newest = machine.board.name in ALIASES.values()
    if is_newest and not (isinstance(device, Device) and device.is_inert):
        return
    from hmp.machine.catalogue.compat import compat_properties

    kinds = (device.type_name, *device.ancestors)
    for item in compat_properties(machine.board.name):
        if item.driver in kinds and device.property(item.name) is not None:
            set_property(machine, device, item.name, item.value, StringInputVisitor())


def _set_properties(
    machine: Machine, device: Device, properties: list[tuple[str, object]], visitor: Visitor
) -> None:
    for key, raw in properties:
        # The bus was found by its name, before the device existed.
        if key != "bus":
            set_property(machine, device, key, raw, visitor)


def _find_type(machine: Machine, driver: str) -> type[Device]:
    """Return the class of a driver (docs/qemu-behaviour/devices.md §2, stage 3)."""
    driver = types.ALIASES.get(driver, driver)
    if driver in types.PLUGGABLE_TYPES:
        kind: type[Device] = types.PLUGGABLE_TYPES[driver]
        return kind
    # The catalogue is read only here, when a type is named that has no effect on memory.
    machine.onboard.ensure()
    from hmp.machine.catalogue import records

    name = records.find_alias(driver)
    record = records.find_type(name)
    if record is None or not any(item.name == "device" for item in records.lineage(name)):
        raise UnknownDriverError(driver)
    # Such a type is made for another one, and no module is loaded for it.
    if record.in_module and name.endswith("-base-type"):
        raise UnknownDriverError(driver)
    if record.abstract:
        raise ParameterValueError("driver", "a non-abstract device type")
    if not record.creatable:
        raise ParameterValueError("driver", "a pluggable device type")
    if record.boards is not None and machine.board.family not in record.boards:
        raise ParameterValueError("driver", "a dynamic sysbus device type for the machine")
    if any(item.name == CPU_TYPE for item in records.lineage(name)):
        from hmp.machine.cpus.plugged import cpu_class

        return cpu_class(name)
    from hmp.machine.devices.inert.classes import device_class

    return device_class(name)


def _check_hotplug(machine: Machine, kind: type[Device], bus: Bus | None) -> None:
    if kind.cold_only:
        raise ColdOnlyError(kind.type_name)
    if bus is not None and not bus.hotplug:
        raise BusHotplugError(bus.name)
    if bus is None and not kind.is_plugged_by(machine.board):
        raise NotHotpluggableError(kind.type_name)


def _place_in_tree(machine: Machine, identifier: str | None) -> tuple[Object, str]:
    if identifier is None:
        # The number is used up even if the plug fails (docs/qemu-behaviour/devices.md §2, stage 6).
        machine.anonymous_devices += 1
        return machine.peripheral_anon, f"device[{machine.anonymous_devices - 1}]"
    _check_device_id(machine, identifier)
    return machine.peripheral, identifier


def _check_device_id(machine: Machine, identifier: str) -> None:
    if not terminals.fullmatch(terminals.IDENTIFIER, identifier):
        raise DeviceIdError(identifier)
    # An id is the name of a child, and `type` is a property of the parent.
    if identifier in machine.peripheral.children or identifier == "type":
        raise DuplicateDeviceIdError(identifier)


def set_property(machine: Machine, target: Object, key: str, raw: object, visitor: Visitor) -> None:
    """Set one property from what a front end received; checks in QEMU's order
    (docs/qemu-behaviour/monitor.md §9).
    """
    item, value = read_property(machine, target, key, raw, visitor)
    if item is Device.realized and isinstance(target, Device):
        if not value and target.realized:
            # The device leaves the machine; its object and id stay
            # (docs/qemu-behaviour/monitor.md §9).
            target.unplug(machine)
            target.realized = False
    else:
        target.set(item, value)


def read_property(
    machine: Machine, target: Object, key: str, raw: object, visitor: Visitor
) -> tuple[Property, object]:
    """Return the property of that name and its new value, which was read but not set
    (docs/qemu-behaviour/monitor.md §9).

    Raises HmpError when the property can't be set now, or to that value.
    """
    item = target.property(key)
    if item is None:
        if key in target.children:
            raise ReadOnlyPropertyError(target.type_name, key)
        raise PropertyNotFoundError(target.type_name, key)
    if not item.settable:
        raise ReadOnlyPropertyError(target.property_owner(key).type_name, key)
    # A property that can't change now is an error before its value is read, after that, or, for a
    # link, once its path is resolved.
    target.check_writable(item, before_reading=not isinstance(item.type, Link))
    value = item.type.read(visitor, key, raw)
    if isinstance(item.type, Link):
        value = find_link(machine.root, item, str(value))
        target.check_writable(item, before_reading=True)
    target.check_writable(item, before_reading=False)
    return item, value


def request_unplug(machine: Machine, path: str) -> None:
    """Ask the guest to release a device (docs/qemu-behaviour/devices.md §8)."""
    find_removable(machine, path).request_unplug(machine)


def find_removable(machine: Machine, device: str) -> Device:
    """Return the device that device_del's argument leads to; raise HmpError if it can't go
    (docs/qemu-behaviour/devices.md §8).
    """
    # Unlike elsewhere, what is no absolute path is not searched for in the whole tree
    # (docs/qemu-behaviour/monitor.md §9).
    start = machine.root if device.startswith("/") else machine.peripheral
    target = start.resolve_path(device)
    if target is None:
        raise DeviceNotFoundError(device)
    if not isinstance(target, Device):
        raise NotADeviceError(device)
    target.check_unplug(machine, device)
    return target
