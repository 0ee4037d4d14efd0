"""Makes nodes of options that are checked already: those of -blockdev, or what -drive makes of its
own.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hmp.errors import HmpError, HostCallError
from hmp.machine import system_calls
from hmp.machine.block import formats
from hmp.machine.block.locks import FORMAT_KEEPS, READERS, WRITERS, FileLock
from hmp.machine.block.modules import MODULES
from hmp.machine.block.node import (
    BlockOptionError,
    Cache,
    Format,
    ImageError,
    Node,
)
from hmp.machine.host import sockets
from hmp.units import round_up

if TYPE_CHECKING:
    from hmp.machine.block.graph import BlockGraph

Options = dict[str, Any]
FILES = ("file", "host_device", "host_cdrom")
NULL_SIZE = 1 << 30
SECTOR = 512
NO_FILE = 'A block device must be specified for "file"'


class Opening:
    """Opens nodes into a graph; what was opened is taken back when one of them fails."""

    def __init__(self, graph: BlockGraph) -> None:
        self.graph = graph
        self.opened: list[Node] = []

    def open(self, options: Options, parent: Node | None = None) -> Node:
        """Return a node of options; HmpError when it can't be opened."""
        driver = str(options["driver"])
        if driver in MODULES:
            self.graph.report_module(driver)
            raise BlockOptionError(f"Unknown driver '{driver}'")
        make = OPENERS.get(driver)
        if make is None:
            raise BlockOptionError(f"the block driver '{driver}' is not supported by hmp")
        cache = options.get("cache", {})
        inherited = parent.cache if parent else Cache()
        node = Node("", driver, 0)
        node.cache = Cache(
            cache.get("direct", inherited.direct), cache.get("no-flush", inherited.no_flush)
        )
        node.read_only = options.get("read-only", parent.read_only if parent else False)
        node.detect_zeroes = options.get("detect-zeroes", "off")
        node.active = options.get("active", True)
        if options.get("force-share") and not node.read_only:
            raise BlockOptionError("force-share=on can only be used with read-only images")
        if node.detect_zeroes == "unmap" and options.get("discard") != "unmap":
            raise BlockOptionError(
                "setting detect-zeroes to unmap is not allowed without setting discard operation "
                "to unmap"
            )
        self.opened.append(node)
        make(self, node, options)
        name = options.get("node-name")
        node.name = self.graph.next_name() if name is None else self.graph.check_name(name)
        self.graph.add(node)
        self._open_backing(node, options)
        return node

    def undo(self) -> None:
        """Take back all that was opened."""
        for node in self.opened:
            self.graph.forget(node)

    def child(self, node: Node, place: str, value: object) -> Node:
        """Open or find the node at a place below another."""
        if isinstance(value, str):
            found = self.graph.find(value)
            node.children.append((place, found))
        else:
            assert isinstance(value, dict)
            found = self.open(value, node)
            node.children.append((place, found))
        found.users += 1
        return found

    def _open_backing(self, node: Node, options: Options) -> None:
        if node.format is None or not node.format.backing:
            if isinstance(options.get("backing"), (str, dict)) and options["backing"]:
                node.options["backing"] = True
                self.child(node, "backing", options["backing"])
            return
        if "backing" in options:
            node.options["backing"] = None
            if options["backing"]:
                self.child(node, "backing", options["backing"])
            elif options["backing"] == "":
                self.graph.report(
                    'warning: Use of "backing": "" is deprecated; use "backing": null instead'
                )
            return
        try:
            below = self.open(self._backing_options(node), None)
        except HmpError as error:
            raise ImageError(
                f"Could not open backing file: {error.message}", *error.hints
            ) from None
        node.children.insert(0, ("backing", below))
        below.users += 1

    def _backing_options(self, node: Node) -> Options:
        assert node.format is not None
        path = os.path.join(os.path.dirname(node.filename), node.format.backing)
        file: Options = {"driver": protocol_of(path), "filename": path}
        kind = node.format.backing_format
        if not kind:
            kind = formats.recognize(read_head(path))
        cache = {"direct": node.cache.direct, "no-flush": node.cache.no_flush}
        return {"driver": kind, "file": file, "read-only": True, "cache": cache}


