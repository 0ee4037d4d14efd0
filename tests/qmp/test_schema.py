"""The schema agrees with QEMU's and names every command and event that exists here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hmp.machine.events import EVENTS
from hmp.qmp.registry import COMMANDS
from hmp.qmp.schema import describe
from hmp.qmp.schema_file import arguments_of, recorded
from hmp.qmp.types import Structure
from hmp.testing import machine
from scripts.lib.recordings.qmp_schema import ENDLESS, MACHINES, SCHEMA, written_out

REFERENCE: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="ascii"))
OWN = [name for name in COMMANDS if name.startswith("x-hmp-")]


def test_schema_as_recorded() -> None:
    ours = written_out(describe(tuple(COMMANDS.values())), list(REFERENCE))
    for name, entry in REFERENCE.items():
        assert ours[name] == entry, name


def test_machine_types_as_recorded() -> None:
    with machine("-S -m 128M") as double:
        ours = sorted(double.qmp("query-machines"), key=lambda entry: str(entry["name"]))
    assert ours == json.loads(MACHINES.read_text(encoding="ascii"))


def test_schema_names_every_command_and_event() -> None:
    schema = describe(tuple(COMMANDS.values()))
    named = {
        kind: [entry["name"] for entry in schema if entry["meta-type"] == kind]
        for kind in ("command", "event")
    }
    assert named == {"command": list(COMMANDS), "event": list(EVENTS)}
    assert set(REFERENCE) | set(OWN) | set(ENDLESS) == {*COMMANDS, *EVENTS}
    names = [entry["name"] for entry in schema]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("command", sorted(recorded()["commands"]))
def test_the_arguments_of_every_command_can_be_read(command: str) -> None:
    """A structure may be a member of itself: the options of the LUKS format."""
    assert isinstance(arguments_of(command), Structure)
