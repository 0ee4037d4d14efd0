"""Sessions of the human monitor: lines and the exact replies to them, recorded from a live program
and compared.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from scripts.lib import RECORDINGS

SESSIONS = RECORDINGS / "hmp"
# Command lines that end or start, as one table per option.
STARTUP = SESSIONS / "startup"
TIMEOUT_S = 30
DEFAULT_ARGUMENTS = "-m 1G,slots=4,maxmem=8G"
# A line of a file follows without a blank.
PROGRAM = re.compile(r"^\S*?(qemu-system-x86_64|hmp|__main__\.py|pytest|rows):(?: |(?=\S))", re.M)
# What is below /machine/unattached besides devices, and does not exist here.
NOT_A_DEVICE = re.compile(r" \(child<(irq|memory-region|System)>\)$")
OWN_MONITOR = re.compile(
    r"^.*: filename=(unix:\S*/qmp,server=on|disconnected:unix:nowhere)\n", re.M
)


class SessionFile(NamedTuple):
    """A .hmp file: the machine's arguments, shell lines run first in a fresh directory, and the
    steps (monitor lines, or `!sh LINE`).
    """

    arguments: str
    setup: list[str]
    steps: list[str]


def load(path: Path) -> SessionFile:
    """Read a session: `#!args`, `#!setup`, comments, and one step a line."""
    arguments, setup, steps = DEFAULT_ARGUMENTS, [], []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("#!args"):
            arguments = line[6:].strip()
        elif line.startswith("#!setup "):
            setup.append(line[8:])
        elif line and not line.startswith("#"):
            steps.append(line)
    return SessionFile(arguments, setup, steps)


def comparable(command: str, reply: str) -> str:
    """Return the part of a reply that is compared: without the wording of help."""
    # Of a block node's or a network backend's own name the last two digits are by chance.
    reply = re.sub(r"#(block|net)[0-9]+", r"#\1", reply)
    words = command.split()
    if words == ["info", "chardev"]:
        # Without the monitor that the line came by, which is added at another time; the number
        # of a debugger is random.
        devices = sorted(OWN_MONITOR.sub("", reply).splitlines(keepends=True))
        return re.sub(r"^#chr\d+", "#chr", "".join(devices), flags=re.M)
    if words[:1] == ["qom-list"]:
        lines = reply.split("\n")
        if words[1:] == ["/machine/unattached"]:
            lines = [line for line in lines if not NOT_A_DEVICE.search(line)]
        return "\n".join(sorted(lines))
    asks_help = "help" in command or "?" in command
    if (
        words[:1] in (["device_add"], ["object_add"])
        and asks_help
        and not reply.startswith("Error")
    ):
        return "\n".join(sorted(re.sub(r"\s+- .*", "", line) for line in reply.split("\n")))
    if words[:1] in (["help"], ["?"]) or words == ["info"]:
        entries = (line for line in reply.split("\n") if not line.startswith("\t"))
        return "\n".join(line.partition(" -- ")[0].rstrip() for line in entries)
    return reply


class LiveProgram:
    """A running program, driven by human-monitor-command over its QMP socket."""

    def __init__(self, command: str, arguments: str, folder: str) -> None:
        self.sockets = tempfile.TemporaryDirectory(prefix="hmp")
        self.path = os.path.join(self.sockets.name, "qmp")
        words = [
            *shlex.split(command),
            "-S",
            *shlex.split(arguments),
            "-qmp",
            f"unix:{self.path},server=on,wait=off",
        ]
        self.process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        connection = self._connect()
        self.started = connection is not None
        if connection is not None:
            connection.settimeout(TIMEOUT_S)
            self.file = connection.makefile("rw", encoding="utf-8", newline="\n")
            connection.close()
            self.started = self._greeted()

    def _connect(self) -> socket.socket | None:
        end = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < end:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self.path)
                return connection
            except OSError:
                connection.close()
                time.sleep(0.005)
        return None

    def _greeted(self) -> bool:
        """Return whether the program answers; it may fail after it opened its socket."""
        try:
            self.file.readline()
            return "return" in self.command("qmp_capabilities")
        except (OSError, ValueError):
            with suppress(OSError):
                self.file.close()
            return False

    def command(self, name: str, /, **arguments: object) -> dict[str, Any]:
        """Run one QMP command; return its reply, skipping events, or `eof` if the program ended."""
        try:
            self.file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
            self.file.flush()
        except BrokenPipeError:
            return {"eof": True}
        while True:
            try:
                line = self.file.readline()
            except (ConnectionResetError, TimeoutError):
                line = ""
            reply: dict[str, Any] = json.loads(line) if line else {"eof": True}
            if "event" not in reply:
                return reply

    def line(self, text: str) -> str:
        """Run one monitor line; return its reply with plain newlines."""
        reply = self.command("human-monitor-command", **{"command-line": text})
        return (
            reply["return"].replace("\r\n", "\n")
            if "return" in reply
            else f"QMP: {json.dumps(reply)}"
        )

    def finish(self) -> tuple[int, str]:
        """End the program; return its exit status and stderr."""
        try:
            if self.started:
                self.command("quit")
        except (OSError, ValueError):
            pass
        finally:
            if self.started:
                with suppress(OSError):
                    self.file.close()
        try:
            _out, errors = self.process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _out, errors = self.process.communicate()
        self.sockets.cleanup()
        return self.process.returncode, errors


class Recording(NamedTuple):
    """Whether the start failed, stderr, and the reply to each step."""

    failed: bool
    errors: str
    replies: list[str]


def run_live(command: str, session: SessionFile) -> Recording:
    """Run a session on a live program in a fresh directory."""
    folder = tempfile.mkdtemp(prefix="rows")

    def fill(text: str) -> str:
        return text.replace("@TMP@", folder)

    try:
        for line in session.setup:
            shell(fill(line), folder)
        program = LiveProgram(command, fill(session.arguments), folder)
        replies: list[str] = []
        for step in session.steps if program.started else ():
            reply = (
                shell(fill(step[4:]), folder)
                if step.startswith("!sh ")
                else program.line(fill(step))
            )
            replies.append(reply.replace(folder, "@TMP@"))
        _status, errors = program.finish()
        return Recording(
            not program.started, blank_program(errors.replace(folder, "@TMP@")), replies
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shell(text: str, folder: str) -> str:
    """Run a shell line in a directory; return its stdout."""
    return subprocess.run(
        text, shell=True, cwd=folder, capture_output=True, text=True, timeout=30
    ).stdout


def blank_program(errors: str) -> str:
    """Return messages with PROG for the program's name."""
    return PROGRAM.sub("PROG: ", errors).strip()


