"""The modules behind the scripts: recordings of QEMU, comparison with it, measurements."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT / "tests" / "recordings"
HMP = os.environ.get("HMP", str(ROOT / ".venv" / "bin" / "hmp"))
# The command that starts QEMU 11.1.3.
QEMU = os.environ.get("REFERENCE_QEMU", "reference-qemu")
