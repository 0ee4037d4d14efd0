"""Random sessions and command lines on hmp and on QEMU; every difference is listed, and those of
docs/differences.md by name.
"""

from __future__ import annotations

import difflib
import os
import random
import re
import shutil
import sys
import tempfile

from scripts.lib import HMP, QEMU
from scripts.lib.generators.random_devices import RandomDevices
from scripts.lib.generators.random_lines import RandomLines
from scripts.lib.generators.random_memory import memory_line
from scripts.lib.generators.random_options import option_line
from scripts.lib.generators.random_plugs import MACHINES
from scripts.lib.generators.random_startup import command_line, good_machine
from scripts.lib.message_templates import Coverage
from scripts.lib.predictions import compare_plugs
from scripts.lib.recordings.hmp import LiveProgram, blank_program, comparable

HUGE = os.environ.get("HUGE_MOUNT", "/mnt/huge2M")
LINES_PER_SESSION = 100
STARTS_PER_SESSION = 12
DEVICES_PER_SESSION = 40
SETUP = {"small": 5000, "odd": 3 << 20, "readonly": 64 << 20}
FINAL_LOOK = (
    "info memory-devices",
    "info memory_size_summary",
    "info numa",
    "info hotpluggable-cpus",
    "info memdev",
    "info chardev",
    "info qom-tree /objects",
)
DEVICE_LOOK = ("info qtree", "info pci", "info usb", "info network", "info block")
OPTION_LOOK = (
    *("info memory-devices", "info numa", "info hotpluggable-cpus", "info chardev"),
    *("info network", "info block", "info name", "info uuid", "info status", "info qtree"),
    "info trace-events job_*",
)
FIRMWARE = re.compile(r"0x(f?fff|000e|000f)|0xe0000|4294967295")


class Pair:
    """The two programs side by side, each with a folder of its own, and one on the hugetlbfs if
    there is one.
    """

    def __init__(self, arguments: str) -> None:
        self.folders = [tempfile.mkdtemp(prefix="differential") for _ in range(2)]
        self.huge = [tempfile.mkdtemp(dir=HUGE) if os.path.ismount(HUGE) else "" for _ in range(2)]
        for folder in self.folders:
            for name, size in SETUP.items():
                path = os.path.join(folder, name)
                with open(path, "wb") as made:
                    made.truncate(size)
            os.chmod(os.path.join(folder, "readonly"), 0o444)
        self.programs = [
            LiveProgram(command, self._fill(arguments, side), folder)
            for side, (command, folder) in enumerate(zip((HMP, QEMU), self.folders, strict=True))
        ]

    def _fill(self, text: str, side: int) -> str:
        return text.replace("@TMP@", self.folders[side]).replace(
            "@HUGE@", self.huge[side] or "/nowhere"
        )

    def _blank(self, text: str, side: int) -> str:
        text = text.replace(self.folders[side], "@TMP@")
        # The number of a network backend, and the port of a debugger, are by chance.
        text = re.sub(r"#net\d+|(?<=tcp:127\.0\.0\.1:)\d{5}|(?<=/dev/pts/)\d+", "#", text)
        return text.replace(self.huge[side], "@HUGE@") if self.huge[side] else text

    def line(self, line: str) -> tuple[str, str]:
        """Return the comparable replies of hmp and QEMU to a line."""
        ours, theirs = (
            _same(line, self._blank(program.line(self._fill(line, side)), side))
            for side, program in enumerate(self.programs)
        )
        return ours, theirs

    def memdev(self) -> tuple[str, str]:
        """Return what query-memdev tells of the backends, by their ids."""
        ours, theirs = (
            str(sorted(map(str, program.command("query-memdev").get("return", ()))))
            for program in self.programs
        )
        return ours, theirs

    def finish(self) -> tuple[str, str]:
        """End both; what they wrote on stderr."""
        ours, theirs = (
            blank_program(self._blank(program.finish()[1], side))
            for side, program in enumerate(self.programs)
        )
        for folder in (*self.folders, *filter(None, self.huge)):
            shutil.rmtree(folder)
        return ours, theirs


def _same(command: str, reply: str) -> str:
    """Replies with this process's own addresses, or with the package's name, are compared without
    them.
    """
    if command.startswith("gpa2"):
        return reply.rpartition(" is 0x")[0] or reply
    # A node without a name gets a number, and two digits by chance.
    return re.sub(r"#block\d+", "#block", comparable(command, reply))


