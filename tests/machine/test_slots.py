"""How many memory slots a machine has."""

from __future__ import annotations

import pytest

from tests.support import start_machine


@pytest.mark.parametrize(
    ("arguments", "slots"),
    [("-M pc -m 1G,slots=3,maxmem=2G", 3), ("-M none -m 1G,slots=300,maxmem=2G", 0)],
)
def test_slot_count(arguments: str, slots: int) -> None:
    # QEMU keeps the number that -m gives on a machine without memory hotplug, up to 2^64 - 1.
    with start_machine(arguments) as machine:
        assert machine.slot_count == len(machine.ports.memory.slots) == slots
