"""What lessons show: their Markdown as text of the console's width, and the list of them."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from prompt_toolkit.data_structures import Size

from hmp.console.output import Fragments
from hmp.text import shorten

if TYPE_CHECKING:
    from hmp.lessons.lesson import Lesson

MAX_WIDTH, MIN_WIDTH = 88, 20
# The list takes at most so many where titles go on in further lines.
LINES_BY_LESSON = 3
TITLE, SUCCESS, HINT, ADVICE = "class:lesson.title", "class:success", "class:hint", "class:advice"
# Either may go on in the next line of its paragraph.
_INLINE_MARKUP = re.compile(r"`((?:[^`\n]|\n(?!\n))+)`|\*([^*\s](?:[^*\n]|\n(?!\n))*)\*")


def render_inline(text: str) -> Fragments:
    """Return Markdown text as fragments, with the styles of `code` and *emphasis*."""
    fragments: list[tuple[str, str]] = []
    end = 0
    for found in _INLINE_MARKUP.finditer(text):
        fragments.append(("class:lesson", text[end : found.start()]))
        code, emphasis = found.groups()
        fragments.append(
            ("class:lesson.code", code) if code else ("class:lesson.emphasis", emphasis)
        )
        end = found.end()
    return [*fragments, ("class:lesson", text[end:])]


def render_text(text: str, columns: int) -> Fragments:
    """Return paragraphs filled to the width of the screen; lists and indented lines as is."""
    paragraphs = [
        part if part.startswith((" ", "- ", "* ")) else fill(part, columns)
        for part in text.split("\n\n")
    ]
    return render_inline("\n\n".join(paragraphs) + "\n")


def fill(text: str, columns: int) -> str:
    """Return a paragraph filled to the width of the screen."""
    width = max(min(columns, MAX_WIDTH) - 1, 1)
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def fill_command(line: str, columns: int) -> str:
    """Return a command, broken at blanks and after commas where the screen is narrower."""
    lines = [""]
    for part in re.findall(r"[^\s,]*,|[^\s,]+|\s", line):
        if lines[-1].strip() and len(lines[-1]) + len(part) > max(columns - 1, MIN_WIDTH):
            lines.append("  ")
        lines[-1] += part
    return "\n".join(lines)


def summary(name: str, lesson: Lesson) -> str:
    """Return a line about a lesson of somebody else: what it does to the host."""
    count = lesson.command_count
    return (
        f"{name} is a lesson from elsewhere: “{lesson.title}”, with {count} "
        f"command{'s' * (count != 1)}. Its machine: hmp {lesson.machine}"
    )


def lesson_list(size: Size) -> Fragments:
    """Return the list of lessons with what the user has done of each, a line for each where the
    screen has no rows for more.
    """
    from hmp.lessons.library import lesson_titles
    from hmp.lessons.results import Result, load_results

    results, titles, columns = load_results(), lesson_titles(), size.columns
    is_short = size.rows < LINES_BY_LESSON * len(titles)
    width = max(len(name) for name, _title in titles)
    fragments = [(TITLE, "Lessons\n")]
    for number, (name, title) in enumerate(titles, start=1):
        result = results.get(name, Result())
        is_begun = result.steps and not result.is_finished
        done = f", {result.steps} of {result.total} done" if is_begun else ""
        fragments += [
            (SUCCESS, "✓ " if result.is_finished else "  "),
            ("", f"{number} "),
            (TITLE, f"{name:<{width}} "),
            ("", _last_column(title, done, columns, width + 5, is_short) + "\n"),
        ]
    how = "learn plug begins one; a file of your own: learn ./file.md"
    return [*fragments, (HINT, fill(how, columns) + "\n")]


def _last_column(title: str, done: str, columns: int, indent: int, is_short: bool) -> str:
    """Return the last column of the list, which begins at `indent`, filled to the screen or as one
    line.
    """
    width = max(columns - indent - 1, MIN_WIDTH)
    if is_short:
        return f"{shorten(title, width - len(done))}{done}"
    return f"\n{' ' * indent}".join(textwrap.wrap(f"{title}{done}", width) or [""])
