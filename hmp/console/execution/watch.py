"""Show the reply to a command again and again on the whole screen, until a key is pressed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import split_lines
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.utils import explode_text_fragments

from hmp.console.context import ConsoleContext
from hmp.console.execution.prefix import WATCH_USAGE
from hmp.console.line import ConsoleLine
from hmp.console.output import Fragments
from hmp.console.prompt.editing import handling_signals
from hmp.console.prompt.style import theme_style
from hmp.console.terminal import Terminal
from hmp.encoding import to_unicode
from hmp.errors import HmpError, InputError, StateError
from hmp.monitor import error_text
from hmp.text import visible

# Those that change nothing, and do not wait.
WATCHABLE = (
    *("?", "explain", "gpa2hpa", "gpa2hva", "gva2gpa", "help", "info", "map", "p", "print"),
    *("qom-get", "qom-list", "sum", "x", "xp"),
)
CHANGED = " class:watch.changed"
KEY_TEXT = "any key ends it"
# No screen shows more.
MAX_BYTES = 1 << 18
_WORD = re.compile(r"\S+")


class NotWatchableError(InputError):
    """`watch` does not repeat a line; `command` is its name."""

    def __init__(self, command: str) -> None:
        names = ", ".join(name for name in WATCHABLE if len(name) > 1)
        super().__init__(f"{WATCH_USAGE}; watched are {names}, not '{command}'")
        self.command = command


def _check(context: ConsoleContext, line: ConsoleLine) -> None:
    if line.parsed.name.value not in WATCHABLE:
        raise NotWatchableError(line.parsed.name.value)
    if line.redirection.operator:
        raise InputError(f"what is watched is shown: {line.redirection.operator} can't be there")
    if context.output.in_words:
        raise StateError("watch draws on the whole screen, which this terminal is not for")


class Watch:
    """A screen with the reply to a line, which is run again and again, until a key is pressed or
    the machine has ended. Words that have changed since the last time are marked.

    `builtin` runs a command of the console. Raises HmpError for a line that can't be watched.
    """

    def __init__(
        self, context: ConsoleContext, line: ConsoleLine, builtin: Callable[[], Fragments] | None
    ) -> None:
        _check(context, line)
        self._context, self._line, self._builtin = context, line, builtin
        self._interval_s = line.prefix.interval_s
        self._lines: list[StyleAndTextTuples] = []
        self._texts: list[str] = []

    async def run(self, terminal: Terminal, source: Input | None) -> None:
        """Show the screen until a key is pressed; afterwards the terminal is as it was before."""
        app: Application[None] = Application(
            layout=Layout(
                HSplit(
                    [
                        Window(FormattedTextControl(self._title), height=1),
                        Window(FormattedTextControl(self._content), always_hide_cursor=True),
                    ]
                )
            ),
            key_bindings=_ending_bindings(),
            style=theme_style(self._context.settings["theme"]),
            full_screen=True,
            input=source,
            output=self._context.output.terminal,
        )
        reading: list[asyncio.Task[None]] = []

        def begin() -> None:
            reading.append(asyncio.ensure_future(self._read_on(app)))

        with handling_signals(app, terminal):
            try:
                await app.run_async(pre_run=begin, handle_sigint=False, set_exception_handler=False)
            finally:
                for task in reading:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def _read(self) -> Fragments:
        """Return the reply, or the error, and as much as a screen may show."""
        line, monitor = self._line, self._context.monitor
        try:
            if self._builtin and line.parsed.error is None:
                monitor.machine.run_guest()
                return self._builtin()
        except HmpError as error:
            return [("", to_unicode(error_text(error, line.parsed)))]
        text = ""
        async for part in monitor.run_line(line.parsed.text).stream():
            text += part
            await asyncio.sleep(0)  # Keys, and others, have their turn.
            if len(text) > MAX_BYTES:
                break
        monitor.machine.run_guest()
        return [("", to_unicode(text))]

    async def _read_on(self, app: Application[None]) -> None:
        while not self._context.monitor.has_ended:
            self._take(await self._read())
            app.invalidate()
            await asyncio.sleep(self._interval_s)
        if app.is_running and not app.is_done:
            app.exit()

    def _take(self, fragments: Fragments) -> None:
        """Keep what is to be shown, with marks where it differs from what was shown."""
        shown: StyleAndTextTuples = [(style, visible(text)) for style, text in fragments]
        lines = [[*line] for line in split_lines(shown)]
        texts = ["".join(text for _style, text, *_handler in line) for line in lines]
        if self._texts:
            before = [*self._texts, *[""] * len(texts)]
            lines = [
                _marked(line, text, old)
                for line, text, old in zip(lines, texts, before, strict=False)
            ]
        self._lines, self._texts = lines, texts

    def _title(self) -> StyleAndTextTuples:
        size = self._context.output.size
        more = len(self._texts) - (size.rows - 1)
        # The text ends with a line end.
        hidden = f" · {more - 1} more lines" if more > 1 else ""
        command = self._line.text[len(self._line.prefix.text) :]
        text = f"every {self._interval_s:g} s: {visible(command)}{hidden} · {KEY_TEXT}"
        return [("class:hint", text[: size.columns])]

    def _content(self) -> StyleAndTextTuples:
        return [part for line in self._lines for part in (*line, ("", "\n"))]


def _marked(line: StyleAndTextTuples, text: str, before: str) -> StyleAndTextTuples:
    """Return a line in which the words that the line before did not have there are marked."""
    if text == before:
        return line
    characters = [*explode_text_fragments(line)]
    for word in _WORD.finditer(text):
        start, end = word.span()
        if before[start:end] != word[0]:
            for at in range(start, end):
                style, character, *_handler = characters[at]
                characters[at] = (style + CHANGED, character)
    return characters


def _ending_bindings() -> KeyBindings:
    bindings = KeyBindings()

    # Eager, before the bindings of prompt_toolkit that have keys do nothing.
    @bindings.add(Keys.Any, eager=True)
    def _end(event: KeyPressEvent) -> None:
        # The terminal answers where its cursor was; no one has pressed that.
        if event.key_sequence[0].key != Keys.CPRResponse and not event.app.is_done:
            event.app.exit()

    return bindings
