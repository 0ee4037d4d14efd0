"""The console on a dumb terminal: its driver edits lines, and no escape sequence is written.

What is drawn elsewhere is told in sentences; a line that ends in `?` lists what may stand there.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from typing import TextIO

from prompt_toolkit.data_structures import Size
from prompt_toolkit.output import DummyOutput
from prompt_toolkit.styles import DummyStyle

from hmp.assist.completion.completions import completions
from hmp.console.context import ConsoleContext
from hmp.console.line import ConsoleLine, parse_console_line
from hmp.console.output import ConsoleOutput, Fragments
from hmp.console.terminal import Terminal
from hmp.encoding import to_unicode
from hmp.grammar.opts import HELP_WORDS
from hmp.serve import READ_BYTES
from hmp.serve.event_loop import wait_readable
from hmp.serve.streams import STDIN, STDOUT
from hmp.text import fit_table, visible

DEFAULT_SIZE = (80, 24)
QUESTION = "?"


class DumbOutput(ConsoleOutput):
    """A terminal that takes text alone."""

    has_pager = False

    def __init__(
        self, stream: TextIO, drained: Callable[[], Awaitable[None]], is_ascii: bool
    ) -> None:
        super().__init__(
            DummyOutput(), stream, DummyStyle(), None, drained, is_ascii=is_ascii, in_words=True
        )

    @property
    def size(self) -> Size:
        try:
            columns, rows = os.get_terminal_size(STDOUT)
        except OSError:
            columns = rows = 0
        return Size(rows or DEFAULT_SIZE[1], columns or DEFAULT_SIZE[0])

    def write_controls(self, text: str) -> None:
        """Write nothing: the terminal obeys no control characters."""

    def show(self, fragments: Fragments) -> None:
        self._put(self.plain(fragments))

    def to_ansi(self, fragments: Fragments) -> str:
        return self.plain(fragments)


class DriverLines:
    """Reads lines that the terminal's driver echoes and edits."""

    def __init__(self, terminal: Terminal, write: Callable[[str], None]) -> None:
        self._terminal, self._write = terminal, write

    async def next_line(self, prompt: str) -> str:
        """Return the next line; raise EOFError on Ctrl-D."""
        self._write(prompt)
        # The driver drops the typed line on Ctrl-C.
        with self._terminal.interrupts.calling(lambda: self._write(f"\n{prompt}")):
            while (data := self._terminal.read(READ_BYTES)) is None:
                await wait_readable(STDIN)
        if not data:
            self._write("\n")
            raise EOFError
        return data.decode("utf-8", "surrogateescape").removesuffix("\n")


class DumbPrompt:
    """Reads the console's lines from a dumb terminal."""

    def __init__(self, context: ConsoleContext, terminal: Terminal) -> None:
        self._context = context
        self._lines = DriverLines(terminal, context.output.write)
        self._was_interrupted = False
        self.prompt_count = 0

    async def next_line(self) -> str:
        """Return the next line that asks for no completion; raise EOFError on Ctrl-D."""
        self._was_interrupted = False
        while True:
            self.prompt_count += 1
            line = await self._lines.next_line(self._context.monitor.prompt)
            if not self._asks_for_completion(line):
                return line
            self._list_completions(line.removesuffix(QUESTION))

    async def confirm(self, question: str, agreement: str = "") -> bool:
        """Ask a question; return whether the answer is `agreement`: by default, Enter alone."""
        try:
            answer = await self._lines.next_line(question)
        except EOFError:
            return False
        return answer.strip().lower() == agreement

    def _parsed(self, line: str) -> ConsoleLine:
        return parse_console_line(line, self._context.commands)

    def _asks_for_completion(self, line: str) -> bool:
        """Return whether a line ends in a `?` that is no request for QEMU's own help."""
        parsed = self._parsed(line).parsed
        if not line.endswith(QUESTION) or parsed.name.value == QUESTION:
            return False
        last = parsed.options[-1] if parsed.options else None
        is_type = last and last.key == parsed.implied_key and last.value in HELP_WORDS
        return not (last and (last.asks_for_help or is_type))

    def _list_completions(self, line: str) -> None:
        parsed = self._parsed(line)
        machine, commands = self._context.machine, self._context.commands
        found = completions(machine, commands, parsed.parsed, len(parsed.parsed.text))
        rows = [
            (
                visible(to_unicode(item.display)),
                ", ".join(filter(None, (item.kind, item.description))),
            )
            for item in found
        ]
        output = self._context.output
        for row in fit_table(rows, output.size.columns):
            for text in row:
                output.note(text)
        if not rows:
            output.note("nothing is known to stand there")

    def suggest(self, line: str) -> None:
        """Do nothing: a mended line was printed."""

    def show_line(self, line: str) -> None:
        """Show a line as if it had been typed at the prompt."""
        self._context.output.note(f"{self._context.monitor.prompt}{line}")

    def interrupt(self) -> None:
        """Take note of Ctrl-C."""
        self._was_interrupted = True

    def was_interrupted(self) -> bool:
        """Return whether Ctrl-C came since the present line was asked for."""
        return self._was_interrupted

    def mark_refused(self, line: str) -> None:
        """Do nothing: there is no history to suggest from."""

    def discard_pending(self) -> None:
        """Do nothing: what was pasted is read line by line."""
