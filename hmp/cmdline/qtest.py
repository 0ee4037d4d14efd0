"""-qtest and -qtest-log: a client that tests the machine (docs/qemu-behaviour/qtest.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.cmdline.chardevs import CHARDEV_PREFIX, device_text_error
from hmp.errors import HmpError, InputError
from hmp.machine.chardevs.create import create_from_options
from hmp.machine.chardevs.device_text import MUX_PREFIX, parse_device_text
from hmp.machine.qtest.server import Qtest

if TYPE_CHECKING:
    from hmp.cmdline.configuration import Configuration
    from hmp.machine.machine import Machine

LABEL = "qtest"


def start_qtest(configuration: Configuration, machine: Machine, text: str) -> None:
    """Let a client test the machine.

    Raises:
        StartupError: The character device of the text can't be made.
        HmpError: There is another client.
    """
    try:
        label = _open(configuration, machine, text)
    except HmpError as error:
        second = f'Failed to initialize device for qtest: "{text}"'
        raise device_text_error("", error, second) from None
    server = Qtest(machine)
    server.chardev, server.log = label, configuration.qtest_log
    machine.machine_object.add(LABEL, server)
    server.complete()


def _open(configuration: Configuration, machine: Machine, text: str) -> str:
    """Return the name of the character device."""
    if text.startswith(CHARDEV_PREFIX):
        label = text[len(CHARDEV_PREFIX) :]
        if machine.chardevs.find(label) is None:
            # QEMU has nothing more to say than its second message.
            raise InputError("")
        return label
    if text.startswith(MUX_PREFIX):
        raise InputError("mon: isn't supported in this context")
    given = parse_device_text(text, LABEL)
    configuration.character_devices.check_label(LABEL)
    machine.chardevs.inform = machine.emit_stderr
    return create_from_options(machine, given).name
