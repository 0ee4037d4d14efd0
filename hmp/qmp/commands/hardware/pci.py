"""query-pci and x-query-virtio."""

from __future__ import annotations

from hmp.machine.queries import virtio_devices
from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, List, Structure


def query_pci(ctx: Context, arguments: Arguments) -> object:
    """Return the root buses with their functions; no firmware has numbered those below bridges."""
    from hmp.machine.boards.pci_functions import root_buses

    return [{"bus": bus.number, "devices": bus.functions} for bus in root_buses(ctx.machine)]


def query_virtio(ctx: Context, arguments: Arguments) -> object:
    """Return the virtio devices; StateError when there is none."""
    devices = virtio_devices(ctx.machine)
    return [{"name": name, "path": path} for path, name in devices.items()]


_RANGE = Structure({"base": INTEGER, "limit": INTEGER})
_REGION = Structure(
    {
        "bar": INTEGER,
        "type": STRING,
        "address": INTEGER,
        "size": INTEGER,
        "prefetch?": BOOLEAN,
        "mem_type_64?": BOOLEAN,
    }
)
_BUS = Structure(
    {
        "number": INTEGER,
        "secondary": INTEGER,
        "subordinate": INTEGER,
        "io_range": _RANGE,
        "memory_range": _RANGE,
        "prefetchable_range": _RANGE,
    }
)
_IDENTIFIERS = Structure(
    {"device": INTEGER, "vendor": INTEGER, "subsystem?": INTEGER, "subsystem-vendor?": INTEGER}
)
_BRIDGE = Structure({"bus": _BUS})
_DEVICE = Structure(
    {
        "bus": INTEGER,
        "slot": INTEGER,
        "function": INTEGER,
        "class_info": Structure({"desc?": STRING, "class": INTEGER}),
        "id": _IDENTIFIERS,
        "irq?": INTEGER,
        "irq_pin": INTEGER,
        "qdev_id": STRING,
        "pci_bridge?": _BRIDGE,
        "regions": List(_REGION),
    }
)
# A bridge has the devices of the bus below it, once that has a number.
_BRIDGE.members["devices?"] = List(_DEVICE)
COMMANDS = (
    QmpCommand("x-query-virtio", query_virtio, is_recorded=True),
    QmpCommand(
        "query-pci", query_pci, (), List(Structure({"bus": INTEGER, "devices": List(_DEVICE)}))
    ),
)
