"""A block node: what a driver made of its options, and what queries show of it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from hmp.errors import HostError, InputError, StateError
from hmp.machine.block.locks import FileLock

# Where queries name a node by its options, they come in this order, which is that of a hash table
# in QEMU (experiments); others follow.
KEY_ORDER = (
    *("read-zeroes", "backing", "offset", "throttle-group", "children", "driver", "size"),
    *("vote-threshold", "file", "filename"),
)


class BlockOptionError(InputError):
    """The options of a node or drive are wrong."""


class ImageError(HostError):
    """An image can't be opened, or is none."""


class NodeError(StateError):
    """A node's name is taken, or there is none of a name."""


class Format(NamedTuple):
    """What the header of an image says.

    `size` in bytes; `backing` is the name of the image below, as it is written, and
    `backing_format` its format; `details` is what queries show of the format alone. `alignments`
    are what the format adds to the limits.
    """

    size: int
    cluster_size: int = 0
    backing: str = ""
    backing_format: str = ""
    details: dict[str, object] | None = None
    alignments: dict[str, int] | None = None
    has_dirty_flag: bool = True


class Cache(NamedTuple):
    """How the host caches an image."""

    direct: bool = False
    no_flush: bool = False


class Node:
    """A node of the block graph.

    `options` are those that tell it from a plain one of its image; `children` are by the names of
    their places. `path` is the file of a protocol node. `users` counts what keeps the node: other
    nodes, and backends. `monitor_owned` says that a user made it with a name.
    """

    def __init__(self, name: str, driver: str, size: int) -> None:
        self.name, self.driver, self.size = name, driver, size
        self.path = ""
        self.read_only = False
        self.cache = Cache()
        self.detect_zeroes = "off"
        self.options: dict[str, object] = {}
        self.children: list[tuple[str, Node]] = []
        self.format: Format | None = None
        self.allocated = 0
        self.min_alignment = 1
        self.request_alignment = 1
        self.active = self.is_locking = True
        self.write_threshold = 0
        self.monitor_owned = False
        self.users = 0
        self.lock: FileLock | None = None

    @property
    def backing(self) -> Node | None:
        """The node below, whose contents show where this one has none."""
        return next((node for name, node in self.children if name == "backing"), None)

    @property
    def file(self) -> Node | None:
        """The node that holds this one's data."""
        return next((node for name, node in self.children if name == "file"), None)

    @property
    def image_below(self) -> Node | None:
        """The node with the next image: what is below, or what a filter passes on."""
        return self.file if self.driver in PASSING else self.backing

    def described(self) -> dict[str, object]:
        """Return the options that make such a node."""
        found: dict[str, object] = {"driver": self.driver, **self.options}
        if self.path and not self.children:
            found["filename"] = self.path
        for name, child in self.children:
            if name.startswith("children."):
                below = found.setdefault("children", [])
                assert isinstance(below, list)
                below.append(child.described())
            elif name != "backing" or "backing" in self.options:
                found[name] = child.described()
        order = {key: index for index, key in enumerate(KEY_ORDER)}
        return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))

    @property
    def filename(self) -> str:
        """The name that queries show: that of the file, or the options as JSON."""
        if not self.options and self.driver not in FILTERS:
            if self.path:
                return self.path
            if self.driver in ("null-co", "null-aio"):
                return f"{self.driver}://"
            if self.file is not None and not self.file.filename.startswith("json:"):
                return self.file.filename
        return f"json:{json.dumps(self.described())}"

    def open_options(self) -> dict[str, Any]:
        """Return how the node was opened, whatever its image."""
        return {
            "read-only": self.read_only,
            "cache": {"direct": self.cache.direct, "no-flush": self.cache.no_flush},
            "detect-zeroes": self.detect_zeroes,
        }

    def walk(self) -> list[Node]:
        """Return the node and all below it."""
        return [self, *(below for _name, child in self.children for below in child.walk())]

    def release(self) -> None:
        """Close what the node holds of the host."""
        if self.lock is not None:
            self.lock.close()
            self.lock = None


FILTERS = (
    *("copy-on-read", "throttle", "compress", "blkdebug", "blkverify", "quorum", "preallocate"),
    *("snapshot-access", "copy-before-write", "replication", "blklogwrites", "blkreplay"),
)
# These pass on what one node below them has.
PASSING = ("copy-on-read", "throttle", "compress", "preallocate", "replication")
