"""Compare a program with the recorded QMP exchanges: `replay-qmp COMMAND [FILE ...]`."""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.lib import RECORDINGS
from scripts.lib.recordings.qmp import by_step, load, recorded, replay_live


def print_differences(command: str, path: Path) -> int:
    """Replay an exchange on a program; return the number of steps that differ."""
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


def main() -> int:
    """Replay the exchanges named, or all; return 1 if any step differs."""
    command, *words = sys.argv[1:]
    paths = [Path(word) for word in words] or sorted((RECORDINGS / "qmp").glob("*.qmp"))
    return sum(print_differences(command, path) for path in paths) > 0


if __name__ == "__main__":
    sys.exit(main())
