"""The info commands about memory, devices and identity (docs/qemu-behaviour/monitor.md §8,
docs/qemu-behaviour/devices.md §7).

They only show; whatever they count is counted in `hmp.machine`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from hmp import QEMU_VERSION, __version__
from hmp.commands.command import CommandGroup
from hmp.commands.context import Context
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.run_state import PAUSED, PRELAUNCH, RUNNING, SHUTDOWN

if TYPE_CHECKING:
    from hmp.machine.devices.memory_device import MemoryDevice

GROUP = CommandGroup()
STATES = {
    RUNNING: "running",
    PAUSED: "paused",
    PRELAUNCH: "paused (prelaunch)",
    SHUTDOWN: "paused (shutdown)",
}
MIB = 1 << 20


@GROUP.add_info("memory-devices", help="show the plugged memory devices")
def info_memory_devices(ctx: Context) -> str:
    """Every plugged memory device, by address."""
    return "".join(_device(device) for device in ctx.machine.devices_by_address())


_fixed_texts: WeakKeyDictionary[MemoryDevice, str] = WeakKeyDictionary()


def _device(device: MemoryDevice) -> str:
    """The text of a device; that of a DIMM is worked out once."""
    text = _fixed_texts.get(device)
    if text is None:
        text = _describe(device)
        if device.is_fixed:
            _fixed_texts[device] = text
    return text


def _describe(device: MemoryDevice) -> str:
    info = device.describe()
    names, (addr, *values) = zip(*info.fields, strict=True)
    shown = ("true" if value is True else "false" if value is False else value for value in values)
    return _layout(info.type, names) % (info.id, f"0x{addr:x}", *shown)


@cache
def _layout(label: str, names: tuple[str, ...]) -> str:
    """The lines of a kind of device, with places for its id and its values."""
    return f'Memory device [{label}]: "%s"\n' + "".join(f"  {name}: %s\n" for name in names)


def _word(value: object) -> str:
    return "true" if value else "false"


@GROUP.add_info("memdev", help="show the memory backends")
def info_memdev(ctx: Context) -> str:
    """Every memory backend, in order of creation, and an empty line."""
    return "".join(_backend(backend) for backend in ctx.machine.backends) + "\n"


def _backend(backend: MemoryBackend) -> str:
    flags = "".join(
        f"  {item.name}: {_word(item.get(backend))}\n"
        for item in (
            MemoryBackend.merge,
            MemoryBackend.dump,
            MemoryBackend.prealloc,
            MemoryBackend.share,
            MemoryBackend.reserve,
        )
    )
    return (
        f"memory backend: {backend.name}\n  size:  {backend.size}\n{flags}"
        f"  policy: {backend.policy}\n  host nodes: {_runs(backend.host_nodes)}\n"
    )


def _runs(nodes: list[int]) -> str:
    """Sorted numbers as runs: `0-2,7`."""
    runs: list[tuple[int, int]] = []
    for node in nodes:
        if runs and node == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], node)
        else:
            runs.append((node, node))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


@GROUP.add_info("memory_size_summary", help="show base and plugged memory in bytes")
def info_memory_size_summary(ctx: Context) -> str:
    """Base and plugged memory in bytes."""
    machine = ctx.machine
    return f"base memory: {machine.memory_config.size}\nplugged memory: {machine.plugged_size()}\n"


@GROUP.add_info("numa", help="show the NUMA nodes and their memory")
def info_numa(ctx: Context) -> str:
    """NUMA nodes with CPUs and sizes in MiB."""
    machine = ctx.machine
    lines = [f"{len(machine.numa_nodes)} nodes\n"]
    for index, node in enumerate(machine.numa_nodes):
        plugged = machine.plugged_size(index)
        lines.append(f"node {index} cpus:" + "".join(f" {cpu}" for cpu in node.cpus) + "\n")
        lines.append(f"node {index} size: {(node.size + plugged) // MIB} MB\n")
        lines.append(f"node {index} plugged: {plugged // MIB} MB\n")
    return "".join(lines)


@GROUP.add_info("status", help="show whether the machine runs")
def info_status(ctx: Context) -> str:
    """Whether the machine runs."""
    return f"VM status: {STATES[ctx.machine.run_state.name]}\n"


@GROUP.add_info("version", help="show the version")
def info_version(ctx: Context) -> str:
    """The reference's version number and our package."""
    return f"{QEMU_VERSION}hmp {__version__}\n"


@GROUP.add_info("name", help="show the name of the machine")
def info_name(ctx: Context) -> str:
    """The name given with -name."""
    return "" if ctx.machine.name is None else f"{ctx.machine.name}\n"


@GROUP.add_info("uuid", help="show the UUID of the machine")
def info_uuid(ctx: Context) -> str:
    """The UUID given with -uuid."""
    return f"{ctx.machine.uuid}\n"


@GROUP.add_info("history", help="show the lines typed so far")
def info_history(ctx: Context) -> str:
    """The lines typed on this monitor."""
    return "".join(f"{index}: '{line}'\n" for index, line in enumerate(ctx.history))


@GROUP.add_info("kvm", help="show whether KVM is in use")
def info_kvm(ctx: Context) -> str:
    """There is no hypervisor here."""
    return "kvm support: disabled\n"
