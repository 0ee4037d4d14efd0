"""The commands that a running QEMU has, from its `help`, with the syntax that is known here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hmp.commands.command import Command
from hmp.commands.context import Context
from hmp.commands.registry import COMMANDS
from hmp.connect.shadow.answers import MEMORY_DEVICES
from hmp.connect.shadow.machine import is_known
from hmp.errors import StateError
from hmp.grammar.command_line import CommandSet
from hmp.grammar.opts import find_driver
from hmp.grammar.parameters import Rest
from hmp.machine.devices.plug import find_removable
from hmp.machine.machine import Machine
from hmp.machine.qom.object import resolve

_NAMES = re.compile(r"[a-z][\w-]*(?:\|[\w?-]+)* ")
_SEPARATOR = " -- "
ANYTHING = (Rest("arguments", optional=True),)
"""The syntax of a command that is not known here."""


def read_command_set(commands_help: str, info_help: str) -> CommandSet[Command]:
    """Return the commands that `help` lists, and the subjects of `info` that `info` lists."""
    return CommandSet(
        _read(commands_help, "", COMMANDS.commands), _read(info_help, "info ", COMMANDS.info)
    )


def _read(text: str, prefix: str, known: Mapping[str, Command]) -> dict[str, Command]:
    found = {}
    for entry in _entries(text, prefix):
        usage, _separator, about = entry.partition(_SEPARATOR)
        title, _blank, parameters = usage.partition(" ")
        names = tuple(title.split("|"))
        ours = known.get(names[0])
        command = Command(
            names,
            ours.syntax if ours else ANYTHING,
            parameters.strip(),
            about,
            _runs_in_qemu,
            _CHECKS.get(names[0]) if ours and ours.check else None,
        )
        found.update(dict.fromkeys(names, command))
    return found


def _entries(text: str, prefix: str) -> Iterator[str]:
    """Yield the entries of a help text, without the rest of long descriptions."""
    entry = ""
    for line in text.splitlines():
        rest = line.removeprefix(prefix)
        if entry:
            # The parameters of a few commands need more than one line.
            entry += f" {line.strip()}"
        elif _NAMES.match(rest) and line.startswith(prefix):
            entry = rest
        if _SEPARATOR in entry:
            yield entry
            entry = ""


def _runs_in_qemu(ctx: Context, **values: Any) -> str:
    raise StateError("this command runs in QEMU alone")


def _check_device_add(machine: Machine, options: Any) -> None:
    """Check the devices whose rules a shadow machine has all facts for."""
    if find_driver(options or []) in MEMORY_DEVICES:
        _own_check("device_add")(machine, options=options)


def _check_device_del(machine: Machine, device: str) -> None:
    start = machine.root if device.startswith("/") else machine.peripheral
    target = start.resolve_path(device)
    if target is None or is_known(target):
        find_removable(machine, device)


def _check_object_del(machine: Machine, id: str) -> None:
    target, _ambiguous = resolve(machine.root, f"/objects/{id}")
    if target is None or is_known(target):
        _own_check("object_del")(machine, id=id)


def _own_check(name: str) -> Callable[..., object]:
    check = COMMANDS.commands[name].check
    assert check is not None
    return check


_CHECKS: dict[str, Callable[..., object]] = {
    "device_add": _check_device_add,
    "device_del": _check_device_del,
    "object_add": _own_check("object_add"),
    "object_del": _check_object_del,
}
"""What can be said of a line before QEMU is asked; of other commands a shadow knows too little."""
