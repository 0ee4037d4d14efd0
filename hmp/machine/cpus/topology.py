"""The CPUs of the machine: topology and names in the object tree
(docs/qemu-behaviour/startup.md §11). None of them runs.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from hmp.errors import ParameterValueError, StateError
from hmp.machine.cpus.cpu import Cpu

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


MAX_XAPIC_ID = 254
LEVELS = {"thread": "threads", "core": "cores", "module": "modules", "die": "dies"}
ALWAYS_SHOWN = ("thread", "core")


class ApicIdError(StateError):
    """A CPU needs a larger interrupt controller id than its interrupt controller can have."""

    def __init__(self, apic_id: int) -> None:
        super().__init__(
            f"APIC ID {apic_id} requires x2APIC feature in CPU", "Try x2apic=on in -cpu."
        )
        self.apic_id = apic_id


def tree_name(first: int, index: int) -> str:
    """Return the name of a CPU below /machine/unattached; `first` is the number of the first CPU.

    The interrupt controller has the number after it.
    """
    return f"device[{first + (index + 1 if index else 0)}]"


def check_index(machine: Machine, index: int) -> int:
    """Return the index; raise ParameterValueError when there is no such CPU."""
    if index not in machine.cpus:
        raise ParameterValueError("cpu-index", "a CPU number")
    return index


def hotpluggable_cpus(machine: Machine) -> list[dict[str, int]]:
    """Return the properties of all possible CPUs; raise StateError without CPU hotplug."""
    if machine.board.chipset is None:
        raise StateError("machine does not support hot-plugging CPUs")
    return possible_cpus(machine)


def place(topology: dict[str, int], index: int) -> dict[str, int]:
    """Return where a CPU is, from the socket inwards: dies and modules only where there are
    several (experiment: query-hotpluggable-cpus).
    """
    rest, found = index, {}
    for level in ("thread", "core", "module", "die"):
        count = topology[LEVELS[level]]
        if count > 1 or level in ALWAYS_SHOWN:
            found[f"{level}-id"] = rest % count
        rest //= count
    found["socket-id"] = rest
    return dict(reversed(found.items()))


def all_places(topology: dict[str, int]) -> list[dict[str, int]]:
    """Return where each possible CPU is."""
    return [place(topology, index) for index in range(possible_count(topology))]


def describe(place: dict[str, int]) -> str:
    """Return a place in one line, as in QEMU's warnings."""
    return ", ".join(f"{name}: {number}" for name, number in place.items())


def possible_cpus(machine: Machine) -> list[dict[str, int]]:
    """Return the place of each possible CPU, with node-id if there are nodes."""
    nodes = {cpu: number for number, node in enumerate(machine.numa_nodes) for cpu in node.cpus}
    return [
        ({"node-id": nodes[index]} if index in nodes else {}) | found
        for index, found in enumerate(all_places(machine.topology))
    ]


def warn_of_threads(machine: Machine, cpu: Cpu) -> None:
    """Warn of several threads on a CPU that can't tell the guest of them."""
    threads = machine.topology["threads"]
    if threads > 1 and cpu.is_amd and not cpu.has_topoext:
        machine.warn(
            f"This family of AMD CPU doesn't support hyperthreading({threads}). Please configure "
            "-smp options properly or try enabling topoext feature."
        )


def check_apic_ids(machine: Machine, cpu: Cpu) -> None:
    """Raise ApicIdError when one of the CPUs needs an x2APIC and has none."""
    # One alone has the number 0.
    for index in range(machine.cpu_count if machine.cpu_count > 1 else 0):
        check_apic_id(cpu, apic_id_at(machine.topology, index))


def check_apic_id(cpu: Cpu, apic_id: int) -> None:
    """Raise ApicIdError when a CPU with that interrupt controller needs an x2APIC, and has none."""
    if apic_id > MAX_XAPIC_ID and not cpu.has_x2apic:
        raise ApicIdError(apic_id)


def apic_id(topology: dict[str, int], numbers: dict[str, int]) -> int:
    """Return the id of the interrupt controller at a place: each level has its own bits in it."""
    found, shift = 0, 0
    for level, plural in LEVELS.items():
        found |= numbers[level] << shift
        shift += _bits(topology[plural])
    return found | numbers["socket"] << shift


def levels_of(topology: dict[str, int], apic_id: int) -> dict[str, int]:
    """Return the number of each level that is in the id of an interrupt controller."""
    rest, found = apic_id, {}
    for level, plural in LEVELS.items():
        width = _bits(topology[plural])
        found[level] = rest & (1 << width) - 1
        rest >>= width
    return {**found, "socket": rest}


def index_of(topology: dict[str, int], numbers: dict[str, int]) -> int | None:
    """Return the index of the CPU at a place, None where there is no such place."""
    found = 0
    for level, plural in reversed({**LEVELS, "socket": "sockets"}.items()):
        if numbers[level] >= topology[plural]:
            return None
        found = found * topology[plural] + numbers[level]
    return found


def apic_id_at(topology: dict[str, int], index: int) -> int:
    """Return the id of the interrupt controller of the CPU with that index."""
    rest, numbers = index, {}
    for level, plural in LEVELS.items():
        numbers[level] = rest % topology[plural]
        rest //= topology[plural]
    return apic_id(topology, {**numbers, "socket": rest})


def _bits(count: int) -> int:
    return (count - 1).bit_length()


def possible_count(topology: dict[str, int]) -> int:
    """Return how many CPUs there can be."""
    return prod(topology.values())


def node_of(machine: Machine, index: int) -> int | None:
    """Return the NUMA node of a possible CPU, None where there are no nodes."""
    nodes = enumerate(machine.numa_nodes)
    return next((number for number, node in nodes if index in node.cpus), None)
