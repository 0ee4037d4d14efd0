"""The keys of a person who presents a lesson that plays (--play --step): Space, b, p and q."""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from prompt_toolkit.input import PipeInput

from hmp.console.terminal import Terminal
from hmp.serve import READ_BYTES
from hmp.serve.event_loop import wait_readable
from hmp.serve.streams import STDIN

KEYS_TEXT = "Space types the next line, b goes a step back, p pauses, q gives you the console"


class Action(Enum):
    """What the presenter wants."""

    NEXT = auto()
    BACK = auto()
    PAUSE = auto()
    FREE = auto()
    END = auto()


ACTIONS = {
    b" ": Action.NEXT,
    b"\r": Action.NEXT,
    b"\n": Action.NEXT,
    b"b": Action.BACK,
    b"p": Action.PAUSE,
    b"q": Action.FREE,
    b"\x04": Action.END,
}


class Presenter:
    """Reads the terminal while a lesson plays; once the console is free (`is_free`), its keys are
    those of the console.
    """

    def __init__(self, terminal: Terminal, keys: PipeInput) -> None:
        self._terminal, self._keys = terminal, keys
        self._actions: asyncio.Queue[Action] = asyncio.Queue()
        self._goes_on = asyncio.Event()
        self._goes_on.set()
        self.is_free = False

    async def read(self) -> None:
        """Read keys until the terminal is gone."""
        while True:
            data = self._terminal.read(READ_BYTES)
            if data is None:
                await wait_readable(STDIN)
            elif not data:
                self._press(Action.END)
                return
            elif self.is_free:
                self._keys.send_bytes(data)
            else:
                for at in range(len(data)):
                    self._press(ACTIONS.get(data[at : at + 1]))

    def _press(self, action: Action | None) -> None:
        if action is Action.PAUSE:
            self._goes_on.clear() if self._goes_on.is_set() else self._goes_on.set()
        elif action is Action.NEXT and not self._goes_on.is_set():
            self._goes_on.set()
        elif action:
            self._goes_on.set()
            self._actions.put_nowait(action)

    async def action(self) -> Action:
        """Wait until the presenter wants something, and return it."""
        return await self._actions.get()

    async def going_on(self) -> None:
        """Wait while the presenter pauses the typing."""
        await self._goes_on.wait()

    def free(self) -> None:
        """Give the console to the person."""
        self.is_free = True
