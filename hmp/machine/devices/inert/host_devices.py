"""Devices that need something of the host: one that is passed through, or a vhost device of its
kernel (experiments: -device with each, on a host without them).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hmp.errors import HostCallError, HostError, StateError
from hmp.machine import system_calls
from hmp.machine.qom.property import PropertyValueError

if TYPE_CHECKING:
    from hmp.machine.devices.base import Device

HOST_ADDRESS = re.compile(r"(?:([0-9a-fA-F]{1,4}):)?([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\.([0-7])")
PCI_DEVICES = "/sys/bus/pci/devices"
LARGEST_RESERVED_CID = 2


class HostDeviceError(StateError):
    """The host does not have what the device needs."""

    def __init__(self, property: str, message: str, *hints: str) -> None:
        super().__init__(message, *hints)
        self.parameter = property


def check_passed_through(device: Device) -> None:
    """Raise the error of a PCI device of the host: none can be had here."""
    path, host = str(device.get("sysfsdev") or ""), str(device.get("host") or "")
    if not path and host:
        path = f"{PCI_DEVICES}/{_full_address(device, host)}"
    if path and not system_calls.exists(path.encode("latin-1")):
        raise HostDeviceError(
            "host", f"vfio {path}: no such host device: No such file or directory"
        )
    if path:
        name = path.rpartition("/")[2]
        raise HostDeviceError(
            "host", f"vfio {name}: no iommu_group found: No such file or directory"
        )


def _full_address(device: Device, text: str) -> str:
    found = HOST_ADDRESS.fullmatch(text)
    if not found:
        raise PropertyValueError(
            "host", text, f"Property '{device.type_name}.host' doesn't take value '{text}'"
        )
    domain, bus, slot, function = (int(part or "0", 16) for part in found.groups())
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function}"


def check_vsock(device: Device) -> None:
    """Raise an error when vhost-vsock has no kernel behind it, or a number that is reserved."""
    if int(str(device.get("guest-cid"))) <= LARGEST_RESERVED_CID:
        raise HostDeviceError("guest-cid", "guest-cid property must be greater than 2")
    descriptor = str(device.get("vhostfd") or "")
    if not descriptor:
        _open("/dev/vhost-vsock")
    elif not descriptor.isdecimal():
        raise HostDeviceError(
            "vhostfd",
            f"vhost-vsock: unable to parse vhostfd: Invalid file descriptor number '{descriptor}'",
        )


def check_vhost_scsi(device: Device) -> None:
    """Raise an error when vhost-scsi has no kernel behind it."""
    _open("/dev/vhost-scsi")


def _open(path: str) -> None:
    try:
        descriptor = system_calls.open_file(path.encode(), system_calls.O_RDWR)
    except HostCallError as error:
        raise HostError.from_call(f"Could not open '{path}'", error) from None
    system_calls.close(descriptor)
