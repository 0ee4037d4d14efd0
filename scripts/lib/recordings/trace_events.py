"""The names of QEMU's trace events, for -trace."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from scripts.lib import QEMU

DATA = Path(__file__).parents[3] / "hmp" / "cmdline" / "inert" / "trace_events.json"
TIMEOUT_S = 20


def record() -> None:
    """Record the names in the order of `-trace help`."""
    done = subprocess.run(
        [QEMU, "-trace", "help"], capture_output=True, text=True, check=True, timeout=TIMEOUT_S
    )
    DATA.write_text(json.dumps(done.stdout.split(), indent=0) + "\n", encoding="ascii")
