"""Compare what a shadow predicts of a plug, as `hmp --connect` does, with what QEMU says."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hmp.connect.monitor import RemoteExecution, RemoteMonitor
from hmp.machine.devices.dimm import Dimm
from hmp.monitor import error_text
from scripts.lib.generators.random_plugs import random_plugs
from scripts.lib.running_qemu import remote_monitor, running_qemu


class Prediction(NamedTuple):
    """The texts of a plug: the error, or where the device is."""

    line: str
    predicted: str
    told: str


def compare_plugs(chance: random.Random, arguments: str, count: int) -> Iterator[Prediction]:
    """Yield what was predicted of random plugs, and what QEMU said."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_qemu(path := Path(folder) / "qmp", "-S", *arguments.split()),
        remote_monitor(path) as monitor,
    ):
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
