"""The catalogue of types: what was recorded can be read, and agrees with what is declared here."""

from __future__ import annotations

import pytest

from hmp.machine.catalogue import boards, records
from hmp.machine.devices.types import PLUGGABLE_TYPES
from hmp.machine.devices.virtio import VirtioPci


def test_every_type_can_be_read() -> None:
    names = records.type_names()
    assert len(names) > 890
    for name in names:
        record = records.find_type(name)
        assert record is not None
        assert not record.parent or record.parent in names


def test_a_type_inherits_properties() -> None:
    names = [item.name for item in records.properties("e1000")]
    assert names.index("mac") < names.index("addr") < names.index("type")
    assert [item.name for item in records.lineage("e1000")][-2:] == ["device", "object"]


def test_aliases() -> None:
    assert records.find_alias("ahci") == "ich9-ahci"
    assert records.find_alias("e1000") == "e1000"
    assert records.find_type("nope") is None


@pytest.mark.parametrize("name", sorted(PLUGGABLE_TYPES))
def test_declared_properties_are_those_of_qemu(name: str) -> None:
    kind = PLUGGABLE_TYPES[name]
    declared = {item.name for item in kind.declared}
    if issubclass(kind, VirtioPci):
        declared |= {item.name for item in kind.device_class.declared}
    recorded = {
        item.name for item in records.properties(name) if not item.type.startswith("child<")
    }
    assert declared | {"type"} == recorded


@pytest.mark.parametrize("family", ["pc-i440fx", "pc-q35", "microvm", "isapc", "none"])
def test_boards(family: str) -> None:
    board = boards.find_board(family, has_defaults=False)
    assert board.bus.name == "main-system-bus"
    assert len(boards.find_board(family, has_defaults=True).pci) >= len(board.pci)
