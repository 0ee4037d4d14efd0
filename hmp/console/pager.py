"""Replies that are longer than the screen go through the pager of the user's choice.

What is shown is not known here.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

from hmp.serve.signals import unblock_termination_signals

DEFAULT = "less -R -X"


def pager_command() -> list[str]:
    """$PAGER, or less where it is installed; empty when there is none."""
    command = shlex.split(os.environ.get("PAGER") or DEFAULT)
    return command if command and shutil.which(command[0]) else []


def is_long(text: str, rows: int, columns: int) -> bool:
    """Whether a text needs more rows than there are above the prompt."""
    needed = sum(max(1, -(-len(line) // max(columns, 1))) for line in text.splitlines())
    return needed > rows - 1


def page(text: str) -> bool:
    """Show a text in the pager; False when there is none."""
    command = pager_command()
    if not command:
        return False
    environment = {**os.environ, "LESS": os.environ.get("LESS", "R")}
    subprocess.run(
        command,
        input=text.encode("utf-8", "surrogateescape"),
        env=environment,
        check=False,
        preexec_fn=unblock_termination_signals,
    )
    return True
