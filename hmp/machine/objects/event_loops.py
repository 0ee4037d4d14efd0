"""iothread and main-loop: event loops, which nothing here runs in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.objects.base import MachineObject, Ranged

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class ThreadPoolError(StateError):
    """The pool would have no threads, or a minimum above its maximum."""

    parameter = "thread-pool-max"

    def __init__(self) -> None:
        super().__init__("bad thread-pool-min/thread-pool-max values")


class EventLoop(MachineObject):
    """What event loops have in common."""

    type_name = "event-loop-base"
    ancestors: ClassVar[tuple[str, ...]] = ("event-loop-base",)
    aio_max_batch = Ranged(0)
    thread_pool_min = Ranged(0)
    thread_pool_max = Ranged(64)

    @thread_pool_min.setter
    def _set_thread_pool_min(self, value: int) -> None:
        self._set_pool(value, self.thread_pool_max)

    @thread_pool_max.setter
    def _set_thread_pool_max(self, value: int) -> None:
        self._set_pool(self.thread_pool_min, value)

    def _set_pool(self, least: int, most: int) -> None:
        # Both may still change before the object is complete.
        if self.parent is not None:
            _check_pool(least, most)
        self.thread_pool_min, self.thread_pool_max = least, most

    def complete(self) -> None:
        _check_pool(self.thread_pool_min, self.thread_pool_max)


def _check_pool(least: int, most: int) -> None:
    if not 0 <= least <= most < 1 << 31 or not most:
        raise ThreadPoolError


class IoThread(EventLoop):
    """iothread: a thread for the I/O of devices."""

    type_name = "iothread"
    poll_max_ns = Ranged(32768)
    poll_grow = Ranged(2)
    poll_shrink = Ranged(2)
    poll_weight = Ranged(3, 0, 63)

    def info(self) -> dict[str, int]:
        """Return what queries show. There is no thread but that of the process."""
        return {
            "thread-id": os.getpid(),
            "poll-max-ns": self.poll_max_ns,
            "poll-grow": self.poll_grow,
            "poll-shrink": self.poll_shrink,
            "poll-weight": self.poll_weight,
            "aio-max-batch": self.aio_max_batch,
        }


class MainLoop(EventLoop):
    """main-loop: the settings of the process's own event loop."""

    type_name = "main-loop"

    def complete(self) -> None:
        super().complete()
        others = self.machine.objects.children.values()
        if any(isinstance(other, MainLoop) and other is not self for other in others):
            raise StateError("only one main-loop instance allowed")

    def check_deletable(self) -> None:
        raise StateError(f"Deleting main loop '{self.name}' is not supported")


def io_threads(machine: Machine) -> list[IoThread]:
    """Return the I/O threads in the order of QEMU's hash table."""
    return [item for item in machine.objects.visited() if isinstance(item, IoThread)]
