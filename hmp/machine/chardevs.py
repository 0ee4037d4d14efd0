"""Monitors and their places as the object tree shows them, as the reference does.

What is said on a monitor is not known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class CharacterDevice(Object):
    """A place of a monitor, as the object tree shows it; `where` is its address."""

    def __init__(self, place: str, where: str) -> None:
        self.type_name = f"chardev-{place}"
        super().__init__()
        self.where = where or place


def add_monitor(
    machine: Machine, name: str, of_qmp: bool, place: str, label: str = "", where: str = ""
) -> None:
    """Show a monitor and its character device (socket, stdio, ...) in the object tree, as the
    reference does.

    `label` is the name of the device where it is not the monitor's, `where` what query-chardev
    tells of it.
    """
    shown = Object()
    shown.type_name = "monitor-qmp" if of_qmp else "monitor-hmp"
    machine.objects.add(name, shown)
    machine.chardevs.add(label or name, CharacterDevice(place, where))


def character_devices(machine: Machine) -> list[CharacterDevice]:
    """The character devices of the monitors."""
    return [
        device
        for device in machine.chardevs.children.values()
        if isinstance(device, CharacterDevice)
    ]
