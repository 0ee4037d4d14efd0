"""The event loop in a thread under served machines: one for all of them, begun when it is first
needed.

Only what happens in the loop may touch a served machine.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")


class LoopThread:
    """A running loop; `run` and `call` carry things out in it and wait for the result."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="hmp", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of a coroutine."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call(self, action: Callable[[], Result]) -> Result:
        """The result of a function."""

        async def work() -> Result:
            return action()

        return self.run(work())


@cache
def loop_thread() -> LoopThread:
    """The one loop of this process."""
    return LoopThread()
