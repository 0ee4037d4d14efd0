"""Text with Markdown's marks inside a line, `code` and *stress*, as fragments.

What stands on lines of its own, such as titles and blocks, is read in `hmp.lessons.lesson`.
"""

from __future__ import annotations

import re

from hmp.console.output import Fragments

_MARK = re.compile(r"`([^`\n]+)`|\*([^*\n]+)\*")


def marked(text: str) -> Fragments:
    """The text without its marks, each marked part in its style."""
    found: list[tuple[str, str]] = []
    at = 0
    for mark in _MARK.finditer(text):
        found.append(("class:lesson", text[at : mark.start()]))
        found.append(("class:lesson.code", mark[1]) if mark[1] else ("class:lesson.stressed", mark[2]))
        at = mark.end()
    return [*found, ("class:lesson", text[at:])]