def protocol_of(path: str) -> str:
    """Return the driver of a path: that of files, or of devices."""
    try:
        mode = system_calls.file_status(path.encode("latin-1")).st_mode
    except HostCallError:
        return "file"
    return "host_device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "file"


def read_head(path: str) -> bytes:
    """Return the first bytes of a file; none when it can't be read."""
    try:
        descriptor = system_calls.open_file(
            path.encode("latin-1"), system_calls.O_RDONLY | system_calls.O_NONBLOCK
        )
    except HostCallError:
        return b""
    try:
        return system_calls.read_at(descriptor, formats.HEADER_BYTES, 0)
    except HostCallError:
        return b""
    finally:
        system_calls.close(descriptor)


def _open_file(opening: Opening, node: Node, options: Options) -> None:
    path = str(options.get("filename", ""))
    if not path:
        raise BlockOptionError(f"The '{node.driver}' block driver requires a file name")
    if options.get("pr-manager") is not None:
        raise BlockOptionError(
            f"No persistent reservation manager with id '{options['pr-manager']}'"
        )
    if options.get("aio") == "native" and not node.cache.direct:
        raise BlockOptionError(
            "aio=native was specified, but it requires cache.direct=on, which was not specified."
        )
    node.path, node.is_locking = path, options.get("locking") != "off"
    _check_file(node, path)
    if node.cache.direct:
        node.min_alignment = node.request_alignment = SECTOR


def _check_file(node: Node, path: str) -> None:
    name = path.encode("latin-1")
    flags = system_calls.O_RDONLY if node.read_only else system_calls.O_RDWR
    try:
        # QEMU looks at what kind of file it is once it is open.
        status = system_calls.file_status(name)
        if not stat.S_ISFIFO(status.st_mode):
            system_calls.close(system_calls.open_file(name, flags | system_calls.O_NONBLOCK))
    except HostCallError as error:
        raise ImageError.from_call(f"Could not open '{path}'", error) from None
    is_device = stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode)
    if node.driver == "file" and not stat.S_ISREG(status.st_mode):
        raise ImageError(f"'file' driver requires '{path}' to be a regular file")
    if node.driver == "host_device" and not is_device:
        raise ImageError(
            f"'host_device' driver requires '{path}' to be either a character or block device"
        )
    node.size = round_up(status.st_size, SECTOR) if stat.S_ISREG(status.st_mode) else 0
    node.allocated = status.st_blocks * SECTOR
    node.format = Format(node.size, details={"type": "file", "data": {}})


def _open_null(opening: Opening, node: Node, options: Options) -> None:
    if options.get("latency-ns", 0) >= 1 << 63:
        raise BlockOptionError("latency-ns is invalid")
    node.size = options.get("size", NULL_SIZE)
    node.min_alignment = SECTOR
    node.options = {key: options[key] for key in ("read-zeroes", "size") if key in options}


def _open_raw(opening: Opening, node: Node, options: Options) -> None:
    file = _file_of(opening, node, options)
    for key in ("offset", "size"):
        if key in options:
            node.options[key] = options[key]
    offset = options.get("offset", 0)
    node.size = options.get("size", max(file.size - offset, 0))
    for key in ("offset", "size"):
        if options.get(key, 0) < 0:
            raise BlockOptionError(f"Value '{options[key]}' is out of range for parameter '{key}'")
    if "size" in options and node.size % SECTOR:
        raise BlockOptionError("Specified size is not multiple of 512")
    if offset > file.size:
        raise BlockOptionError(
            f"Offset ({offset}) cannot be greater than size of the containing file ({file.size})"
        )
    if "size" in options and offset + node.size > file.size:
        raise BlockOptionError(
            f"The sum of offset ({offset}) and size ({node.size}) has to be smaller or equal to "
            f"the  actual size of the containing file ({file.size})"
        )


def _file_of(opening: Opening, node: Node, options: Options, key: str = "file") -> Node:
    if key not in options:
        raise BlockOptionError(NO_FILE)
    file = opening.child(node, key, options[key])
    node.size, node.allocated = file.size, file.allocated
    node.min_alignment = file.min_alignment
    return file


