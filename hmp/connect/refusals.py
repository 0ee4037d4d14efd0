"""Recognize an error in the text of a reply: the human monitor has no other sign of one."""

from __future__ import annotations

import re

from hmp.commands.command import Command
from hmp.errors import HmpError, StateError
from hmp.grammar.command_line import ParsedLine
from hmp.grammar.errors import ArgumentError
from hmp.monitor import error_text

FORMS = (
    # Of nearly every command (docs/qemu-behaviour/monitor.md §2).
    r"Error: ",
    r"unknown command: '",
    # x, xp, gpa2hva and their kin (docs/qemu-behaviour/monitor.md §6).
    r"No memory is mapped at address ",
    r"Memory at address 0x[0-9a-f]+ is not RAM",
    r"Can not dump without CPU",
    r"No CPU available",
    r"CPU#-?[0-9]+ not available",
    r"0x[0-9a-f]+: unable to read memory",
    r"No cpu$",
    r"invalid CPU index",
    # print, x, xp: an expression (docs/qemu-behaviour/monitor.md §4).
    r"Invalid register name",
    # qom-set and qom-list.
    r"Path '.*' could not be resolved",
    # device_add of a type that there is none of, with help (docs/qemu-behaviour/devices.md §1).
    r"'.*' is not a valid device model name$",
    # drive_add, chardev-add, set_link, boot_set, trace-event.
    r"Duplicate ID '",
    r"Expected 'on' or 'off'",
    r"gdbstub: ",
    r"Invalid boot device",
    r"Boot device '",
    r"unknown event ",
    # hostfwd_add, hostfwd_remove.
    r"unrecognized netdev id '",
    r"invalid device specified$",
    r"Invalid host forwarding rule '",
    r"invalid format$",
    r"invalid parameter: ",
    r"terminal does not support password prompting$",
    # Before the machine is made.
    r"Command '.*' not available ",
)
"""The beginnings of lines that are errors. Their sources are tests/recordings/hmp, where a test
compares them with the errors that this program knows of; QEMU 7.2 puts warnings in front of some.
"""
_ERROR_LINE = re.compile(
    # The line about help may follow the message without a line end.
    rf"^(?:{'|'.join(FORMS)})|Try \"help .*\" for more information$",
    re.M,
)


class ReplyError(StateError):
    """QEMU's reply is an error that is not known here; `reply` is all of it."""

    def __init__(self, reply: str) -> None:
        first = next((line for line in reply.splitlines() if _ERROR_LINE.match(line)), reply)
        super().__init__(first.removeprefix("Error: ").rstrip("\n"))
        self.reply = reply


def is_error(reply: str) -> bool:
    """Return whether a reply says that the command failed."""
    return _ERROR_LINE.search(reply) is not None


def error_of(reply: str, line: ParsedLine[Command], expected: HmpError | None) -> HmpError | None:
    """Return the error of a reply, None where it is none: the one that was expected, if QEMU says
    the same, since that tells more.
    """
    if expected is not None and _says(reply, line, expected):
        return expected
    return ReplyError(reply) if is_error(reply) else None


def _says(reply: str, line: ParsedLine[Command], expected: HmpError) -> bool:
    text = error_text(expected, line)
    # What QEMU writes to its own stderr does not come through QMP.
    return bool(reply) and (reply.endswith(text) or isinstance(expected, ArgumentError))
