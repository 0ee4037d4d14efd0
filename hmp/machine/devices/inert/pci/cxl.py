"""CXL: cxl-type3, which has memory of several kinds behind it, none of it in the guest's before the
guest programs a decoder (experiments: -device cxl-type3 with each property); and the windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.backends.base import MemoryBackend, MemoryRegion
from hmp.machine.devices.inert.device import InertDevice, InertPciDevice, LackingError
from hmp.machine.devices.inert.pci.memory import mapped_backends
from hmp.machine.memory.layout import WINDOW_STEP
from hmp.units import ALL_ONES_64

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# The kinds of memory of which one has to be there; `memdev` is the old name of the second.
KINDS = ("volatile-memdev", "memdev", "persistent-memdev")
DYNAMIC = "volatile-dc-memdev"


class UsedTwiceError(StateError):
    """Something uses the backend already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"memory backend {name} can't be used multiple times.")
        self.parameter, self.memdev = "memdev", name


class InertCxlMemory(InertPciDevice):
    """A CXL memory device."""

    def check_lack(self) -> None:
        regions = int(str(self.get("num-dc-regions")))
        if not any(self.get(name) for name in KINDS) and not regions:
            raise LackingError("volatile-memdev", "at least one memdev property must be set")
        if (self.get("memdev") or self.get("persistent-memdev")) and not self.get("lsa"):
            raise LackingError("lsa", "lsa property must be set for persistent devices")
        if regions and not self.get(DYNAMIC):
            raise LackingError(DYNAMIC, "dynamic capacity must have a backing device")

    def _check_regions(self) -> None:
        backend = self.by_name[DYNAMIC].get(self)
        count = int(str(self.get("num-dc-regions")))
        if isinstance(backend, MemoryBackend) and count:
            length = -(-backend.size // count)
            if length % WINDOW_STEP:
                raise LackingError(
                    DYNAMIC,
                    f"backend size is not multiple of region len: 0x{length:x}",
                    "setup DC regions failed",
                )

    def check_inert(self, machine: Machine) -> None:
        self.check_lack()
        seen: set[str] = set()
        for backend in mapped_backends(self):
            if backend.user or backend.name in seen:
                raise UsedTwiceError(backend.name)
            seen.add(backend.name)
        self._check_regions()


class InertCxlWindow(InertDevice):
    """A fixed memory window; `address` is None where it is not mapped."""

    size = 0
    address: int | None = None

    def qtree_lines(self) -> tuple[str, ...]:
        """Return its range."""
        start = ALL_ONES_64 if self.address is None else self.address
        return (f"mmio {start:016x}/{self.size:016x}",)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        self.add("cxl-fixed-memory-region[0]", MemoryRegion(self.size))
