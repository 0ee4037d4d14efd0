"""QEMU's schema of the commands and events that exist here, with the numbered types written out,
and its machine types.
"""

from __future__ import annotations

import json
from typing import Any

from scripts.lib import QEMU, RECORDINGS
from scripts.lib.recordings.qmp import DEFAULT_ARGUMENTS, Exchange, LiveMonitor

SCHEMA = RECORDINGS / "qmp_schema.json"
MACHINES = RECORDINGS / "qmp_machines.json"
Entry = dict[str, Any]
# What this program leaves out of enumerations and variants, since it has no such types.
CHOICES = ("qom-type", "type")


def written_out(schema: list[Entry], names: list[str]) -> dict[str, Any]:
    """Arguments, results, data and features of commands and events, by name, without the numbers of
    types.
    """
    by_name = {entry["name"]: entry for entry in schema}
    found: dict[str, Any] = {}
    for name in names:
        entry = by_name[name]
        found[name] = {
            key: _type(entry[key], by_name) for key in ("arg-type", "ret-type") if key in entry
        }
        found[name]["features"] = entry.get("features", [])
    return found


def _type(name: str, by_name: dict[str, Entry], above: tuple[str, ...] = ()) -> Any:
    entry = by_name[name]
    if name in above:
        # A PCI bridge has devices, which may be bridges.
        return "as above"
    above = (*above, name)
    if entry["meta-type"] == "builtin":
        return entry["json-type"]
    if entry["meta-type"] == "array":
        return [_type(entry["element-type"], by_name, above)]
    if entry["meta-type"] == "enum":
        return sorted(member["name"] for member in entry["members"])
    members = {
        f"{member['name']}{'?' * ('default' in member)}": _type(member["type"], by_name, above)
        for member in entry.get("members", ())
    }
    if "tag" in entry:
        members["variants"] = {
            case["case"]: _type(case["type"], by_name, above) for case in entry["variants"]
        }
    return members


def record() -> None:
    """Record QEMU's schema and machine types."""
    from hmp.machine.boards.types import find_board
    from hmp.qmp.commands import migration, stubs
    from hmp.qmp.commands.backends import block, network
    from hmp.qmp.registry import COMMANDS
    from hmp.qmp.schema import EVENTS

    monitor = LiveMonitor(QEMU, Exchange(DEFAULT_ARGUMENTS, []), "/tmp")
    try:
        line = monitor.connect()
        line.receive(1)
        line.send(
            b'{"execute": "qmp_capabilities"} {"execute": "query-qmp-schema"} {"execute": '
            b'"query-machines"}'
        )
        schema, machines = (message["return"] for message in line.receive(3)[1:])
    finally:
        monitor.close()
    without_results = {
        command.name
        for command in (*stubs.COMMANDS, *migration.COMMANDS, *block.COMMANDS, *network.COMMANDS)
    }
    ours = [
        name
        for name in (*COMMANDS, *EVENTS)
        if not name.startswith("x-hmp-") and name not in without_results
    ]
    text = json.dumps(written_out(schema, ours), indent=1, sort_keys=True)
    SCHEMA.write_text(f"{text}\n", encoding="ascii")
    known = sorted(
        (entry for entry in machines if find_board(entry["name"])),
        key=lambda entry: str(entry["name"]),
    )
    MACHINES.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="ascii")
    print(f"{len(ours)} commands and events, {len(known)} machine types")
