"""The queries that both QMP and the human monitor answer: each returns the facts, and the callers
lay them out, as JSON or as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import StateError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.cpus import topology

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.qom.object import Object


class NoGenerationIdError(StateError):
    """No device tells the guest an id of this run."""

    def __init__(self) -> None:
        super().__init__("VM Generation ID device not found")


class MemorySizeSummary(NamedTuple):
    """The base memory and the plugged memory devices, in bytes."""

    base: int
    plugged: int


class MemdevInfo(NamedTuple):
    """A memory backend; `size` is in bytes."""

    id: str
    size: int
    merge: object
    dump: object
    prealloc: object
    share: object
    reserve: object
    host_nodes: list[int]
    policy: object


class NumaNodeInfo(NamedTuple):
    """A NUMA node of the guest; `size` counts base and plugged memory, in bytes."""

    cpus: tuple[int, ...]
    size: int
    plugged: int


class CpuInfo(NamedTuple):
    """A CPU of the machine; `place` has its ids from the node, if any, to the thread."""

    cpu_index: int
    thread_id: int
    qom_type: str
    qom_path: str
    place: dict[str, int]


class HotpluggableCpu(NamedTuple):
    """A place for a CPU; `qom_path` is None where no CPU is."""

    qom_type: str
    vcpus_count: int
    qom_path: str | None
    place: dict[str, int]


def query_memdev(machine: Machine) -> list[MemdevInfo]:
    """Return the memory backends in the order of QEMU's hash table, backwards
    (docs/qemu-behaviour/backends.md §9).
    """
    found = reversed(machine.objects.visited())
    return [_describe_backend(item) for item in found if isinstance(item, MemoryBackend)]


def _describe_backend(backend: MemoryBackend) -> MemdevInfo:
    return MemdevInfo(
        backend.name,
        backend.size,
        backend.merge,
        backend.dump,
        backend.prealloc,
        backend.share,
        backend.reserve,
        backend.host_nodes,
        backend.policy,
    )


def query_memory_size_summary(machine: Machine) -> MemorySizeSummary:
    """Return the bytes of base and plugged memory."""
    return MemorySizeSummary(machine.memory_config.size, machine.plugged_size())


def query_numa(machine: Machine) -> list[NumaNodeInfo]:
    """Return the NUMA nodes of the guest by number."""
    found = []
    for number, node in enumerate(machine.numa_nodes):
        plugged = machine.plugged_size(number)
        present = tuple(cpu for cpu in machine.cpus if cpu in node.cpus)
        found.append(NumaNodeInfo(present, node.size + plugged, plugged))
    return found


def query_cpus(machine: Machine) -> list[CpuInfo]:
    """Return the CPUs as they came, with their threads, which sleep."""
    places = topology.possible_cpus(machine) if machine.cpus else []
    threads = machine.cpu_threads.ids(machine.cpus)
    return [
        CpuInfo(index, threads[index], cpu.type_name, cpu.path, places[index])
        for index, cpu in machine.cpus.items()
    ]


def query_hotpluggable_cpus(machine: Machine) -> list[HotpluggableCpu]:
    """Return the places for CPUs, the last one first.

    Raises:
        StateError: The machine takes no CPUs at run time.
    """
    qom_type, places = machine.cpu.type_name, topology.hotpluggable_cpus(machine)
    paths = {index: cpu.path for index, cpu in machine.cpus.items()}
    return [
        HotpluggableCpu(qom_type, 1, paths.get(index), places[index])
        for index in reversed(range(len(places)))
    ]


def virtio_devices(machine: Machine) -> dict[str, str]:
    """Return the names of the virtio devices by path, behind whatever transport, in QEMU's order:
    those without an id, then the others, in that of a hash table.

    Raises:
        StateError: There is none.
    """
    plugged = (*machine.peripheral_anon.children.values(), *reversed(machine.peripheral.visited()))
    found = (device.children.get("virtio-backend") for device in plugged)
    devices = {device.path: _virtio_name(device) for device in found if device is not None}
    if not devices:
        raise StateError("No virtio devices found")
    return devices


def _virtio_name(device: Object) -> str:
    # Keyboards, mice and tablets are one kind of virtio device.
    is_input = device.is_a("virtio-input-device")
    return "virtio-input" if is_input else device.type_name.removesuffix("-device")


def generation_id(machine: Machine) -> str:
    """Return the id of this run; raise NoGenerationIdError without the device that tells it."""
    for parent in (machine.peripheral, machine.peripheral_anon):
        for device in parent.children.values():
            if device.type_name == "vmgenid":
                return str(device.get("guid"))
    raise NoGenerationIdError
