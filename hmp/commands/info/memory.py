"""info memory-devices, memdev, memory_size_summary and numa (docs/qemu-behaviour/devices.md §7,
docs/qemu-behaviour/backends.md §9).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from hmp.commands.context import Context
from hmp.machine.queries import MemdevInfo, query_memdev, query_memory_size_summary, query_numa
from hmp.units import MIB

if TYPE_CHECKING:
    from hmp.machine.devices.memory_device import MemoryDevice


def info_memory_devices(ctx: Context) -> str:
    """List the plugged memory devices, by address."""
    return "".join(_device(device) for device in ctx.machine.devices_by_address())


# The texts of devices whose description never changes: a script may ask for them after each plug.
_fixed_texts: WeakKeyDictionary[MemoryDevice, str] = WeakKeyDictionary()


def _device(device: MemoryDevice) -> str:
    text = _fixed_texts.get(device)
    if text is None:
        text = _describe(device)
        if device.has_fixed_description:
            _fixed_texts[device] = text
    return text


def _describe(device: MemoryDevice) -> str:
    info = device.describe()
    names, (addr, *values) = zip(*info.fields, strict=True)
    shown = ("true" if value is True else "false" if value is False else value for value in values)
    return _layout(info.type, names) % (info.id, f"0x{addr:x}", *shown)


@cache
def _layout(label: str, names: tuple[str, ...]) -> str:
    """Return the lines of a kind of device, with a `%s` for its id and each of its values."""
    return f'Memory device [{label}]: "%s"\n' + "".join(f"  {name}: %s\n" for name in names)


def info_memdev(ctx: Context) -> str:
    """List the memory backends, in order of creation, and an empty line, which QEMU prints without
    backends, too (docs/qemu-behaviour/startup.md §7).
    """
    return "".join(_backend(memdev) for memdev in query_memdev(ctx.machine)) + "\n"


def _backend(memdev: MemdevInfo) -> str:
    flags = "".join(
        f"  {name}: {'true' if getattr(memdev, name) else 'false'}\n"
        for name in ("merge", "dump", "prealloc", "share", "reserve")
    )
    return (
        f"memory backend: {memdev.id}\n  size:  {memdev.size}\n{flags}"
        f"  policy: {memdev.policy}\n  host nodes: {_format_ranges(memdev.host_nodes)}\n"
    )


def _format_ranges(numbers: list[int]) -> str:
    """Return sorted numbers as ranges: `0-2,7`."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)


def info_memory_size_summary(ctx: Context) -> str:
    """Show base and plugged memory in bytes."""
    summary = query_memory_size_summary(ctx.machine)
    return f"base memory: {summary.base}\nplugged memory: {summary.plugged}\n"


def info_numa(ctx: Context) -> str:
    """List the NUMA nodes with their CPUs, and their sizes in MiB, plugged memory included."""
    nodes = query_numa(ctx.machine)
    lines = [f"{len(nodes)} nodes\n"]
    for number, node in enumerate(nodes):
        lines.append(f"node {number} cpus:" + "".join(f" {cpu}" for cpu in node.cpus) + "\n")
        lines.append(f"node {number} size: {node.size // MIB} MB\n")
        lines.append(f"node {number} plugged: {node.plugged // MIB} MB\n")
    return "".join(lines)
