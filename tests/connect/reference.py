"""Run the reference QEMU with a QMP socket, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
