"""query-cpus-fast, query-hotpluggable-cpus and query-machines."""

from __future__ import annotations

from hmp.machine import queries
from hmp.machine.boards import types
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.commands.identity import TARGET, TARGETS
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, EMPTY, INTEGER, STRING, Enumeration, List, Structure

# The order in which QEMU's answers have the members of a place.
_PLACE_ORDER = ("core-id", "thread-id", "node-id", "die-id", "socket-id", "module-id")


def _place(ids: dict[str, int]) -> dict[str, int]:
    return {name: ids[name] for name in _PLACE_ORDER if name in ids}


def query_cpus_fast(ctx: Context, arguments: Arguments) -> object:
    """Return the CPUs, by index."""
    return [
        {
            "thread-id": cpu.thread_id,
            "qom-type": cpu.qom_type,
            "props": _place(cpu.place),
            "qom-path": cpu.qom_path,
            "cpu-index": cpu.cpu_index,
            "target": TARGET,
        }
        for cpu in queries.query_cpus(ctx.machine)
    ]


def query_hotpluggable_cpus(ctx: Context, arguments: Arguments) -> object:
    """Return the places for CPUs, the last one first, with the path of the CPU that is there."""
    found: list[dict[str, object]] = []
    for cpu in queries.query_hotpluggable_cpus(ctx.machine):
        path = {} if cpu.qom_path is None else {"qom-path": cpu.qom_path}
        found.append(
            {
                "props": _place(cpu.place),
                "vcpus-count": cpu.vcpus_count,
                **path,
                "type": cpu.qom_type,
            }
        )
    return found


def query_machines(ctx: Context, arguments: Arguments) -> object:
    """Return the machine types."""
    found: list[dict[str, object]] = []
    for board in types.all_boards():
        entry: dict[str, object] = {
            "hotpluggable-cpus": board.has_cpu_hotplug,
            "name": board.name,
            "numa-mem-supported": False,
            "acpi": board.has_acpi,
            "cpu-max": board.max_cpus,
            "deprecated": board.deprecated,
            "default-ram-id": board.default_ram_id,
        }
        alias = types.alias_of(board.name)
        if alias:
            entry["alias"] = alias
        if alias == types.DEFAULT:
            entry["is-default"] = True
        if board.has_cpus:
            entry["default-cpu-type"] = f"{board.cpu_model}-x86_64-cpu"
        if arguments.get("compat-props"):
            from hmp.machine.catalogue.compat import compat_properties

            entry["compat-props"] = [
                {"qom-type": item.driver, "property": item.name, "value": item.value}
                for item in compat_properties(board.name)
            ]
        found.append(entry)
    return found


_PLACE = Structure(
    {
        f"{name}-id?": INTEGER
        for name in (
            "node",
            "drawer",
            "book",
            "socket",
            "die",
            "cluster",
            "module",
            "core",
            "thread",
        )
    }
)
# For the schema alone, which has QEMU's types of all targets.
_S390 = Structure(
    {
        "cpu-state": Enumeration(("uninitialized", "stopped", "check-stop", "operating", "load")),
        "dedicated?": BOOLEAN,
        "entitlement?": Enumeration(("auto", "low", "medium", "high")),
    }
)
_CPU = Structure(
    {
        "cpu-index": INTEGER,
        "qom-type": STRING,
        "qom-path": STRING,
        "thread-id": INTEGER,
        "props?": _PLACE,
        "target": TARGETS,
    },
    "target",
    {target: _S390 if target == "s390x" else EMPTY for target in TARGETS.values},
)
_COMPATIBILITY = Structure({"qom-type": STRING, "property": STRING, "value": STRING})
_MACHINE = Structure(
    {
        "name": STRING,
        "alias?": STRING,
        "is-default?": BOOLEAN,
        "cpu-max": INTEGER,
        "hotpluggable-cpus": BOOLEAN,
        "numa-mem-supported": BOOLEAN,
        "deprecated": BOOLEAN,
        "default-cpu-type?": STRING,
        "default-ram-id?": STRING,
        "acpi": BOOLEAN,
        "compat-props?": List(_COMPATIBILITY),
    }
)
COMMANDS = (
    QmpCommand("query-cpus-fast", query_cpus_fast, (), List(_CPU)),
    QmpCommand(
        "query-hotpluggable-cpus",
        query_hotpluggable_cpus,
        (),
        List(
            Structure(
                {"type": STRING, "vcpus-count": INTEGER, "props": _PLACE, "qom-path?": STRING}
            )
        ),
    ),
    QmpCommand(
        "query-machines",
        query_machines,
        (Parameter("compat-props", BOOLEAN, optional=True),),
        List(_MACHINE),
    ),
)
