"""A machine whose timers and guest run from an event loop, and waiting for a descriptor in one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from hmp.errors import unexpected_error
from hmp.machine.machine import Machine


class MachineDriver:
    """Drives one machine from the running event loop, until `end`."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        # `call_later` counts on the clock of the loop.
        machine.timers.clock, machine.timers.changed = self._loop.time, self._reschedule

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
