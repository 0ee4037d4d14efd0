"""What may be sent to a QEMU that is not ours: nothing that changes it without `--write`, nothing
that can end it by accident without a question.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.commands.command import Command
from hmp.errors import StateError
from hmp.grammar.command_line import ParsedLine
from hmp.grammar.opts import HELP_WORDS, find_driver
from hmp.machine.qom.visitors import BOOLEANS

READ_ONLY = frozenset(
    (
        *("help", "info", "print", "x", "xp", "qom-get", "qom-list", "clear"),
        *("gpa2hva", "gpa2hpa", "gva2gpa"),
    )
)
"""Commands that change nothing. `i` is not among them: reading a port may have an effect."""
MODULE_LOADER = (
    "it makes QEMU load all of its modules, and QEMU aborts where its package was upgraded since "
    "it was started (--force sends it)"
)
DANGERS = {
    "quit": "quit ends the virtual machine (Ctrl-D leaves it running)",
    "system_reset": "system_reset resets the guest at once",
    "system_powerdown": "system_powerdown asks the guest to shut down",
    "device_del": "device_del takes the device from the guest",
    "stop": "stop halts the guest",
    "loadvm": "loadvm replaces the guest's present state",
    "migrate": "migrate moves the guest to another host",
    "qom-set": "realized=off takes the device out without asking the guest",
    "o": "o writes to an I/O port behind the guest's back",
}
"""What a person is asked to confirm, and why."""


class Permissions(NamedTuple):
    """What the user allows: changes, and what may abort QEMU."""

    write: bool = False
    force: bool = False


class ReadOnlyError(StateError):
    """The command may change the machine, and nothing allows it."""

    def __init__(self, command: str) -> None:
        super().__init__(
            f"{command} may change the machine, and this connection only looks (--write allows it)"
        )
        self.command = command


class ModuleLoadError(StateError):
    """The command may abort QEMU."""

    def __init__(self, command: str) -> None:
        super().__init__(f"{command} was not sent: {MODULE_LOADER}")
        self.command = command


class OwnMachineError(StateError):
    """The command is for the machine of this program."""

    def __init__(self, command: str) -> None:
        super().__init__(f"{command} works on hmp's own machine only, without --connect")
        self.command = command


def check_allowed(line: ParsedLine[Command], allowed: Permissions) -> None:
    """Raise StateError for a line that must not be sent."""
    name = _name(line)
    if not name:
        return
    if name == "guest" and line.command is None:
        raise OwnMachineError(name)
    if not allowed.force and (title := _module_loader(line)):
        raise ModuleLoadError(title)
    if line.command is None and line.error:
        # QEMU has no such command.
        raise line.error
    if not allowed.write and name not in READ_ONLY:
        raise ReadOnlyError(name)


def danger(line: ParsedLine[Command]) -> str:
    """Return why a person should confirm a line, empty where there is no reason.

    A line that has an error here may have none in another version of QEMU.
    """
    name = _name(line)
    if name == "qom-set" and not _unrealizes(line):
        return ""
    return DANGERS.get(name, "")


def _name(line: ParsedLine[Command]) -> str:
    """Return the name of the command, also where an alias is typed or it is not known."""
    if line.command is None or line.subcommand is not None:
        return line.name.value or ""
    return line.command.names[0]


def _module_loader(line: ParsedLine[Command]) -> str:
    """Return the part of the line that makes QEMU load every module."""
    if line.name.value == "info" and line.subcommand and line.subcommand.value == "qdm":
        return "info qdm"
    if _name(line) == "device_add" and find_driver(line.options) in (None, *HELP_WORDS):
        # Without a driver but with `help` it lists them, too.
        asks = any(option.asks_for_help or option.value in HELP_WORDS for option in line.options)
        return "device_add help" if asks else ""
    return "qom-list-types" if _name(line) == "qom-list-types" else ""


def _unrealizes(line: ParsedLine[Command]) -> bool:
    words = line.text.split()
    return "realized" in words and BOOLEANS.get(words[-1]) is not True
