"""A start with each type of devices alone, on each board."""

from __future__ import annotations

import random
from collections.abc import Iterator

from hmp.machine.catalogue import records

BOARDS = ("pc", "q35", "microvm", "isapc", "none")


def type_lines(chance: random.Random) -> Iterator[str]:
    """Yield a command line for each type of devices, abstract ones too, on each board."""
    devices = (name for name in records.type_names() if _is_device(name))
    lines = [f"-M {board} -m 128M -device {name}" for name in devices for board in BOARDS]
    chance.shuffle(lines)
    yield from lines


def _is_device(name: str) -> bool:
    return any(record.name == "device" for record in records.lineage(name))
