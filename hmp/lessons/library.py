"""Find lessons: the built-in ones in `texts/`, in the order of their file names, or any file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hmp.errors import HostError, InputError, StateError

if TYPE_CHECKING:
    from hmp.lessons.lesson import Lesson

LESSONS_DIR = Path(__file__).parent / "texts"


class LessonNotFoundError(StateError):
    """There is no built-in lesson of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no lesson '{name}'; `learn` lists them, and a file is named as ./file.md"
        )
        self.name = name


class LessonFileError(InputError):
    """A file is not a valid lesson."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path


def _built_in() -> dict[str, Path]:
    """Return the files by lesson name; a file is called NUMBER-NAME.md."""
    return {path.stem.partition("-")[2]: path for path in sorted(LESSONS_DIR.glob("*.md"))}


def lesson_names() -> list[str]:
    """Return the names of the built-in lessons in their order."""
    return list(_built_in())


def lesson_path(name: str) -> Path:
    """Return the file of a lesson by its name, its number in the list, or as a path.

    Raise LessonNotFoundError when it is none of these.
    """
    for number, (known, path) in enumerate(_built_in().items(), start=1):
        if name in (known, str(number)):
            return path
    if "/" in name or name.endswith(".md"):
        return Path(os.path.expanduser(name))
    raise LessonNotFoundError(name)


def load_lesson(name: str) -> Lesson:
    """Return a lesson by name, number or path.

    Raise HostError when its file can't be read, LessonFileError when it is not a lesson.
    """
    from hmp.lessons.lesson import parse_lesson

    path = lesson_path(name)
    try:
        return parse_lesson(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise HostError(f"can't read {path}: {getattr(error, 'strerror', None) or error}") from None
    except InputError as error:
        raise LessonFileError(path, error.message) from None


def lesson_titles() -> list[tuple[str, str]]:
    """Return (name, title) of the built-in lessons in their order."""
    return [
        (name, path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# "))
        for name, path in _built_in().items()
    ]
