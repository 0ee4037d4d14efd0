"""Devices that need something of the host: one that is passed through, or a vhost device of its
kernel (experiments: -device with each, on a host without them).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hmp.errors import HostCallError, HostError, StateError
from hmp.machine import system_calls
from hmp.machine.qom.property import PropertyValueError
from hmp.units import ALL_ONES_32

if TYPE_CHECKING:
    from hmp.machine.devices.base import Device

HOST_ADDRESS = re.compile(r"(?:([0-9a-fA-F]{1,4}):)?([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})\.([0-7])")
PCI_DEVICES = "/sys/bus/pci/devices"
LARGEST_RESERVED_CID, LAST_SLOT = 2, 31
LARGEST_USB_NUMBERS = {"vendorid": 0xFFFF, "productid": 0xFFFF, "hostaddr": 127}


class HostDeviceError(StateError):
    """The host does not have what the device needs."""

    def __init__(self, property: str, message: str, *hints: str) -> None:
        super().__init__(message, *hints)
        self.parameter = property


def check_passed_through(device: Device) -> None:
    """Raise the error of a PCI device of the host: QEMU's where there is none, or the host can't
    give it away, else one of our own.
    """
    path, host = str(device.get("sysfsdev") or ""), str(device.get("host") or "")
    descriptor = str(device.get("fd") or "")
    if not path and host:
        path = f"{PCI_DEVICES}/{_full_address(device, host)}"
    if path:
        _find(path, "host", f"vfio {path}: no such host device")
        name = path.rpartition("/")[2]
        _find(f"{path}/iommu_group", "host", f"vfio {name}: no iommu_group found")
    elif not descriptor.isdecimal():
        raise HostDeviceError(
            "fd",
            f"Could not parse object fd {descriptor}:Invalid file descriptor number '{descriptor}'",
        )
    raise HostDeviceError("host", "hmp can't use a device of the host: no guest drives it")


def _find(path: str, property: str, message: str) -> None:
    try:
        system_calls.file_status(path.encode("latin-1"))
    except HostCallError as error:
        raise HostDeviceError(property, f"{message}: {os.strerror(error.errno)}") from None


def _full_address(device: Device, text: str) -> str:
    found = HOST_ADDRESS.fullmatch(text)
    if not found:
        raise _address_error(device, text)
    domain, bus, slot, function = (int(part or "0", 16) for part in found.groups())
    if slot > LAST_SLOT:
        raise _address_error(device, text)
    return f"{domain:04x}:{bus:02x}:{slot:02x}.{function}"


def _address_error(device: Device, text: str) -> PropertyValueError:
    message = f"Property '{device.type_name}.host' doesn't take value '{text}'"
    return PropertyValueError("host", text, message)


def check_vsock(device: Device) -> None:
    """Raise an error when vhost-vsock has no kernel behind it, or a number that is reserved."""
    context = int(str(device.get("guest-cid")))
    if context <= LARGEST_RESERVED_CID:
        raise HostDeviceError("guest-cid", "guest-cid property must be greater than 2")
    if context > ALL_ONES_32:
        raise HostDeviceError("guest-cid", "guest-cid property must be a 32-bit number")
    _check_vhost(device, "vhost-vsock")


def check_vhost_scsi(device: Device) -> None:
    """Raise an error when vhost-scsi has no kernel behind it."""
    _check_vhost(device, "vhost-scsi")


def _check_vhost(device: Device, name: str) -> None:
    descriptor = str(device.get("vhostfd") or "")
    if not descriptor:
        _open(f"/dev/{name}")
    elif not descriptor.isdecimal():
        raise HostDeviceError(
            "vhostfd",
            f"{name}: unable to parse vhostfd: Invalid file descriptor number '{descriptor}'",
        )


def check_vdpa(device: Device) -> None:
    """Raise an error when the file of a vhost-vdpa device can't be opened."""
    _open(str(device.get("vhostdev")))


def check_usb_host(device: Device) -> None:
    """Raise the error of a USB device that the host does not have, where one is named; QEMU waits
    for one that is only described.
    """
    for name, largest in LARGEST_USB_NUMBERS.items():
        if int(str(device.get(name))) > largest:
            raise HostDeviceError(name, f"{name} out of range")
    path = str(device.get("hostdevice") or "")
    if path:
        _open(path)
        raise HostDeviceError("hostdevice", f"failed to open host usb device {path}")
    bus, address = device.get("hostbus"), device.get("hostaddr")
    if bus and address:
        raise HostDeviceError("hostaddr", f"failed to find host usb device {bus}:{address}")


def _open(path: str) -> None:
    try:
        descriptor = system_calls.open_file(path.encode("latin-1"), system_calls.O_RDWR)
    except HostCallError as error:
        raise HostError.from_call(f"Could not open '{path}'", error) from None
    system_calls.close(descriptor)
