"""The schema agrees with QEMU's and names every command and event that exists here."""

from __future__ import annotations

import json
from typing import Any

from hmp.machine.backends.create import SUPPORTED_TYPES
from hmp.qmp.commands import migration, stubs
from hmp.qmp.commands.backends import block, network
from hmp.qmp.commands.hardware import preconfig
from hmp.qmp.registry import COMMANDS
from hmp.qmp.schema import EVENTS, describe
from hmp.testing import machine
from scripts.lib.recordings.qmp_schema import MACHINES, SCHEMA, written_out

REFERENCE: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="ascii"))
_GROUPS = (stubs, migration, block, network, preconfig)
# Their results are empty here, so that there is nothing to compare; migration refuses channels.
WITHOUT_RESULTS = {command.name for group in _GROUPS for command in group.COMMANDS}
OWN = [name for name in COMMANDS if name.startswith("x-hmp-")]


def narrowed(name: str, entry: Any) -> Any:
    """Return QEMU's entry without the types that do not exist here."""
    if name == "object-add":
        kinds = list(SUPPORTED_TYPES)
        variants = entry["arg-type"]["variants"]
        narrow = {"qom-type": sorted(kinds), "variants": {kind: variants[kind] for kind in kinds}}
        return {**entry, "arg-type": {**entry["arg-type"], **narrow}}
    if name == "query-memory-devices":
        kinds = ["dimm", "nvdimm", "virtio-mem", "virtio-pmem"]
        variants = entry["ret-type"][0]["variants"]
        return {
            **entry,
            "ret-type": [{"type": kinds, "variants": {kind: variants[kind] for kind in kinds}}],
        }
    return entry


def test_schema_as_recorded() -> None:
    ours = written_out(describe(tuple(COMMANDS.values())), list(REFERENCE))
    for name, entry in REFERENCE.items():
        assert ours[name] == narrowed(name, entry), name


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
    assert set(REFERENCE) | WITHOUT_RESULTS | set(OWN) == {*COMMANDS, *EVENTS}
    names = [entry["name"] for entry in schema]
    assert len(set(names)) == len(names)
