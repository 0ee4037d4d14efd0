"""Random lines, QMP requests and command lines on machines in this process, and sessions of the
program under limits.

`python fuzz.py [hmp|qmp|argv|limits] [COUNT] [SEED]`. A failure is an internal error, another
exception, a step of a second, or a mapping or descriptor that is left when the machine is closed.
Each session has a seed of its own, which is printed with its steps when it fails.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.factory import create_machine
from hmp.errors import InternalError
from hmp.machine.machine import Machine
from hmp.machine.memory.prealloc import Preallocation
from hmp.monitor import Monitor
from hmp.qmp.session import Session
from scripts.lib import fuzz_input, fuzz_limits
from tests.support import backend_mappings, descriptors

STEPS_PER_SESSION, SLOW_S, HANG_S, MAX_REPORTS = 100, 1.0, 30.0, 20
MAX_POPULATED_BYTES = 256 << 20
# These may read or write as much as an address space has.
MOVE_GIGABYTES = ("memsave", "sum ", "x/", "xp/", "x /", "xp /")
COUNTS = {"hmp": 1_000_000, "qmp": 100_000, "argv": 20_000, "limits": 300}


class SlowStepError(Exception):
    """A step needed more than SLOW_S of the processor, or took more than HANG_S."""


class LeakError(Exception):
    """A mapping or descriptor is left when the machine is closed."""


class Fuzzer:
    """Runs sessions until `count` steps are done; `failed` counts the sessions that failed."""

    def __init__(self, kind: str, count: int, seed: int) -> None:
        self.kind, self.count, self.seed = kind, count, seed
        self.done = self.failed = 0
        self.seen: set[str] = set()
        self._session = {
            "hmp": self._hmp,
            "qmp": self._qmp,
            "argv": self._argv,
            "limits": self._limits,
        }[kind]

    def run(self) -> None:
        """Run the sessions and print the failures."""
        number = 0
        while self.done < self.count and self.failed < MAX_REPORTS:
            steps: list[str] = []
            before = backend_mappings(), len(descriptors())
            try:
                self._session(random.Random(f"{self.seed} {number}"), steps)
                if (backend_mappings(), len(descriptors())) != before:
                    raise LeakError(f"{before} -> {backend_mappings(), len(descriptors())}")
            except Exception as failure:
                self._report(number, steps, failure)
            number += 1

    def _report(self, number: int, steps: list[str], failure: Exception) -> None:
        frames = traceback.extract_tb((failure.__cause__ or failure).__traceback__)
        where = next((f for f in reversed(frames) if "/hmp/" in f.filename), None)
        place = f"{where.filename}:{where.lineno}" if where else ""
        key = f"{type(failure).__name__} {failure!s:.60} {place}"
        if key in self.seen:
            return
        self.seen.add(key)
        self.failed += 1
        print(f"--- {self.kind} seed {self.seed} session {number}: {key}")
        print("\n".join(f"    {step}" for step in steps))
        sys.stdout.flush()

    @contextmanager
    def _step(self, steps: list[str], text: str) -> Iterator[None]:
        steps.append(text)
        self.done += 1
        start, start_of_work = time.monotonic(), time.process_time()
        yield
        # A busy host makes a step wait; what counts is how much it did, or whether it hung.
        worked, took = time.process_time() - start_of_work, time.monotonic() - start
        is_slow = worked > SLOW_S or took > HANG_S
        if is_slow and not any(name in text for name in MOVE_GIGABYTES):
            raise SlowStepError(f"{worked:.1f} s of work in {took:.1f} s: {text:.60}")

    def _hmp(self, chance: random.Random, steps: list[str]) -> None:
        with _machine(chance, steps) as machine:
            monitor = Monitor(machine)
            lines = fuzz_input.Lines(chance, machine)
            for line in (*lines.prepare(), *(lines.line() for _ in range(STEPS_PER_SESSION))):
                with self._step(steps, line):
                    error = monitor.execute(line).error
                    if isinstance(error, InternalError):
                        raise error from error.bug
                    machine.run_guest()

    def _qmp(self, chance: random.Random, steps: list[str]) -> None:
        with _machine(chance, steps) as machine:
            session = Session(machine)
            session.answer({"execute": "qmp_capabilities"})
            requests = fuzz_input.Requests(chance, machine)
            for _ in range(STEPS_PER_SESSION):
                request = requests.request()
                with self._step(steps, str(request)):
                    message = session.answer(request).message
                    if "internal error" in str(message.get("error")):
                        raise RuntimeError(str(message))
                    machine.run_guest()

    def _limits(self, chance: random.Random, steps: list[str]) -> None:
        self.done += 1
        what, failure = fuzz_limits.run(chance)
        steps.append(what)
        fuzz_limits.remove_groups()
        if failure:
            raise RuntimeError(failure)

    def _argv(self, chance: random.Random, steps: list[str]) -> None:
        with self._step(steps, text := fuzz_input.command_line(chance)):
            _start(text).close()


@contextmanager
def _machine(chance: random.Random, steps: list[str]) -> Iterator[Machine]:
    arguments = fuzz_input.machine_arguments(chance)
    steps.append(arguments)
    machine = _start(arguments)
    if chance.random() < 0.7:
        machine.run_state.start()
        machine.run_guest()
    try:
        yield machine
    finally:
        machine.close()


class _Ended:
    def close(self) -> None:
        pass


def _start(arguments: str) -> Machine:
    try:
        return create_machine(arguments, lambda *lines: None)[0]
    except (StartupError, EarlyExit, ValueError) as error:
        if isinstance(error, ValueError) and "quotation" not in str(error):
            raise
        return _Ended()  # type: ignore[return-value]


def _populate_little(run: Callable[[Preallocation], None]) -> None:
    """Leave out preallocations of more memory than a step can take in a second."""

    def limited(self: Preallocation) -> None:
        if self._total <= MAX_POPULATED_BYTES:
            run(self)

    Preallocation.run = limited  # type: ignore[method-assign]


def main() -> int:
    """Run what the arguments ask for; return 1 when something failed."""
    words = sys.argv[1:]
    kinds = [words.pop(0)] if words and words[0] in COUNTS else list(COUNTS)
    count = int(words[0]) if words else 0
    seed = int(words[1]) if len(words) > 1 else random.randrange(1 << 31)
    _populate_little(Preallocation.run)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="hmp-fuzz") as folder:
        os.chdir(folder)
        Path("folder").mkdir()
        for kind in kinds:
            fuzzer = Fuzzer(kind, count or COUNTS[kind], seed)
            start = time.monotonic()
            fuzzer.run()
            failed += fuzzer.failed
            print(
                f"{kind}: seed {seed}, {fuzzer.done} steps in {time.monotonic() - start:.0f} s, "
                f"{fuzzer.failed} kinds of failure"
            )
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
