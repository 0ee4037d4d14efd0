"""Raw QMP exchanges: what is sent to a monitor's socket and every message that comes back.

An exchange is a file of steps (`.qmp`), its recording the messages after each step (`.json`).
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
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

DEFAULT_ARGUMENTS = "-S -m 1G,slots=4,maxmem=8G"
QUIET_S, TIMEOUT_S = 0.1, 10.0
Message = dict[str, Any]


class Exchange(NamedTuple):
    """The machine's arguments and the steps.

    A step is a line to send; `!raw "..."` sends the bytes of a JSON string without a line end,
    `!reconnect` begins a new connection, `!end` sends no more and waits for the end, `!sh LINE`
    runs a shell line in a fresh folder, which is `@TMP@`; `!wait S` lets seconds pass. `!negotiate`
    enters command mode.
    """

    arguments: str
    steps: list[str]


def load(path: Path) -> Exchange:
    """Read an exchange: `#!args`, comments, and one step a line."""
    arguments, steps = DEFAULT_ARGUMENTS, []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.startswith("#!args"):
            arguments = line[6:].strip()
        elif line and not line.startswith("#"):
            steps.append(line)
    return Exchange(arguments, steps)


class Connection(Protocol):
    """A connection to a monitor."""

    def send(self, data: bytes) -> None:
        """Send bytes."""

    def receive(self, expected: int | None) -> list[Message]:
        """Return the next `expected` messages, or without a number all until none comes."""

    def end(self) -> None:
        """Send no more."""


def run(
    exchange: Exchange, connect: Callable[[], Connection], folder: str, expected: list[int] | None
) -> list[list[Message]]:
    """Return the messages after the greeting and each step; `expected` are recorded counts."""
    line = connect()
    found = [blanked(line.receive(1), folder)]
    for index, step in enumerate(exchange.steps):
        step = step.replace("@TMP@", folder)
        if step == "!reconnect":
            line.end()
            line = connect()
        elif step.startswith("!sh "):
            subprocess.run(step[4:], shell=True, cwd=folder, check=False, capture_output=True)
            found.append([])
            continue
        else:
            _act(line, step)
        first = [] if expected or step.startswith(("!raw ", "!wait ")) else line.receive(1)
        count = expected[index + 1] if expected else 0 if step == "!reconnect" else None
        found.append(blanked(first + line.receive(count), folder))
    line.end()
    return found


def _act(line: Connection, step: str) -> None:
    if step.startswith("!raw "):
        line.send(json.loads(step[5:]).encode("latin-1"))
    elif step == "!negotiate":
        line.send(b'{"execute": "qmp_capabilities"}\n')
    elif step == "!end":
        line.end()
    elif step.startswith("!wait "):
        time.sleep(float(step[6:]))
    else:
        line.send(f"{step}\n".encode())


def by_step(exchange: Exchange, found: list[list[Message]]) -> list[tuple[str, str]]:
    """Return each step with its comparable messages; those of a `!wait` join the step before."""
    steps: list[tuple[str, list[Message]]] = []
    for step, messages in zip(["(greeting)", *exchange.steps], found, strict=True):
        if step.startswith("!wait "):
            steps[-1][1].extend(messages)
        else:
            steps.append((step, list(messages)))
    return [(step, comparable(messages)) for step, messages in steps]


def blanked(messages: list[Message], folder: str) -> list[Message]:
    """Return messages without what differs from run to run: times, thread ids, the directory, the
    package name.
    """
    for message in messages:
        if "timestamp" in message:
            assert all(
                isinstance(message["timestamp"].pop(unit), int)
                for unit in ("seconds", "microseconds")
            )
        message.get("QMP", {}).get("version", {}).pop("package", None)
    text = json.dumps(messages).replace(folder, "@TMP@")
    found: list[Message] = json.loads(text, object_hook=_without_numbers)
    return found


def _without_numbers(members: Message) -> Message:
    if "cpu-index" in members:
        members.pop("thread-id")
    if "package" in members and "qemu" in members:
        members["package"] = ""
    return members


def comparable(messages: list[Message]) -> str:
    """Return messages as text, without the order of members and of lists in hash-table order, and
    without the digits of block nodes' own names, which are by chance.
    """
    text = json.dumps(messages)
    named: list[Message] = json.loads(re.sub(r"#block[0-9]+", "#block", text))
    return json.dumps([_sorted(message) for message in named], sort_keys=True)


# Members of what hmp lists in the same order: CPUs, devices, memory backends, I/O threads.
_IN_ORDER = {"slot", "data", "props", "host-nodes", "poll-grow"}


def _sorted(message: Message) -> Message:
    value = message.get("return")
    if (
        isinstance(value, list)
        and value
        and all(isinstance(item, dict) for item in value)
        and not _IN_ORDER & value[0].keys()
    ):
        return {**message, "return": _sorted_items(value)}
    return message


def _sorted_items(items: list[Message]) -> list[Message]:
    """Return what is described, and the properties of objects (qom-list-get), in one order."""
    found = [{key: item[key] for key in item if key != "description"} for item in items]
    for item in found:
        if isinstance(item.get("properties"), list):
            item["properties"] = _sorted_items(item["properties"])
    return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))


class LiveMonitor:
    """A program with a QMP socket."""

    def __init__(self, command: str, exchange: Exchange, folder: str) -> None:
        self._sockets = tempfile.mkdtemp(prefix="hmp")
        self._path = os.path.join(self._sockets, "qmp")
        words = [
            *shlex.split(command),
            *shlex.split(exchange.arguments.replace("@TMP@", folder)),
            "-qmp",
            f"unix:{self._path},server=on,wait=off",
        ]
        self.process = subprocess.Popen(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def connect(self) -> SocketConnection:
        """Connect to its monitor."""
        end = time.monotonic() + TIMEOUT_S
        while True:
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(self._path)
                return SocketConnection(client)
            except OSError:
                client.close()
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.005)

    def close(self) -> None:
        """End the program."""
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self._sockets, ignore_errors=True)


class SocketConnection:
    """A connection over a socket."""

    def __init__(self, client: socket.socket) -> None:
        self._socket, self._rest = client, b""
        self._closed = False

    def send(self, data: bytes) -> None:
        """Send bytes; a closed connection ignores them."""
        with suppress(OSError):
            self._socket.sendall(data)

    def receive(self, expected: int | None) -> list[Message]:
        """Return messages, and `{"closed": true}` at the end of the connection."""
        found: list[Message] = []
        while not self._closed and (expected is None or len(found) < expected):
            self._socket.settimeout(QUIET_S if expected is None else TIMEOUT_S)
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError:
                break
            except ConnectionError:
                data = b""
            *lines, self._rest = (self._rest + data).split(b"\r\n")
            found += [_read(line) for line in lines]
            if not data:
                self._closed = True
                found.append({"closed": True})
        return found

    def end(self) -> None:
        """Send no more."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)


def _read(line: bytes) -> Message:
    """Read a message; an infinite number, which QEMU writes as `inf`, becomes a string."""
    found: Message = json.loads(re.sub(rb"(?<=[\[ ])inf(?=[],}])", b'"inf"', line))
    return found


def record(command: str, path: Path) -> list[list[Message]]:
    """Run an exchange on a program and store the messages beside it."""
    found = replay_live(command, load(path), None)
    text = ",\n".join(json.dumps(messages, ensure_ascii=True) for messages in found)
    path.with_suffix(".json").write_text(f"[\n{text}\n]\n", encoding="ascii")
    return found


def replay_live(
    command: str, exchange: Exchange, expected: list[int] | None
) -> list[list[Message]]:
    """Run an exchange on a live program; return its messages."""
    folder = tempfile.mkdtemp(prefix="rows")
    monitor = LiveMonitor(command, exchange, folder)
    try:
        return run(exchange, monitor.connect, folder, expected)
    finally:
        monitor.close()
        shutil.rmtree(folder, ignore_errors=True)


def recorded(path: Path) -> list[list[Message]]:
    """Return the messages stored beside an exchange."""
    found: list[list[Message]] = json.loads(path.with_suffix(".json").read_text(encoding="ascii"))
    return found
