"""The devices that a board makes by itself, late."""

from __future__ import annotations

import re

from hmp.monitor import Monitor
from tests.support import run_lines


def test_plugged_devices_are_newer_than_those_of_the_board(monitor: Monitor) -> None:
    """As in QEMU, whether somebody has looked at the board before or not."""
    run_lines(monitor, "device_add virtio-balloon-pci,id=b1")
    shown = re.findall(
        r"dev: (virtio-balloon-pci|e1000|VGA|PIIX3)", run_lines(monitor, "info qtree")
    )
    assert shown == ["virtio-balloon-pci", "e1000", "VGA", "PIIX3"]
    run_lines(monitor, "device_add virtio-rng-pci,id=r")
    assert "virtio-rng-pci" in run_lines(monitor, "info qtree").partition("virtio-balloon-pci")[0]
