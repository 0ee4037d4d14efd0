"""The virtio-mem driver of the simulated guest: how it takes memory and gives it back
(docs/qemu-behaviour/qmp.md §B2).

It sees a device's requested size and asks the device for blocks; what a block costs the host is the
device's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.memory import mapping
from hmp.units import round_up

if TYPE_CHECKING:
    from hmp.machine.devices.virtio_mem import VirtioMem
    from hmp.machine.machine import Machine

MEMORY_BLOCK = 128 << 20
LEFT_TO_HOST = 256 << 20


def follow_request(machine: Machine, device: VirtioMem, most: int | None) -> None:
    """Take or give back memory until the device's size is what was requested, as far as the guest
    wants and can.

    Growing goes up to the border of a memory block at a time; shrinking takes whole memory blocks
    offline, and device blocks one by one where a part of a memory block stays. `most` bytes is what
    the guest takes at most.
    """
    target = min(device.requested_size, device.backend.size)
    if most is not None:
        target = min(target, most)
    target -= target % device.block_size
    if device.plugged_size < target:
        _grow(machine, device, target)
    while device.plugged_size > target:
        if not device.resize(machine, _shrunk(device, target)):
            return


def _grow(machine: Machine, device: VirtioMem, target: int) -> None:
    """Up to the border of a memory block at a time; where the host refuses that, as many single
    blocks as it gives.
    """
    single = False
    while device.plugged_size < target:
        step = (
            device.block_size if single else min(target, _next_border(device)) - device.plugged_size
        )
        step = min(step, _affordable(device))
        if step and device.resize(machine, device.plugged_size + step):
            continue
        if single or not step:
            return
        single = True


def _memory_block(device: VirtioMem) -> int:
    """Bytes that the guest puts online or takes offline at once."""
    return max(MEMORY_BLOCK, device.block_size)


def _next_border(device: VirtioMem) -> int:
    """The size at which the device's memory ends with the next memory block of the guest."""
    end = device.addr + device.plugged_size
    return round_up(end + 1, _memory_block(device)) - device.addr


def _shrunk(device: VirtioMem, target: int) -> int:
    """The size after the next step down."""
    end, memory_block = device.addr + device.plugged_size, _memory_block(device)
    if end % memory_block == 0 and device.plugged_size - memory_block >= target:
        return device.plugged_size - memory_block
    return max(device.plugged_size - device.block_size, target)


def _affordable(device: VirtioMem) -> int:
    """Bytes, in whole blocks, that the host can give without running out of memory; huge pages have
    their pool.
    """
    memory = device.backend.mapping
    assert memory is not None
    if memory.page_size > mapping.PAGE_SIZE:
        return device.backend.size
    room = max(mapping.mem_available() - LEFT_TO_HOST, 0)
    return room - room % device.block_size
