"""The commands in what a person writes or pastes: a script, or the transcript of a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hmp.encoding import to_unicode
from hmp.errors import HostError, InputError
from hmp.files import read_bytes, reason_of
from hmp.monitor import is_skipped

BYTE_ORDER_MARK = "\xef\xbb\xbf"
MAX_BYTES = 1 << 26
# With --connect the console's prompt has the name of the machine, and the banner QEMU's version.
_PROMPT_FORM = re.compile(r"\(qemu(?: [^)]*)?\)(?: |$)")
_BANNER_FORM = re.compile(r"QEMU [\d.]+ monitor - type 'help' for more information")


class ScriptLine(NamedTuple):
    """A command of a script (bytes, held in a Latin-1 str), and where it is."""

    text: str
    source: str
    number: int

    @property
    def location(self) -> str:
        """The place as compilers write it: FILE:LINE."""
        return f"{self.source}:{self.number}"


class CommandFilter:
    """Finds the commands in the lines of one source, in order (bytes, held in Latin-1 strs).

    Blank lines and comments are none. Once a line begins with the prompt it is a transcript, and
    lines without a prompt are replies.
    """

    def __init__(self) -> None:
        self._is_first, self._is_transcript = True, False

    def command(self, line: str) -> str | None:
        """Return the command of the next line, None when it has none."""
        if self._is_first:
            line, self._is_first = line.removeprefix(BYTE_ORDER_MARK), False
        line = line.removesuffix("\r")
        is_prompted = has_prompt(line)
        if is_prompted or _BANNER_FORM.fullmatch(line):
            self._is_transcript = True
        if self._is_transcript and not is_prompted:
            return None
        line = without_prompt(line)
        return None if is_skipped(line) else line


def has_prompt(line: str) -> bool:
    """Return whether a line begins with the monitor's prompt."""
    return _PROMPT_FORM.match(line) is not None


def without_prompt(line: str) -> str:
    """Return a line without the prompts that it begins with."""
    while found := _PROMPT_FORM.match(line):
        line = line[found.end() :]
    return line


def without_replies(lines: list[str]) -> list[str]:
    """Return pasted lines, the last of which has no line end; of a transcript only the commands.

    What is not a transcript stays as it is, with comments.
    """
    if not any(has_prompt(line) or _BANNER_FORM.fullmatch(line) for line in lines):
        return lines
    *whole, last = lines
    return [without_prompt(line) for line in whole if has_prompt(line)] + [
        without_prompt(last) if has_prompt(last) else ""
    ]


def script_lines(data: bytes, source: str) -> Iterator[ScriptLine]:
    """Yield the commands of a script."""
    lines = CommandFilter()
    for number, line in enumerate(data.decode("latin-1").split("\n"), start=1):
        command = lines.command(line)
        if command is not None:
            yield ScriptLine(command, source, number)


def read_script(path: str) -> list[ScriptLine]:
    """Return the commands of a file; `path` is held in a Latin-1 str.

    Raises:
        HostError: It can't be read.
        InputError: It is no text.
    """
    name = to_unicode(path)
    try:
        data = read_bytes(name, MAX_BYTES)
    except OSError as error:
        raise HostError(f"can't read {path}: {reason_of(error)}") from None
    if (at := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise InputError(f"{path} is no script: line {line} has a NUL")
    return list(script_lines(data, path))
