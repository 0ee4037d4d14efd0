"""How much memory the command line gives to a machine, and to each of its NUMA nodes."""

from __future__ import annotations

from hmp.record import Record


class NumaNode(Record):
    """A NUMA node of the guest: its CPUs and the bytes of base RAM in it."""

    cpus: tuple[int, ...]
    size: int


class MemoryConfig(Record):
    """What `-m` configures: base RAM and maxmem in bytes, and the number of slots."""

    size: int
    slots: int
    maxmem: int
