"""What a lesson is, and how its Markdown is read.

A lesson begins with a title and a line ``Machine: `OPTIONS` ``; each `##` begins a step. In a step
stand its text, one block of `hmp` with the lines that solve it, one block of `check` with what
holds then (`checks.py`), and a quotation with a hint; a line `Needs: N pages of SIZE` leaves the
step out on a host without them. What holds is not decided here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hmp.errors import InputError
from hmp.grammar.numbers import parse_size
from hmp.lessons.checks import Check, read_check

MACHINE = re.compile(r"^Machine: `([^`]*)`$", re.M)
NEEDS = re.compile(r"^Needs: (\d+) pages of (\w+)$", re.M)
BLOCK = re.compile(r"^```(hmp|check)\n(.*?)^```$\n?", re.M | re.S)
HINT = re.compile(r"(?:^>.*\n?)+", re.M)
USUAL_MACHINE = "-m 1G,slots=4,maxmem=8G"


class Step(NamedTuple):
    """A step: its title, its text, the lines that solve it, what holds then, a hint.

    `pages` and `page_size` (bytes) say which huge pages the host must have free; 0 for none.
    """

    title: str
    text: str
    lines: list[str]
    checks: list[Check]
    hint: str
    pages: int = 0
    page_size: int = 0


class Lesson(NamedTuple):
    """A lesson: its title, the command line of its machine, what stands before the first step, and
    the steps.
    """

    title: str
    machine: str
    text: str
    steps: list[Step]


def read_lesson(markdown: str) -> Lesson:
    """Read a lesson; InputError for what is no lesson."""
    head, *steps = re.split(r"^## ", markdown, flags=re.M)
    title, _newline, text = head.lstrip().partition("\n")
    if not title.startswith("# "):
        raise InputError("a lesson begins with a title: # TITLE")
    if not steps:
        raise InputError("a lesson has steps: ## TITLE")
    machine = MACHINE.search(text)
    return Lesson(
        title[2:].strip(),
        machine[1] if machine else USUAL_MACHINE,
        _plain(MACHINE.sub("", text)),
        [_read_step(step) for step in steps],
    )


def _read_step(markdown: str) -> Step:
    title, _newline, body = markdown.partition("\n")
    blocks = dict(BLOCK.findall(body))
    if "hmp" not in blocks or "check" not in blocks:
        raise InputError(f"step '{title}' needs a block of hmp and a block of check")
    body = BLOCK.sub("", body)
    hint, needs = HINT.search(body), NEEDS.search(body)
    return Step(
        title.strip(),
        _plain(NEEDS.sub("", HINT.sub("", body))),
        _lines(blocks["hmp"]),
        [read_check(line) for line in _lines(blocks["check"])],
        _plain(re.sub(r"^> ?", "", hint[0], flags=re.M)) if hint else "",
        *((int(needs[1]), _page_size(needs[2])) if needs else ()),
    )


def _page_size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError:
        raise InputError(f"'{text}' is no size of pages") from None


def _lines(block: str) -> list[str]:
    return [line for line in block.splitlines() if line.strip()]


def _plain(text: str) -> str:
    """Text for a terminal: paragraphs, without blank lines at the ends."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
