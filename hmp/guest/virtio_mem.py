"""The guest's virtio-mem driver: how it plugs and unplugs memory until a device has its requested
size (docs/qemu-behaviour/qmp.md §B2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.guest.memory import MEMORY_BLOCK_BYTES
from hmp.machine.memory import host
from hmp.units import MIB, PAGE_SIZE, round_up

if TYPE_CHECKING:
    from hmp.guest.balloon import BalloonDriver
    from hmp.machine.devices.virtio_mem import VirtioMem
    from hmp.machine.machine import Machine

HOST_RESERVE_BYTES = 256 * MIB
"""Memory that is left to the host: the driver stops growing before the host has to kill."""


def resize_to_request(
    machine: Machine, device: VirtioMem, limit: int | None, balloon: BalloonDriver
) -> None:
    """Plug or unplug memory until the device has its requested size, at most `limit` bytes.

    Memory is plugged up to the next border of a memory block at a time. It is unplugged in whole
    memory blocks, and in single device blocks where a part of a memory block stays; with pages in
    the balloon, no more than the guest can spare, since they stay there.
    """
    # device_add accepts a requested size above that of the backend
    # (docs/qemu-behaviour/devices.md §6), and `limit` may end within a block.
    target = min(device.requested_size, device.backend.size)
    if limit is not None:
        target = min(target, limit)
    target -= target % device.block_size
    if device.plugged_size < target:
        _grow(machine, device, target)
    if balloon.size and device.plugged_size > target:
        kept = max(device.plugged_size - balloon.spare_size(), 0)
        target = max(target, round_up(kept, device.block_size))
    while device.plugged_size > target:
        if not device.resize(machine, _next_smaller_size(device, target)):
            return


def _grow(machine: Machine, device: VirtioMem, target: int) -> None:
    """Plug a memory block at a time, and single device blocks once the host denies that."""
    single = False
    while device.plugged_size < target:
        step = (
            device.block_size
            if single
            else min(target, _size_at_block_border(device)) - device.plugged_size
        )
        step = min(step, _available_bytes(device))
        if step and device.resize(machine, device.plugged_size + step):
            continue
        if single or not step:
            return
        single = True


def _memory_block(device: VirtioMem) -> int:
    """Return the bytes that the guest puts online or takes offline at once."""
    return max(MEMORY_BLOCK_BYTES, device.block_size)


def _size_at_block_border(device: VirtioMem) -> int:
    """Return the next larger size at which the memory ends with a memory block of the guest."""
    end = device.addr + device.plugged_size
    return round_up(end + 1, _memory_block(device)) - device.addr


def _next_smaller_size(device: VirtioMem, target: int) -> int:
    end, memory_block = device.addr + device.plugged_size, _memory_block(device)
    if end % memory_block == 0 and device.plugged_size - memory_block >= target:
        return device.plugged_size - memory_block
    return max(device.plugged_size - device.block_size, target)


def _available_bytes(device: VirtioMem) -> int:
    """Return the bytes, in whole device blocks, that can be plugged without exhausting the host."""
    memory = device.backend.mapping
    assert memory is not None
    if memory.page_size > PAGE_SIZE:  # Huge pages come from a pool of their own.
        return device.backend.size
    free = max(host.available_memory() - HOST_RESERVE_BYTES, 0)
    return free - free % device.block_size
