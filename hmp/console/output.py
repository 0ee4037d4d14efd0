"""What is written on the terminal: the monitor's text as it is, and ours in its style.

When something is shown is decided elsewhere; the prompt draws itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import TextIO

from prompt_toolkit import print_formatted_text
from prompt_toolkit.data_structures import Size
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.output import Output
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import BaseStyle

from hmp.encoding import to_unicode

Fragments = Sequence[tuple[str, str]]


class Screen:
    """A terminal: `stream` takes plain text, `output` styled fragments."""

    def __init__(self, output: Output, stream: TextIO, style: BaseStyle) -> None:
        self.output, self._stream, self._style = output, stream, style

    @property
    def size(self) -> Size:
        """Rows and columns."""
        return self.output.get_size()

    def write(self, octets: str) -> None:
        """Text of the monitor, unchanged."""
        self.write_text(to_unicode(octets))

    def write_text(self, text: str) -> None:
        """Text of ours as it is, for what changes in place."""
        self._stream.write(text)
        self._stream.flush()

    def show(self, fragments: Fragments) -> None:
        """Text of ours, above the prompt if one is there."""
        print_formatted_text(
            FormattedText(fragments), style=self._style, output=self.output, end=""
        )

    def note(self, text: str, style: str = "class:hint") -> None:
        """A line of ours, dimmed."""
        self.show([(style, f"{text}\n")])

    def coloured(self, fragments: Fragments) -> str:
        """Fragments as text with the terminal's escape sequences, for a pager."""
        text = StringIO()
        output = Vt100_Output(text, lambda: self.size, enable_cpr=False)
        print_formatted_text(FormattedText(fragments), style=self._style, output=output, end="")
        return text.getvalue()


def plain(fragments: Fragments) -> str:
    """The text of fragments alone."""
    return "".join(text for _style, text in fragments)
