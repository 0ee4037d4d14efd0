"""Have a line edited on the terminal, under the console's own handling of signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.key_binding import KeyPress
from prompt_toolkit.keys import Keys

from hmp.console.terminal import Terminal


async def edit_line(
    session: PromptSession[str], terminal: Terminal, message: str, **options: Any
) -> str:
    """Return a line; raise KeyboardInterrupt on Ctrl-C, EOFError on Ctrl-D."""
    with handling_signals(session.app, terminal):
        # prompt_toolkit's own handlers would be there only while it runs, and its handler of
        # exceptions would wait for a key.
        return await session.prompt_async(
            message, handle_sigint=False, set_exception_handler=False, **options
        )


@contextmanager
def handling_signals(app: Application[Any], terminal: Terminal) -> Iterator[None]:
    """Have the terminal's signals act on a prompt, from the event loop."""

    def later(call: Callable[[], object]) -> bool:
        # Both are set while the prompt is there.
        if app.loop is None or app.context is None:
            return False
        app.loop.call_soon_threadsafe(call, context=app.context.copy())
        return True

    def run_above_prompt(function: Callable[[], None]) -> None:
        if not later(lambda: run_in_terminal(function)):
            function()

    def press_ctrl_c() -> None:
        # It is for an editor that has the terminal.
        if terminal.is_lent:
            return
        # Another key may have been quicker, such as Enter. prompt_toolkit's own key for a signal
        # would leave a search without its end, and the next prompt in it.
        if app.is_running and not app.is_done:
            app.key_processor.feed(KeyPress(Keys.ControlC))
            app.key_processor.process_keys()

    terminal.run_above_prompt = run_above_prompt
    try:
        with terminal.interrupts.calling(lambda: later(press_ctrl_c)):
            yield
    finally:
        terminal.run_above_prompt = None