def named_exception(asked: list[str], ours: str, theirs: str) -> str:
    """Return what in docs/differences.md explains a difference in the last reply, if anything."""
    line = asked[-1]
    if '"eof"' in theirs:
        return "QEMU died"
    if "there is no disassembler" in ours or line.startswith("info mtree -f -d"):
        return "there is no disassembler and no dispatch tree"
    if "/dev/full" in line:
        return "a full disk is an error"
    if re.match(r"qom-list /*(machine)?/*$", line) or "/machine/unattached" in line:
        return "the children of /machine, and what is below /machine/unattached"
    if (
        ours.startswith("Error: ")
        and theirs.startswith("Error: ")
        and line.count("=") + line.count('":') // 2 > 1
    ):
        return "which of several bad properties is named"
    if re.fullmatch(r"(help|\?|info|help info)\s*", line) or "List of user creatable" in ours:
        return "the commands and types that exist"
    if _follows_a_failed_memory_file(asked):
        return "what a failed memfd or shm backend leaves behind its id"
    if re.match(r"(xp?|memsave|sum|gpa2)", line) and FIRMWARE.search(line + theirs):
        return "the bytes of the firmware"
    return ""


def _follows_a_failed_memory_file(asked: list[str]) -> bool:
    """Return whether a memory file of the same id was tried before: QEMU keeps that of a failed
    one.
    """
    identifier = re.search(r'"?\bid"?[=:]"?(\w+)', asked[-1])
    kind = re.compile(
        r"memory-backend-(memfd|shm)\b.*\bid\"?[=:]\"?"
        + (identifier[1] if identifier else "-")
        + r"\b"
    )
    return bool(
        identifier and "object_add" in asked[-1] and any(kind.search(line) for line in asked[:-1])
    )


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
        asked: list[str] = []
        for line in (lines.prepare() + [lines.line() for _ in range(most)])[:most]:
            asked.append(line)
            if not self._compare(arguments, asked, *pair.line(asked[-1])):
                break
        self.coverage.look_at(pair.finish()[0])

    def devices(self, most: int) -> None:
        """One session about devices that have no effect on memory."""
        random_devices = RandomDevices(self.chance)
        arguments = random_devices.arguments()
        pair = Pair(arguments)
        asked: list[str] = []
        for line in (random_devices.line() for _ in range(most)):
            asked.append(line)
            if not self._compare(arguments, asked, *pair.line(line)):
                break
        pair.finish()

    def start_with_devices(self) -> None:
        """One command line with such devices."""
        random_devices = RandomDevices(self.chance)
        count = self.chance.randrange(1, 4)
        devices = "".join(f" -device {random_devices.device()}" for _ in range(count))
        self.start(random_devices.arguments() + devices, DEVICE_LOOK)

    def plugs(self, most: int) -> None:
        """One machine of QEMU, and what a shadow of it predicts of plugs."""
        arguments = self.chance.choice(MACHINES)
        for line, predicted, told in compare_plugs(self.chance, arguments, most):
            self.compared += 1
            if predicted != told:
                self._note("", arguments, line, predicted, told)

    def _compare(self, arguments: str, asked: list[str], ours: str, theirs: str) -> bool:
        """Whether the session can go on."""
        self.compared += 1
        self.coverage.look_at(ours)
        if ours == theirs:
            return True
        reason = named_exception(asked, ours, theirs)
        self._note(reason, arguments, f"line {len(asked)}: {asked[-1]}", ours, theirs)
        # Two machines that went different ways would differ in everything that follows.
        went_apart = asked[-1].startswith(("object_add", "device_add", "qom-set")) and "" in (
            ours,
            theirs,
        )
        return not went_apart and '"eof"' not in ours + theirs

    def start(self, arguments: str, final_look: tuple[str, ...] = FINAL_LOOK) -> None:
        """Compare one command line."""
        pair = Pair(arguments)
        self.compared += 1
        began = [program.started for program in pair.programs]
        looks = [(line, *pair.line(line)) for line in final_look] if all(began) else []
        if all(began):
            looks.append(("query-memdev", *pair.memdev()))
        ours, theirs = pair.finish()
        self.coverage.look_at(ours)
        for line, here, there in looks:
            if here != there:
                self._note(_look_exception(here, there), arguments, line, here, there)
        if ours != theirs or began[0] != began[1]:
            shown = (
                f"{started} {errors}" for started, errors in zip(began, (ours, theirs), strict=True)
            )
            crashed = not began[1] and (not theirs or "Assertion" in theirs)
            reason = "QEMU crashes" if crashed else _startup_exception(ours, theirs)
            self._note(reason, arguments, "start", *shown)

    def _note(self, reason: str, arguments: str, what: str, ours: str, theirs: str) -> None:
        where = f"[{reason}] {arguments}" if reason else arguments
        if what == "info qtree":
            ours, theirs = _only_differing(ours, theirs)
        self.differences.append(f"{where}\n  {what}\n  QEMU: {theirs!r}\n  hmp:  {ours!r}")
        print(self.differences[-1], flush=True)


