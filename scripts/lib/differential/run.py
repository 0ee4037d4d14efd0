"""Runs sessions and command lines on both programs, and keeps what differs."""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterable

from scripts.lib.differential.exceptions import look_exception, reply_exception, start_exception
from scripts.lib.differential.pair import Pair, start_alone
from scripts.lib.generators.random_devices import RandomDevices
from scripts.lib.generators.random_lines import RandomLines
from scripts.lib.generators.random_plugs import MACHINES
from scripts.lib.generators.random_startup import good_machine
from scripts.lib.message_templates import Coverage
from scripts.lib.predictions import compare_plugs

MEMORY_LOOK = (
    "info memory-devices",
    "info memory_size_summary",
    "info hotpluggable-cpus",
    "info memdev",
    "info chardev",
    "info qom-tree /objects",
    # The last, since QEMU ends at it where there is an sp-mem.
    "info numa",
)
DEVICE_LOOK = ("info qtree", "info pci", "info usb", "info network", "info block", "info chardev")
OPTION_LOOK = (
    *("info memory-devices", "info numa", "info hotpluggable-cpus", "info chardev"),
    *("info network", "info block", "info name", "info uuid", "info status", "info qtree"),
    "info trace-events job_*",
)
# The reply of a program that has ended.
DIED = '"eof"'


class Run:
    """Counts what was compared and keeps the differences."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.compared = 0
        self.differences: list[str] = []
        self.coverage = Coverage()

    def session(self, most: int) -> None:
        """One random session."""
        arguments = good_machine(self.chance)
        pair = Pair(arguments)
        lines = RandomLines(self.chance, bool(pair.huge[0]), narrow="maxmem=1088M" in arguments)
        self._converse(
            pair, arguments, (lines.prepare() + [lines.line() for _ in range(most)])[:most]
        )
        self.coverage.look_at(pair.finish()[0])

    def devices(self, most: int) -> None:
        """One session about devices that have no effect on memory."""
        random_devices = RandomDevices(self.chance)
        arguments = random_devices.arguments()
        lines = [random_devices.line() for _ in range(most - len(DEVICE_LOOK))]
        pair = Pair(arguments)
        self._converse(pair, arguments, (*lines, *DEVICE_LOOK))
        pair.finish()

    def _converse(self, pair: Pair, arguments: str, lines: Iterable[str]) -> None:
        asked: list[str] = []
        for line in lines:
            asked.append(line)
            if not self._compare(pair, arguments, asked):
                break

    def start_with_devices(self) -> None:
        """One command line with such devices."""
        random_devices = RandomDevices(self.chance)
        count = self.chance.randrange(1, 4)
        devices = "".join(f" -device {random_devices.option()}" for _ in range(count))
        self.start(random_devices.arguments() + devices, DEVICE_LOOK)

    def plugs(self, most: int) -> None:
        """One machine of QEMU, and what a shadow of it predicts of plugs."""
        arguments = self.chance.choice(MACHINES)
        for line, predicted, told in compare_plugs(self.chance, arguments, most):
            self.compared += 1
            if predicted != told:
                self._note("", arguments, line, predicted, told)

    def _compare(self, pair: Pair, arguments: str, asked: list[str]) -> bool:
        """Whether the session can go on."""
        ours, theirs = pair.line(asked[-1])
        self.compared += 1
        self.coverage.look_at(ours)
        if ours == theirs:
            return True
        reason = reply_exception(asked, ours, theirs, pair.ours)
        # What came before is needed to find out why.
        before = "" if reason else f"\n  after: {'; '.join(asked[:-1])}"
        self._note(reason, arguments, f"line {len(asked)}: {asked[-1]}{before}", ours, theirs)
        # Two machines that went different ways would differ in everything that follows.
        changes = ("object_add", "device_add", "qom-set", '{"execute": "device_add"')
        succeeded = ("", '{"return": {}}')
        went_apart = asked[-1].startswith(changes) and (ours in succeeded or theirs in succeeded)
        is_unexplained = not reason and asked[-1].startswith(changes)
        return not went_apart and not is_unexplained and DIED not in ours + theirs

    def start(self, arguments: str, final_look: tuple[str, ...] = MEMORY_LOOK) -> None:
        """Compare one command line."""
        pair = Pair(arguments)
        self.compared += 1
        began = [program.started for program in pair.programs]
        looks = []
        for line in final_look if all(began) else ():
            looks.append((line, *pair.line(line)))
            if DIED in looks[-1][2]:
                break
        else:
            looks += [("query-memdev", *pair.memdev())] if all(began) else []
        ours, theirs = pair.finish()
        self.coverage.look_at(ours)
        for line, here, there in looks:
            if here != there:
                reason = "QEMU crashes" if DIED in there else look_exception(here, there)
                self._note(reason, arguments, line, here, there)
        if ours != theirs or began[0] != began[1]:
            shown = (
                f"{started} {errors}" for started, errors in zip(began, (ours, theirs), strict=True)
            )
            # It says nothing then, or only warns.
            is_silent = all(line.startswith("PROG: warning: ") for line in theirs.splitlines())
            crashed = not began[1] and (is_silent or "Assertion" in theirs)
            crashed |= any(DIED in there for _line, _here, there in looks)
            reason = start_exception(arguments, ours, theirs, start_alone)
            self._note("QEMU crashes" if crashed else reason, arguments, "start", *shown)

    def _note(self, reason: str, arguments: str, what: str, ours: str, theirs: str) -> None:
        where = f"[{reason}] {arguments}" if reason else arguments
        if "\n" in theirs.strip():
            ours, theirs = _only_differing(ours, theirs)
        self.differences.append(f"{where}\n  {what}\n  QEMU: {theirs!r}\n  hmp:  {ours!r}")
        print(self.differences[-1], flush=True)


def _only_differing(ours: str, theirs: str) -> tuple[str, str]:
    """Return what of two long replies differs, with the lines that one of them lacks."""
    lines = list(difflib.ndiff(ours.splitlines(), theirs.splitlines()))
    mine, others = ([line[2:] for line in lines if line.startswith(sign)] for sign in "-+")
    return "\n".join(mine), "\n".join(others)
