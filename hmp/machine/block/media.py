"""The media of drives: trays, and what is inserted or removed (experiments: each command on drives
of each kind, with and without a medium).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hmp.errors import DeviceNotFoundError, InputError, StateError
from hmp.machine.block.graph import Backend
from hmp.machine.block.images import check_driver, open_image
from hmp.machine.block.node import Node, NodeError
from hmp.machine.block.permissions import backend_use, check_use, lock_files

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

RETAIN, READ_ONLY = "retain", "read-only"
READ_ONLY_MODES = (RETAIN, READ_ONLY, "read-write")


class MediumError(StateError):
    """A drive has no medium that can be changed, or its tray is in the way."""


class NotRemovableError(MediumError):
    """The medium of a drive is fixed; `name` is how the user called the drive."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Device '{name}' is not removable")


def find_drive(machine: Machine, name: str | None, identifier: str | None) -> Backend:
    """Return the drive of a name, or that of a device by its id or path.

    Raises:
        HmpError: Not exactly one of them was given, or there is no such drive.
    """
    machine.onboard.ensure()
    if (name is None) == (identifier is None):
        raise InputError("Need exactly one of 'device' and 'id'")
    if name is not None:
        backend = machine.block.find_backend(name)
        if backend is None:
            raise DeviceNotFoundError(name)
        return backend
    assert identifier is not None
    return drive_of_device(machine, identifier)


def drive_of_device(machine: Machine, identifier: str) -> Backend:
    """Return the drive of a device, by its id or path; raise StateError when there is none."""
    start = machine.root if identifier.startswith("/") else machine.peripheral
    device = start.resolve_path(identifier)
    if device is None:
        raise DeviceNotFoundError(identifier)
    for backend in machine.block.all_backends():
        if backend.device is device:
            return backend
    raise StateError("Device does not have a block device backend")


def open_tray(machine: Machine, backend: Backend, name: str) -> None:
    """Open the tray of a drive, if it has one; raise NotRemovableError for a fixed medium."""
    if not backend.is_removable:
        raise NotRemovableError(name)
    _move_tray(machine, backend, is_open=True)


def close_tray(machine: Machine, backend: Backend, name: str) -> None:
    """Close the tray of a drive, if it has one; raise NotRemovableError for a fixed medium."""
    if not backend.is_removable:
        raise NotRemovableError(name)
    _move_tray(machine, backend, is_open=False)


def _move_tray(machine: Machine, backend: Backend, is_open: bool) -> None:
    if not backend.has_tray or backend.tray_is_open == is_open:
        return
    backend.tray_is_open = is_open
    machine.events.emit(
        "DEVICE_TRAY_MOVED", device=backend.name, id=backend.device_name, tray_open=is_open
    )


def remove_medium(machine: Machine, backend: Backend, name: str) -> None:
    """Take out what is in a drive; raise MediumError when it can't be taken out."""
    if not backend.is_removable:
        raise NotRemovableError(name)
    if backend.has_tray and not backend.tray_is_open:
        raise MediumError(f"Tray of device '{name}' is not open")
    machine.block.empty(backend)


def insert_medium(machine: Machine, backend: Backend, node_name: str) -> None:
    """Put a node into a drive.

    Raises:
        StateError: There is no such node, it is in use, or the drive does not take it.
    """
    graph = machine.block
    node = graph.find_node(node_name)
    if node is None:
        raise NodeError(f"Node '{node_name}' not found")
    if any(other.root is node for other in graph.all_backends()):
        raise NodeError(f"Node '{node_name}' is already in use")
    _check_free(backend)
    _insert(machine, backend, node)


def _check_free(backend: Backend) -> None:
    if not backend.is_removable:
        raise MediumError("Device is not removable")
    if backend.has_tray and not backend.tray_is_open:
        raise MediumError("Tray of the device is not open")
    if backend.root is not None:
        raise MediumError("There already is a medium in the device")


def _insert(machine: Machine, backend: Backend, node: Node) -> None:
    if backend.device is not None:
        use = backend_use(backend, node)
        check_use(machine.block, node, use)
        lock_files(node, use)
    machine.block.fill(backend, node)


def eject(machine: Machine, backend: Backend, name: str) -> None:
    """Open the tray of a drive and take out the medium; raise NotRemovableError for a fixed one."""
    open_tray(machine, backend, name)
    remove_medium(machine, backend, name)


def change_medium(
    machine: Machine, backend: Backend, name: str, path: str, driver: str, mode: str
) -> None:
    """Put the image of a path into a drive, in place of what is there.

    `driver` is the format, empty when that is to be recognized; `mode`, one of READ_ONLY_MODES,
    says whether it may be written.

    Raises:
        HmpError: The image can't be opened, or the medium is fixed; the old one stays.
    """
    if driver:
        check_driver(driver)
    before = backend.medium_options
    read_only = before["read-only"] if mode == RETAIN else mode == READ_ONLY
    common: dict[str, Any] = {**before, "read-only": read_only}
    # An empty path is the name of a file, too, and opened as such.
    tree: dict[str, Any] = {} if path else {"file": {"filename": path}}
    graph = machine.block
    node = open_image(graph, path, driver, tree, common, read_only)
    try:
        open_tray(machine, backend, name)
        remove_medium(machine, backend, name)
        _insert(machine, backend, node)
    except BaseException:
        graph.drop(node)
        raise
    close_tray(machine, backend, name)
