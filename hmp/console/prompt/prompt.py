"""Read lines: prompt_toolkit's session with the console's completer, lexer, toolbar, keys and
history.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.auto_suggest import ConditionalAutoSuggest, Suggestion
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, to_filter
from prompt_toolkit.input.typeahead import clear_typeahead, get_typeahead, store_typeahead
from prompt_toolkit.keys import Keys
from prompt_toolkit.shortcuts import CompleteStyle

from hmp.console.context import ConsoleContext
from hmp.console.prompt.characters import draw_visibly
from hmp.console.prompt.completer import HmpCompleter
from hmp.console.prompt.editing import edit_line
from hmp.console.prompt.editor import EditorError, edit_text
from hmp.console.prompt.history import open_history
from hmp.console.prompt.history_suggestion import HistorySuggestion
from hmp.console.prompt.key_bindings import enter_lines, key_bindings, refusal_bindings
from hmp.console.prompt.keys import key_lines
from hmp.console.prompt.lexer import HmpLexer
from hmp.console.prompt.secret_mask import SecretMask
from hmp.console.prompt.style import theme_style
from hmp.console.prompt.toolbar import Toolbar
from hmp.console.prompt.wrapped_suggestion import WrappedSuggestion
from hmp.console.secret_lines import masked
from hmp.console.terminal import Terminal
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.machine.machine import Machine

if TYPE_CHECKING:
    from prompt_toolkit.input import Input


# The status line changes without a key: the guest acts, and memory becomes resident.
REFRESH_INTERVAL_S = 1.0
# Rows of the completion menu, rows that other things need, rows below which there is no toolbar.
MENU_ROWS, OTHER_ROWS, MIN_ROWS_FOR_TOOLBAR = 8, 4, 8


class Prompt:
    """Reads lines; keys come from the terminal, or from `source`.

    `prompt_count` is the number of lines that were asked for. `topic` returns more for the
    toolbar's status line.
    """

    def __init__(
        self,
        context: ConsoleContext,
        terminal: Terminal,
        topic: Callable[[], str],
        source: Input | None = None,
    ) -> None:
        draw_visibly(context.settings.is_enabled("ascii"))
        self._context, self._terminal, self._pending = context, terminal, deque[str]()
        self._source, self._was_interrupted = source, False
        self.prompt_count = 0
        self._suggested_line = ""
        settings = context.settings

        # Asked for at every use, since a lesson attaches a machine of its own.
        def machine() -> Machine:
            return context.machine

        def known() -> CommandSet[CommandInfo]:
            return context.commands

        self._lexer = HmpLexer(machine, known)
        is_recorded = context.output.is_recorded
        self._toolbar = Toolbar(machine, known, settings, topic, hides_secrets=is_recorded)
        self._history = open_history(settings.is_enabled("history"))
        self._session: PromptSession[str] = PromptSession(
            input=source,
            output=context.output.terminal,
            history=self._history,
            completer=HmpCompleter(machine, known),
            complete_while_typing=Condition(lambda: settings.is_enabled("as-you-type")),
            lexer=self._lexer,
            input_processors=[*([SecretMask()] if is_recorded else []), WrappedSuggestion(context)],
            auto_suggest=ConditionalAutoSuggest(
                HistorySuggestion(context, self._history),
                Condition(lambda: settings.is_enabled("suggestions")),
            ),
            key_bindings=key_bindings(settings, self, has_menu=not context.output.in_words),
            style=theme_style(settings["theme"]),
            editing_mode=EditingMode.VI if settings["editing"] == "vi" else EditingMode.EMACS,
            enable_suspend=True,
            # A menu is drawn anew at every key.
            complete_style=(
                CompleteStyle.READLINE_LIKE if context.output.in_words else CompleteStyle.COLUMN
            ),
            refresh_interval=REFRESH_INTERVAL_S if settings.is_enabled("toolbar") else 0,
        )
        # PromptSession(enable_history_search=True) would switch complete_while_typing off.
        self._session.default_buffer.enable_history_search = to_filter(True)

    def enqueue(self, lines: list[str]) -> None:
        """Enter lines one after the other; the last one is only inserted, and may be edited."""
        self._pending.extend(lines)

    def show_keys(self) -> None:
        """Print a list of the keys, above the prompt."""
        output = self._context.output
        output.show([("", "".join(f"{line}\n" for line in key_lines(output.size.columns)))])

    async def edit(self, buffer: Buffer) -> None:
        """Have the user edit the line in an editor; of several lines all but the last are entered,
        as if they had been pasted.
        """
        async with in_terminal():
            try:
                with self._terminal.lent():
                    text = await edit_text(buffer.text)
            except EditorError as error:
                self._context.output.note(error.message, "class:error")
                return
        buffer.text = ""
        enter_lines(buffer, text.split("\n"), self.enqueue)

    def show_line(self, line: str) -> None:
        """Show a line as if it had been typed at the prompt."""
        shown = masked(line) if self._context.output.is_recorded else line
        self._context.output.show(
            [("", self._context.monitor.prompt), *self._lexer.styled(shown), ("", "\n")]
        )

    def interrupt(self) -> None:
        """Drop the enqueued lines, and what was typed for later prompts."""
        self._was_interrupted = True
        self._pending.clear()
        clear_typeahead(self._session.input)

    def was_interrupted(self) -> bool:
        """Return whether Ctrl-C came since the present line was asked for.

        Up to the moment at which the line was taken from the terminal, it came as a key.
        """
        keys = self._session.input
        typed = [*get_typeahead(keys), *keys.read_keys()]
        last = max((at for at, press in enumerate(typed) if press.key == Keys.ControlC), default=-1)
        if last >= 0:
            self.interrupt()
        store_typeahead(keys, typed[last + 1 :])
        return self._was_interrupted

    def mark_refused(self, line: str) -> None:
        """Note that the machine refused a line, so that the history does not suggest it."""
        self._history.mark_refused(line)

    def discard_pending(self) -> None:
        """Drop the enqueued lines."""
        self._pending.clear()

    def suggest(self, line: str) -> None:
        """Show a line in grey at the next prompt; the right arrow key accepts it."""
        self._suggested_line = line

    def _show_suggestion(self) -> None:
        buffer, line, self._suggested_line = self._session.default_buffer, self._suggested_line, ""
        if line and not buffer.text and self._context.settings.is_enabled("suggestions"):
            buffer.suggestion = Suggestion(line)

    async def next_line(self) -> str:
        """Return the next line; raise KeyboardInterrupt on Ctrl-C, EOFError on Ctrl-D."""
        self.prompt_count += 1
        self._report_troubles()
        self._was_interrupted = False
        draft = self._pending.popleft() if self._pending else ""
        if self._pending:
            return await self._replay(draft)
        self._fit_to_screen()
        self._context.event_printer.at_prompt = True
        try:
            return await edit_line(
                self._session,
                self._terminal,
                self._context.monitor.prompt,
                default=draft,
                # The session resets its buffer, with the suggestion, before it calls this.
                pre_run=self._show_suggestion,
            )
        finally:
            self._context.event_printer.at_prompt = False

    async def confirm(self, question: str, agreement: str = "") -> bool:
        """Ask a question; return whether the answer is `agreement`: by default, Enter alone."""
        self.prompt_count += 1
        session: PromptSession[str] = PromptSession(
            input=self._source,
            output=self._context.output.terminal,
            key_bindings=refusal_bindings(),
            style=theme_style(self._context.settings["theme"]),
            reserve_space_for_menu=0,
        )
        try:
            answer = await edit_line(session, self._terminal, question)
            return answer.strip().lower() == agreement
        except (KeyboardInterrupt, EOFError):
            return False

    def _report_troubles(self) -> None:
        for trouble in (self._history.take_trouble(), self._context.output.take_failure()):
            if trouble:
                self._context.output.note(trouble, "class:error")

    async def _replay(self, line: str) -> str:
        """Return an enqueued line, shown as if it had been typed."""
        await asyncio.sleep(0)  # Sockets are served between two lines.
        if self.was_interrupted():
            raise KeyboardInterrupt
        self.show_line(line)
        if line:
            self._history.append_string(line)
        return line

    def _fit_to_screen(self) -> None:
        """Give a low screen a smaller menu and no toolbar."""
        rows = self._context.output.size.rows
        has_toolbar = self._context.settings.is_enabled("toolbar") and rows >= MIN_ROWS_FOR_TOOLBAR
        self._session.bottom_toolbar = self._toolbar if has_toolbar else None
        self._session.reserve_space_for_menu = max(min(MENU_ROWS, rows - OTHER_ROWS), 0)
