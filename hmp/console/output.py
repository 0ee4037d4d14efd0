"""Write to the terminal: the monitor's text unchanged, and the console's own text with a style.

Either may have text of strangers in it (file names, lessons, ids), so that control characters are
made visible on their way, here and in what prompt_toolkit draws (`hmp.console.prompt.characters`).

Replies that are longer than the screen go to the user's pager.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from io import StringIO
from typing import TextIO

from prompt_toolkit import print_formatted_text
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.output import ColorDepth, Output, create_output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import BaseStyle

from hmp.console.programs import run_program
from hmp.console.recording import Recorder
from hmp.console.secret_lines import MASK, masked, secret_values
from hmp.encoding import to_unicode
from hmp.text import to_ascii, visible

Fragments = Sequence[tuple[str, str]]


class ConsoleOutput:
    """A terminal: `stream` takes plain text, `terminal` styled fragments; `recorder` is what both
    write to when they are recorded, and `drained` waits until everything is shown. `in_words`: what
    is drawn elsewhere is told in sentences.
    """

    has_pager = True

    def __init__(
        self,
        terminal: Output,
        stream: TextIO,
        style: BaseStyle,
        recorder: Recorder | None = None,
        drained: Callable[[], Awaitable[None]] | None = None,
        *,
        is_ascii: bool = False,
        in_words: bool = False,
    ) -> None:
        self.terminal, self._stream, self._style = terminal, stream, style
        self._is_ascii, self.in_words = is_ascii, in_words
        self._recorder, self._drained = recorder, drained

    @property
    def is_recorded(self) -> bool:
        """Whether what the terminal shows is recorded."""
        return self._recorder is not None

    def hide_secrets(self, line: str) -> None:
        """Keep the data of secrets in a line out of the recording, wherever it is printed."""
        if self._recorder and (shown := masked(line)) != line:
            self._recorder.hide(line, shown)
            for value in secret_values(line):
                self._recorder.hide(value, MASK)

    def take_failure(self) -> str:
        """Return once why the recording has ended; empty while it goes on or when there is none."""
        return self._recorder.take_failure() if self._recorder else ""

    async def drained(self) -> None:
        """Serve others, at least for a turn, until the terminal has taken everything."""
        await asyncio.sleep(0)
        if self._drained:
            await self._drained()

    @property
    def size(self) -> Size:
        """The size of the terminal in rows and columns."""
        return self.terminal.get_size()

    def write(self, text: str) -> None:
        """Write the monitor's text (bytes, held in a Latin-1 str), unchanged but for control
        characters.
        """
        self._put(visible(to_unicode(text)))

    def write_controls(self, text: str) -> None:
        """Write text past prompt_toolkit whose control characters the terminal is to obey, such as
        a progress bar that is redrawn in place.
        """
        self._put(text)

    def write_drawing(self, text: str) -> None:
        """Write text of hmp's own with control characters, such as a progress bar."""
        self.write_controls(self._drawn(text))

    def _put(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def show(self, fragments: Fragments) -> None:
        """Print styled fragments, above the prompt if one is shown."""
        text = self._formatted(fragments)
        print_formatted_text(text, style=self._style, output=self.terminal, end="")

    def note(self, text: str, style: str = "class:hint") -> None:
        """Print one line of the console's own, dimmed unless a style is given."""
        self.show([(style, f"{text}\n")])

    def to_ansi(self, fragments: Fragments) -> str:
        """Return fragments as text with escape sequences, for a pager."""
        text = StringIO()
        terminal = Vt100_Output(text, lambda: self.size, enable_cpr=False)
        formatted = self._formatted(fragments)
        print_formatted_text(formatted, style=self._style, output=terminal, end="")
        return text.getvalue()

    def plain(self, fragments: Fragments) -> str:
        """Return fragments as text without styles, for a file or a command."""
        return self._drawn(plain_text(fragments))

    def _formatted(self, fragments: Fragments) -> FormattedText:
        return FormattedText((style, self._drawn(visible(text))) for style, text in fragments)

    def _drawn(self, text: str) -> str:
        return to_ascii(text) if self._is_ascii else text


def themed_output(stream: TextIO, theme: str) -> Output:
    """Return a terminal for a theme, of which `mono` has no colours."""
    output = create_output(stream)
    if isinstance(output, Vt100_Output) and theme == "mono":
        output.default_color_depth = ColorDepth.DEPTH_1_BIT
    return output


def plain_text(fragments: Fragments) -> str:
    """Return the text of fragments without their styles."""
    return "".join(text for _style, text in fragments)


# -R passes colours through; -X leaves the text on the screen when the pager ends; -Ps is what its
# last line says, at the end and before.
DEFAULT_PAGER = "less -R -X '-Ps?eThe end; b goes back, q leaves:Space goes on, b back, q leaves.'"
SHELL_STATUS_OF_SIGNAL = 128


def pager_command() -> list[str]:
    """Return $PAGER split into words, or less; empty when it is not installed or no shell words."""
    try:
        command = shlex.split(os.environ.get("PAGER") or DEFAULT_PAGER)
    except ValueError:  # A quotation that does not end.
        return []
    return command if command and shutil.which(command[0]) else []


def exceeds_screen(text: str, rows: int, columns: int) -> bool:
    """Return whether a text needs more rows than the screen has above the prompt."""
    needed = sum(max(1, -(-len(line) // max(columns, 1))) for line in text.splitlines())
    return needed > rows - 1


async def show_in_pager(text: str) -> bool:
    """Run the pager on a text and wait for it, while sockets are served; return False when there is
    none or it failed.
    """
    command = pager_command()
    if not command:
        return False
    # A less that $PAGER names without options shows colours, too.
    environment = {**os.environ, "LESS": os.environ.get("LESS", "R")}
    try:
        status = await run_program(command, text.encode("utf-8", "surrogateescape"), environment)
    except (OSError, subprocess.SubprocessError):
        return False
    # Ctrl-C ends some pagers; whoever pressed it has seen enough.
    return status in (0, -signal.SIGINT, SHELL_STATUS_OF_SIGNAL + signal.SIGINT)
