"""The info commands about memory, devices and identity (spec/monitor.md section 8, spec/devices.md section 7).

They only show; whatever they count is counted in `hmp.machine`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from hmp import QEMU_VERSION, __version__
from hmp.commands.command import Command
from hmp.machine import numa
from hmp.machine.backends import MemoryBackend
from hmp.machine.run_state import PAUSED, PRELAUNCH, RUNNING, SHUTDOWN

if TYPE_CHECKING:
    from hmp.machine.memory_device import MemoryDevice
    from hmp.monitor import Monitor

STATES = {RUNNING: "running", PAUSED: "paused", PRELAUNCH: "paused (prelaunch)", SHUTDOWN: "paused (shutdown)"}
MIB = 1 << 20


def memory_devices(monitor: Monitor, arguments: list[object]) -> str:
    """Every plugged memory device, by address."""
    return "".join(_device(device) for device in monitor.machine.devices_by_address())


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
    shown = device.describe()
    shown[device.address_name] = f"0x{shown[device.address_name]:x}"
    values = ["true" if value is True else "false" if value is False else value for value in shown.values()]
    return _layout(device.label, tuple(shown)) % (device.owner.identifier, *values)


@cache
def _layout(label: str, names: tuple[str, ...]) -> str:
    """The lines of a kind of device, with places for its id and its values."""
    return f'Memory device [{label}]: "%s"\n' + "".join(f"  {name}: %s\n" for name in names)


def _word(value: object) -> str:
    return "true" if value else "false"


def memdev(monitor: Monitor, arguments: list[object]) -> str:
    """Every memory backend, in order of creation, and an empty line."""
    found = monitor.machine.objects.children.values()
    return "".join(_backend(item) for item in found if isinstance(item, MemoryBackend)) + "\n"


def _backend(backend: MemoryBackend) -> str:
    values = backend.values
    nodes = values["host-nodes"]
    assert isinstance(nodes, list)
    flags = "".join(f"  {name}: {_word(values[name])}\n" for name in ("merge", "dump", "prealloc", "share", "reserve"))
    return (f"memory backend: {backend.name}\n  size:  {backend.size}\n{flags}"
            f"  policy: {values['policy']}\n  host nodes: {_runs(nodes)}\n")


def _runs(nodes: list[int]) -> str:
    """Sorted numbers as runs: `0-2,7`."""
    runs: list[tuple[int, int]] = []
    for node in nodes:
        if runs and node == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], node)
        else:
            runs.append((node, node))
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def memory_size_summary(monitor: Monitor, arguments: list[object]) -> str:
    """Base and plugged memory in bytes."""
    machine = monitor.machine
    return f"base memory: {machine.sizes.ram}\nplugged memory: {numa.plugged_size(machine)}\n"


def info_numa(monitor: Monitor, arguments: list[object]) -> str:
    """NUMA nodes with CPUs and sizes in MiB."""
    machine = monitor.machine
    lines = [f"{len(machine.numa_nodes)} nodes\n"]
    for index, node in enumerate(machine.numa_nodes):
        plugged = numa.plugged_size(machine, index)
        lines.append(f"node {index} cpus:" + "".join(f" {cpu}" for cpu in node.cpus) + "\n")
        lines.append(f"node {index} size: {(node.size + plugged) // MIB} MB\n")
        lines.append(f"node {index} plugged: {plugged // MIB} MB\n")
    return "".join(lines)


def status(monitor: Monitor, arguments: list[object]) -> str:
    """Whether the machine runs."""
    return f"VM status: {STATES[monitor.machine.run_state.name]}\n"


def version(monitor: Monitor, arguments: list[object]) -> str:
    """The reference's version number and our package."""
    return f"{QEMU_VERSION}hmp {__version__}\n"


def name(monitor: Monitor, arguments: list[object]) -> str:
    """The name given with -name."""
    return "" if monitor.machine.name is None else f"{monitor.machine.name}\n"


def uuid(monitor: Monitor, arguments: list[object]) -> str:
    """The UUID given with -uuid."""
    return f"{monitor.machine.uuid}\n"


def history(monitor: Monitor, arguments: list[object]) -> str:
    """The lines typed on this monitor."""
    return "".join(f"{index}: '{line}'\n" for index, line in enumerate(monitor.history))


def kvm(monitor: Monitor, arguments: list[object]) -> str:
    """There is no hypervisor here."""
    return "kvm support: disabled\n"


def _info(title: str, text: str, handler: object) -> Command:
    assert callable(handler)
    return Command((title,), (), "", text, handler)


INFO_COMMANDS = (
    _info("history", "show the lines typed so far", history),
    _info("kvm", "show whether KVM is in use", kvm),
    _info("memdev", "show the memory backends", memdev),
    _info("memory-devices", "show the plugged memory devices", memory_devices),
    _info("memory_size_summary", "show base and plugged memory in bytes", memory_size_summary),
    _info("name", "show the name of the machine", name),
    _info("numa", "show the NUMA nodes and their memory", info_numa),
    _info("status", "show whether the machine runs", status),
    _info("uuid", "show the UUID of the machine", uuid),
    _info("version", "show the version", version),
)
