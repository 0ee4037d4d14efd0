"""The block graph of a machine: its nodes and its backends, by name."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hmp.errors import DeviceNotFoundError, DuplicateIdError
from hmp.grammar import terminals
from hmp.machine.block.drivers import Opening, Options
from hmp.machine.block.modules import missing_module
from hmp.machine.block.node import BlockOptionError, Node, NodeError
from hmp.machine.block.places import Place
from hmp.machine.devices.base import Device
from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


# Types of devices whose medium can be changed, and which of them have a tray.
TRAYS = ("ide-cd", "scsi-cd")
REMOVABLE = (*TRAYS, "floppy", "sd-card", "sd-card-spi", "emmc")
# Types of devices that keep no state of errors.
WITHOUT_STATUS = ("floppy", "nvme", "nvme-ns", "sd-card", "sd-card-spi", "emmc", "cfi.pflash01")
NOWHERE = Place("none", 0, 0)


class Backend:
    """A block backend, which a device is attached to: a drive, empty or with a node.

    `place` is the one of -drive; `device` is what is attached, which never writes with
    `only_reads`. `keeps_status`: query-block tells whether there was an error.
    """

    def __init__(self, name: str, place: Place) -> None:
        self.name, self.place = name, place
        self.root: Node | None = None
        self.device: Object | None = None
        self.is_cdrom = self.only_reads = False
        self.keeps_status = True
        self.tray_is_open = False
        self.writeback = True
        self.limits: dict[str, int] = {}
        self.group = ""
        self._last_options: dict[str, Any] = {"read-only": False}

    @property
    def device_name(self) -> str:
        """How QEMU names the device: its id, or else its path."""
        device = self.device
        if device is None:
            return ""
        return (
            device.identifier if isinstance(device, Device) and device.identifier else device.path
        )

    @property
    def medium_options(self) -> dict[str, Any]:
        """How the present or last medium was opened, as the next one will be."""
        return self.root.open_options() if self.root is not None else self._last_options

    def keep_options(self, options: dict[str, Any]) -> None:
        """Keep how the next medium is to be opened, while there is none."""
        self._last_options = options

    @property
    def shares_writes(self) -> bool:
        """Whether its device lets others write, too."""
        shared = self.device.property("share-rw") if self.device is not None else None
        return shared is not None and bool(shared.get(self.device))

    @property
    def is_removable(self) -> bool:
        """Whether its medium can be changed."""
        return self.device is None or self.device.type_name in REMOVABLE or self._is_stick

    @property
    def has_tray(self) -> bool:
        """Whether its device has a tray."""
        return self.device is not None and (self.device.type_name in TRAYS or self._is_stick)

    @property
    def _is_stick(self) -> bool:
        removable = self.device.property("removable") if self.device is not None else None
        return removable is not None and bool(removable.get(self.device))

    @property
    def is_limited(self) -> bool:
        """Whether it has a limit; the lengths of bursts are none."""
        return any(value for key, value in self.limits.items() if not key.endswith("length"))


class BlockGraph:
    """The nodes and backends of a machine."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.nodes: dict[str, Node] = {}
        self.backends: dict[str, Backend] = {}
        # All of them in the order of their creation, also those of devices that name a node.
        self._created: list[Backend] = []
        self._named = 0

    def find(self, name: str) -> Node:
        """Return the node of that name, or that of a drive; raise NodeError when there is none."""
        backend = self.backends.get(name)
        found = backend.root if backend else self.nodes.get(name)
        if found is None:
            raise NodeError(f"Cannot find device='{name}' nor node-name='{name}'")
        return found

    def find_backend(self, identifier: str) -> Backend | None:
        """Return the backend of that id, for a device's `drive`; None when there is none."""
        return self.backends.get(identifier)

    def find_node(self, name: str) -> Node | None:
        """Return the node of that name, for a device's `drive`; None when there is none."""
        return self.nodes.get(name)

    def find_medium(self, identifier: str) -> Node | None:
        """Return the node of a device whose `drive` that is, a backend's or a node's id."""
        backend = self.backends.get(identifier)
        return backend.root if backend else self.nodes.get(identifier)

    def all_backends(self) -> list[Backend]:
        """Return every backend, the oldest first."""
        return list(self._created)

    def attached_to(self, node: Node) -> list[Backend]:
        """Return the backends that have a node and a device."""
        return [item for item in self.all_backends() if item.root is node and item.device]

    def attach(self, backend: Backend, device: Object) -> None:
        """Attach a device to a backend."""
        backend.device = device
        # A floppy drive that finds no medium takes it that none can be written.
        backend.only_reads = device.type_name == "floppy" and backend.root is None

    def detach(self, backend: Backend) -> None:
        """Detach the device of a backend, which is gone if it has no name."""
        backend.device = None
        if not backend.name:
            self._created.remove(backend)
            self.empty(backend)

    def next_name(self) -> str:
        """Return a name for a node without one: a number, and two digits by chance."""
        self._named += 1
        return f"#block{self._named - 1}{random.randrange(100):02}"

    def check_name(self, name: str) -> str:
        """Return a node's name; raise an error when it is malformed or taken."""
        if not terminals.fullmatch(terminals.IDENTIFIER, name):
            raise BlockOptionError(f"Invalid node-name: '{name}'")
        if name in self.backends:
            raise NodeError(f"node-name={name} is conflicting with a device id")
        if name in self.nodes:
            raise NodeError(f"Duplicate nodes with node-name='{name}'")
        return name

    def add(self, node: Node) -> None:
        """Add a node, whose name is free."""
        self.nodes[node.name] = node

    def forget(self, node: Node) -> None:
        """Remove a node, and close its file."""
        for _place, child in node.children:
            child.users -= 1
        node.release()
        self.nodes.pop(node.name, None)

    def report(self, text: str) -> None:
        """Emit a line to the front end of the present command."""
        self.machine.emit_output(text)

    def report_module(self, driver: str) -> None:
        """Report that the module of a driver is missing."""
        self.report(missing_module(driver))

    def add_node(self, options: Options) -> Node:
        """Add a node of -blockdev or blockdev-add.

        Raises:
            HmpError: It has no name, or can't be opened; the graph is as before.
        """
        if "node-name" not in options:
            raise BlockOptionError("'node-name' must be specified for the root node")
        node = self.open(options)
        node.monitor_owned = True
        return node

    def open(self, options: Options) -> Node:
        """Open a node with all below it; raise HmpError and leave the graph as it was."""
        opening = Opening(self)
        try:
            return opening.open(options)
        except BaseException:
            opening.undo()
            raise

    def remove_node(self, name: str) -> None:
        """Remove a node of blockdev-add.

        Raises:
            NodeError: It does not exist, is in use, or no user made it.
        """
        node = self.nodes.get(name)
        if node is None:
            raise NodeError(f"Failed to find node with node-name='{name}'")
        if any(backend.root is node for backend in self.all_backends()):
            raise NodeError(f"Node {name} is in use")
        if not node.monitor_owned:
            raise NodeError(f"Node {name} is not owned by the monitor")
        if node.users:
            raise NodeError(f"Block device {name} is in use")
        self.drop(node)

    def drop(self, node: Node) -> None:
        """Remove a node that nothing needs any more, and what it alone needs."""
        children = [child for _place, child in node.children]
        self.forget(node)
        for child in children:
            if not child.users and not child.monitor_owned:
                self.drop(child)

    def add_backend(self, backend: Backend) -> None:
        """Add a backend; raise an error when its name is taken."""
        if backend.name in self.backends:
            raise DuplicateIdError(backend.name, "drive")
        if backend.name in self.nodes:
            raise NodeError(f"Device name '{backend.name}' conflicts with an existing node name")
        self.backends[backend.name] = backend
        self._created.append(backend)

    def add_unnamed(self, is_cdrom: bool) -> Backend:
        """Add the backend of a device that names a node, or none; it goes with the device."""
        backend = Backend("", NOWHERE)
        backend.is_cdrom = is_cdrom
        self._created.append(backend)
        return backend

    def add_empty(self, drives: Iterable[tuple[str, Place]]) -> None:
        """Add the drives without a medium that a board has, where their places are free."""
        taken = {backend.place for backend in self.backends.values()}
        for name, place in drives:
            if place not in taken:
                backend = Backend(name, place)
                backend.is_cdrom = place.interface == "ide"
                backend.keep_options({"read-only": backend.is_cdrom})
                self.add_backend(backend)

    def remove_backend(self, identifier: str) -> None:
        """Remove a drive; raise DeviceNotFoundError when there is none of that id."""
        backend = self.backends.pop(identifier, None)
        if backend is None:
            node = self.nodes.get(identifier)
            if node is not None and node.monitor_owned:
                self.remove_node(identifier)
                return
            raise DeviceNotFoundError(identifier)
        self.empty(backend)
        # Where there is a device it stays, without a medium.
        backend.name, backend.keeps_status = "", False
        if backend.device is None:
            self._created.remove(backend)

    def empty(self, backend: Backend) -> None:
        """Take the node out of a backend."""
        root, backend.root = backend.root, None
        if root is not None:
            backend.keep_options(root.open_options())
            root.users -= 1
            if not root.users and not root.monitor_owned:
                self.drop(root)

    def fill(self, backend: Backend, node: Node) -> None:
        """Put a node into a backend."""
        backend.root = node
        node.users += 1

    def has_secret(self, identifier: str) -> bool:
        """Return whether there is a secret of that id."""
        found = self.machine.objects.children.get(identifier)
        return found is not None and found.type_name in ("secret", "secret_keyring")

    def has_throttle_group(self, identifier: str) -> bool:
        """Return whether there is a throttle group of that id."""
        found = self.machine.objects.children.get(identifier)
        return found is not None and found.type_name == "throttle-group"

    def close_trays(self) -> None:
        """Close all trays without an event, as drives do when they are reset."""
        for backend in self.all_backends():
            backend.tray_is_open = False

    def close(self) -> None:
        """Close all files."""
        for node in self.nodes.values():
            node.release()
