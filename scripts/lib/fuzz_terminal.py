"""Random keys and signals on real terminals, at random moments, and then an end.

Whatever came before, a session that was not yet told to end is there; one that was ends soon, with
the terminal's modes as they were before it, and leaves neither sockets nor pid files.
Each session has a seed of its own, which is printed when the session fails.
"""

from __future__ import annotations

import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from scripts.lib.fuzz_console import WORDS, WRONG
from tests.e2e.terminal import TerminalProcess, on_terminal
from tests.keyboard import CTRL_C, CTRL_D, END_OF_PASTE, ESCAPE, PASTE

WORKERS, STEPS, ATTEMPTS = 4, 40, 20
CTRL_BACKSLASH, CTRL_Z, CTRL_S = "\x1c", "\x1a", "\x13"
SLOW = (
    "object_add memory-backend-ram,id=slow,size=96M,prealloc=on\r",
    "info status | sleep 0.2\r",
    "help\r",
    PASTE + "info status\n" * 60 + END_OF_PASTE,
    "info status\r" * 30,
)
SIZES = ((40, 120), (5, 20), (3, 5), (1, 1), (24, 1), (1, 80), (12, 60))
SERVED = ("-qmp", "unix:qmp,server=on,wait=off", "-pidfile", "pid")
FILES = ("qmp", "pid", "fleet/0.qmp", "fleet/0.hmp", "fleet/1.qmp", "fleet/1.hmp")


class Kind(NamedTuple):
    """A way to start the program; whether a console reads what is typed, and what shows that it
    runs: a file, or with none the first output.
    """

    arguments: tuple[str, ...]
    term: str = "xterm-256color"
    is_console: bool = True
    file: str = ""


KINDS = {
    "console": Kind(()),
    "beside sockets": Kind(("-monitor", "stdio", *SERVED), file="pid"),
    "plain": Kind(("--plain",)),
    "plain beside sockets": Kind(("--plain", "-monitor", "stdio", *SERVED), file="pid"),
    "dumb": Kind((), "dumb"),
    "dumb beside sockets": Kind(("-monitor", "stdio", *SERVED), "dumb", file="pid"),
    "lesson": Kind(("--play", "plug", "--speed", "4"), is_console=False),
    "sockets": Kind(SERVED, is_console=False, file="pid"),
    "waiting": Kind(("-qmp", "unix:qmp,server=on"), is_console=False),
    "fleet": Kind(("--fleet", "2", "fleet", "-pidfile", "pid"), is_console=False),
}


def disturb(at: TerminalProcess, kind: Kind, chance: random.Random) -> None:
    """Press keys and send signals that end nothing."""
    for _number in range(chance.randrange(STEPS)):
        at.pause(chance.random() ** 3 * 0.1)
        what = chance.random()
        if what < 0.15:
            at.resize(chance.choice(SIZES))
        elif what < 0.2:
            stop(at, chance.choice((signal.SIGTSTP, signal.SIGSTOP)))
        elif not kind.is_console:
            at.type(chance.choice(("x", "\r", CTRL_D)))
        elif what < 0.3:
            at.process.send_signal(chance.choice((signal.SIGINT, signal.SIGQUIT)))
        elif what < 0.5:
            at.type(chance.choice((CTRL_C, CTRL_C, CTRL_BACKSLASH, CTRL_Z, CTRL_S)))
        elif what < 0.65:
            at.type(chance.choice(SLOW))
        else:
            at.type(chance.choice(WORDS))


def stop(at: TerminalProcess, number: signal.Signals) -> None:
    """Stop the process for a moment."""
    at.process.send_signal(number)
    at.pause(0.05)
    at.process.send_signal(signal.SIGCONT)


def end_by_keys(at: TerminalProcess, last: str) -> None:
    """Leave a pager or whatever mode the keys led to, and the console."""
    for _attempt in range(ATTEMPTS):
        for keys in ("q", ESCAPE, CTRL_C + CTRL_C, last):
            at.type(keys)
            at.pause(0.15)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            if at.has_ended():
                return
            at.pause(0.01)


ENDS: dict[str, Callable[[TerminalProcess], None]] = {
    "quit": lambda at: end_by_keys(at, "quit\r"),
    "Ctrl-D": lambda at: end_by_keys(at, CTRL_D),
    "SIGTERM": lambda at: at.process.send_signal(signal.SIGTERM),
    "SIGHUP": lambda at: at.process.send_signal(signal.SIGHUP),
    "SIGINT": lambda at: at.process.send_signal(signal.SIGINT),
    "hang-up": lambda at: at.hang_up(),
    "hang-up without SIGHUP": lambda at: at.hang_up(),
}
CONSOLE_ENDS = [name for name in ENDS if name != "SIGINT"]
OTHER_ENDS = ["SIGTERM", "SIGHUP", "SIGINT", "hang-up"]


def run_session(seed: int) -> tuple[str, list[str]]:
    """Run one session; return what it was, and what went wrong."""
    chance = random.Random(seed)
    name = chance.choice(list(KINDS))
    end = chance.choice(CONSOLE_ENDS if KINDS[name].is_console else OTHER_ENDS)
    # Whether requests for the cursor's position are made, which nobody answers here.
    asks = chance.choice(("", "1"))
    with (
        tempfile.TemporaryDirectory(prefix="hmp") as folder,
        on_terminal(
            *KINDS[name].arguments,
            folder=Path(folder),
            controls=end != "hang-up without SIGHUP",
            TERM=KINDS[name].term,
            PAGER="less",
            LESSSECURE="1",  # It runs and writes nothing, whatever keys it gets.
            PROMPT_TOOLKIT_NO_CPR=asks,
        ) as at,
    ):
        # In a third of the sessions the end comes while the program still starts.
        if chance.random() < 0.3:
            at.pause(chance.random() * 0.5)
            ENDS[end](at)
            return f"{name}, {end} at the start", at.faults_after_end(*FILES)
        return f"{name}, {end}", faults_of_session(at, name, end, chance)


def faults_of_session(at: TerminalProcess, name: str, end: str, chance: random.Random) -> list[str]:
    """Disturb a session that runs, end it, and return what went wrong."""
    kind = KINDS[name]
    if not at.wait(lambda: bool(at.folder.joinpath(kind.file).exists() if kind.file else at.shown)):
        return ["does not start"]
    disturb(at, kind, chance)
    at.pause(0.05)
    if at.has_ended() and name != "lesson":
        return ["ended too early"]
    ENDS[end](at)
    found = at.faults_after_end(*FILES)
    if at.process.returncode and name != "waiting":
        found.append(f"ended with {at.process.returncode}")
    return found + [f"{word} was shown" for word in WRONG if word.encode() in at.shown]


def main() -> int:
    """Run the sessions; 1 if one went wrong."""
    given = [int(word) for word in sys.argv[1:3]]
    sessions, first = (*given, *(300, 1)[len(given) :])
    counts, wrong = Counter[str](), 0
    with ThreadPoolExecutor(WORKERS) as pool:
        seeds = range(first, first + sessions)
        for seed, (name, faults) in zip(seeds, pool.map(run_session, seeds), strict=True):
            counts[name] += 1
            if faults:
                wrong += 1
                print(f"seed {seed}: {name}: {', '.join(faults)}", flush=True)
    for name, count in sorted(counts.items()):
        print(f"{count:4} {name}")
    print(f"{sessions} sessions, {wrong} went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
