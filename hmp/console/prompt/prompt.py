"""The prompt: puts the plugs together into prompt_toolkit's session, and gives the next line.

Each plug stands in a file of its own; what a line does is not known here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory, ConditionalAutoSuggest, Suggestion
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, to_filter

from hmp.console.context import ConsoleContext
from hmp.console.progress import on_interrupt
from hmp.console.prompt.completer import LineCompleter
from hmp.console.prompt.history import open_history
from hmp.console.prompt.key_bindings import key_bindings
from hmp.console.prompt.lexer import LineLexer
from hmp.console.prompt.style import style_of
from hmp.console.prompt.toolbar import Toolbar
from hmp.machine.machine import Machine
from hmp.monitor import PROMPT

if TYPE_CHECKING:
    from prompt_toolkit.input import Input


REFRESH_SECONDS = 1.0
MENU_ROWS, LINES_BESIDE_MENU, LOWEST_WITH_TOOLBAR = 8, 4, 8


class Prompt:
    """Asks for lines; `queue` takes lines that are to be entered without being asked for.

    `asked` is how many times it asked.
    """

    def __init__(
        self, context: ConsoleContext, topic: Callable[[], str], source: Input | None = None
    ) -> None:
        self._context, self._queue = context, deque[str]()
        self._takes_interrupts = source is None
        self.asked = 0
        self._offered = ""
        settings = context.settings

        def machine() -> Machine:
            return context.machine

        self._lexer = LineLexer(machine)
        self._toolbar = Toolbar(machine, settings, topic)
        self._session: PromptSession[str] = PromptSession(
            input=source,
            output=context.screen.output,
            history=open_history(settings.is_on("history")),
            completer=LineCompleter(machine),
            complete_while_typing=Condition(lambda: settings.is_on("as-you-type")),
            lexer=self._lexer,
            auto_suggest=ConditionalAutoSuggest(
                AutoSuggestFromHistory(), Condition(lambda: settings.is_on("suggestions"))
            ),
            key_bindings=key_bindings(settings, self.queue),
            style=style_of(settings["theme"]),
            editing_mode=EditingMode.VI if settings["editing"] == "vi" else EditingMode.EMACS,
            enable_suspend=True,
            refresh_interval=REFRESH_SECONDS if settings.is_on("toolbar") else 0,
        )
        # The session's own switch for this would turn completion while typing off.
        self._session.default_buffer.enable_history_search = to_filter(True)

    def queue(self, lines: list[str]) -> None:
        """Enter lines one after the other; the last one is only written into the line, and may be
        edited.
        """
        self._queue.extend(lines)

    def forget_queue(self) -> None:
        """Enter no line that was not asked for."""
        self._queue.clear()

    def offer(self, line: str) -> None:
        """Show a line in grey at the next prompt, where the right arrow key takes it as it takes
        other suggestions.
        """
        self._offered = line

    def _show_offer(self) -> None:
        buffer, offered, self._offered = self._session.default_buffer, self._offered, ""
        if offered and not buffer.text and self._context.settings.is_on("suggestions"):
            buffer.suggestion = Suggestion(offered)

    async def next_line(self) -> str:
        """The next line; KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D."""
        self.asked += 1
        draft = self._queue.popleft() if self._queue else ""
        if self._queue:
            return await self._as_if_typed(draft)
        self._fit_to_screen()
        self._context.event_printer.at_prompt = True
        try:
            return str(
                await self._session.prompt_async(
                    PROMPT,
                    default=draft,
                    pre_run=self._show_offer,
                    handle_sigint=self._takes_interrupts,
                )
            )
        finally:
            self._context.event_printer.at_prompt = False

    async def _as_if_typed(self, line: str) -> str:
        """A line that need not be asked for, shown as if it had been typed."""
        with on_interrupt(self.forget_queue):
            await asyncio.sleep(0)  # Whoever else is served has a turn between two lines.
        self._context.screen.show([("", PROMPT), *self._lexer.coloured(line), ("", "\n")])
        if line:
            self._session.history.append_string(line)
        return line

    def _fit_to_screen(self) -> None:
        """On a low screen the menu gets less room, and the toolbar none."""
        rows = self._context.screen.size.rows
        has_toolbar = self._context.settings.is_on("toolbar") and rows >= LOWEST_WITH_TOOLBAR
        self._session.bottom_toolbar = self._toolbar if has_toolbar else None
        self._session.reserve_space_for_menu = max(min(MENU_ROWS, rows - LINES_BESIDE_MENU), 0)
