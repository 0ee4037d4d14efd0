"""The CPUs of the machine: topology and names in the object tree
(docs/qemu-behaviour/startup.md §11). None of them runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import ParameterValueError, StateError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


MODELS = ("qemu64", "486", "max")


def type_of_model(model: str) -> str:
    """Return the QOM type of a CPU model."""
    return f"{model}-x86_64-cpu"


def tree_name(index: int) -> str:
    """Return the name of a CPU below /machine/unattached.

    The interrupt controller has the number after that of the first CPU.
    """
    return f"device[{index + 1 if index else 0}]"


def path(machine: Machine, index: int) -> str:
    """Return the path of a CPU in the object tree."""
    return f"{machine.unattached.path}/{tree_name(index)}"


def type_name(machine: Machine) -> str:
    """Return the QOM type of the CPUs."""
    return type_of_model(machine.cpu_model)


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


def possible_cpus(machine: Machine) -> list[dict[str, int]]:
    """Return socket-id, core-id and thread-id of each possible CPU, with node-id if there are
    nodes.
    """
    threads, cores = machine.topology["threads"], machine.topology["cores"]
    per_socket = threads * cores * machine.topology["dies"] * machine.topology["modules"]
    found: list[dict[str, int]] = []
    for index in range(per_socket * machine.topology["sockets"]):
        nodes = [number for number, node in enumerate(machine.numa_nodes) if index in node.cpus]
        properties = {"node-id": nodes[0]} if nodes else {}
        properties |= {
            "socket-id": index // per_socket,
            "core-id": index // threads % cores,
            "thread-id": index % threads,
        }
        found.append(properties)
    return found
