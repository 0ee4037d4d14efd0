"""A machine whose timers and guest run from an event loop, and waiting for descriptors in one."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from select import PIPE_BUF
from typing import Any

from hmp.errors import unexpected_error
from hmp.machine.machine import Machine
from hmp.serve.streams import takes_output


class MachineDriver:
    """Drives one machine from the running event loop, until `end`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        # `call_later` counts on the clock of the loop.
        machine.timers.clock, machine.timers.changed = self._loop.time, self._reschedule
        # A script may have set some before.
        self._reschedule()

    def run_guest(self) -> bool:
        """Run what is due and the guest; return whether the machine has ended."""
        self.machine.run_guest()
        return self.machine.run_state.ended

    def end(self) -> None:
        """Run nothing any more."""
        if self._timer:
            self._timer.cancel()
        self.machine.timers.changed = lambda: None

    def _reschedule(self) -> None:
        """Wake up when the machine's next timer is due."""
        if self._timer:
            self._timer.cancel()
        wait = self.machine.timers.time_to_next()
        self._timer = None if wait is None else self._loop.call_later(wait, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.run_guest()
        self._reschedule()


class DescriptorWriter:
    """Writes to a descriptor in order, from the running event loop, which it never holds up.

    `on_blocked` is called with True when the descriptor takes no more, with False when it has taken
    everything. Once it can't be written, `error` is why, and everything is dropped.
    """

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.pending = descriptor, bytearray()
        self.error: OSError | None = None
        self.on_blocked: Callable[[bool], object] = bool  # It ignores the argument.
        self._loop = asyncio.get_running_loop()
        self._is_drained = asyncio.Event()
        self._is_drained.set()

    def write(self, data: bytes) -> None:
        """Write what the descriptor takes now, and the rest when it takes that."""
        if self.error is None:
            self.pending += data
            self.write_pending()

    def write_pending(self) -> None:
        """Write what the descriptor takes now."""
        try:
            # It may be a blocking one, which others have, too: a pipe that takes anything takes so
            # much at once.
            while self.pending and takes_output(self.descriptor, 0):
                del self.pending[: os.write(self.descriptor, self.pending[:PIPE_BUF])]
        except BlockingIOError:
            pass
        except OSError as error:
            self.error = error
            self.pending.clear()
        self._watch()

    def _watch(self) -> None:
        blocked = bool(self.pending)
        if blocked != self._is_drained.is_set():
            return
        if blocked:
            self._is_drained.clear()
            self._loop.add_writer(self.descriptor, self.write_pending)
        else:
            self._is_drained.set()
            self._loop.remove_writer(self.descriptor)
        self.on_blocked(blocked)

    async def drained(self) -> None:
        """Wait until everything is written or dropped."""
        await self._is_drained.wait()

    def close(self) -> None:
        """Drop what is left."""
        self.pending.clear()
        self._watch()


async def wait_readable(descriptor: int) -> None:
    """Wait until a descriptor can be read; a regular file always can."""
    loop = asyncio.get_running_loop()
    await _wait(loop.add_reader, loop.remove_reader, descriptor)


async def wait_writable(descriptor: int) -> None:
    """Wait until a descriptor can be written; a regular file always can."""
    loop = asyncio.get_running_loop()
    await _wait(loop.add_writer, loop.remove_writer, descriptor)


async def _wait(
    watch: Callable[[int, Callable[[], None]], None],
    unwatch: Callable[[int], object],
    descriptor: int,
) -> None:
    ready = asyncio.Event()
    try:
        watch(descriptor, ready.set)
    except PermissionError:  # From epoll, for a regular file.
        return
    try:
        await ready.wait()
    finally:
        unwatch(descriptor)


def report_exceptions(to_stderr: Callable[..., None]) -> None:
    """Report an exception in a callback of the running loop in one line, without a traceback."""

    def report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            to_stderr(unexpected_error(error).message)

    asyncio.get_running_loop().set_exception_handler(report)
