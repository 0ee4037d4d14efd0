"""The program with sockets, as several tests run it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import PROGRAM, ROOT

GREETING = (
    b'{"QMP": {"version": {"qemu": {"micro": 3, "minor": 1, "major": 11}, "package": "hmp 0.1.0"}, '
    b'"capabilities": ["oob"]}}\r\n'
)


BANNER = b"QEMU 11.1.3 monitor - type 'help' for more information\r\n(qemu) "


@contextmanager
def program(*arguments: str, **more: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The program, running; killed at the end if it still does."""
    process = subprocess.Popen(
        [*PROGRAM, "-S", "-m", "128M", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def connected(path: Path | tuple[str, int]) -> socket.socket:
    end = time.monotonic() + 10
    while True:
        client = socket.socket(socket.AF_UNIX if isinstance(path, Path) else socket.AF_INET)
        client.settimeout(10)
        try:
            client.connect(str(path) if isinstance(path, Path) else path)
            return client
        except OSError:
            client.close()
            assert time.monotonic() < end
            time.sleep(0.01)


def read_until(client: socket.socket, end: bytes) -> bytes:
    found = b""
    while not found.endswith(end):
        data = client.recv(1 << 16)
        if not data:
            break
        found += data
    return found


def exchange(client: socket.socket, text: str) -> list[dict[str, Any]]:
    """Send QMP; the messages up to the reply."""
    client.sendall(text.encode())
    found: list[dict[str, Any]] = []
    while not found or "event" in found[-1]:
        data = read_until(client, b"\r\n")
        if not data:
            break
        found += [json.loads(line) for line in data.splitlines()]
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
