"""Find lessons: the built-in ones in `texts/`, in the order of their file names, or any file."""

from __future__ import annotations

import os
from pathlib import Path

from hmp.errors import StateError

LESSONS_DIR = Path(__file__).parent / "texts"


class LessonNotFoundError(StateError):
    """There is no built-in lesson of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"there is no lesson '{name}'; `learn` lists them, and a file is named as ./file.md"
        )
        self.name = name


def _built_in() -> dict[str, Path]:
    """Return the files by lesson name; a file is called NUMBER-NAME.md."""
    return {path.stem.partition("-")[2]: path for path in sorted(LESSONS_DIR.glob("*.md"))}


def lesson_names() -> list[str]:
    """Return the names of the built-in lessons in their order."""
    return list(_built_in())


def _built_in_path(name: str) -> Path | None:
    """Return the file of a built-in lesson by its name or its number in the list."""
    for number, (known, path) in enumerate(_built_in().items(), start=1):
        if name in (known, str(number)):
            return path
    return None


def is_built_in(name: str) -> bool:
    """Return whether a lesson is one of hmp's own; one that is named by a path is not."""
    return _built_in_path(name) is not None


def lesson_path(name: str) -> Path:
    """Return the file of a lesson by its name, its number in the list, or as a path.

    Raise LessonNotFoundError when it is none of these.
    """
    found = _built_in_path(name)
    if found:
        return found
    if "/" in name or name.endswith(".md"):
        return Path(os.path.expanduser(name))
    raise LessonNotFoundError(name)


def lesson_titles() -> list[tuple[str, str]]:
    """Return (name, title) of the built-in lessons in their order."""
    return [
        (name, path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# "))
        for name, path in _built_in().items()
    ]
