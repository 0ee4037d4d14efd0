"""device_add and device_del as operations of the machine: everything that can fail, then a step that cannot.

Texts are read by the reader that the mouth brings; the arithmetic of places is in `placement.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hmp.errors import DeviceNotFound, InputError, MachineRefusal
from hmp.machine import devices, placement
from hmp.machine.devices import Device, Dimm
from hmp.machine.objects import Object, find_link
from hmp.machine.properties import Link, Reader

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


def create_device(
    machine: Machine, driver: str, identifier: str | None, options: Iterable[tuple[str, object]], reader: Reader,
    hotplugged: bool,
) -> None:
    """Plug a device (spec/devices.md section 2); the machine is unchanged if an HmpError is raised."""
    options = list(options)
    _check_driver(driver)
    _check_bus(machine, driver, dict(options).get("bus"))
    if hotplugged and not machine.board.hotplug:
        raise MachineRefusal(f"Device '{driver}' can not be hotplugged on this machine")
    parent, name = _place_in_tree(machine, identifier)
    device = devices.USER_CREATABLE[driver]()
    parent.add(name, device)
    try:
        for key, raw in options:
            if key != "bus":
                set_property(machine, device, key, raw, reader)
        _realize(machine, device)
    except BaseException:
        device.remove()
        raise
    device.values.update(realized=True, hotplugged=hotplugged)
    machine.plugged(device, hotplugged)


def _check_driver(driver: str) -> None:
    if driver in devices.ABSTRACT:
        raise InputError("Parameter 'driver' expects a non-abstract device type")
    if driver in devices.BOARD_PARTS:
        raise InputError("Parameter 'driver' expects a pluggable device type")
    if driver not in devices.USER_CREATABLE:
        raise InputError(f"'{driver}' is not a valid device model name")


def _check_bus(machine: Machine, driver: str, bus: object) -> None:
    if bus is None:
        return
    kind = machine.board.buses.get(str(bus))
    if kind is None:
        raise MachineRefusal(f"Bus '{bus}' not found")
    raise MachineRefusal(f"Device '{driver}' can't go on {kind} bus")


def _place_in_tree(machine: Machine, identifier: str | None) -> tuple[Object, str]:
    if identifier is None:
        machine.anonymous_devices += 1
        return machine.peripheral_anon, f"device[{machine.anonymous_devices - 1}]"
    if identifier in machine.peripheral.children or identifier == "type":
        raise MachineRefusal(f"Duplicate device ID '{identifier}'")
    return machine.peripheral, identifier


def set_property(machine: Machine, target: Object, key: str, raw: object, reader: Reader) -> None:
    """Set one property from what a mouth received; checks in the reference's order (spec/monitor.md section 9)."""
    item = target.property(key)
    if item is None:
        if key in target.children:
            raise MachineRefusal(f"Property '{target.type_name}.{key}' is not writable")
        raise target.not_found(key)
    if not item.settable:
        raise MachineRefusal(f"Property '{target.type_name}.{key}' is not writable")
    target.freeze_check(item, before_reading=not isinstance(item.kind, Link))
    value = item.kind.read(reader, key, raw)
    if isinstance(item.kind, Link):
        value = find_link(machine.root, item, str(value))
        target.freeze_check(item, before_reading=True)
    target.freeze_check(item, before_reading=False)
    if item.name == "realized" and isinstance(target, Dimm):
        _set_realized(machine, target, bool(value))
    else:
        target.set(item, value)


def _set_realized(machine: Machine, device: Dimm, wanted: bool) -> None:
    if not wanted and device.values["realized"]:
        machine.forget_plugged(device)
        device.values["realized"] = False


def _realize(machine: Machine, device: Dimm) -> None:
    """Every check that can fail, in the reference's order; fills in slot and address."""
    if machine.board.hotplug:
        _assign(machine, device)
    elif device.memdev is None:
        raise MachineRefusal("'memdev' property is not set")
    node, nodes = device.number("node"), max(len(machine.numa_nodes), 1)
    if node >= nodes:
        raise MachineRefusal(f"'DIMM property node has value {node}' which exceeds the number of numa nodes: {nodes}")
    if device.backend.user:
        raise MachineRefusal(f"can't use already busy memdev: {device.backend.name}")


def _assign(machine: Machine, device: Dimm) -> None:
    if not machine.acpi:
        raise MachineRefusal("memory hotplug is not enabled: missing acpi device or acpi disabled")
    busy = {number for number, slot in enumerate(machine.registers.slots) if slot.device}
    slot = placement.choose_slot(device.number("slot"), machine.slot_count, busy)
    region = machine.device_region
    if not region.length:
        raise MachineRefusal("the configuration is not prepared for memory devices (e.g., for memory hotplug), "
                             "consider specifying the maxmem option")
    if device.memdev is None:
        raise MachineRefusal("'memdev' property must be set")
    size, alignment, occupied = device.number("size"), device.memdev.alignment, machine.occupied()
    placement.check_room(region, size, alignment, occupied)
    warning = placement.fragmentation_warning(region, alignment)
    if warning:
        machine.warn(warning)
    addr = placement.choose_address(region, device.number("addr"), size, alignment, occupied)
    device.values.update(slot=slot, addr=addr)


def request_unplug(machine: Machine, path: str) -> None:
    """Ask the guest to release a device (spec/devices.md section 8); silent when it was asked."""
    start = machine.root if path.startswith("/") else machine.peripheral
    target = start.follow(path)
    if target is None:
        raise DeviceNotFound(path)
    if not isinstance(target, Device):
        raise MachineRefusal(f"{path} is not a device")
    target.check_deletable()
    if not machine.board.hotplug:
        raise MachineRefusal(f"Device '{target.type_name}' can not be hotplugged on this machine")
    if isinstance(target, Dimm) and target in machine.memory_devices:
        machine.request_removal(target)
