"""Read the tables of the human monitor that no QMP query has: `info qom-tree`, `info mtree -f`,
`info ramblock`, `info numa`.

What does not have the form of a row is passed over, so that another version's table reads as far as
it is known.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hmp.units import MIB

_TREE_ROW = re.compile(r"^( *)/(\S*) \(([^)]*)\)", re.M)
_RAM_ROW = re.compile(r"^  (\w+)-(\w+) \(prio -?\d+, (ram|rom|nv-ram)\): (\S+)(?: @(\w+))?", re.M)
_BLOCK_ROW = re.compile(r"^ *(\S+) +(\d+) ([KMG])iB +0x\w+ +0x\w+ +0x\w+ *(0x\w+)?", re.M)
_NODE_ROW = re.compile(r"^node (\d+) (size|plugged): (\d+) MB", re.M)
_CPUS_ROW = re.compile(r"^node \d+ cpus:((?: \d+)*)", re.M)
_HOST_ADDRESS = re.compile(r" is (0x[0-9a-f]+)$", re.M)
MEMORY_VIEW = ' AS "memory", root'


class TreeNode(NamedTuple):
    """An object of the QOM tree: its path and its type."""

    path: str
    kind: str

    @property
    def is_anonymous(self) -> bool:
        """Whether it is a device without an id."""
        return self.path.startswith("/machine/peripheral-anon/")


class RamRow(NamedTuple):
    """A range of guest-physical memory, `start` up to `end`, at an offset of its RAM block."""

    start: int
    end: int
    kind: str
    name: str
    offset: int


class RamBlock(NamedTuple):
    """A RAM block: page size in bytes, and its address in QEMU's process, 0 if it is not told."""

    page_size: int
    address: int


class NodeSize(NamedTuple):
    """The memory of a NUMA node in bytes, and how much of it was plugged."""

    size: int
    plugged: int


def tree_nodes(text: str) -> list[TreeNode]:
    """Return the objects of `info qom-tree`, each after its parent."""
    found = []
    paths: list[str] = []
    for indent, name, kind in _TREE_ROW.findall(text):
        depth = len(indent) // 2
        if name == "" or "/" in name:
            # The first row has the whole path.
            path = f"/{name}".rstrip("/")
        else:
            path = f"{paths[depth - 1] if depth else ''}/{name}"
        paths[depth:] = [path]
        found.append(TreeNode(path or "/", kind))
    return found


def ram_rows(text: str) -> list[RamRow]:
    """Return the RAM of `info mtree -f` that the guest sees, by address."""
    view = next((view for view in text.split("FlatView") if MEMORY_VIEW in view), "")
    return [
        RamRow(int(start, 16), int(end, 16) + 1, kind, name, int(offset or "0", 16))
        for start, end, kind, name, offset in _RAM_ROW.findall(view)
    ]


def ram_blocks(text: str) -> dict[str, RamBlock]:
    """Return the blocks of `info ramblock` by name, without the path of their device."""
    return {
        name.rpartition("/")[2]: RamBlock(
            int(size) << 10 * ("KMG".index(unit) + 1), int(address or "0", 16)
        )
        for name, size, unit, address in _BLOCK_ROW.findall(text)
    }


def host_address(text: str, row: RamRow) -> int:
    """Return the address of the block of a row, from the reply of `gpa2hva` for the row's start."""
    found = _HOST_ADDRESS.search(text)
    return int(found[1], 16) - row.offset if found else 0


def node_sizes(text: str) -> list[NodeSize]:
    """Return the NUMA nodes of `info numa`, in order."""
    found: dict[str, NodeSize] = {}
    for number, what, size in _NODE_ROW.findall(text):
        node = found.setdefault(number, NodeSize(0, 0))
        found[number] = node._replace(**{what: int(size) * MIB})
    return list(found.values())


def node_cpus(text: str) -> list[tuple[int, ...]]:
    """Return the CPUs of each NUMA node of `info numa`."""
    return [tuple(map(int, cpus.split())) for cpus in _CPUS_ROW.findall(text)]
