"""Find lessons: the built-in ones in `texts/`, those of a folder of one's own, or any file.

A file in a folder is called NAME.md, or NUMBER-NAME.md, which gives the order.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from hmp.errors import HostError, StateError
from hmp.files import read_text, reason_of

LESSONS_DIR = Path(__file__).parent / "texts"
# What --lessons sets.
VARIABLE = "HMP_LESSONS"
MAX_BYTES = 1 << 20
_NUMBER = re.compile(r"^\d+-")


class LessonNotFoundError(StateError):
    """There is no lesson of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no lesson '{name}'; `learn` lists them, and a file is named as ./file.md"
        )
        self.name = name


def use_folder(folder: str) -> None:
    """Put the lessons of a folder into the list, too, from now on; raise HostError when it can't be
    read.
    """
    with HostError.wrapping_os_errors(f"can't read the lessons in {folder}"):
        os.listdir(folder)
    # The variable says the same, so that there is one place to look at.
    os.environ[VARIABLE] = folder


def _lessons() -> dict[str, Path]:
    """Return the files by lesson name: the built-in ones, then the user's, which go before a
    built-in one of the same name.
    """
    own = os.environ.get(VARIABLE)
    folders = [LESSONS_DIR, *([Path(own)] if own else [])]
    found = {}
    for folder in folders:
        for path in sorted(folder.glob("*.md")):
            found[_NUMBER.sub("", path.stem)] = path
    return found


def lesson_names() -> list[str]:
    """Return the names of the lessons in the order of the list."""
    return list(_lessons())


def list_number(text: str) -> int:
    """Return the number that a user gives for a lesson or a step, from 1 on; 0 for other text."""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 0


def listed_name(name: str) -> str:
    """Return the name of a lesson in the list, given that or its number; else an empty text."""
    names = lesson_names()
    if name in names:
        return name
    number = list_number(name)
    return names[number - 1] if 0 < number <= len(names) else ""


def lesson_path(name: str) -> Path:
    """Return the file of a lesson by its name, its number in the list, or as a path.

    Raise LessonNotFoundError when it is none of these.
    """
    if listed := listed_name(name):
        return _lessons()[listed]
    if "/" in name or name.endswith(".md"):
        return Path(os.path.expanduser(name))
    raise LessonNotFoundError(name)


def lesson_titles() -> list[tuple[str, str]]:
    """Return (name, title) of the lessons in the order of the list."""
    return [(name, _title(path)) for name, path in _lessons().items()]


def _title(path: Path) -> str:
    """Return the title of a lesson, or why it can't be read."""
    try:
        return read_text(path, MAX_BYTES).partition("\n")[0].removeprefix("# ")
    except OSError as error:
        return f"can't be read: {reason_of(error)}"
