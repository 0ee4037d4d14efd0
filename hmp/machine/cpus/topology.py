"""The CPUs of the machine: topology and names in the object tree
(docs/qemu-behaviour/startup.md §11). None of them runs.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def tree_name(index: int) -> str:
    """Return the name of a CPU below /machine/unattached.

    The interrupt controller has the number after that of the first CPU.
    """
    return f"device[{index + 1 if index else 0}]"


def path(machine: Machine, index: int) -> str:
    """Return the path of a CPU in the object tree."""
    return f"{machine.unattached.path}/{tree_name(index)}"


def check_index(machine: Machine, index: int) -> int:
    """Return the index; raise ParameterValueError when there is no such CPU."""
    # Machine none counts one CPU that it does not have.
    if not (0 <= index < machine.cpu_count and machine.has_cpu):
        raise ParameterValueError("cpu-index", "a CPU number")
    return index


def hotpluggable_cpus(machine: Machine) -> list[dict[str, int]]:
    """Return the properties of all possible CPUs; raise StateError without CPU hotplug."""
    if machine.board.chipset is None:
        raise StateError("machine does not support hot-plugging CPUs")
    return possible_cpus(machine)


def unplug_message(machine: Machine, index: int) -> str:
    """Return device_del's message for a CPU: the first is never unpluggable, and here none is."""
    if machine.board.name == "microvm":
        return "unplug not supported by microvm"
    if not machine.has_power_management:
        return "CPU hot unplug not supported without ACPI"
    return "CPUs can not be unplugged here" if index else "Boot CPU is unpluggable"


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
    return [place(topology, index) for index in range(prod(topology.values()))]


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
    if cpu.has_x2apic or machine.cpu_count <= 1:
        return
    for apic_id in _apic_ids(machine):
        if apic_id > MAX_XAPIC_ID:
            raise ApicIdError(apic_id)


def _apic_ids(machine: Machine) -> Iterator[int]:
    """Each level of the topology has its own bits in the id of an interrupt controller."""
    for index in range(machine.cpu_count):
        apic_id, rest, shift = 0, index, 0
        for level in ("threads", "cores", "modules", "dies"):
            count = machine.topology[level]
            apic_id |= rest % count << shift
            rest //= count
            shift += (count - 1).bit_length()
        yield apic_id | rest << shift
