"""The backends that inert devices name by id: a drive, a network or character backend. They have to
be there, and free (experiments: device_add with each of them).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine import system_calls
from hmp.machine.block.graph import REMOVABLE, TRAYS
from hmp.machine.block.node import Node
from hmp.machine.block.permissions import (
    SHARERS,
    Use,
    check_use,
    device_use,
    lock_files,
    unlock_files,
)
from hmp.machine.chardevs.device import GuestPort
from hmp.machine.devices.inert.geometry import choose_geometry
from hmp.machine.qom.property import BackendId, PropertyValueError

if TYPE_CHECKING:
    from hmp.machine.devices.base import Device
    from hmp.machine.devices.inert.device import InertDevice
    from hmp.machine.machine import Machine

DRIVE, NETDEV, CHARDEV = "block device", "netdev", "chardev"
_KEEPING_DRIVES = ("nvme", "nvme-ns")
# Devices that keep the character device that they were given (experiment: chardev-change).
FIXED_CHARDEVS = ("isa-debugcon", "isa-parallel")


class BackendError(PropertyValueError):
    """There is no backend of that id, or another device has it."""


class DriveError(StateError):
    """The drive is no good for the device."""

    parameter = "drive"


def check_backend(device: Device, kind: str, name: str, identifier: str) -> None:
    """Raise an error when a device can't have the backend of that id."""
    check = _CHECKS.get(kind)
    if check is not None and identifier:
        check(device, name, identifier)


def _missing(device: Device, name: str, identifier: str) -> BackendError:
    return BackendError(
        name,
        identifier,
        f"Property '{device.type_name}.{name}' can't find value '{identifier}'",
    )


def _check_netdev(device: Device, name: str, identifier: str) -> None:
    netdev = device.machine.net.find_netdev(identifier)
    if netdev is None:
        raise _missing(device, name, identifier)
    if netdev.peer is not None:
        raise BackendError(
            name,
            identifier,
            f"Property '{device.type_name}.{name}' can't take value '{identifier}', it's in use",
        )


def _check_chardev(device: Device, name: str, identifier: str) -> None:
    chardev = device.machine.chardevs.find(identifier)
    if chardev is None:
        raise _missing(device, name, identifier)
    if chardev.is_taken:
        raise BackendError(
            name,
            identifier,
            f"Property '{device.type_name}.{name}' can't take value '{identifier}': "
            f"chardev '{identifier}' is already in use",
        )


def _check_drive(device: Device, name: str, identifier: str) -> None:
    block = device.machine.block
    backend = block.find_backend(identifier)
    if backend is None and block.find_node(identifier) is None:
        raise _missing(device, name, identifier)
    if backend is not None and backend.device is not None:
        raise DriveError(f"Drive '{identifier}' is already in use by another device")


def _check_audiodev(device: Device, name: str, identifier: str) -> None:
    if identifier not in device.machine.audiodevs:
        raise BackendError(name, identifier, f"audiodev '{identifier}' not found")


def _check_tpm(device: Device, name: str, identifier: str) -> None:
    if identifier not in device.machine.other_backends.get("tpmdev", ()):
        raise _missing(device, name, identifier)


_CHECKS: dict[str, Callable[[Device, str, str], None]] = {
    DRIVE: _check_drive,
    NETDEV: _check_netdev,
    CHARDEV: _check_chardev,
    "audiodev": _check_audiodev,
    "tpm": _check_tpm,
}


def check_backends(device: InertDevice, machine: Machine) -> None:
    """Raise an error when a backend is there and of no use to the device."""
    for name, identifier in _given(device, DRIVE):
        _check_medium(device, machine, name, identifier)
    fsdev = device.by_name.get("fsdev")
    if fsdev is not None:
        # An empty id is one, too.
        named = str(fsdev.get(device)) if fsdev.attribute in vars(device) else "NULL"
        _check_fsdev(machine, named, str(device.get("mount_tag")))


def _check_fsdev(machine: Machine, identifier: str, tag: str) -> None:
    if identifier not in machine.other_backends.get("fsdev", ()):
        raise DriveError(f"9pfs device couldn't find fsdev with the id = {identifier}")
    if not tag:
        raise DriveError(f"fsdev with id {identifier} needs mount_tag arguments")
    path = machine.shared_folders.get(identifier)
    if path is not None and not system_calls.is_folder(path.encode("latin-1")):
        raise DriveError(
            f"cannot initialize fsdev '{identifier}': Could not open '{path}': "
            "No such file or directory"
        )


