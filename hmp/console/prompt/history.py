"""Keep the lines of the prompt between sessions, in the XDG state directory.

`quit` and lines that begin with a blank are not kept; lines with secrets can be recalled until the
session ends. `info history` is QEMU's and per session.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory

from hmp.commands.registry import COMMANDS
from hmp.console.secret_lines import secret_spans
from hmp.files import open_regular, reason_of, write_all

QUIT_NAMES = COMMANDS.commands["quit"].names
# Only this user is to read what was typed.
MODE = 0o600
# prompt_toolkit's format: a comment begins an entry, `+` each line of it. For it this is a comment.
ENTRY, REFUSED = b"+", b"# refused: "


def is_kept(line: str) -> bool:
    """Return whether a line goes into the history."""
    return not (line[:1].isspace() or line.strip() in QUIT_NAMES)


class PromptHistory(FileHistory):
    """The history of the prompt: in memory, and in a file as long as that can be written.

    With an empty path it is in memory alone. `refused` are the lines that were refused when they
    ran last.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__(path or os.devnull)
        self._path, self._trouble = path, ""
        self.refused: set[str] = set()

    def load_history_strings(self) -> Iterable[str]:
        if self._path is None:
            return []
        try:
            with open(open_regular(self._path, os.O_RDONLY), "rb") as file:
                return [*reversed([*self._entries(file)])]
        except FileNotFoundError:
            return []
        except OSError as error:
            self._give_up("read", error)
            return []

    def _entries(self, lines: Iterable[bytes]) -> Iterator[str]:
        entry: list[str] = []
        for line in (*lines, b"#\n"):
            text = line.removesuffix(b"\n").decode("utf-8", "replace")
            if line.startswith(ENTRY):
                entry.append(text.removeprefix("+"))
                continue
            if entry:
                string = "\n".join(entry)
                self.refused.discard(string)
                yield string
                entry.clear()
            if line.startswith(REFUSED):
                self.refused.add(text.removeprefix(REFUSED.decode()))

    def append_string(self, string: str) -> None:
        if is_kept(string):
            self.refused.discard(string)
            super().append_string(string)

    def store_string(self, string: str) -> None:
        if secret_spans(string):
            return
        lines = (f"\n# {datetime.datetime.now()}", *(f"+{line}" for line in string.split("\n")))
        self._write("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))

    def mark_refused(self, line: str) -> None:
        """Note that a line was refused, so that it is not suggested."""
        if not is_kept(line) or "\n" in line or line in self.refused:
            return
        self.refused.add(line)
        if not secret_spans(line):
            self._write(REFUSED + line.encode("utf-8", "replace") + b"\n")

    def _write(self, data: bytes) -> None:
        if self._path is None:
            return
        try:
            descriptor = _open_to_write(self._path)
            try:
                write_all(descriptor, data)
            finally:
                os.close(descriptor)
        except OSError as error:
            self._give_up("write", error)

    def _give_up(self, action: str, error: OSError) -> None:
        self._trouble = f"the history is in memory only: can't {action} {self._path}: "
        self._trouble += reason_of(error)
        self._path = None

    def take_trouble(self) -> str:
        """Return once why the file is no longer used; empty while it is."""
        trouble, self._trouble = self._trouble, ""
        return trouble


def open_history(keep: bool = True) -> PromptHistory:
    """Return the history kept between sessions, or one in memory.

    It is in memory when `keep` is false or the file can't be written.
    """
    if not keep:
        return PromptHistory(None)
    from platformdirs import user_state_path

    path = user_state_path("hmp") / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(_open_to_write(path))
    except OSError:
        return PromptHistory(None)
    return PromptHistory(path)


def _open_to_write(path: Path) -> int:
    descriptor = open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, MODE)
    # One of an older program, or a copy, may be open to others.
    with suppress(OSError):
        os.fchmod(descriptor, MODE)
    return descriptor
