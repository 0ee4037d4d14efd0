"""Where a console line ends as a command of the monitor: `command | shell command`,
`command > file` and `command >> file`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# A bar between numbers is the `or` of the monitor's expressions (docs/qemu-behaviour/monitor.md
# §4), so what follows a pipe must not begin a number. Quoted text matches first and as a whole, so
# that no operator is found in it.
_OPERATOR = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|$)|(?<=\s)(>>|>)(?=\s|$)|(?<=\s)(\|)(?=\s*$|\s+[^\s0-9(+~$\'-])'
)


class Redirection(NamedTuple):
    """A line's command, the operator (`|`, `>`, `>>` or empty), and the text after it."""

    command: str
    operator: str
    target: str


def split_redirection(line: str) -> Redirection:
    """Split a line at its first operator that is outside of quotes and between blanks."""
    for found in _OPERATOR.finditer(line):
        operator = found[1] or found[2]
        if operator:
            command, target = line[: found.start()].rstrip(), line[found.end() :].strip()
            return Redirection(command, operator, target)
    return Redirection(line, "", "")
