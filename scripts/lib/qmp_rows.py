"""Records raw QMP exchanges on the reference, or checks a program against the recordings.

`record [FILE ...]`, or `check COMMAND [FILE ...]`; without files, all of tests/qmp, and the schema
is recorded too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import qmp_schema
from exchanges import REFERENCE, by_step, load, record, recorded, replay_live

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "qmp"


def main() -> int:
    """Record or check; the exit status tells whether everything agreed."""
    what, *words = sys.argv[1:]
    command = words.pop(0) if what == "check" else ""
    paths = [Path(word) for word in words] or sorted(FOLDER.glob("*.qmp"))
    if what == "record":
        for path in paths:
            print(f"{path.name}: {sum(map(len, record(REFERENCE, path)))} messages")
        if not words:
            qmp_schema.main()
        return 0
    return sum(_differences(command, path) for path in paths) > 0


def _differences(command: str, path: Path) -> int:
    exchange, expected = load(path), recorded(path)
    found = replay_live(command, exchange, [len(messages) for messages in expected])
    wrong = 0
    for (step, wanted), (_step, got) in zip(
        by_step(exchange, expected), by_step(exchange, found), strict=True
    ):
        if wanted != got:
            wrong += 1
            print(f"--- {path.name}: {step}\n  want: {wanted}\n  have: {got}")
    print(f"{path.name}: {len(expected) - wrong} of {len(expected)} steps agree")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
