"""What query-command-line-options returns, which is data of the program."""

from __future__ import annotations

import json
from pathlib import Path

from scripts.lib import QEMU
from scripts.lib.recordings.hmp import LiveProgram

DATA = Path(__file__).parents[3] / "hmp" / "machine" / "catalogue" / "command_line_options.json"


def record() -> None:
    """Record the options in QEMU's order, each with its keys and their types."""
    program = LiveProgram(QEMU, "-M none", ".")
    listed = program.command("query-command-line-options")["return"]
    program.finish()
    DATA.write_text(json.dumps(listed, separators=(",", ":")) + "\n", encoding="utf-8")
