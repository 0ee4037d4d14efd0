"""The names of QEMU's trace events, and of those that it was built without."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from scripts.lib import QEMU
from scripts.lib.recordings.hmp import LiveProgram

DATA = Path(__file__).parents[3] / "hmp" / "machine" / "tracing" / "trace_events.json"
TIMEOUT_S = 20


def record() -> None:
    """Record the names in the order of `-trace help`, and which are unavailable."""
    done = subprocess.run(
        [QEMU, "-trace", "help"], capture_output=True, text=True, check=True, timeout=TIMEOUT_S
    )
    program = LiveProgram(QEMU, "-display none -M none", "/tmp")
    states = program.command("trace-event-get-state", name="*")["return"]
    program.finish()
    unavailable = [event["name"] for event in states if event["state"] == "unavailable"]
    found = {"names": done.stdout.split(), "unavailable": unavailable}
    DATA.write_text(json.dumps(found, indent=0) + "\n", encoding="ascii")
