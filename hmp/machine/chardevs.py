"""Monitors and their character devices in the object tree, named as QEMU names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class CharacterDevice(Object):
    """A character device; `filename` is that of query-chardev."""

    def __init__(self, backend: str, filename: str) -> None:
        self.type_name = f"chardev-{backend}"
        super().__init__()
        self.filename = filename or backend


def add_monitor(
    machine: Machine, name: str, is_qmp: bool, backend: str, label: str = "", filename: str = ""
) -> None:
    """Add a monitor and its character device (socket, stdio, ...) to the object tree.

    `label` is the id of the character device when it is not the monitor's.
    """
    monitor = Object()
    monitor.type_name = "monitor-qmp" if is_qmp else "monitor-hmp"
    machine.objects.add(name, monitor)
    machine.chardevs.add(label or name, CharacterDevice(backend, filename))


def character_devices(machine: Machine) -> list[CharacterDevice]:
    """Return the character devices of the monitors."""
    return [
        device
        for device in machine.chardevs.children.values()
        if isinstance(device, CharacterDevice)
    ]
