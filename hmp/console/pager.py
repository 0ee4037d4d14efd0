"""Show replies that are longer than the screen in the user's pager."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

from hmp.serve.signals import unblock_termination_signals

# -R passes colours through; -X leaves the text on the screen when the pager ends.
DEFAULT_PAGER = "less -R -X"


def pager_command() -> list[str]:
    """Return $PAGER split into words, or less; empty when it is not installed."""
    command = shlex.split(os.environ.get("PAGER") or DEFAULT_PAGER)
    return command if command and shutil.which(command[0]) else []


def exceeds_screen(text: str, rows: int, columns: int) -> bool:
    """Return whether a text needs more rows than the screen has above the prompt."""
    needed = sum(max(1, -(-len(line) // max(columns, 1))) for line in text.splitlines())
    return needed > rows - 1


def show_in_pager(text: str) -> bool:
    """Run the pager on a text and wait for it; return False when there is no pager."""
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
