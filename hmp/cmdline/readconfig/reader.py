"""The configuration files of -readconfig: `[group "id"]` and below it `key = "value"`
(docs/qemu-behaviour/startup.md §11).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from hmp.errors import FileOpenError, HostError, InputError

# QEMU reads lines of at most that many bytes; what is longer counts as several lines.
LINE_BYTES = 1023
READ_BYTES = 1 << 16
_NAMED_GROUP = re.compile(r'\[\s*(?P<group>\S{1,63}+)\s*"(?P<id>[^"]{1,63})')
_GROUP = re.compile(r"\[(?P<group>[^\]]{1,63})")
# Whatever follows the value is ignored, and no closing quote is needed.
_VALUE = re.compile(r'\s*(?P<key>\S{1,63}+)\s*=\s*"(?P<value>[^"]{1,1023})')
_KEY = re.compile(r"\s*(?P<key>\S{1,63}+)")


class GroupLine(NamedTuple):
    """A line that begins a group."""

    number: int
    group: str
    identifier: str | None


class ValueLine(NamedTuple):
    """A line with a key; its value is empty unless it is quoted."""

    number: int
    key: str
    value: str


def read_lines(path: str) -> Iterator[GroupLine | ValueLine]:
    """Yield the lines of a file that say something; comments have `#` in their first column.

    Raises:
        InputError: The file can't be read, or a line is malformed.
    """
    for number, line in enumerate(_cut(_read(path)), 1):
        if line.startswith(("\n", "#")):
            continue
        found = _NAMED_GROUP.match(line) or _GROUP.match(line)
        if found:
            yield GroupLine(number, found["group"], found.groupdict().get("id"))
            continue
        found = _VALUE.match(line) or _KEY.match(line)
        if found is None:
            raise InputError("parse error")
        yield ValueLine(number, found["key"], found.groupdict().get("value") or "")


def _read(path: str) -> str:
    data = b""
    try:
        descriptor = os.open(path.encode("latin-1"), os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise FileOpenError(path, error.errno or 0) from None
    try:
        with HostError.wrapping_os_errors("Cannot read config file"):
            while piece := os.read(descriptor, READ_BYTES):
                data += piece
    finally:
        os.close(descriptor)
    return data.decode("latin-1")


def _cut(text: str) -> Iterator[str]:
    for line in re.findall(r"[^\n]*\n|[^\n]+", text):
        for start in range(0, len(line), LINE_BYTES):
            # A NUL ends a line early.
            yield line[start : start + LINE_BYTES].partition("\0")[0]
