"""The names of the commands of QEMU's human monitor, and of the subjects of its `info`."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from scripts.lib import QEMU

DATA = Path(__file__).parents[3] / "hmp" / "assist" / "suggestions" / "monitor_commands.json"
TIMEOUT_S = 20
# A command with its aliases, at the begin of a line: `print|p /fmt expr -- print ...`. What a
# description goes on with is indented.
NAMES = re.compile(r"(info )?([\w|?-]+) [^\n]*? -- |(drive_add) ", re.MULTILINE)


def record() -> None:
    """Record the names that `help` and `help info` list."""
    done = subprocess.run(
        [QEMU, "-display", "none", "-S", "-monitor", "stdio"],
        input="help\nhelp info\nquit\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_S,
    )
    found: set[str] = set()
    for line in done.stdout.splitlines():
        match = NAMES.match(line)
        if match:
            names = (match[2] or match[3]).split("|")
            found.update(f"{match[1] or ''}{name}" for name in names)
    DATA.write_text(json.dumps(sorted(found), indent=0) + "\n", encoding="ascii")
