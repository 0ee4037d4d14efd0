"""The event loop of all served machines, in a thread that starts when it is first needed.

Only code that runs in the loop may touch a served machine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")


class LoopThread:
    """An event loop that runs in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        # A daemon, since the loop never ends and must not keep the process alive.
        threading.Thread(target=self._loop.run_forever, name="hmp", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine in the loop, wait for it and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call(self, action: Callable[[], Result]) -> Result:
        """Call a function in the loop, wait for it and return its result."""

        async def work() -> Result:
            return action()

        return self.run(work())


@cache
def loop_thread() -> LoopThread:
    """Return the one loop of this process."""
    return LoopThread()
