"""Write to the terminal: the monitor's text unchanged, and the console's own text with a style.

Replies that are longer than the screen go to the user's pager. The prompt and its toolbar are
drawn by prompt_toolkit.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from io import StringIO
from typing import TextIO

from prompt_toolkit import print_formatted_text
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.output import Output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import BaseStyle

from hmp.console.programs import run_program
from hmp.encoding import to_unicode

Fragments = Sequence[tuple[str, str]]


class ConsoleOutput:
    """A terminal: `stream` takes plain text, `terminal` styled fragments."""

    def __init__(self, terminal: Output, stream: TextIO, style: BaseStyle) -> None:
        self.terminal, self._stream, self._style = terminal, stream, style

    @property
    def size(self) -> Size:
        """The size of the terminal in rows and columns."""
        return self.terminal.get_size()

    def write(self, text: str) -> None:
        """Write the monitor's text (bytes, held in a Latin-1 str), unchanged."""
        self.write_text(to_unicode(text))

    def write_text(self, text: str) -> None:
        """Write text past prompt_toolkit, such as a progress bar that is redrawn in place."""
        self._stream.write(text)
        self._stream.flush()

    def show(self, fragments: Fragments) -> None:
        """Print styled fragments, above the prompt if one is shown."""
        print_formatted_text(
            FormattedText(fragments), style=self._style, output=self.terminal, end=""
        )

    def note(self, text: str, style: str = "class:hint") -> None:
        """Print one line of the console's own, dimmed unless a style is given."""
        self.show([(style, f"{text}\n")])

    def to_ansi(self, fragments: Fragments) -> str:
        """Return fragments as text with escape sequences, for a pager."""
        text = StringIO()
        terminal = Vt100_Output(text, lambda: self.size, enable_cpr=False)
        print_formatted_text(FormattedText(fragments), style=self._style, output=terminal, end="")
        return text.getvalue()


def plain_text(fragments: Fragments) -> str:
    """Return the text of fragments without their styles."""
    return "".join(text for _style, text in fragments)


# -R passes colours through; -X leaves the text on the screen when the pager ends.
DEFAULT_PAGER = "less -R -X"


def pager_command() -> list[str]:
    """Return $PAGER split into words, or less; empty when it is not installed."""
    command = shlex.split(os.environ.get("PAGER") or DEFAULT_PAGER)
    return command if command and shutil.which(command[0]) else []


def exceeds_screen(text: str, rows: int, columns: int) -> bool:
    """Return whether a text needs more rows than the screen has above the prompt."""
    needed = sum(max(1, -(-len(line) // max(columns, 1))) for line in text.splitlines())
    return needed > rows - 1


def show_in_pager(text: str) -> bool:
    """Run the pager on a text and wait for it; return False when there is no pager."""
    command = pager_command()
    if not command:
        return False
    # A less that $PAGER names without options shows colours, too.
    environment = {**os.environ, "LESS": os.environ.get("LESS", "R")}
    run_program(command, text.encode("utf-8", "surrogateescape"), environment)
    return True
