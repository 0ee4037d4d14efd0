"""Keep the lines of the prompt between sessions, in the XDG state directory.

`info history` is QEMU's and per session.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory

from hmp.console.secret_lines import secret_spans
from hmp.files import open_regular, reason_of, write_all


class PromptHistory(FileHistory):
    """The history of the prompt: in memory, and in a file as long as that can be written.

    With an empty path it is in memory alone. Lines with secrets never go to the file.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__(path or os.devnull)
        self._path, self._trouble = path, ""

    def load_history_strings(self) -> Iterable[str]:
        if self._path is None:
            return []
        try:
            os.close(open_regular(self._path, os.O_RDONLY))
            return super().load_history_strings()
        except FileNotFoundError:
            return []
        except OSError as error:
            self._give_up("read", error)
            return []

    def store_string(self, string: str) -> None:
        if self._path is None or secret_spans(string):
            return
        lines = (f"\n# {datetime.datetime.now()}", *(f"+{line}" for line in string.split("\n")))
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
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
    # Only this user is to read what was typed.
    return open_regular(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