def _only_differing(ours: str, theirs: str) -> tuple[str, str]:
    """Return what of two long replies differs, with the lines that one of them lacks."""
    lines = list(difflib.ndiff(ours.splitlines(), theirs.splitlines()))
    mine, others = ([line[2:] for line in lines if line.startswith(sign)] for sign in "-+")
    return "\n".join(mine), "\n".join(others)


def _look_exception(ours: str, theirs: str) -> str:
    # Only boards without hotplug take two at one address.
    if "sysbus-xhci" in theirs:
        return "no USB controller on microvm"
    if "/var/tmp/vl." in theirs:
        return "-snapshot makes no temporary image"
    if ", inactive)" in theirs:
        return "block nodes of a machine that waits for a migration"
    if "addr: 0x" in theirs and sorted(ours.splitlines()) == sorted(theirs.splitlines()):
        return "the order of DIMMs at one address"
    return ""


def _startup_exception(ours: str, theirs: str) -> str:
    if "are incompatible" in ours and "PROG: Device '" in theirs:
        return "which of several bad properties is named"
    if "terminating on signal" in theirs:
        return "QEMU had to be killed"
    if "PROG: Parameter '" in theirs and re.search("invalid value of maxmem|slots specified", ours):
        return "which of several bad properties is named"
    if not ours and re.search('Maximum value for|find romfile|"file_slots"|^.*failover', theirs):
        return "what a part of a board itself says of a value of -global"
    option = ours.partition(": ")[2].partition(": ")[0]
    both_fail = option.count("=") > 1 and theirs.startswith(f"PROG: {option}: ")
    return "which of several bad properties is named" if both_fail else ""


def main() -> int:
    """Compare until enough commands were tried; list every difference, and the templates provoked
    and not provoked. The words `lines`, `options`, `devices`, `memory` and `plugs` choose what is
    tried.
    """
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    run = Run(random.Random(seed))
    kinds = sys.argv[3:] or ["lines", "options", "devices", "memory", "plugs"]
    while run.compared < wanted:
        if "lines" in kinds:
            run.session(min(LINES_PER_SESSION, wanted - run.compared))
            for _ in range(min(STARTS_PER_SESSION, wanted - run.compared)):
                run.start(command_line(run.chance))
        if "options" in kinds:
            for _ in range(min(STARTS_PER_SESSION, wanted - run.compared)):
                run.start(option_line(run.chance), OPTION_LOOK)
        if "devices" in kinds:
            run.devices(min(DEVICES_PER_SESSION, wanted - run.compared))
            for _ in range(min(DEVICES_PER_SESSION // 4, wanted - run.compared)):
                run.start_with_devices()
        if "memory" in kinds:
            for _ in range(min(STARTS_PER_SESSION, wanted - run.compared)):
                run.start(memory_line(run.chance))
        if "plugs" in kinds:
            run.plugs(min(DEVICES_PER_SESSION, wanted - run.compared))
    print(
        f"\ntemplates provoked ({len(run.coverage.provoked)}):",
        *sorted(run.coverage.provoked),
        sep="\n  ",
    )
    print(
        f"templates not provoked ({len(run.coverage.missing)}):",
        *sorted(run.coverage.missing),
        sep="\n  ",
    )
    agreed = run.compared - len(run.differences)
    unexplained = sum(not found.startswith("[") for found in run.differences)
    print(
        f"seed {seed}: {agreed} of {run.compared} agree, {100 * agreed / run.compared:.2f} %; "
        f"{unexplained} differences are no named exception"
    )
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
