"""The CPUs that the machine would have: their number, places and names in the object tree; none of
them runs.

How they are counted out by -smp is checked at startup (docs/qemu-behaviour/startup.md §11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import ParameterValueError, StateError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


MODELS = ("qemu64", "486", "max")


def type_of_model(model: str) -> str:
    """The QOM type of a CPU of a model."""
    return f"{model}-x86_64-cpu"


def tree_name(index: int) -> str:
    """The name of a CPU below /machine/unattached: the interrupt controller takes the place after
    the first one.
    """
    return f"device[{index + 1 if index else 0}]"


def path(machine: Machine, index: int) -> str:
    """The path of a CPU in the object tree."""
    return f"{machine.unattached.path}/{tree_name(index)}"


def type_name(machine: Machine) -> str:
    """The QOM type of the CPUs."""
    return type_of_model(machine.cpu_model)


def check_index(machine: Machine, index: int) -> int:
    """The index, if there is such a CPU; ParameterValueError when not."""
    if not (0 <= index < machine.cpu_count and machine.has_cpu):
        raise ParameterValueError("cpu-index", "a CPU number")
    return index


def hotpluggable_places(machine: Machine) -> list[dict[str, int]]:
    """The places of all CPUs that can be; StateError when the machine takes none at run time."""
    if machine.board.chipset is None:
        raise StateError("machine does not support hot-plugging CPUs")
    return places(machine)


def unplug_refusal(machine: Machine, index: int) -> str:
    """What device_del says of a CPU; the first one may never go, and none can here."""
    if machine.board.name == "microvm":
        return "unplug not supported by microvm"
    if not machine.has_power_management:
        return "CPU hot unplug not supported without ACPI"
    return "CPUs can not be unplugged here" if index else "Boot CPU is unpluggable"


def places(machine: Machine) -> list[dict[str, int]]:
    """Where each CPU sits or could sit: socket-id, core-id, thread-id, and node-id when there are
    nodes.
    """
    threads, cores = machine.topology["threads"], machine.topology["cores"]
    per_socket = threads * cores * machine.topology["dies"] * machine.topology["modules"]
    found: list[dict[str, int]] = []
    for index in range(per_socket * machine.topology["sockets"]):
        nodes = [number for number, node in enumerate(machine.numa_nodes) if index in node.cpus]
        place = {"node-id": nodes[0]} if nodes else {}
        place |= {
            "socket-id": index // per_socket,
            "core-id": index // threads % cores,
            "thread-id": index % threads,
        }
        found.append(place)
    return found
