"""What can't be done to drives, since nothing reads or writes what is in their images: QEMU looks
for the drive first, and so does hmp (experiments: each command with and without one).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from hmp.errors import DeviceNotFoundError, StateError
from hmp.machine.block.limits import find_node

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

Members = Mapping[str, Any]
JOBS, SNAPSHOTS, BITMAPS = "block jobs", "snapshots", "dirty bitmaps"
SERVERS, EXPORTS, REOPENING = "NBD servers", "exports", "changes of open nodes"


class UnsupportedError(StateError):
    """A client asks for something that only a machine with data on its disks can do."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} are not supported by hmp")
        self.what = what


class BitmapNotFoundError(StateError):
    """No dirty bitmap has that name: there is none at all."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Dirty bitmap '{name}' not found")
        self.name = name


class NoServerError(StateError):
    """No NBD server runs."""

    def __init__(self) -> None:
        super().__init__("NBD server not running")


class Operation(NamedTuple):
    """What an operation is about, and how its drives are looked for."""

    what: str
    look: Callable[[Machine, Members], object]


def refuse(machine: Machine, name: str, members: Members) -> NoReturn:
    """Raise the error of an operation on drives, which has the name of its QMP command.

    Raises:
        StateError: A drive or bitmap does not exist, or, as UnsupportedError, everything does.
    """
    operation = OPERATIONS[name]
    operation.look(machine, members)
    raise UnsupportedError(operation.what)


def _look_for(*names: str) -> Callable[[Machine, Members], object]:
    """Return a look for the nodes or drives that members name."""

    def look(machine: Machine, members: Members) -> None:
        for name in names:
            find_node(machine, members[name], members[name])

    return look


def _look_for_nothing(machine: Machine, members: Members) -> None:
    """Leave it at the arguments."""


def _look_for_source(machine: Machine, members: Members) -> None:
    """Look for a drive, or a node in a member of its own."""
    find_node(machine, members.get("device", ""), members.get("node-name", ""))


def _look_for_drive(machine: Machine, members: Members) -> None:
    """Look for a drive with a medium."""
    machine.onboard.ensure()
    backend = machine.block.find_backend(members["device"])
    if backend is None or backend.root is None:
        raise DeviceNotFoundError(members["device"])


def _look_for_bitmap(machine: Machine, members: Members, member: str = "name") -> None:
    """Look for a bitmap of a node."""
    machine.onboard.ensure()
    node = members["node"]
    backend = machine.block.find_backend(node)
    if machine.block.find_node(node) is None and (backend is None or backend.root is None):
        raise StateError(f"Node '{node}' not found")
    raise BitmapNotFoundError(members[member])


def _look_for_server(machine: Machine, members: Members) -> None:
    """Look for the node of an export, then for the server."""
    if "device" in members:
        find_node(machine, members["device"], members["device"])
    else:
        find_node(machine, "", members["node-name"])
    if members.get("type", "nbd") == "nbd":
        raise NoServerError


_BY_DEVICE = _look_for("device")
OPERATIONS = {
    "block-commit": Operation(JOBS, _look_for_drive),
    "block-stream": Operation(JOBS, _BY_DEVICE),
    "blockdev-backup": Operation(JOBS, _look_for("device", "target")),
    "blockdev-create": Operation(JOBS, _look_for_nothing),
    "blockdev-mirror": Operation(JOBS, _look_for("device", "target")),
    "drive-backup": Operation(JOBS, _BY_DEVICE),
    "drive-mirror": Operation(JOBS, _BY_DEVICE),
    "blockdev-snapshot": Operation(SNAPSHOTS, _look_for("node", "overlay")),
    "blockdev-snapshot-sync": Operation(SNAPSHOTS, _look_for_source),
    "blockdev-snapshot-internal-sync": Operation(SNAPSHOTS, _BY_DEVICE),
    "blockdev-snapshot-delete-internal-sync": Operation(SNAPSHOTS, _BY_DEVICE),
    **dict.fromkeys(
        ("snapshot-delete", "snapshot-load", "snapshot-save"),
        Operation(SNAPSHOTS, _look_for_nothing),
    ),
    "nbd-server-start": Operation(SERVERS, _look_for_nothing),
    **dict.fromkeys(("block-export-add", "nbd-server-add"), Operation(EXPORTS, _look_for_server)),
    "block-dirty-bitmap-add": Operation(BITMAPS, _look_for("node")),
    "block-dirty-bitmap-merge": Operation(BITMAPS, partial(_look_for_bitmap, member="target")),
    **dict.fromkeys(
        (
            *("block-dirty-bitmap-clear", "block-dirty-bitmap-disable"),
            *("block-dirty-bitmap-enable", "block-dirty-bitmap-remove"),
        ),
        Operation(BITMAPS, _look_for_bitmap),
    ),
}
