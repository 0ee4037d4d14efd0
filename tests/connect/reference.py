"""Run the reference QEMU with a QMP socket, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.qmp import QmpLink
from hmp.connect.links.target import parse_target
from hmp.connect.monitor import RemoteMonitor
from hmp.connect.safety import Permissions
from tests.e2e.program import connected

REFERENCE = shutil.which("reference-qemu")
needs_reference = pytest.mark.skipif(REFERENCE is None, reason="reference-qemu is not installed")
LIFETIME_S = 120


@contextmanager
def reference(path: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a running QEMU whose QMP socket is at a path."""
    assert REFERENCE
    sockets = ("-qmp", f"unix:{path},server=on,wait=off", "-monitor", "none", "-serial", "none")
    process = subprocess.Popen(
        ["timeout", "-s", "KILL", str(LIFETIME_S), REFERENCE, "-display", "none"]
        + [*sockets, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        connected(path).close()
        yield process
    finally:
        # `timeout` passes it on.
        process.terminate()
        process.wait()


@contextmanager
def remote(path: Path) -> Iterator[RemoteMonitor]:
    """Yield a monitor that is connected to a QMP socket."""
    inbox = Inbox()
    link = QmpLink(parse_target(f"unix:{path}"), inbox.put)
    try:
        yield RemoteMonitor(Connection(link, inbox), Permissions(write=True))
    finally:
        link.close()
