"""gdbserver: the place where a debugger connects. There is no CPU that it could stop, so that what
it sends is dropped.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hmp.errors import HmpError, InputError, StateError
from hmp.machine.chardevs.configs import ChardevConfig
from hmp.machine.chardevs.create import create_chardev, create_from_options
from hmp.machine.chardevs.device import FrontEnd
from hmp.machine.chardevs.device_text import MUX_PREFIX, parse_device_text
from hmp.machine.chardevs.monitors import add_monitor_on

if TYPE_CHECKING:
    from hmp.machine.chardevs.device import CharacterDevice
    from hmp.machine.machine import Machine

LABEL = "gdb"
DEFAULT_TEXT = "tcp::1234"


class GdbError(StateError):
    """The debugger's place can't be made; `cause` says why, if anything does."""

    def __init__(self, message: str, cause: HmpError | None = None) -> None:
        reasons = [cause.message, *cause.hints] if cause and cause.message else []
        super().__init__(*reasons, f"gdbstub: {message}", prefix=False)
        self.cause = cause


class Debugger(FrontEnd):
    """A debugger, as the front end of a character device."""


def start_gdbserver(machine: Machine, text: str) -> None:
    """Let debuggers connect to a character device; with the text `none` to none any more.

    Raises:
        GdbError: It can't be made; the machine is as before.
    """
    if not machine.has_cpu:
        raise GdbError("meaningless to attach gdb to a machine without any CPU.")
    if not text:
        raise GdbError("missing connection string")
    if not machine.accelerator.runs_cpus:
        raise GdbError("current accelerator doesn't support guest debugging")
    device = None if text == "none" else _open(machine, text)
    if machine.debugger is None:
        # What QEMU makes for the answers of its own commands; its name is random there, too.
        # Its commands are those of a monitor.
        label = f"#chr{random.randrange(100):03}"
        add_monitor_on(machine, create_chardev(machine, label, ChardevConfig("gdb")))
        machine.debugger = Debugger()
    elif (before := _device_of(machine, machine.debugger)) is not None:
        before.detach(machine.debugger)
        machine.chardevs.drop(before)
    if device is not None:
        device.attach(machine.debugger)
        machine.chardevs.on_front_end(device)


def _device_of(machine: Machine, debugger: FrontEnd) -> CharacterDevice | None:
    return next((item for item in machine.chardevs if item.front_end is debugger), None)


def _open(machine: Machine, text: str) -> CharacterDevice:
    if text.startswith("chardev:"):
        found = machine.chardevs.find(text[len("chardev:") :])
        if found is None or found.is_busy:
            raise GdbError("couldn't create chardev")
        return found
    try:
        given = parse_device_text(text, LABEL)
        if text.startswith("tcp:"):
            # A debugger comes when it likes.
            given.update(server="on", wait="off")
        if machine.chardevs.find(LABEL):
            _reject_second(machine, given["backend"])
        device = create_from_options(machine, given)
    except HmpError as error:
        raise GdbError("couldn't create chardev", error) from None
    if text.startswith(MUX_PREFIX):
        add_monitor_on(machine, device)
    return device


def _reject_second(machine: Machine, backend: str) -> None:
    if backend == "socket":
        raise InputError("duplicate yank instance")
    machine.chardevs.check_name_free(LABEL)
