"""QEMU's schema: all of it in the compact form that the program reads; for the tests that of the
commands and events that exist here, with the numbered types written out, and the machine types.
"""

from __future__ import annotations

import json
from typing import Any

from scripts.lib import QEMU, RECORDINGS, ROOT
from scripts.lib.recordings.qmp import DEFAULT_ARGUMENTS, Exchange, LiveMonitor

SCHEMA = RECORDINGS / "qmp_schema.json"
PROGRAM_FILE = ROOT / "hmp" / "qmp" / "schema.json"
MACHINES = RECORDINGS / "qmp_machines.json"
Entry = dict[str, Any]
# A node contains nodes of all kinds, and would be written out without an end.
ENDLESS = ("blockdev-add",)


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
    if entry["meta-type"] == "alternate":
        return {"alternatives": [_type(item["type"], by_name, above) for item in entry["members"]]}
    members = {
        f"{member['name']}{'?' * ('default' in member)}": _type(member["type"], by_name, above)
        for member in entry.get("members", ())
    }
    if "tag" in entry:
        members["variants"] = {
            case["case"]: _type(case["type"], by_name, above) for case in entry["variants"]
        }
    return members


def _compact(entry: Entry) -> Any:
    """Return an entry as the program keeps it; a name ends with `?` when it is optional, and with
    `!` and a feature for each that it has.
    """
    kind = entry["meta-type"]
    if kind in ("command", "event"):
        names = {"arg-type": "arguments", "ret-type": "returns", "allow-oob": "oob"}
        kept = {ours: entry[name] for name, ours in names.items() if name in entry}
        return {**kept, **({"features": entry["features"]} if "features" in entry else {})}
    if kind == "enum":
        return [_named(member) for member in entry["members"]]
    if kind == "alternate":
        return {"alternatives": [member["type"] for member in entry["members"]]}
    found: Entry = {"members": {_named(member): member["type"] for member in entry["members"]}}
    if "tag" in entry:
        found["tag"] = entry["tag"]
        found["variants"] = {case["case"]: case["type"] for case in entry["variants"]}
    if "features" in entry:
        found["features"] = entry["features"]
    return found


def _named(member: Entry) -> str:
    optional = "?" * ("default" in member)
    features = "".join(f"!{feature}" for feature in member.get("features", ()))
    return f"{member['name']}{optional}{features}"


def _write_program_file(schema: list[Entry]) -> None:
    groups: dict[str, list[str]] = {"commands": [], "events": [], "types": []}
    for entry in schema:
        if entry["meta-type"] not in ("array", "builtin"):
            group = groups.get(f"{entry['meta-type']}s", groups["types"])
            text = json.dumps(_compact(entry), separators=(",", ":"))
            group.append(f"{json.dumps(entry['name'])}:{text}")
    text = ",\n".join(f'"{name}":{{\n{_lines(group)}\n}}' for name, group in groups.items())
    PROGRAM_FILE.write_text(f"{{\n{text}\n}}\n", encoding="ascii")


def _lines(group: list[str]) -> str:
    return ",\n".join(group)


def record() -> None:
    """Record QEMU's schema and machine types."""
    from hmp.machine.boards.types import find_board
    from hmp.machine.events import EVENTS
    from hmp.qmp.registry import COMMANDS

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
    ours = [
        name
        for name in (*COMMANDS, *EVENTS)
        if not name.startswith("x-hmp-") and name not in ENDLESS
    ]
    _write_program_file(schema)
    text = json.dumps(written_out(schema, ours), indent=1, sort_keys=True)
    SCHEMA.write_text(f"{text}\n", encoding="ascii")
    known = sorted(
        (entry for entry in machines if find_board(entry["name"])),
        key=lambda entry: str(entry["name"]),
    )
    MACHINES.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="ascii")
    print(f"{len(ours)} commands and events, {len(known)} machine types")
