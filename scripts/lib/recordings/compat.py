"""What the properties of devices are in older versions of machines, as query-machines tells."""

from __future__ import annotations

import json

from scripts.lib import QEMU, ROOT
from scripts.lib.recordings.hmp import LiveProgram

DATA = ROOT / "hmp" / "machine" / "catalogue" / "compat.json"


def record() -> None:
    """Record the properties once, and for each machine the numbers of its own, in QEMU's order."""
    program = LiveProgram(QEMU, "-display none -M none", "/tmp")
    machines = program.command("query-machines", **{"compat-props": True})["return"]
    program.finish()
    table: dict[str, int] = {}
    found = {}
    for machine in sorted(machines, key=lambda item: str(item["name"])):
        rows = [
            json.dumps([item["qom-type"], item["property"], item["value"]])
            for item in machine["compat-props"]
        ]
        found[machine["name"]] = [table.setdefault(row, len(table)) for row in rows]
    lists = [
        f"{json.dumps(name)}:{json.dumps(rows, separators=(',', ':'))}"
        for name, rows in found.items()
    ]
    properties, machines = ",\n".join(table), ",\n".join(lists)
    DATA.write_text(
        f'{{"properties":[\n{properties}\n],\n"machines":{{\n{machines}\n}}}}\n', encoding="ascii"
    )
