"""Compare what a shadow predicts of a plug, as `hmp --connect` does, with what QEMU says."""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.qmp import QmpLink
from hmp.connect.links.target import parse_target
from hmp.connect.monitor import RemoteExecution, RemoteMonitor
from hmp.connect.safety import Permissions
from hmp.machine.devices.dimm import Dimm
from hmp.monitor import error_text
from scripts.lib import QEMU
from scripts.lib.generators.random_plugs import random_plugs

START_S = 10.0


class Prediction(NamedTuple):
    """The texts of a plug: the error, or where the device is."""

    line: str
    predicted: str
    told: str


@contextmanager
def connected_qemu(arguments: str) -> Iterator[RemoteMonitor]:
    """Yield a monitor that is connected to a QEMU whose guest does not run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "qmp"
        socket = ("-qmp", f"unix:{path},server=on,wait=off", "-monitor", "none", "-serial", "none")
        process = subprocess.Popen(
            [QEMU, "-display", "none", "-S", *socket, *arguments.split()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            end = time.monotonic() + START_S
            while not path.exists() and time.monotonic() < end:
                time.sleep(0.01)
            inbox = Inbox()
            link = QmpLink(parse_target(f"unix:{path}"), inbox.put)
            yield RemoteMonitor(Connection(link, inbox), Permissions(write=True))
            link.close()
        finally:
            process.kill()
            process.wait()


def compare_plugs(chance: random.Random, arguments: str, count: int) -> Iterator[Prediction]:
    """Yield what was predicted of random plugs, and what QEMU said."""
    with connected_qemu(arguments) as monitor:
        for line in random_plugs(chance, count):
            execution = monitor.run_line(line)
            reply = "".join(execution)
            if not line.startswith("device_add"):
                continue
            assert isinstance(execution, RemoteExecution)
            predicted, told = "", reply
            if execution.expected:
                predicted = error_text(execution.expected, execution.parsed)
            elif not reply:
                predicted, told = _places(monitor)
            yield Prediction(line, predicted, told)


def _places(monitor: RemoteMonitor) -> tuple[str, str]:
    """Return where the last device was expected to be, and where it is."""
    attempt = monitor.machine.last_plug
    assert attempt is not None
    found = next(
        (item for item in monitor.machine.memory_devices if item.addr == attempt.addr), None
    )
    identifier = found.owner.identifier if found else None
    slot = found.slot if isinstance(found, Dimm) else None
    return (
        f"{attempt.identifier} at {attempt.addr} in slot {attempt.slot}",
        f"{identifier} at {attempt.addr if found else None} in slot {slot}",
    )
