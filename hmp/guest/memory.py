"""The guest's view of its memory: memory blocks with their states, and MemTotal
(docs/qemu-behaviour/qmp.md §B3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.guest.policy import KERNEL, MOVABLE, OFFLINE
from hmp.record import Record
from hmp.units import GIB, KIB, MIB

if TYPE_CHECKING:
    from hmp.machine.devices.memory_device import MemoryDevice
    from hmp.machine.machine import Machine

MEMORY_BLOCK_BYTES = 128 * MIB
"""What Linux on x86 puts online or takes offline at once."""
NOT_ADDED = f"plugged; Linux adds whole {MEMORY_BLOCK_BYTES // MIB} MiB blocks only"
"""What became of a DIMM that the guest has no use for."""
# Linux on x86-64: below is zone DMA32.
NORMAL_ZONE_START = 4 * GIB
# What the kernel keeps of its boot memory: a fixed part, and 4480 of 262144 bytes for its page
# descriptors, fitted to the MemTotal of recorded guests with 256 and 512 MiB.
KERNEL_FIXED_BYTES = 100336 * KIB
KERNEL_SHARE = (4480, 262144)


class NoMemoryBlockError(StateError):
    """The guest has no memory block of that number, nor one of a device of that id."""

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


def is_addable(start: int, size: int) -> bool:
    """Return whether Linux can add memory: a whole number of blocks (docs/qemu-behaviour/qmp.md
    §B3).
    """
    return not (start % MEMORY_BLOCK_BYTES or size % MEMORY_BLOCK_BYTES)


class Span(Record):
    """Guest-physical memory: its address, and bytes."""

    start: int
    size: int

    @property
    def end(self) -> int:
        """First address past the memory."""
        return self.start + self.size


class BlockRun(Record):
    """A run of equal memory blocks, by number from `first` to `last`, with `size` bytes of memory.

    `device` is the id of a memory device, or its path if it has none, and empty for boot memory;
    `state` is online or offline, and `zone` is empty for what is offline.
    """

    first: int
    last: int
    device: str
    node: int
    state: str
    zone: str
    size: int

    @property
    def use(self) -> tuple[str, int, str, str]:
        """What the blocks of a run have in common."""
        return self.device, self.node, self.state, self.zone


class _GuestArea:
    """The memory of one device (None: boot memory), and how the guest uses each of its blocks.

    `start` is a guest-physical address, `size` in bytes.
    """

    def __init__(
        self, device: MemoryDevice | None, start: int, size: int, node: int, use: str
    ) -> None:
        self.device, self.start, self.size, self.node = device, start, size, node
        end = start + size
        blocks = range(start // MEMORY_BLOCK_BYTES, -(-end // MEMORY_BLOCK_BYTES))
        self.block_uses = dict.fromkeys(blocks, use)

    def span_of(self, block: int) -> Span:
        """Return the part of a block that is memory of this area."""
        start = max(block * MEMORY_BLOCK_BYTES, self.start)
        end = min((block + 1) * MEMORY_BLOCK_BYTES, self.start + self.size)
        return Span(start, end - start)

    def used_spans(self, use: str) -> list[Span]:
        """Return the blocks with a use, neighbours as one."""
        found: list[Span] = []
        for block, present in self.block_uses.items():
            if present != use:
                continue
            span = self.span_of(block)
            if found and found[-1].end == span.start:
                before = found.pop()
                span = Span(before.start, before.size + span.size)
            found.append(span)
        return found


class GuestMemory:
    """The memory blocks of one guest."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._areas: list[_GuestArea] = []

    def find_boot_memory(self) -> None:
        """Add what a booting kernel finds: boot memory online, memory of plugged DIMMs offline."""
        layout = self._machine.layout
        ranges = (
            (0, layout.low or self._machine.memory_config.size),
            (layout.high_start, layout.high),
        )
        self._areas = [_GuestArea(None, start, size, 0, KERNEL) for start, size in ranges if size]
        for device in self._machine.memory_devices:
            self._add_area(device, OFFLINE)

    def add(self, device: MemoryDevice) -> None:
        """Add a plugged DIMM and use it as the policy says."""
        # A DIMM that was found at boot may still have its insertion pending
        # (docs/qemu-behaviour/qmp.md §B1).
        if not any(area.device is device for area in self._areas):
            self._add_area(device, self._machine.guest.policy.online)

    def _add_area(self, device: MemoryDevice, use: str) -> None:
        start, size = device.addr, device.region_size
        # An nvdimm or virtio-pmem is no System RAM, and a virtio-mem adds its own.
        if device.label == "dimm" and is_addable(start, size):
            self._areas.append(_GuestArea(device, start, size, device.guest_node, use))

    def remove(self, device: MemoryDevice) -> None:
        """Remove the blocks of a DIMM."""
        self._areas = [area for area in self._areas if area.device is not device]

    def clear(self) -> None:
        """Remove all blocks: no kernel runs."""
        self._areas.clear()

    def can_release(self, device: MemoryDevice) -> bool:
        """Return whether no block of a DIMM holds unmovable kernel memory."""
        return not any(
            KERNEL in area.block_uses.values() for area in self._areas if area.device is device
        )

    def change_use(self, name: str, use: str) -> None:
        """Put a block (by number) or a device's blocks (by id) online as `movable` or `kernel`, or
        take them `offline`.

        Raises:
            NoMemoryBlockError: There is no such block or device.
            MemoryBlockError: One of the blocks can't change; none of them does then.
        """
        found = [
            (area, block)
            for area in self._areas
            for block in area.block_uses
            if name == (area.device.owner.identifier if area.device else None) or name == str(block)
        ]
        if not found:
            raise NoMemoryBlockError(name)
        # All are checked first, so that none changes when one can't.
        for area, block in found:
            if use == OFFLINE and area.block_uses[block] == KERNEL:
                raise MemoryBlockError(block, f"memory{block}: Offline failed.")
            if use != OFFLINE and area.block_uses[block] not in (OFFLINE, use):
                raise MemoryBlockError(block, f"memory{block} is online already")
        for area, block in found:
            area.block_uses[block] = use

    def uses(self, device: MemoryDevice) -> set[str]:
        """Return the uses of a device's blocks; empty when the guest has no memory of it."""
        return {
            use for area in self._areas if area.device is device for use in area.block_uses.values()
        }

    def is_left_out(self, device: MemoryDevice) -> bool:
        """Return whether Linux was offered a DIMM that it can't add."""
        is_whole = is_addable(device.addr, device.region_size)
        return device.label == "dimm" and bool(self._areas) and not is_whole

    def mem_total(self) -> int:
        """Return MemTotal in bytes: boot memory without the kernel's share, and what is online."""
        online = sum(run.size for run in self.block_runs() if run.state == "online" and run.device)
        return self._boot_size() - self.kernel_size() + online

    def _boot_size(self) -> int:
        return sum(area.size for area in self._areas if area.device is None)

    def kernel_size(self) -> int:
        """Return the bytes that the kernel keeps of its boot memory."""
        boot, (share, of) = self._boot_size(), KERNEL_SHARE
        return min(KERNEL_FIXED_BYTES + boot * share // of, boot)

    def usable_spans(self) -> list[Span]:
        """Return the online memory in the order in which Linux takes it, from the last on: movable
        memory before other, high before low.
        """
        areas = sorted([*self._areas, *self._virtio_mem_areas()], key=lambda area: area.start)
        return [
            span for use in (KERNEL, MOVABLE) for area in areas for span in area.used_spans(use)
        ]

    def block_runs(self) -> list[BlockRun]:
        """Return all blocks by address, equal neighbours as one run."""
        areas = sorted([*self._areas, *self._virtio_mem_areas()], key=lambda area: area.start)
        runs: list[BlockRun] = []
        for area in areas:
            for block in area.block_uses:
                _append_block(runs, _describe_block(area, block))
        return runs

    def _virtio_mem_areas(self) -> list[_GuestArea]:
        """Return the memory that virtio-mem drivers plugged; none before the kernel runs."""
        if not self._areas:
            return []
        use = self._machine.guest.policy.online
        return [
            _GuestArea(device, device.addr, device.plugged_size, device.guest_node, use)
            for device in self._machine.memory_devices
            if device.label == "virtio-mem" and device.plugged_size
        ]


def _describe_block(area: _GuestArea, block: int) -> BlockRun:
    use, zone = area.block_uses[block], ""
    if use == MOVABLE:
        zone = "Movable"
    elif use == KERNEL:
        zone = "Normal" if block * MEMORY_BLOCK_BYTES >= NORMAL_ZONE_START else "DMA32"
    device = area.device.owner.identifier or area.device.owner.path if area.device else ""
    state = OFFLINE if use == OFFLINE else "online"
    return BlockRun(block, block, device, area.node, state, zone, area.span_of(block).size)


def _append_block(runs: list[BlockRun], block: BlockRun) -> None:
    """Append a run of one block, or extend the last run if it is equal and adjacent."""
    last = runs[-1] if runs else None
    if last and last.last + 1 == block.first and last.use == block.use:
        runs[-1] = last.replace(last=block.last, size=last.size + block.size)
    else:
        runs.append(block)
