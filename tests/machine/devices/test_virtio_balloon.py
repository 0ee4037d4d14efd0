"""The balloon device answers to a driver as QEMU's did to one that was played."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hmp.machine.devices.virtio_balloon import VirtioBalloon
from hmp.monitor import Monitor
from scripts.lib.recordings import balloon
from tests.support import run_lines, start_monitor

# By the tags of the virtio standard.
STATISTICS = (
    *("swap-in", "swap-out", "major-faults", "minor-faults", "free-memory", "total-memory"),
    *("available-memory", "disk-caches", "htlb-pgalloc", "htlb-pgfail", "oom-kills"),
    *("alloc-stalls", "async-scans", "direct-scans", "async-reclaims", "direct-reclaims"),
)


def test_the_device_answers_as_qemus_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recorded = json.loads(balloon.FILE.read_text(encoding="ascii"))
    assert [item["step"] for item in recorded] == list(balloon.STEPS)
    with start_monitor(f"-S {balloon.ARGUMENTS}") as monitor:
        for item in recorded:
            assert _run(monitor, item["step"]) == item["seen"], item["step"]


def _run(monitor: Monitor, step: str) -> object:
    machine, device = monitor.machine, monitor.machine.balloon
    assert isinstance(device, VirtioBalloon)
    word, *arguments = step.split()
    if word == "hmp":
        return run_lines(monitor, step.removeprefix("hmp "))
    if word == "target":
        return device.target_pages
    if word == "pages":
        device.report_pages(machine, int(arguments[0]))
    elif word == "write":
        with open("ram", "r+b") as file:
            os.pwrite(file.fileno(), b"xxxx", int(arguments[0], 16))
    elif word == "give":
        device.give_back(machine, int(arguments[0], 16), int(arguments[1]) * balloon.PAGE_BYTES)
    elif word == "stats":
        pairs = [[int(number) for number in item.split("=")] for item in arguments]
        device.report_stats(
            {f"stat-{STATISTICS[tag]}": value for tag, value in pairs if tag < len(STATISTICS)}
        )
        stats = json.loads(run_lines(monitor, "qom-get b guest-stats"))
        return {"stats": stats["stats"], "is-updated": stats["last-update"] > 0}
    return None
