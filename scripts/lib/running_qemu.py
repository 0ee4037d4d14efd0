"""Run QEMU beside a script or a test that is its QMP client."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.qmp import QmpLink
from hmp.connect.links.target import parse_target
from hmp.connect.monitor import RemoteMonitor
from hmp.connect.safety import Permissions
from scripts.lib import QEMU

START_S = 20.0
# Of a QEMU that a killed script leaves behind.
LIFETIME_S = 120


@contextmanager
def running_qemu(path: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a QEMU that serves QMP at a path."""
    sockets = ("-qmp", f"unix:{path},server=on,wait=off", "-monitor", "none", "-serial", "none")
    process = subprocess.Popen(
        ["timeout", "-s", "KILL", str(LIFETIME_S), QEMU, "-display", "none", *sockets, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_served(path)
        yield process
    finally:
        # `timeout` passes it on.
        process.terminate()
        process.wait()


def _wait_until_served(path: Path) -> None:
    # The file is there before the socket listens.
    end = time.monotonic() + START_S
    while True:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(path))
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)


@contextmanager
def remote_monitor(path: Path) -> Iterator[RemoteMonitor]:
    """Yield a monitor that is connected to a QMP socket, and may change the machine."""
    inbox = Inbox()
    link = QmpLink(parse_target(f"unix:{path}"), inbox.put)
    try:
        yield RemoteMonitor(Connection(link, inbox), Permissions(write=True))
    finally:
        link.close()
