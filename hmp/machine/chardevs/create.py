"""chardev-add, chardev-remove and chardev-change as operations of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import HmpError, StateError
from hmp.machine.chardevs.configs import ChardevConfig, MuxOptions
from hmp.machine.chardevs.device import CharacterDevice
from hmp.machine.chardevs.errors import ChardevBusyError, NoSuchChardevError
from hmp.machine.chardevs.options import Values, config_of
from hmp.machine.mice import NAMES as INPUT_NAMES
from hmp.machine.qom.visitors import BOOLEANS

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# In the order in which QEMU lists them, that of a hash table (experiments: query-chardev-backends,
# `-chardev help`, which lists one less).
BACKENDS = (
    *("testdev", "stdio", "wctablet", "file", "udp", "memory", "parallel", "vc", "socket"),
    *("msmouse", "null", "hub", "pty", "qemu-vdagent", "pipe", "mux", "serial", "ringbuf"),
)
BACKENDS_HELP = "Available chardev backend types: \n" + "".join(
    f"  {name}\n"
    for name in (
        *("ringbuf", "serial", "mux", "pipe", "qemu-vdagent", "pty", "hub", "null", "msmouse"),
        *("socket", "vc", "parallel", "memory", "udp", "file", "wctablet", "stdio", "testdev"),
    )
)
_SINKS = ("null", "gdb", "vc", "msmouse", "wctablet", "testdev", "qemu-vdagent")
_CLASSES = {
    **dict.fromkeys(_SINKS, "device:CharacterDevice"),
    "file": "files:FileDevice",
    "pipe": "files:PipeDevice",
    "serial": "files:SerialDevice",
    "parallel": "files:ParallelDevice",
    "pty": "files:PtyDevice",
    "stdio": "files:StdioDevice",
    "braille": "files:BrailleDevice",
    "ringbuf": "ringbufs:RingbufDevice",
    "memory": "ringbufs:RingbufDevice",
    "mux": "mux:MuxDevice",
    "hub": "mux:HubDevice",
    "socket": "socket_device:SocketDevice",
    "udp": "socket_device:UdpDevice",
}


class UnchangeableError(StateError):
    """What uses the character device can't go on with another."""

    parameter = "id"

    def __init__(self) -> None:
        super().__init__("Chardev user does not support chardev hotswap")


def create_chardev(machine: Machine, label: str, config: ChardevConfig) -> CharacterDevice:
    """Open a character device and add it to the machine.

    Raises:
        HmpError: It can't be opened, or the name is taken; the machine is as before.
    """
    device = _open(machine, label, config)
    try:
        machine.chardevs.add(label, device)
    except BaseException:
        device.close()
        raise
    return device


def _open(machine: Machine, label: str, config: ChardevConfig) -> CharacterDevice:
    import importlib

    module, _colon, name = _CLASSES[config.backend].partition(":")
    kind = getattr(importlib.import_module(f"hmp.machine.chardevs.{module}"), name)
    device: CharacterDevice = kind(config)
    device.open_log(machine)
    try:
        device.open(machine, label)
    except BaseException:
        device.close()
        raise
    if input_name := INPUT_NAMES.get(config.backend):
        machine.inputs.add(input_name, device)
    return device


def create_from_options(machine: Machine, given: Values) -> CharacterDevice:
    """Create the character device of checked options; with mux=on two, of which it is one.

    Raises:
        HmpError: Something is missing or can't be opened; the machine is as before.
    """
    label, config = given["id"], config_of(given)
    if not BOOLEANS[given.get("mux", "off")]:
        return create_chardev(machine, label, config)
    base = create_chardev(machine, f"{label}-base", config)
    try:
        return create_chardev(machine, label, ChardevConfig("mux", MuxOptions((base.name,))))
    except BaseException:
        machine.chardevs.drop(base)
        raise


def remove_chardev(machine: Machine, label: str) -> None:
    """Remove a character device; StateError when it is missing or in use."""
    device = machine.chardevs.find(label)
    if device is None:
        raise NoSuchChardevError(label)
    if device.is_busy:
        raise ChardevBusyError(label)
    machine.chardevs.drop(device)


def change_chardev(machine: Machine, label: str, config: ChardevConfig) -> CharacterDevice:
    """Put another character device in the place of one, under the same front end.

    Raises:
        HmpError: There is none, its front end does not allow it, or the new one can't be opened.
    """
    before = machine.chardevs.find(label)
    if before is None:
        raise NoSuchChardevError(label, "does not exist")
    front_end = before.front_end
    if before.config.backend in ("mux", "hub"):
        raise StateError("For mux or hub device hotswap is not supported yet")
    if front_end is None:
        # QEMU removes it first: when the new one can't be opened there is none
        # (docs/qemu-behaviour/chardevs.md).
        machine.chardevs.drop(before)
        try:
            return create_chardev(machine, label, config)
        except HmpError as error:
            raise FailedToAddError(label, error) from None
    if not front_end.allows_change:
        raise UnchangeableError
    device = _open(machine, label, config)
    before.detach(front_end)
    machine.chardevs.drop(before)
    machine.chardevs.add(label, device)
    device.attach(front_end)
    machine.chardevs.on_front_end(device)
    return device


class FailedToAddError(StateError):
    """A character device could not be opened, for QMP: `cause` says why."""

    def __init__(self, label: str, cause: HmpError) -> None:
        super().__init__(f"Failed to add chardev '{label}': {cause.message}", *cause.hints)
        self.label, self.cause = label, cause
