"""Checks of lessons: what they accept, and what they test."""

from __future__ import annotations

import pytest

from hmp.errors import InputError
from hmp.lessons.checks import parse_check
from hmp.lessons.situation import Situation
from hmp.monitor import Monitor
from tests.support import run_lines


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("/objects/a", True),
        ("no /objects/a", False),
        ("no /objects/b", True),
        ("/objects/a size = 64M", True),
        ("/objects/a size > 64M", False),
        ("/objects/a size != 1G", True),
        ("/objects/a share = off", True),
        ("/objects/a nothing = 1", False),
        ("/objects/b size = 1", False),
        ("resident /objects/a = 0", True),
        ("pages /objects/a = 4K", True),
        ("pages /objects/b = 4K", False),
        ("plugged = 64M", True),
        ("slots free = 3", True),
        ("slots free >= 4", False),
        ("pending /machine/peripheral/d", False),
        ('last plug failed "busy"', False),
        ("running", True),
        ("stopped", False),
        ("unplug = refuse", True),
        ("/machine/peripheral/d slot <= 0", True),
        ("/machine/peripheral/d size < 1T", True),
        ("/objects/a resident = 0", True),
        ("backend", True),
        ("backend size = 64M, share = off, free = no", True),
        ("backend size = 64M, free = yes", False),
        ("backend type = memory-backend-ram", True),
        ("backend nothing = 1", False),
        ("no backend size = 64M", False),
        ("no backend size = 65M", True),
        ("dimm size >= 64M, slot = 0, zone = none", True),
        ("device type = pc-dimm, pending = no", True),
        ("dimm pending = yes", False),
        ("no virtio-mem", True),
        ("virtio-mem", False),
        ('refused "busy"', False),
        ("event ACPI_DEVICE_OST", False),
        ("last plug chose addr", False),
        ("guest unplug = refuse", True),
        ("guest online = movable", True),
        ("guest latency > 0", False),
        ("guest latency != 0", True),
    ],
)
def test_checks(line: str, holds: bool, monitor: Monitor) -> None:
    run_lines(
        monitor,
        "object_add memory-backend-ram,id=a,size=64M",
        "device_add pc-dimm,id=d,memdev=a",
        "guest policy unplug=refuse",
    )
    assert parse_check(line).holds(Situation(monitor.machine)) is holds


@pytest.mark.parametrize(
    "line",
    [
        "",
        "whatever",
        "/objects/a size",
        "/objects/a size ~ 3",
        "resident = 3",
        "last plug failed busy",
        "plugged",
        "backend size",
        "backend size = 1, ",
        "dimm = 3",
        "refused x",
        "event NOTHING",
        "guest unplug",
    ],
)
def test_invalid_check_is_rejected(line: str) -> None:
    with pytest.raises(InputError, match="is no check"):
        parse_check(line)
