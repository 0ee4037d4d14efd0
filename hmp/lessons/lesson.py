"""Parse a lesson from Markdown.

# TITLE
Machine: `OPTIONS`           the command line of the machine (optional)
text
## TITLE OF A STEP
Needs: N pages of SIZE       the step is skipped on a host without free huge pages (optional)
text
```hmp                       the lines that solve the step
```check                     what holds afterwards, see `checks.py`
> hint                       (optional)
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hmp.errors import InputError
from hmp.grammar.numbers import parse_size
from hmp.lessons.checks import Check, parse_check

MACHINE = re.compile(r"^Machine: `([^`]*)`$", re.M)
NEEDS = re.compile(r"^Needs: (\d+) pages of (\w+)$", re.M)
BLOCK = re.compile(r"^```(hmp|check)\n(.*?)^```$\n?", re.M | re.S)
HINT = re.compile(r"(?:^>.*\n?)+", re.M)
DEFAULT_MACHINE = "-m 1G,slots=4,maxmem=8G"


class Step(NamedTuple):
    """A step of a lesson.

    `lines` solve it, and `checks` hold afterwards. The host must have `pages` huge pages of
    `page_size` bytes free; 0 for a step that needs none.
    """

    title: str
    text: str
    lines: list[str]
    checks: list[Check]
    hint: str
    pages: int = 0
    page_size: int = 0


class Lesson(NamedTuple):
    """A lesson; `machine` is a command line, `text` what comes before the first step."""

    title: str
    machine: str
    text: str
    steps: list[Step]


def parse_lesson(markdown: str) -> Lesson:
    """Return a lesson; raise InputError for invalid Markdown."""
    head, *steps = re.split(r"^## ", markdown, flags=re.M)
    title, _newline, text = head.lstrip().partition("\n")
    if not title.startswith("# "):
        raise InputError("a lesson begins with a title: # TITLE")
    if not steps:
        raise InputError("a lesson has steps: ## TITLE")
    machine = MACHINE.search(text)
    return Lesson(
        title[2:].strip(),
        machine[1] if machine else DEFAULT_MACHINE,
        _plain(MACHINE.sub("", text)),
        [_parse_step(step) for step in steps],
    )


def _parse_step(markdown: str) -> Step:
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
        [parse_check(line) for line in _lines(blocks["check"])],
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
    """Return text as paragraphs, without blank lines at the ends."""
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