def _open_format(opening: Opening, node: Node, options: Options) -> None:
    if node.driver == "luks" and not options.get("key-secret"):
        _file_of(opening, node, options)
        raise BlockOptionError("Parameter 'key-secret' is required for cipher")
    file = _file_of(opening, node, options)
    if node.driver == "luks" and not opening.graph.has_secret(str(options["key-secret"])):
        raise BlockOptionError(f"No secret with id '{options['key-secret']}'")
    head = read_head(file.path) if file.path else b""
    # QEMU locks the image before it reads it.
    if file.path and file.driver == "file":
        _lock(opening, file, node.read_only)
    node.format = formats.read_header(node.driver, head, file.filename)
    node.size = node.format.size
    if node.format.alignments:
        node.request_alignment = node.format.alignments.get("request-alignment", 1)
    else:
        node.request_alignment = 1


def _lock(opening: Opening, file: Node, read_only: bool) -> None:
    lock = FileLock(file.path, not read_only)
    file.lock = lock
    lock.take(READERS if read_only else WRITERS, FORMAT_KEEPS)


def _open_filter(opening: Opening, node: Node, options: Options) -> None:
    file = _file_of(opening, node, options, "image" if node.driver == "blkdebug" else "file")
    if node.driver == "throttle":
        group = str(options["throttle-group"])
        if not opening.graph.has_throttle_group(group):
            raise BlockOptionError(f"Throttle group '{group}' does not exist")
        node.options["throttle-group"] = group
    if node.driver == "compress" and file.driver != "qcow2":
        raise BlockOptionError(f"Compression is not supported for underlying format: {file.driver}")


def _open_quorum(opening: Opening, node: Node, options: Options) -> None:
    if options["vote-threshold"] > len(options["children"]):
        raise BlockOptionError("threshold may not exceed children count")
    node.options["vote-threshold"] = options["vote-threshold"]
    for index, child in enumerate(options["children"]):
        below = opening.child(node, f"children.{index}", child)
        node.size, node.min_alignment = below.size, below.min_alignment


def _open_nbd(opening: Opening, node: Node, options: Options) -> None:
    server = options["server"]
    if server["type"] == "inet":
        sockets.connect_tcp(server["host"], server["port"]).close()
    elif server["type"] == "unix":
        try:
            sockets.connect_unix(server["path"]).close()
        except HostCallError as error:
            raise ImageError.from_call(f"Failed to connect to '{server['path']}'", error) from None
    raise BlockOptionError("servers of the block driver 'nbd' are not supported by hmp")


def _open_nvme(opening: Opening, node: Node, options: Options) -> None:
    if not system_calls.exists(b"/dev/vfio/vfio"):
        raise ImageError("Could not open '/dev/vfio/vfio': No such file or directory")
    raise BlockOptionError("the block driver 'nvme' is not supported by hmp")


def _open_vvfat(opening: Opening, node: Node, options: Options) -> None:
    if not node.read_only and not options.get("rw"):
        raise ImageError("Image is read-only")
    path = str(options["dir"])
    if not os.path.isdir(path.encode("latin-1")):
        raise ImageError(f"Could not read directory {path}")
    node.path, node.size = path, VVFAT_SIZE


VVFAT_SIZE = 528482304


OPENERS: dict[str, Callable[[Opening, Node, Options], None]] = {
    **dict.fromkeys(FILES, _open_file),
    **dict.fromkeys(("null-co", "null-aio"), _open_null),
    "raw": _open_raw,
    **dict.fromkeys((*formats.NO_IMAGE, "vdi", "vhdx"), _open_format),
    **dict.fromkeys(
        (
            *("copy-on-read", "throttle", "compress", "preallocate", "snapshot-access"),
            *("blkdebug", "replication", "blklogwrites"),
        ),
        _open_filter,
    ),
    "quorum": _open_quorum,
    "nbd": _open_nbd,
    "nvme": _open_nvme,
    "vvfat": _open_vvfat,
}
