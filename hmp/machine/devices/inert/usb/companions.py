"""Companion controllers: slower ones that share ports of an EHCI (experiment: masterbus= and
firstport= of each).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.devices.inert.checks import UnusableValueError

if TYPE_CHECKING:
    from hmp.machine.devices.base import Device
    from hmp.machine.devices.inert.device import InertDevice
    from hmp.machine.machine import Machine

UHCI_PORTS = 2


def check_companion(device: InertDevice, machine: Machine) -> None:
    """Raise UnusableValueError when a controller can't have the ports that it asks for."""
    item = device.by_name.get("masterbus")
    if item is None or item.attribute not in vars(device):
        return
    name = str(item.get(device))
    buses = (bus for bus in machine.buses() if "usb-bus" in bus.kinds)
    bus = next((bus for bus in buses if bus.name == name), None)
    if bus is None or bus.parent is None:
        raise UnusableValueError("masterbus", f"USB bus '{name}' not found")
    if "ehci" not in bus.parent.type_name:
        raise UnusableValueError(
            "masterbus",
            f"Can't use USB bus '{name}' as masterbus, it doesn't support companion controllers",
        )
    first, count = int(str(device.get("firstport"))), _count(device)
    if first + count > bus.port_count:
        last = bus.port_count - count
        raise UnusableValueError("firstport", f"firstport must be between 0 and {last}")
    taken = _taken_ports(machine, name)
    for port in range(first, first + count):
        if port in taken:
            raise UnusableValueError(
                "firstport",
                f"firstport {first} asks for ports {first}-{first + count - 1}, but port {port} "
                "has a companion assigned already",
            )


def _count(device: Device) -> int:
    ports = device.by_name.get("num-ports")
    return int(str(ports.get(device))) if ports else UHCI_PORTS


def _taken_ports(machine: Machine, name: str) -> set[int]:
    found: set[int] = set()
    for pci_bus in machine.pci_buses:
        for other in pci_bus.functions.values():
            if isinstance(other, str) or "masterbus" not in other.by_name:
                continue
            if other.get("masterbus") == name:
                first = int(str(other.get("firstport")))
                found.update(range(first, first + _count(other)))
    return found