def _recording(data: dict[str, Any]) -> Recording:
    startup = data["startup"]
    return Recording(startup["failed"], startup["stderr"], [step["out"] for step in data["steps"]])


def _data(session: SessionFile, recording: Recording) -> dict[str, Any]:
    """Return what is stored of a recording: without QEMU's wording of help."""
    steps = []
    for step, reply in zip(session.steps, recording.replies, strict=False):
        asks_help = "help" in step or "?" in step or step.split() in (["info"], ["info", "chardev"])
        steps.append({"cmd": step, "out": comparable(step, reply) if asks_help else reply})
    return {
        "steps": steps,
        "startup": {"failed": recording.failed, "stderr": recording.errors},
    }


class Case(NamedTuple):
    """A recorded session, named by its file, or by its table and title."""

    name: str
    session: SessionFile
    recording: Recording


def recorded_cases() -> list[Case]:
    """Return every recorded session: those of files, then those of the startup tables."""
    found = []
    for path in sorted(SESSIONS.rglob("*.hmp")):
        data = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        name = str(path.relative_to(SESSIONS).with_suffix(""))
        found.append(Case(name, load(path), _recording(data)))
    for path in sorted(STARTUP.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            session = SessionFile(
                case["args"], case.get("setup", []), [step["cmd"] for step in case["steps"]]
            )
            found.append(Case(f"{path.stem}: {case['title']}", session, _recording(case)))
    return found


def record(command: str, path: Path) -> int:
    """Record a session (`.hmp`) or a table of them (`.json`) on a program; return how many."""
    if path.suffix == ".hmp":
        session = load(path)
        stored: Any = _data(session, run_live(command, session))
        count = 1
    else:
        stored = json.loads(path.read_text(encoding="utf-8"))
        count = len(stored)
        for case in stored:
            session = SessionFile(
                case["args"], case.get("setup", []), [step["cmd"] for step in case["steps"]]
            )
            data = _data(session, run_live(command, session))
            case.update(startup=data["startup"], steps=data["steps"])
    text = json.dumps(stored, indent=1) + "\n"
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    return count
