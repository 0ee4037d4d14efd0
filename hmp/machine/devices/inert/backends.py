"""The backends that inert devices name by id: they have to be there, and free."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hmp.machine.devices.inert.device import InertDevice
    from hmp.machine.machine import Machine


def check_backends(device: InertDevice, machine: Machine) -> None:
    """Raise StateError when a backend is not there or in use."""


def attach_backends(device: InertDevice, machine: Machine) -> None:
    """Record that the device uses its backends."""


def detach_backends(device: InertDevice, machine: Machine) -> None:
    """Free the backends of the device."""
