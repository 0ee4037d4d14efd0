"""hmp and QEMU side by side, each with a folder of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile

from scripts.lib import HMP, QEMU
from scripts.lib.recordings.hmp import LiveProgram, blank_program, comparable

HUGE = os.environ.get("HUGE_MOUNT", "/mnt/huge2M")
SETUP = {"small": 5000, "odd": 3 << 20, "readonly": 64 << 20}


class Pair:
    """The two programs with the same arguments, and with a folder on the hugetlbfs if there is
    one.
    """

    def __init__(self, arguments: str) -> None:
        self.folders = [tempfile.mkdtemp(prefix="differential") for _ in range(2)]
        self.huge = [tempfile.mkdtemp(dir=HUGE) if os.path.ismount(HUGE) else "" for _ in range(2)]
        for folder in self.folders:
            _set_up(folder)
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
        return self._reply(line, 0), self._reply(line, 1)

    def ours(self, line: str) -> str:
        """Return the comparable reply of hmp alone, of which QEMU's machine knows nothing."""
        return self._reply(line, 0)

    def _reply(self, line: str, side: int) -> str:
        program, text = self.programs[side], self._fill(line, side)
        if not text.startswith('{"execute"'):
            return _same(line, self._blank(program.line(text), side))
        request = json.loads(text)
        reply = program.command(request["execute"], **request.get("arguments", {}))
        return self._blank(json.dumps(reply, sort_keys=True), side)

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


def start_alone(arguments: str) -> str:
    """Start hmp with these arguments, and end it; return what it wrote on stderr."""
    with tempfile.TemporaryDirectory(prefix="differential") as folder:
        _set_up(folder)
        errors = LiveProgram(HMP, arguments.replace("@TMP@", folder), folder).finish()[1]
        return blank_program(errors.replace(folder, "@TMP@"))


def _set_up(folder: str) -> None:
    """Put the files there that command lines name."""
    for name, size in SETUP.items():
        path = os.path.join(folder, name)
        with open(path, "wb") as made:
            made.truncate(size)
    os.chmod(os.path.join(folder, "readonly"), 0o444)


def _same(command: str, reply: str) -> str:
    """Replies with this process's own addresses, or with the package's name, are compared without
    them.
    """
    if command.startswith("gpa2"):
        return reply.rpartition(" is 0x")[0] or reply
    # A node without a name gets a number, and two digits by chance.
    return re.sub(r"#block\d+", "#block", comparable(command, reply))
