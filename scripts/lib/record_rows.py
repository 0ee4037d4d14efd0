"""Records sessions on the reference; a recording is never edited by hand.

Running and comparing sessions is the business of `sessions.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sessions import REFERENCE, load, run_live, write_recording

ROWS = Path(__file__).resolve().parents[2] / "tests" / "rows"


def main() -> None:
    """Record the files named on the command line, or all of tests/rows."""
    paths = [Path(word) for word in sys.argv[1:]] or sorted(ROWS.rglob("*.hmp"))
    for path in paths:
        session = load(path)
        recording = run_live(REFERENCE, session)
        write_recording(path.with_suffix(".json"), session, recording)
        print(f"{path.name}: {len(recording.replies)} replies {recording.errors[:80]}")


if __name__ == "__main__":
    main()
