"""Load a lesson from its file, which may be a stranger's."""

from __future__ import annotations

from pathlib import Path

from hmp.errors import HostError, InputError
from hmp.files import read_text, reason_of
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.lessons.lesson import Lesson, LessonError, parse_lesson
from hmp.lessons.library import MAX_BYTES, lesson_path


class LessonFileError(InputError):
    """A file is not a valid lesson; `line` is the number of the line at fault."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path}:{line}: {reason}")
        self.path, self.line = path, line


def load_lesson(name: str, known: CommandSet[CommandInfo]) -> Lesson:
    """Return a lesson by name, number or path, whose lines may have the known commands.

    Raise HostError when its file can't be read, LessonFileError when it is not a lesson, or one
    that may not be played.
    """
    path = lesson_path(name)
    try:
        return parse_lesson(read_text(path, MAX_BYTES), known)
    except OSError as error:
        raise HostError(f"can't read {path}: {reason_of(error)}") from None
    except LessonError as error:
        raise LessonFileError(path, error.line, error.message) from None
