"""info pci and info usb, in QEMU's layout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.machine.boards import pci_functions
from hmp.machine.devices.inert.device import InertDevice

UNMAPPED = -1


def info_pci(ctx: Context) -> str:
    """Show the functions of the PCI root buses."""
    functions = (item for bus in pci_functions.root_buses(ctx.machine) for item in bus.functions)
    return "".join(f"{line}\n" for item in functions for line in _function_lines(item))


def _function_lines(item: dict[str, Any]) -> Iterator[str]:
    number, kind = item["id"], item["class_info"]
    named = kind.get("desc") or f"Class {kind['class']:04d}"
    yield f"  Bus {item['bus']:2d}, device {item['slot']:3d}, function {item['function']}:"
    yield f"    {named}: PCI device {number['vendor']:04x}:{number['device']:04x}"
    if "subsystem" in number:
        yield f"      PCI subsystem {number['subsystem-vendor']:04x}:{number['subsystem']:04x}"
    if item["irq_pin"]:
        yield f"      IRQ {item.get('irq', 0)}, pin {'ABCD'[item['irq_pin'] - 1]}"
    if "pci_bridge" in item:
        yield from _bridge_lines(item["pci_bridge"]["bus"])
    for region in item["regions"]:
        yield f"      BAR{region['bar']}: {_region_text(region)} (not mapped)"
    yield f'      id "{item["qdev_id"]}"'


def _bridge_lines(bus: dict[str, Any]) -> Iterator[str]:
    yield f"      BUS {bus['number']}."
    yield f"      secondary bus {bus['secondary']}."
    yield f"      subordinate bus {bus['subordinate']}."
    ports, memory, prefetch = bus["io_range"], bus["memory_range"], bus["prefetchable_range"]
    yield f"      IO range [0x{ports['base']:04x}, 0x{ports['limit']:04x}]"
    yield f"      memory range [0x{memory['base']:08x}, 0x{memory['limit']:08x}]"
    yield f"      prefetchable memory range [0x{prefetch['base']:08x}, 0x{prefetch['limit']:08x}]"


def _region_text(region: dict[str, Any]) -> str:
    if region["type"] == "io":
        return "I/O"
    prefetch = " prefetchable" if region["prefetch"] else ""
    return f"{64 if region['mem_type_64'] else 32} bit{prefetch} memory"


def info_usb(ctx: Context) -> str:
    """Show the devices on the USB buses; raise StateError where there is none."""
    ctx.machine.onboard.ensure()
    buses = [bus for bus in ctx.machine.buses() if "usb-bus" in bus.kinds]
    buses.sort(key=lambda bus: bus.number)
    if not buses:
        raise StateError("USB support not enabled")
    return "".join(
        f"{line}\n"
        for bus in buses
        for device in bus.ports_in_use.values()
        if isinstance(device, InertDevice)
        for line in _usb_lines(device)
    )


def _usb_lines(device: InertDevice) -> Iterator[str]:
    for line in device.qtree_lines():
        found = re.fullmatch(r"addr (\S+), port (\S+), speed (\S+), name (.*?)(, attached)?", line)
        if found:
            named = f", ID: {device.identifier}" if device.identifier else ""
            yield (
                f"  Device {found[1]}, Port {found[2]}, Speed {found[3]} Mb/s, "
                f"Product {found[4]}{named}"
            )
