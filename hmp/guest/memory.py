"""The guest's view of its memory: blocks of 128 MiB with their states, and MemTotal
(docs/qemu-behaviour/qmp.md §B3).

Only what Linux would show is kept here; when memory comes and goes is decided elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import StateError
from hmp.guest.policy import KERNEL, MOVABLE, OFFLINE

if TYPE_CHECKING:
    from hmp.machine.devices.memory_device import MemoryDevice
    from hmp.machine.machine import Machine

BLOCK = 128 << 20
FOUR_GIB = 4 << 30
# The kernel's own share: a fixed part, and a part of every page, fitted to the recorded MemTotal of
# 256 and 512 MiB.
KERNEL_FIXED, KERNEL_SHARE = 100336 << 10, (4480, 262144)


class NoMemoryBlockError(StateError):
    """The guest has no memory block of that number, and no device of that id whose blocks it
    sees.
    """

    parameter = "memory"

    def __init__(self, name: str) -> None:
        super().__init__(f"the guest has no memory block or device '{name}'")
        self.name = name


class MemoryBlockError(StateError):
    """A memory block that can't go offline, or is online already."""

    parameter = "memory"

    def __init__(self, block: int, message: str) -> None:
        super().__init__(message)
        self.block = block


class BlockRun(NamedTuple):
    """Neighbouring blocks that are alike: numbers from `first` to `last`, `size` bytes, and whose
    memory it is.

    `device` is the id of a memory device, empty for the machine's own memory; `state` is online or
    offline.
    """

    first: int
    last: int
    device: str
    node: int
    state: str
    zone: str
    size: int


class _Area:
    """Memory of one device (None: the machine's own): its blocks by number and how each is used."""

    def __init__(
        self, device: MemoryDevice | None, start: int, size: int, node: int, use: str
    ) -> None:
        self.device, self.start, self.size, self.node = device, start, size, node
        self.uses = dict.fromkeys(range(start // BLOCK, -(-(start + size) // BLOCK)), use)

    def bytes_of(self, block: int) -> int:
        """How much of a block is memory."""
        return min((block + 1) * BLOCK, self.start + self.size) - max(block * BLOCK, self.start)


class GuestMemory:
    """The blocks of one guest."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._areas: list[_Area] = []

    def find_present(self) -> None:
        """What a booting kernel finds: its own memory in use, memory of plugged DIMMs offline."""
        layout = self._machine.layout
        own = (
            (0, layout.low or self._machine.memory_config.size),
            (layout.high_start, layout.high),
        )
        self._areas = [_Area(None, start, size, 0, KERNEL) for start, size in own if size]
        for device in self._machine.memory_devices:
            self._take_in(device, OFFLINE)

    def add(self, device: MemoryDevice) -> None:
        """Take a plugged DIMM into use as the policy says; one that is no whole number of blocks
        can't be added.
        """
        if not any(area.device is device for area in self._areas):
            self._take_in(device, self._machine.guest.policy.online)

    def _take_in(self, device: MemoryDevice, use: str) -> None:
        if device.label == "dimm" and not (device.addr % BLOCK or device.region_size % BLOCK):
            self._areas.append(
                _Area(device, device.addr, device.region_size, device.guest_node, use)
            )

    def remove(self, device: MemoryDevice) -> None:
        """Forget the blocks of a DIMM."""
        self._areas = [area for area in self._areas if area.device is not device]

    def forget(self) -> None:
        """There is no kernel that would see any memory."""
        self._areas.clear()

    def can_release(self, device: MemoryDevice) -> bool:
        """Whether no block of a DIMM holds what can't be moved."""
        return not any(
            KERNEL in area.uses.values() for area in self._areas if area.device is device
        )

    def use(self, name: str, wanted: str) -> None:
        """Put a block (by number) or a device's blocks (by id) online as `movable` or `kernel`, or
        `offline`.

        StateError when there is no such memory, or it can't go offline; nothing is changed then.
        """
        found = [
            (area, block)
            for area in self._areas
            for block in area.uses
            if name == (area.device.owner.identifier if area.device else None) or name == str(block)
        ]
        if not found:
            raise NoMemoryBlockError(name)
        for area, block in found:
            if wanted == OFFLINE and area.uses[block] == KERNEL:
                raise MemoryBlockError(block, f"memory{block}: Offline failed.")
            if wanted != OFFLINE and area.uses[block] not in (OFFLINE, wanted):
                raise MemoryBlockError(block, f"memory{block} is online already")
        for area, block in found:
            area.uses[block] = wanted

    def total(self) -> int:
        """MemTotal in bytes: what is online, without the kernel's own share of the machine's
        memory.
        """
        own = sum(area.size for area in self._areas if area.device is None)
        online = sum(run.size for run in self.runs() if run.state == "online" and run.device)
        share, of = KERNEL_SHARE
        return max(own - KERNEL_FIXED - own * share // of, 0) + online

    def runs(self) -> list[BlockRun]:
        """All blocks by address, alike neighbours together."""
        areas = [*self._areas, *self._taken_by_drivers()]
        found: list[BlockRun] = []
        for area in sorted(areas, key=lambda area: area.start):
            for block in area.uses:
                _append(found, _single(area, block))
        return found

    def _taken_by_drivers(self) -> list[_Area]:
        """What the drivers of virtio-mem devices hold."""
        if not self._areas:
            return []
        use = self._machine.guest.policy.online
        return [
            _Area(device, device.addr, device.plugged_size, device.guest_node, use)
            for device in self._machine.memory_devices
            if device.label == "virtio-mem" and device.plugged_size
        ]


def _single(area: _Area, block: int) -> BlockRun:
    use = area.uses[block]
    zone = {MOVABLE: "Movable", KERNEL: "Normal" if block * BLOCK >= FOUR_GIB else "DMA32"}.get(
        use, ""
    )
    device = area.device.owner.identifier or area.device.owner.path if area.device else ""
    return BlockRun(
        block,
        block,
        device,
        area.node,
        OFFLINE if use == OFFLINE else "online",
        zone,
        area.bytes_of(block),
    )


def _append(runs: list[BlockRun], single: BlockRun) -> None:
    last = runs[-1] if runs else None
    if last and last.last + 1 == single.first and last[2:6] == single[2:6]:
        runs[-1] = last._replace(last=single.last, size=last.size + single.size)
    else:
        runs.append(single)
