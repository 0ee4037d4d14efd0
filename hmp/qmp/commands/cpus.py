"""query-cpus-fast, query-hotpluggable-cpus and query-machines.

What CPUs and machine types there are is said in `hmp.machine`.
"""

from __future__ import annotations

import os

from hmp.machine.boards import cpus, types
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.commands.identity import TARGET, TARGETS
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, EMPTY, INTEGER, STRING, Enumeration, List, Structure


def query_cpus_fast(ctx: Context, arguments: Arguments) -> object:
    """The CPUs; the thread is this process, since no CPU has one of its own."""
    machine = ctx.machine
    if not machine.has_cpu:
        return []
    places = cpus.possible_cpus(machine)
    found: list[dict[str, object]] = []
    for index in range(machine.cpu_count):
        found.append(
            {
                "thread-id": os.getpid(),
                "qom-type": cpus.type_name(machine),
                "props": places[index],
                "qom-path": cpus.path(machine, index),
                "cpu-index": index,
                "target": TARGET,
            }
        )
    return found


def query_hotpluggable_cpus(ctx: Context, arguments: Arguments) -> object:
    """The places of CPUs, the last one first, with the path of the CPU that is there."""
    machine = ctx.machine
    found: list[dict[str, object]] = []
    for index, place in enumerate(cpus.hotpluggable_cpus(machine)):
        cpu: dict[str, object] = {"props": place, "vcpus-count": 1}
        if index < machine.cpu_count:
            cpu["qom-path"] = cpus.path(machine, index)
        found.insert(0, {**cpu, "type": cpus.type_name(machine)})
    return found


def query_machines(ctx: Context, arguments: Arguments) -> object:
    """Every machine type."""
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
            entry["compat-props"] = []
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
