"""What may be told to the guest, and the faults to be had, as one table for HMP, QMP and
`hmp.testing`.

Each action is a record with its arguments and a function of a few lines; how arguments are written
is the mouth's business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from hmp.errors import ChoiceError, HostError, ParameterError, StateError
from hmp.guest.guest import UP
from hmp.guest.policy import HANG, MOVABLE, OFFLINE, REFUSE, parse_guest_policy
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.fault_injection import CommandFault

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

TEXT, COUNT, SECONDS, BYTES = "text", "count", "seconds", "bytes"
Given = dict[str, Any]


class NoMemoryError(StateError):
    """There is no memory at a guest-physical address."""

    parameter = "memory"

    def __init__(self, addr: int) -> None:
        super().__init__(f"there is no memory at 0x{addr:x}")
        self.addr = addr


class NoMemoryDeviceError(StateError):
    """No memory device has that id."""

    parameter = "memory"

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no memory device '{name}'")
        self.name = name


class Argument(NamedTuple):
    """An argument of an action; `kind` is text, a count, seconds or a number of bytes."""

    name: str
    kind: str = TEXT
    optional: bool = False


class Action(NamedTuple):
    """An action: its name, its arguments, what it does, and a line of help."""

    name: str
    arguments: tuple[Argument, ...]
    do: Callable[[Machine, Given], None]
    help: str


def _hold(machine: Machine, given: Given) -> None:
    machine.guest.held = True


def _release(machine: Machine, given: Given) -> None:
    machine.guest.release()


def _silence(machine: Machine, given: Given) -> None:
    machine.guest.silent = True


def _listen(machine: Machine, given: Given) -> None:
    machine.guest.silent = False


def _refuse(machine: Machine, given: Given) -> None:
    machine.guest.unplug_outcomes[REFUSE][given["device"]] += given.get("times", 1)


def _hang(machine: Machine, given: Given) -> None:
    machine.guest.unplug_outcomes[HANG][given["device"]] += given.get("times", 1)


def _delay(machine: Machine, given: Given) -> None:
    machine.guest.policy = machine.guest.policy._replace(latency=given["seconds"])


def _set_policy(machine: Machine, given: Given) -> None:
    machine.guest.change_policy(parse_guest_policy(given["options"], machine.guest.policy))


def _put_online(machine: Machine, given: Given) -> None:
    zone = given.get("zone", MOVABLE)
    if zone not in (MOVABLE, "kernel"):
        raise ChoiceError("zone", zone)
    _check_up(machine)
    machine.guest.memory.use(given["memory"], zone)


def _put_offline(machine: Machine, given: Given) -> None:
    _check_up(machine)
    machine.guest.memory.use(given["memory"], OFFLINE)


def _touch(machine: Machine, given: Given) -> None:
    """Write to every page of a device's memory, from its start, or of guest-physical memory from an
    address.
    """
    _check_up(machine)
    start, length = _span(machine, given["memory"])
    length = min(given.get("size", length), length)
    try:
        for segment in machine.address_space.segments(start, length):
            if segment.range and segment.range.mapping:
                offset = segment.range.host_offset(segment.addr)
                first = offset - offset % segment.range.mapping.page_size
                segment.range.mapping.populate(1, first, offset + segment.size - first)
    except OSError as error:
        raise HostError.from_os("the host refused the memory", error) from None


def _span(machine: Machine, name: str) -> tuple[int, int]:
    if name[:1].isdigit():
        try:
            start = int(name, 0)
        except ValueError:
            raise ParameterError("memory", f"'{name}' is no address") from None
        memory = machine.address_space.at(start)
        if memory is None or memory.mapping is None:
            raise NoMemoryError(start)
        return start, memory.end - start
    found = machine.peripheral.children.get(name)
    device = found.memory if isinstance(found, VirtioPci) else found
    if not isinstance(device, MemoryDevice):
        raise NoMemoryDeviceError(name)
    return device.addr, device.plugged_size


def _power_off(machine: Machine, given: Given) -> None:
    _check_up(machine)
    machine.run_state.guest_shutdown()


def _reboot(machine: Machine, given: Given) -> None:
    _check_up(machine)
    machine.run_state.guest_reset()


def _check_up(machine: Machine) -> None:
    """A guest does something of its own only while it is there and runs."""
    if machine.guest.state != UP or not machine.run_state.is_running:
        raise StateError("the guest is not running")


def _fail_host(machine: Machine, given: Given) -> None:
    machine.faults.fail_host(given["call"], given["error"], given.get("times", 1))


def _fail_command(machine: Machine, given: Given) -> None:
    fault = CommandFault(given["class"], given["description"])
    machine.faults.fail_command(given["command"], fault, given.get("times", 1))


def _delay_replies(machine: Machine, given: Given) -> None:
    machine.faults.delay_replies(given["seconds"], given.get("times", 1))


def _drop_connections(machine: Machine, given: Given) -> None:
    machine.faults.drop_connections(given.get("times", 1))


def _clear_faults(machine: Machine, given: Given) -> None:
    machine.faults.clear()


_TIMES = Argument("times", COUNT, optional=True)
_DEVICE, _MEMORY = Argument("device"), Argument("memory")
GUEST_ACTIONS = (
    Action("hold", (), _hold, "stop answering; what is asked waits"),
    Action("release", (), _release, "go on after hold, and let go the DIMM whose unplug hangs"),
    Action(
        "silence", (), _silence, "hear no interrupt any more; what is asked stays in the registers"
    ),
    Action("listen", (), _listen, "hear interrupts again"),
    Action("refuse", (_DEVICE, _TIMES), _refuse, "refuse the next unplug of a DIMM"),
    Action("hang", (_DEVICE, _TIMES), _hang, "begin the next unplug of a DIMM and never end it"),
    Action("delay", (Argument("seconds", SECONDS),), _delay, "take so long for each step"),
    Action(
        "policy", (Argument("options"),), _set_policy, "change what --guest sets, in the same words"
    ),
    Action(
        "online",
        (_MEMORY, Argument("zone", optional=True)),
        _put_online,
        "put a block or a device's blocks online: movable or kernel",
    ),
    Action("offline", (_MEMORY,), _put_offline, "take a block or a device's blocks offline"),
    Action(
        "touch",
        (_MEMORY, Argument("size", BYTES, optional=True)),
        _touch,
        "write to the pages of a device, or from an address on: they become resident",
    ),
    Action("power-off", (), _power_off, "power the guest off"),
    Action("reboot", (), _reboot, "reboot the guest"),
)
FAULT_ACTIONS = (
    Action(
        "fail-host",
        (Argument("call"), Argument("error"), _TIMES),
        _fail_host,
        "let the next calls (open, mmap, ...) fail with an error such as ENOMEM",
    ),
    Action(
        "fail-command",
        (Argument("command"), Argument("class"), Argument("description"), _TIMES),
        _fail_command,
        "let the next QMP commands of a name be refused",
    ),
    Action(
        "delay-replies",
        (Argument("seconds", SECONDS), _TIMES),
        _delay_replies,
        "let the next QMP replies come late",
    ),
    Action(
        "drop-connections",
        (_TIMES,),
        _drop_connections,
        "close the connection in place of the next QMP reply",
    ),
    Action("clear-faults", (), _clear_faults, "forget the faults that did not happen yet"),
)
ACTIONS = {action.name: action for action in (*GUEST_ACTIONS, *FAULT_ACTIONS)}


def qmp_name(name: str) -> str:
    """The QMP command that carries out an action."""
    return (
        f"x-hmp-{name}"
        if any(action.name == name for action in FAULT_ACTIONS)
        else f"x-hmp-guest-{name}"
    )
