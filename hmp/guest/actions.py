"""The actions on the simulated guest and the injected faults: one table for HMP, QMP and
`hmp.testing`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

from hmp.errors import ChoiceError, DeviceNotFoundError, ParameterError, StateError
from hmp.guest.guest import UP
from hmp.guest.policy import HANG, MOVABLE, OFFLINE, REFUSE, parse_guest_policy
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.fault_injection import CommandFault, check_times

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

ActionArgs = dict[str, Any]


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


class ArgumentType(Enum):
    """What the text of an argument means; BYTES is a size, COUNT a whole number."""

    TEXT = auto()
    COUNT = auto()
    SECONDS = auto()
    BYTES = auto()


class Argument(NamedTuple):
    """An argument of an action."""

    name: str
    type: ArgumentType = ArgumentType.TEXT
    optional: bool = False


class Action(NamedTuple):
    """An action with its function, which takes the machine and the arguments by name."""

    name: str
    arguments: tuple[Argument, ...]
    run: Callable[[Machine, ActionArgs], None]
    help: str


def _hold(machine: Machine, args: ActionArgs) -> None:
    machine.guest.on_hold = True


def _release(machine: Machine, args: ActionArgs) -> None:
    machine.guest.release()


def _silence(machine: Machine, args: ActionArgs) -> None:
    machine.guest.interrupts_masked = True


def _listen(machine: Machine, args: ActionArgs) -> None:
    machine.guest.interrupts_masked = False


def _refuse(machine: Machine, args: ActionArgs) -> None:
    _expect(machine, REFUSE, args)


def _hang(machine: Machine, args: ActionArgs) -> None:
    _expect(machine, HANG, args)


def _expect(machine: Machine, outcome: str, args: ActionArgs) -> None:
    """Decide the next unplugs of a device, which is plugged: an id with a slip would change
    nothing, and nobody would see why.
    """
    times = args.get("times", 1)
    check_times(times)
    if args["device"] not in machine.peripheral.children:
        raise DeviceNotFoundError(args["device"])
    machine.guest.unplug_outcomes[outcome][args["device"]] += times


def _delay(machine: Machine, args: ActionArgs) -> None:
    machine.guest.policy = machine.guest.policy.replace(latency=args["seconds"])


def _set_policy(machine: Machine, args: ActionArgs) -> None:
    machine.guest.change_policy(parse_guest_policy(args["options"], machine.guest.policy))


def _put_online(machine: Machine, args: ActionArgs) -> None:
    zone = args.get("zone", MOVABLE)
    if zone not in (MOVABLE, "kernel"):
        raise ChoiceError("zone", zone)
    _check_up(machine)
    machine.guest.memory.change_use(args["memory"], zone)


def _put_offline(machine: Machine, args: ActionArgs) -> None:
    _check_up(machine)
    machine.guest.memory.change_use(args["memory"], OFFLINE)
    machine.guest.balloon.settle()


def _touch(machine: Machine, args: ActionArgs) -> None:
    """Write to every page of a device's memory, or of guest-physical memory from an address on."""
    _check_up(machine)
    start, length = _find_memory(machine, args["memory"])
    length = min(args.get("size", length), length)
    spans = machine.guest.balloon.release(start, length)
    segments = (part for span in spans for part in machine.address_space.segments(*span))
    for segment in segments:
        if segment.range and segment.range.mapping:
            offset = segment.range.host_offset(segment.addr)
            # madvise needs the start of a page, which may be a huge one.
            first = offset - offset % segment.range.mapping.page_size
            segment.range.mapping.populate(1, first, offset + segment.size - first)


def _find_memory(machine: Machine, name: str) -> tuple[int, int]:
    """Return the guest-physical start and the bytes of a device's memory, or from an address on."""
    if name[:1].isdigit():
        try:
            start = int(name, 0)
        except ValueError:
            raise ParameterError("memory", f"'{name}' is no address") from None
        memory = machine.address_space.at(start)
        if memory is None or memory.mapping is None:
            raise NoMemoryError(start)
        return start, memory.end - start
    from hmp.machine.devices.virtio import VirtioPci

    found = machine.peripheral.children.get(name)
    device = found.vdev if isinstance(found, VirtioPci) else found
    # After `qom-set ... realized off` the object is still there, without memory.
    if not isinstance(device, MemoryDevice) or device not in machine.memory_devices:
        raise NoMemoryDeviceError(name)
    return device.addr, device.plugged_size


def _power_off(machine: Machine, args: ActionArgs) -> None:
    _check_up(machine)
    machine.run_state.guest_shutdown()


def _reboot(machine: Machine, args: ActionArgs) -> None:
    _check_up(machine)
    machine.run_state.guest_reset()


def _check_up(machine: Machine) -> None:
    """Raise StateError unless the guest is up and the machine runs."""
    if machine.guest.state != UP or not machine.run_state.is_running:
        raise StateError("the guest is not running")


def _fail_host(machine: Machine, args: ActionArgs) -> None:
    machine.faults.fail_host(args["call"], args["error"], args.get("times", 1))


def _fail_command(machine: Machine, args: ActionArgs) -> None:
    fault = CommandFault(args["class"], args["description"])
    machine.faults.fail_command(args["command"], fault, args.get("times", 1))


def _delay_replies(machine: Machine, args: ActionArgs) -> None:
    machine.faults.delay_replies(args["seconds"], args.get("times", 1))


def _drop_connections(machine: Machine, args: ActionArgs) -> None:
    machine.faults.drop_connections(args.get("times", 1))


def _clear_faults(machine: Machine, args: ActionArgs) -> None:
    machine.faults.clear()


_TIMES = Argument("times", ArgumentType.COUNT, optional=True)
_DEVICE, _MEMORY = Argument("device"), Argument("memory")
GUEST_ACTIONS = (
    Action("hold", (), _hold, "stop answering; what is asked waits"),
    Action("release", (), _release, "go on after hold, and let go the DIMM whose unplug hangs"),
    Action("silence", (), _silence, "ignore interrupts; what is asked stays in the registers"),
    Action("listen", (), _listen, "handle interrupts again"),
    Action("refuse", (_DEVICE, _TIMES), _refuse, "refuse the next unplug of a DIMM"),
    Action("hang", (_DEVICE, _TIMES), _hang, "begin the next unplug of a DIMM and never end it"),
    Action(
        "delay", (Argument("seconds", ArgumentType.SECONDS),), _delay, "take so long for each step"
    ),
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
        (_MEMORY, Argument("size", ArgumentType.BYTES, optional=True)),
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
        "let the next QMP commands of a name fail",
    ),
    Action(
        "delay-replies",
        (Argument("seconds", ArgumentType.SECONDS), _TIMES),
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
    """Return the name of the QMP command for an action."""
    return (
        f"x-hmp-{name}"
        if any(action.name == name for action in FAULT_ACTIONS)
        else f"x-hmp-guest-{name}"
    )
