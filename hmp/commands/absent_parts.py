"""Commands about parts that this machine does not have: what they answer is that it is not there.

Programs probe with them, so they answer as a machine without the part does; nothing is simulated here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.commands.command import Command
from hmp.errors import StateError
from hmp.machine.address_space import VIRTUAL_MASK

if TYPE_CHECKING:
    from hmp.monitor import Monitor



def no_balloon(monitor: Monitor, arguments: list[object]) -> str:
    """There is no balloon device."""
    raise StateError("No balloon device has been activated")


def no_generation_id(monitor: Monitor, arguments: list[object]) -> str:
    """There is no VM generation ID device."""
    raise StateError("VM Generation ID device not found")


def not_suspended(monitor: Monitor, arguments: list[object]) -> str:
    """The guest never suspends; without power management it could not."""
    if not monitor.machine.has_power_management:
        raise StateError("wake-up from suspend is not supported by this guest")
    raise StateError("Unable to wake up: guest is not in suspended state")


def already_initialized(monitor: Monitor, arguments: list[object]) -> str:
    """The machine is made before the first command."""
    raise StateError("The command is permitted only before machine initialization")


def no_paging(monitor: Monitor, arguments: list[object]) -> str:
    """Without a CPU that runs code, paging is never on."""
    if not monitor.machine.has_cpu:
        raise StateError("No CPU available", prefix=False)
    return "PG disabled\n"


def no_dump(monitor: Monitor, arguments: list[object]) -> str:
    """No dump was ever started."""
    return "Status: none\n"


def no_threads(monitor: Monitor, arguments: list[object]) -> str:
    """There are no I/O threads."""
    return ""


def translate(monitor: Monitor, arguments: list[object]) -> str:
    """The guest-physical address of a virtual one: without paging the same, modulo 2^52."""
    assert isinstance(arguments[0], int)
    if not monitor.machine.has_cpu:
        raise StateError("No cpu", prefix=False)
    return f"gpa: 0x{arguments[0] & VIRTUAL_MASK:x}\n"


COMMANDS = (
    Command(("balloon",), (kinds.NUMBER,), "target", "ask the balloon device for a size", no_balloon),
    Command(("exit_preconfig",), (), "", "leave the preconfiguration state", already_initialized),
    Command(("gva2gpa",), (kinds.NUMBER,), "addr", "show the physical address of a virtual one", translate),
    Command(("system_wakeup",), (), "", "wake a suspended guest", not_suspended),
)
INFO_COMMANDS = (
    Command(("balloon",), (), "", "show the balloon device", no_balloon),
    Command(("dump",), (), "", "show the state of a dump", no_dump),
    Command(("iothreads",), (), "", "show the I/O threads", no_threads),
    Command(("mem",), (), "", "show the virtual memory mappings", no_paging),
    Command(("tlb",), (), "", "show the virtual to physical mappings", no_paging),
    Command(("vm-generation-id",), (), "", "show the generation ID", no_generation_id),
)
