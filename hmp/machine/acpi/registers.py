"""What the hotplug registers of memory, CPUs and PCI have in common."""

from __future__ import annotations

from typing import Protocol


class PortRegisters(Protocol):
    """A block of I/O ports.

    A guest reaches it through the ports alone: the simulated guest, and the monitor's `o` and `i`.
    """

    @property
    def name(self) -> str:
        """QEMU's name of the region, for info mtree."""

    @property
    def base(self) -> int:
        """The first port."""

    @property
    def length(self) -> int:
        """The number of ports."""

    def contains(self, port: int) -> bool:
        """Return whether a port is one of these registers."""

    def read(self, port: int, size: int) -> int:
        """Return what a guest reads from a port, `size` bytes wide."""

    def write(self, port: int, value: int, size: int) -> None:
        """Do what a guest's write to a port asks for, `size` bytes wide."""
