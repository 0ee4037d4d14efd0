"""Parse a lesson from Markdown.

# TITLE
Machine: `OPTIONS`           the command line of the machine (optional)
text
## TITLE OF A STEP
Needs: N pages of SIZE       the step is skipped on a host without free huge pages (optional)
text
```hmp                       the lines that solve the step
```check                     what holds afterwards, see `checks.py`
> hint                       a nudge (optional); a second quotation may be the form of the commands

What the lines and the machine may do on the host is in `confinement.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from hmp.errors import InputError
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.grammar.numbers import parse_size
from hmp.lessons.checks import parse_check
from hmp.lessons.confinement import check_line, check_machine
from hmp.lessons.findings import Check
from hmp.text import one_line

MACHINE = re.compile(r"^Machine: `([^`]*)`$", re.M)
NEEDS = re.compile(r"Needs: (\d+) pages of (\w+)")
FENCE, COMMANDS, CHECKS = "```", "```hmp", "```check"
DEFAULT_MACHINE = "-m 1G,slots=4,maxmem=8G"
MAX_PAGES_DIGITS = 9


class LessonError(InputError):
    """A lesson is not valid; `line` is the number of the line at fault, from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class Step(NamedTuple):
    """A step of a lesson.

    `lines` solve it, and `checks` hold afterwards. `form` is the second hint, empty where it is
    made from the lines. `line` is where the step begins in the file, `check_lines` and
    `command_lines` are where each check and each of its lines is. The host must have `pages` huge
    pages of `page_size` bytes free; 0 for a step that needs none.
    """

    title: str
    text: str
    lines: list[str]
    checks: list[Check]
    hint: str
    form: str
    line: int
    command_lines: list[int]
    check_lines: list[int]
    pages: int = 0
    page_size: int = 0


class Lesson(NamedTuple):
    """A lesson; `machine` is a command line, `text` what comes before the first step."""

    title: str
    machine: str
    text: str
    steps: list[Step]

    @property
    def command_count(self) -> int:
        """Number of lines that solve the steps."""
        return sum(len(step.lines) for step in self.steps)


class _Line(NamedTuple):
    number: int
    text: str


def parse_lesson(markdown: str, known: CommandSet[CommandInfo]) -> Lesson:
    """Return a lesson whose lines may have the known commands; raise LessonError for invalid
    Markdown, and for what a lesson may not do.
    """
    lines = [_Line(*line) for line in enumerate(markdown.split("\n"), start=1)]
    head, *steps = _sections(lines)
    while head and not head[0].text.strip():
        del head[0]
    if not head or not head[0].text.lstrip().startswith("# "):
        raise LessonError(1, "a lesson begins with a title: # TITLE")
    if not steps:
        raise LessonError(1, "a lesson has steps: ## TITLE")
    text = "\n".join(line.text for line in head[1:])
    return Lesson(
        head[0].text.lstrip()[2:].strip(),
        _parse_machine(text, head[0].number + 1),
        _plain(MACHINE.sub("", text)),
        [_parse_step(step, known) for step in steps],
    )


def _sections(lines: list[_Line]) -> list[list[_Line]]:
    """Return the lines before the first step, and those of each step."""
    sections: list[list[_Line]] = [[]]
    for line in lines:
        if line.text.startswith("## "):
            sections.append([])
        sections[-1].append(line)
    return sections


@contextmanager
def _located(line: int) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise LessonError(line, error.message) from None


def _parse_machine(text: str, first_line: int) -> str:
    machine = MACHINE.search(text)
    if not machine:
        return DEFAULT_MACHINE
    with _located(first_line + text.count("\n", 0, machine.start())):
        check_machine(machine[1])
    return machine[1]


def _parse_step(lines: list[_Line], known: CommandSet[CommandInfo]) -> Step:
    title = lines[0].text[3:]
    blocks, rest = _take_blocks(lines[1:])
    if COMMANDS not in blocks or CHECKS not in blocks:
        raise LessonError(
            lines[0].number, f"step '{title}' needs a block of hmp and a block of check"
        )
    for line in blocks[COMMANDS]:
        with _located(line.number):
            check_line(line.text, known)
    needs = next((line for line in rest if NEEDS.fullmatch(line.text)), None)
    text = [line.text for line in rest if not NEEDS.fullmatch(line.text)]
    return Step(
        title.strip(),
        _plain("\n".join(line for line in text if not line.startswith(">"))),
        [line.text for line in blocks[COMMANDS]],
        [_parse_check(line) for line in blocks[CHECKS]],
        *_hints(text),
        lines[0].number,
        [line.number for line in blocks[COMMANDS]],
        [line.number for line in blocks[CHECKS]],
        *(_parse_needs(needs) if needs else ()),
    )


def _take_blocks(lines: list[_Line]) -> tuple[dict[str, list[_Line]], list[_Line]]:
    """Return the lines of each block that are not blank, and the lines outside of blocks.

    Of several blocks of a kind the last one counts.
    """
    blocks: dict[str, list[_Line]] = {}
    rest: list[_Line] = []
    opened: _Line | None = None
    for line in lines:
        if opened is None and line.text in (COMMANDS, CHECKS):
            opened, blocks[line.text] = line, []
        elif opened is None:
            rest.append(line)
        elif line.text == FENCE:
            opened = None
        elif line.text.strip():
            blocks[opened.text].append(line)
    if opened:
        raise LessonError(opened.number, f"the block has no end: {FENCE}")
    return blocks, rest


def _parse_check(line: _Line) -> Check:
    with _located(line.number):
        return parse_check(line.text)


def _parse_needs(line: _Line) -> tuple[int, int]:
    """Return the number of huge pages that a step needs, and their size in bytes."""
    found = NEEDS.fullmatch(line.text)
    assert found
    count, size = found.groups()
    if len(count) > MAX_PAGES_DIGITS:
        raise LessonError(line.number, f"'{one_line(count)}' is no number of pages")
    try:
        return int(count), parse_size(size)
    except ValueError:
        raise LessonError(line.number, f"'{one_line(size)}' is no size of pages") from None


def _hints(text: list[str]) -> tuple[str, str]:
    """Return the first two quotations: a sentence or two, and commands, a line each."""
    quotations: list[list[str]] = []
    is_quoted = False
    for line in text:
        if line.startswith(">"):
            quotations += [] if is_quoted else [[]]
            quotations[-1].append(line[1:].removeprefix(" "))
        is_quoted = line.startswith(">")
    first, second, *_others = [*("\n".join(lines) for lines in quotations), "", ""]
    return " ".join(first.split()), _plain(second)


def _plain(text: str) -> str:
    """Return text as paragraphs, without blank lines at the ends."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
