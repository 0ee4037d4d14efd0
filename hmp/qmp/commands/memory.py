"""query-memory-devices, -memory-size-summary, -memdev, -acpi-ospm-status and -balloon, balloon,
memsave and pmemsave (docs/qemu-behaviour/qmp.md §A7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine import balloon, queries
from hmp.machine.cpus import topology
from hmp.machine.memory import dump
from hmp.qmp.command import Arguments, Parameter, QmpCommand, Steps
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, Enumeration, List, Structure

if TYPE_CHECKING:
    from hmp.machine.devices.memory_device import MemoryDevice


def query_memory_devices(ctx: Context, arguments: Arguments) -> object:
    """Return the plugged memory devices, by address."""
    return [_device(device) for device in ctx.machine.devices_by_address()]


def _device(device: MemoryDevice) -> dict[str, object]:
    info = device.describe()
    identifier = {"id": info.id} if info.id else {}
    return {"type": info.type, "data": {**dict(info.fields), **identifier}}


def query_memory_size_summary(ctx: Context, arguments: Arguments) -> object:
    """Return base and plugged memory, in bytes."""
    summary = queries.query_memory_size_summary(ctx.machine)
    return {"base-memory": summary.base, "plugged-memory": summary.plugged}


def query_memdev(ctx: Context, arguments: Arguments) -> object:
    """Return the memory backends, in order of creation."""
    return [
        {
            "share": memdev.share,
            "reserve": memdev.reserve,
            "prealloc": memdev.prealloc,
            "host-nodes": memdev.host_nodes,
            "size": memdev.size,
            "merge": memdev.merge,
            "dump": memdev.dump,
            "policy": memdev.policy,
            "id": memdev.id,
        }
        for memdev in queries.query_memdev(ctx.machine)
    ]


def query_acpi_ospm_status(ctx: Context, arguments: Arguments) -> object:
    """Return what the guest reported last (_OST) for each memory slot and each possible CPU."""
    machine = ctx.machine
    if not machine.has_ost_status:
        raise StateError("command is not supported, missing ACPI device")
    found: list[dict[str, object]] = []
    for number, slot in enumerate(machine.ports.memory.slots):
        device = (
            {"device": slot.device.identifier} if slot.device and slot.device.identifier else {}
        )
        found.append(
            {
                **device,
                "source": slot.ost_event,
                "status": slot.ost_status,
                "slot": str(number),
                "slot-type": "DIMM",
            }
        )
    return found + [
        machine.ports.cpus.ost_info(index) for index in range(machine.possible_cpu_count)
    ]


_NAMED = {"id?": STRING}
_DIMM = Structure(
    {
        "data": Structure(
            {
                **_NAMED,
                "addr": INTEGER,
                "size": INTEGER,
                "slot": INTEGER,
                "node": INTEGER,
                "memdev": STRING,
                "hotplugged": BOOLEAN,
                "hotpluggable": BOOLEAN,
            }
        )
    }
)
_PMEM = Structure(
    {"data": Structure({**_NAMED, "memaddr": INTEGER, "size": INTEGER, "memdev": STRING})}
)
_VIRTIO_MEM = Structure(
    {
        "data": Structure(
            {
                **_NAMED,
                "memaddr": INTEGER,
                "requested-size": INTEGER,
                "size": INTEGER,
                "max-size": INTEGER,
                "block-size": INTEGER,
                "node": INTEGER,
                "memdev": STRING,
            }
        )
    }
)
_SP_MEM = Structure(
    {
        "data": Structure(
            {**_NAMED, "addr": INTEGER, "size": INTEGER, "node": INTEGER, "memdev": STRING}
        )
    }
)
_DEVICES = {
    "dimm": _DIMM,
    "nvdimm": _DIMM,
    "virtio-pmem": _PMEM,
    "virtio-mem": _VIRTIO_MEM,
    "sp-mem": _SP_MEM,
}
POLICIES = Enumeration(("default", "preferred", "bind", "interleave"))
OST_INFO = Structure(
    {
        "device?": STRING,
        "slot": STRING,
        "slot-type": Enumeration(("DIMM", "CPU")),
        "source": INTEGER,
        "status": INTEGER,
    }
)


def memsave(ctx: Context, arguments: Arguments) -> Steps:
    """Save memory at a virtual address to a file."""
    topology.check_index(ctx.machine, arguments.get("cpu-index", 0))
    yield from dump.save_virtual(
        ctx.machine, arguments["val"], arguments["size"], arguments["filename"]
    )
    return {}


def pmemsave(ctx: Context, arguments: Arguments) -> Steps:
    """Save guest-physical memory to a file."""
    yield from dump.save_physical(
        ctx.machine, arguments["val"], arguments["size"], arguments["filename"]
    )
    return {}


def query_balloon(ctx: Context, arguments: Arguments) -> object:
    """Return what the balloon leaves to the guest, in bytes."""
    return {"actual": balloon.query_balloon(ctx.machine)}


def set_balloon(ctx: Context, arguments: Arguments) -> object:
    """Ask the guest to make do with so many bytes."""
    balloon.set_balloon(ctx.machine, arguments["value"])
    return {}


_PARAMETERS = (
    Parameter("val", INTEGER, unsigned=True),
    Parameter("size", INTEGER, unsigned=True),
    Parameter("filename"),
)
COMMANDS = (
    QmpCommand(
        "query-memory-devices",
        query_memory_devices,
        (),
        List(Structure({"type": Enumeration(tuple(_DEVICES))}, "type", _DEVICES)),
    ),
    QmpCommand(
        "query-memory-size-summary",
        query_memory_size_summary,
        (),
        Structure({"base-memory": INTEGER, "plugged-memory?": INTEGER}),
    ),
    QmpCommand(
        "query-memdev",
        query_memdev,
        (),
        List(
            Structure(
                {
                    "id?": STRING,
                    "size": INTEGER,
                    "merge": BOOLEAN,
                    "dump": BOOLEAN,
                    "prealloc": BOOLEAN,
                    "share": BOOLEAN,
                    "reserve?": BOOLEAN,
                    "host-nodes": List(INTEGER),
                    "policy": POLICIES,
                }
            )
        ),
    ),
    QmpCommand("query-acpi-ospm-status", query_acpi_ospm_status, (), List(OST_INFO)),
    QmpCommand("query-balloon", query_balloon, (), Structure({"actual": INTEGER})),
    QmpCommand("balloon", set_balloon, (Parameter("value", INTEGER),)),
    QmpCommand("memsave", memsave, (*_PARAMETERS, Parameter("cpu-index", INTEGER, optional=True))),
    QmpCommand("pmemsave", pmemsave, _PARAMETERS),
)
