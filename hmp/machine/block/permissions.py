"""What each user of a node does to it, and what it lets no other user do (experiments: block_resize
of a node of each type of device, and two devices on one node).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import StateError
from hmp.machine.block.locks import NAMES, FileLock
from hmp.machine.block.node import PASSING, Node

if TYPE_CHECKING:
    from hmp.machine.block.graph import Backend, BlockGraph

READ, WRITE, RESIZE = "consistent read", "write", "resize"
ORDER = (READ, WRITE, RESIZE)
# Types of devices that take another size of their medium, that only read, and that let others
# write, too.
RESIZABLE = ("virtio-blk-device", "ide-hd", "scsi-hd", "usb-storage")
READERS = ("ide-cd", "scsi-cd")
SHARERS = ("sd-card", "sd-card-spi", "emmc")
FLASH = "cfi.pflash01"
NOTHING: frozenset[str] = frozenset()
FORMAT_KEEPS = frozenset((WRITE, RESIZE))
"""What a format of its own, and an image above, let nobody else do."""


class PermissionConflictError(StateError):
    """One user of a node needs what another one forbids."""

    parameter = "drive"

    def __init__(self, node: Node, permissions: Iterable[str], needs: str, forbids: str) -> None:
        names = ", ".join(name for name in ORDER if name in permissions)
        super().__init__(
            f"Permission conflict on node '{node.name}': permissions '{names}' are both required "
            f"by {needs} and unshared by {forbids}."
        )


class Use(NamedTuple):
    """What a user of a node does (`used`), and what it lets no other do (`unshared`)."""

    user: str
    used: frozenset[str] = NOTHING
    unshared: frozenset[str] = NOTHING


def named_use(user: str, node: Node, place: str, used: frozenset[str], *more: str) -> Use:
    """Return the use of a node at a place of its user, under QEMU's name; `more` is unshared."""
    return Use(f"{user} (uses node '{node.name}' as '{place}' child)", used, frozenset(more))


def backend_use(backend: Backend, node: Node) -> Use:
    """Return the use of a node by the device of a drive."""
    device = backend.device
    assert device is not None
    name = backend.name or backend.device_name
    use = device_use(device.type_name, name, node, backend.shares_writes)
    return use._replace(used=use.used - {WRITE}) if backend.only_reads else use


def device_use(device_type: str, name: str, node: Node, shares_writes: bool) -> Use:
    """Return the use of a node by a device, which QEMU knows by that name."""
    used = {READ}
    if device_type not in READERS and not node.read_only:
        used.add(WRITE)
    unshared = () if shares_writes else (WRITE,)
    if device_type not in RESIZABLE:
        unshared = (*unshared, RESIZE)
    if device_type in (*SHARERS, FLASH):
        unshared = ()
    return named_use(f"block device '{name}'", node, "root", frozenset(used), *unshared)


def check_use(graph: BlockGraph, node: Node, use: Use) -> None:
    """Raise PermissionConflictError when a new use of a node and its other uses exclude each
    other, there or in what is below it.
    """
    _check(graph, node, use, None)


def _check(graph: BlockGraph, node: Node, use: Use, above: Node | None) -> None:
    uses = [use, *_uses_of(graph, node, above)]
    for first in uses:
        for second in uses:
            if first is not second and (both := first.unshared & second.used):
                raise PermissionConflictError(node, both, second.user, first.user)
    if node.driver in _TRANSPARENT:
        for place, child in node.children:
            _check(graph, child, _passed_on(node, child, place, uses), node)


def lock_files(node: Node, use: Use) -> None:
    """Keep other processes from using the files of a node against a use of it.

    Raises:
        HostCallError: Another process uses one; no lock is added.
    """
    if node.driver == "file" and node.is_locking:
        lock = node.lock or FileLock(node.path, not node.read_only)
        try:
            lock.take(_numbers(use.used), _numbers(use.unshared))
        except BaseException:
            if node.lock is None:
                lock.close()
            raise
        node.lock = lock
    elif node.driver in _TRANSPARENT:
        for _place, child in node.children:
            lock_files(child, use)


def unlock_files(graph: BlockGraph, node: Node) -> None:
    """Let go of the files of a node that nothing uses any more."""
    if node.driver == "file" and not _uses_of(graph, node, None):
        node.release()
    elif node.driver in _TRANSPARENT and not _uses_of(graph, node, None):
        for _place, child in node.children:
            if not any(use.used for use in _uses_of(graph, child, None)):
                child.release()


def _numbers(permissions: frozenset[str]) -> tuple[int, ...]:
    return tuple(number for number, name in NAMES.items() if name in permissions)


_TRANSPARENT = ("raw", *PASSING)


def _passed_on(node: Node, child: Node, place: str, uses: list[Use]) -> Use:
    used = NOTHING.union(*(use.used for use in uses))
    unshared = NOTHING.union(*(use.unshared for use in uses))
    return named_use(f"node '{node.name}'", child, place, used, *unshared)


def _uses_of(graph: BlockGraph, node: Node, without: Node | None) -> list[Use]:
    """Return the uses of a node, but not the one by the node `without`."""
    found = [backend_use(backend, node) for backend in graph.attached_to(node)]
    for parent in graph.nodes.values():
        for place, child in parent.children if parent is not without else ():
            if child is node:
                found.append(_parent_use(graph, parent, node, place))
    return found


def _parent_use(graph: BlockGraph, parent: Node, node: Node, place: str) -> Use:
    if parent.driver in _TRANSPARENT:
        return _passed_on(parent, node, place, _uses_of(graph, parent, None))
    writes = place != "backing" and not parent.read_only
    used = frozenset(ORDER) if writes else frozenset((READ,))
    return named_use(f"node '{parent.name}'", node, place, used, *FORMAT_KEEPS)
