"""The lessons that come along, in their order, and lessons of one's own by file name.

What stands in a lesson is read in `lesson.py`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hmp.errors import HostError, InputError, StateError

if TYPE_CHECKING:
    from hmp.lessons.lesson import Lesson

FOLDER = Path(__file__).parent / "texts"


class LessonNotFoundError(StateError):
    """No lesson that comes along has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no lesson '{name}'; `learn` lists them, and a file is named as ./file.md"
        )
        self.name = name


class LessonFileError(InputError):
    """What stands in a file is no lesson."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


def lesson_names() -> list[str]:
    """The names of the lessons that come along; the number in front of a file's name gives the
    order.
    """
    return [path.stem.partition("-")[2] for path in sorted(FOLDER.glob("*.md"))]


def lesson_path(name: str) -> Path:
    """The file of a lesson, by its name, its number in the list, or as a path; LessonNotFoundError
    for others.
    """
    for number, path in enumerate(sorted(FOLDER.glob("*.md")), start=1):
        if name in (path.stem.partition("-")[2], str(number)):
            return path
    if "/" in name or name.endswith(".md"):
        return Path(os.path.expanduser(name))
    raise LessonNotFoundError(name)


def load_lesson(name: str) -> Lesson:
    """Read a lesson; an HmpError that names the file when it can't be read."""
    from hmp.lessons.lesson import read_lesson

    path = lesson_path(name)
    try:
        return read_lesson(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise HostError(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from None
    except InputError as error:
        raise LessonFileError(path, error.message) from None


def lesson_titles() -> list[tuple[str, str]]:
    """Name and title of the lessons that come along."""
    return [
        (
            path.stem.partition("-")[2],
            path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# "),
        )
        for path in sorted(FOLDER.glob("*.md"))
    ]