def _check_medium(device: InertDevice, machine: Machine, name: str, identifier: str) -> None:
    node = machine.block.find_medium(identifier)
    if node is None:
        if device.type_name not in REMOVABLE:
            raise DriveError("Device needs media, but drive is empty")
        return
    _check_writable(device, node)
    check_use(machine.block, node, _use_of(device, node))


def _use_of(device: InertDevice, node: Node) -> Use:
    shares = device.property("share-rw") is not None and bool(device.get("share-rw"))
    return device_use(device.type_name, device.drive_user, node, shares)


def lock_drives(device: InertDevice, machine: Machine) -> None:
    """Lock the images of the device's drives; raise HostCallError when others use them."""
    for _name, identifier in _given(device, DRIVE):
        node = machine.block.find_medium(identifier)
        if node is not None:
            lock_files(node, _use_of(device, node))


def _check_writable(device: InertDevice, node: Node) -> None:
    if not node.read_only:
        return
    if device.type_name in ("ide-hd", "ide-cf"):
        raise DriveError("Block node is read-only")
    if device.type_name in SHARERS:
        raise DriveError("Cannot use read-only drive as SD card")


def _given(device: InertDevice, kind: str) -> list[tuple[str, str]]:
    """Return the names and values of the properties that name backends of a kind."""
    return [
        (item.name, str(item.get(device)))
        for item in device.declared
        if isinstance(item.type, BackendId) and item.type.kind == kind and item.get(device)
    ]


def choose_audiodev(device: InertDevice, machine: Machine) -> None:
    """Give a sound card that names no backend the default one."""
    item = device.by_name.get("audiodev")
    if item is not None and not item.get(device) and machine.default_audiodev:
        device.put("audiodev", machine.default_audiodev)


def attach_backends(device: InertDevice, machine: Machine) -> None:
    """Let the device have its backends."""
    netdev_property = device.by_name.get("netdev")
    if netdev_property is not None and isinstance(netdev_property.type, BackendId):
        _add_card(device, machine, str(netdev_property.get(device) or ""))
    for _name, identifier in _given(device, CHARDEV):
        chardev = machine.chardevs.find(identifier)
        # That of a port of the board has its front end from the start.
        if chardev is not None and device.parent is not machine.unattached:
            allows_change = device.type_name not in FIXED_CHARDEVS
            device.port = GuestPort(device.opens_chardev, allows_change)
            chardev.attach(device.port)
    drives = _given(device, DRIVE) if device.holds_drives else []
    for _name, identifier in drives:
        _attach_drive(device, machine, identifier)
    if not drives and device.type_name in (*TRAYS, "floppy"):
        empty = machine.block.add_unnamed(device.type_name in TRAYS)
        machine.block.attach(empty, device)
        if "device_id" in device.by_name and not device.get("device_id"):
            device.put("device_id", device.get("serial"))


def _add_card(device: InertDevice, machine: Machine, netdev: str) -> None:
    # The first address that is free, unless it was chosen.
    mac = device.by_name.get("mac")
    model = device.owner_type()
    machine.net.add_card(
        device,
        device.owner_id(),
        model,
        str(mac.get(device)) if mac else "",
        machine.net.find_netdev(netdev),
    )


def _attach_drive(device: InertDevice, machine: Machine, identifier: str) -> None:
    backend = machine.block.find_backend(identifier)
    node = machine.block.find_node(identifier)
    if backend is None and node is not None:
        backend = machine.block.add_unnamed(device.type_name in TRAYS)
        machine.block.fill(backend, node)
    if backend is not None:
        backend.is_cdrom = device.type_name in TRAYS
        machine.block.attach(backend, device)
        if "device_id" in device.by_name and not device.get("device_id"):
            device.put("device_id", device.get("serial") or backend.name)
    if node is None and backend is not None:
        node = backend.root
    if node is not None:
        choose_geometry(device, node.size)


def detach_backends(device: InertDevice, machine: Machine) -> None:
    """Free the backends of the device."""
    if "netdev" in device.by_name:
        machine.net.remove_card(device)
    if device.port is not None:
        for chardev in machine.chardevs:
            chardev.detach(device.port)
    for backend in machine.block.all_backends():
        if backend.device is device:
            node = backend.root
            machine.block.detach(backend)
            if node is not None:
                unlock_files(machine.block, node)
            # A drive goes with its device (tests/recordings/hmp/devices/drive-of-a-device.hmp).
            if backend.name and device.type_name not in _KEEPING_DRIVES:
                machine.block.remove_backend(backend.name)
