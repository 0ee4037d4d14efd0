"""The guest's balloon driver: which pages it gives back to the host and takes again
(docs/qemu-behaviour/devices.md §13).

Addresses and sizes are in bytes. Linux takes movable memory first and then the highest, and lets go
first what it took last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.guest.memory import MEMORY_BLOCK_BYTES, Span
from hmp.units import MIB, PAGE_SIZE

if TYPE_CHECKING:
    from hmp.guest.guest import Guest
    from hmp.machine.devices.base import Device
    from hmp.machine.devices.virtio_balloon import VirtioBalloon
    from hmp.machine.machine import Machine

USED_BYTES = 16 * MIB
"""What the programs of the simulated guest use: it never goes into the balloon."""


class _Cut(NamedTuple):
    """What is left of spans, and what was cut off their ends."""

    left: list[Span]
    cut: list[Span]


class BalloonDriver:
    """The balloon driver of one guest.

    `_spans` are the pages in the balloon, those taken last at the end. `_is_short`: the driver
    wants more pages than the guest can spare, and tries again when there are some.
    """

    def __init__(self, machine: Machine, guest: Guest) -> None:
        self._machine, self._guest = machine, guest
        self._device: VirtioBalloon | None = None
        self._spans: list[Span] = []
        self._is_short = False

    @property
    def size(self) -> int:
        """Bytes in the balloon."""
        return sum(span.size for span in self._spans)

    @property
    def hidden_size(self) -> int:
        """Bytes that Linux leaves out of MemTotal: those in the balloon, unless it lets them go
        when memory is short.
        """
        return 0 if self._device is None or self._device.deflate_on_oom else self.size

    def spare_size(self) -> int:
        """Return the bytes that nothing in the guest needs."""
        memory = self._guest.memory
        usable = sum(span.size for span in memory.usable_spans())
        return max(usable - memory.kernel_size() - USED_BYTES - self.size, 0)

    def has_work(self) -> bool:
        """Return whether the device asks for something, or is another one than before."""
        device = self._machine.balloon
        if device is None or device is not self._device:
            return device is not self._device
        return (
            device.config_changed
            or device.stats_requested
            or (self._is_short and self.spare_size() >= PAGE_SIZE)
        )

    def run(self) -> None:
        """Do what the device asks for; a driver that has just found it reports its statistics."""
        device = self._machine.balloon
        if device is not self._device:
            self.reset()
            self._device = device
            if device is None:
                return
            device.stats_requested = device.config_changed = True
        assert device is not None
        if device.stats_requested:
            device.report_stats(self._stats())
        if device.config_changed or self._is_short:
            device.config_changed = self._is_short = False
            self._resize(device)

    def _stats(self) -> dict[str, int]:
        """Return what Linux 6.1 reports; nothing is ever swapped or cached."""
        total = self._guest.mem_total()
        free = max(total - USED_BYTES, 0)
        idle = dict.fromkeys(
            (
                "stat-swap-in",
                "stat-swap-out",
                "stat-major-faults",
                "stat-minor-faults",
                "stat-htlb-pgalloc",
                "stat-htlb-pgfail",
                "stat-disk-caches",
            ),
            0,
        )
        return {
            **idle,
            "stat-total-memory": total,
            "stat-free-memory": free,
            "stat-available-memory": free,
        }

    def _resize(self, device: VirtioBalloon) -> None:
        """Take one step towards the target, or all of it where a step takes no time."""
        policy = self._guest.policy
        if policy.refuses_balloon:
            return
        wanted = device.target_pages * PAGE_SIZE
        if policy.max_balloon is not None:
            wanted = min(wanted, policy.max_balloon - policy.max_balloon % PAGE_SIZE)
        missing = wanted - self.size
        step = min(abs(missing), MEMORY_BLOCK_BYTES) if policy.latency else abs(missing)
        if missing < 0:
            self._deflate(step)
        elif missing > 0:
            step = min(step, self.spare_size())
            step -= step % PAGE_SIZE
            self._inflate(device, step)
        if missing:
            device.report_pages(self._machine, self.size // PAGE_SIZE)
        if step and self.size != wanted:
            # The next step takes its time, too.
            device.config_changed = True
        self._is_short = not step and self.size < wanted

    def _inflate(self, device: VirtioBalloon, size: int) -> None:
        free = _subtract(self._guest.memory.usable_spans(), self._spans)
        for span in _cut_from_end(free, size).cut:
            device.give_back(self._machine, span.start, span.size)
            self._spans.append(span)

    def _deflate(self, size: int) -> None:
        self._spans = _cut_from_start(self._spans, size).left

    def release(self, start: int, size: int) -> list[Span]:
        """Return the parts of a range that the guest may use, after taking them out of the balloon
        where it does so when memory is short.
        """
        wanted = Span(start, size)
        device = self._device
        if device is None or not self._spans:
            return [wanted]
        if device.deflate_on_oom:
            before = self.size
            self._spans = _subtract(self._spans, [wanted])
            if self.size != before:
                device.report_pages(self._machine, self.size // PAGE_SIZE)
            return [wanted]
        return _subtract([wanted], self._spans)

    def can_leave(self, start: int, size: int) -> bool:
        """Return whether the pages of a range that are in the balloon can be replaced by others."""
        inside = self.size - sum(span.size for span in _subtract(self._spans, [Span(start, size)]))
        return inside == 0 or self.spare_size() >= size

    def settle(self) -> None:
        """Replace the pages that are in memory that the guest has no more, as far as it can."""
        device = self._device
        if device is None or not self._spans:
            return
        before = self.size
        usable = self._guest.memory.usable_spans()
        gone = _subtract(self._spans, usable)
        if not gone:
            return
        self._spans = _subtract(self._spans, gone)
        missing = min(before - self.size, self.spare_size())
        self._inflate(device, missing - missing % PAGE_SIZE)
        device.report_pages(self._machine, self.size // PAGE_SIZE)

    def on_eject(self, device: Device) -> None:
        """Take all pages back before the balloon leaves."""
        balloon = self._device
        if balloon is not None and balloon.owner is device:
            self._spans.clear()
            balloon.report_pages(self._machine, 0)

    def reset(self) -> None:
        """Forget the balloon: no kernel runs, and the device keeps what was reported last."""
        self._device, self._is_short = None, False
        self._spans.clear()


def _cut_from_end(spans: list[Span], size: int) -> _Cut:
    """Cut `size` bytes off the ends of the last spans."""
    left, cut = list(spans), []
    while size > 0 and left:
        last = left.pop()
        taken = min(size, last.size)
        cut.append(Span(last.end - taken, taken))
        if taken < last.size:
            left.append(Span(last.start, last.size - taken))
        size -= taken
    return _Cut(left, cut)


def _cut_from_start(spans: list[Span], size: int) -> _Cut:
    """Cut `size` bytes off the starts of the last spans: of each the end was taken first."""
    left, cut = list(spans), []
    while size > 0 and left:
        last = left.pop()
        taken = min(size, last.size)
        cut.append(Span(last.start, taken))
        if taken < last.size:
            left.append(Span(last.start + taken, last.size - taken))
        size -= taken
    return _Cut(left, cut)


def _subtract(spans: list[Span], holes: list[Span]) -> list[Span]:
    """Return what is left of spans without the holes, in the same order."""
    for hole in holes:
        spans = [
            part
            for span in spans
            for part in (
                Span(span.start, min(span.end, hole.start) - span.start),
                Span(max(span.start, hole.end), span.end - max(span.start, hole.end)),
            )
            if part.size > 0
        ]
    return spans
