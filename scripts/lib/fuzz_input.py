"""Random input for `fuzz.py`: commands with arguments of any type in any place, and the plausible
lines of `random_lines.py` between them.

Files are named relative to the current folder, so that nothing outside of it is written.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from hmp.commands.registry import COMMANDS
from hmp.grammar.parameters import (
    Expression,
    Flag,
    FormatParameter,
    KeyvalOrJson,
    Opts,
    Parameter,
    Refers,
)
from hmp.guest.actions import ACTIONS, ArgumentType
from hmp.machine.fault_injection import HOST_CALLS
from hmp.machine.machine import Machine
from hmp.machine.qom.object import Object
from hmp.qmp.registry import COMMANDS as QMP_COMMANDS
from scripts.lib.generators import random_startup
from scripts.lib.generators import random_words as words
from scripts.lib.generators.random_lines import RandomLines

LEFT_OUT = ("quit", "q")
QMP_LEFT_OUT = ("quit",)
OTHER_MACHINES = (
    "-M none",
    "-M microvm",
    "-M isapc -m 64",
    "-M microvm -m 128M,slots=2,maxmem=1G",
    "-M none -m 1G,slots=4,maxmem=2G",
    "-M q35,acpi=off -m 1G,slots=4,maxmem=8G",
    "-m 128M -no-reboot",
    "-m 128M -no-shutdown --guest power-button=shutdown",
    "--guest none -m 1G,slots=4,maxmem=8G",
    "--guest linux,unplug=hang,online=kernel -m 1G,slots=4,maxmem=8G",
)
FILES = ("f1", "f2", "folder", "no/f", "folder/g", "a b", "")
NUMBERS = (
    *(0, 1, -1, 2, 4095, 4096, 1 << 20, 128 << 20, 1 << 30, (1 << 31) - 1, 1 << 31, 1 << 32),
    *((1 << 63) - 1, 1 << 63, (1 << 64) - 1, 1 << 64, -(1 << 63), 0xA0000, 0x100000000),
    *(0xAE00, 0xAE08, 0xCC0, 0xA00, 0xA14, 0x140000000, 10**25),
)
ERRORS = ("ENOMEM", "EIO", "EACCES", "ENOSPC", "EINTR", "x", "")
POLICIES = ("unplug=hang", "online=offline", "latency=0", "virtio-mem=1M", "none", "x=1", "")


class Values:
    """Random words and values; some are taken from the machine as it is."""

    def __init__(self, chance: random.Random, machine: Machine) -> None:
        self.chance, self.machine = chance, machine

    def pick(self, choices: tuple[str, ...]) -> str:
        """One of the choices."""
        return self.chance.choice(choices)

    def node(self) -> Object:
        """An object of the tree."""
        return self.chance.choice(list(self.machine.root.walk()))

    def path(self) -> str:
        """A path, absolute or partial, mostly of something that exists."""
        if self.chance.random() < 0.2:
            return self.pick(words.QOM_PATHS)
        found = self.node()
        return found.path if self.chance.random() < 0.7 else found.name

    def identifier(self) -> str:
        """An id, mostly of something that exists."""
        places = (self.machine.objects, self.machine.peripheral)
        names = [name for place in places for name in place.children]
        return self.pick((*names, *words.BACKENDS, *words.DEVICES, *words.ODD_IDS))

    def property(self) -> str:
        """The name of a property."""
        names = tuple(type(self.node()).by_name)
        return self.pick(names) if self.chance.random() < 0.8 else self.pick(words.QOM_PROPERTIES)

    def number(self) -> str:
        """A number as text."""
        number = self.chance.choice(NUMBERS)
        return self.pick((str(number), hex(number), str(number + self.chance.randrange(-9, 9))))

    def word(self) -> str:
        """Anything."""
        makers: tuple[Callable[[], str], ...] = (
            self.path,
            self.identifier,
            self.property,
            self.number,
            lambda: self.pick(words.QOM_VALUES),
            lambda: self.pick(words.EXPRESSIONS),
            lambda: self.pick(FILES),
            lambda: "".join(chr(self.chance.randrange(256)) for _ in range(4)).replace("\n", ""),
        )
        return self.chance.choice(makers)()


class Lines(Values):
    """Random lines of the human monitor."""

    def __init__(self, chance: random.Random, machine: Machine) -> None:
        super().__init__(chance, machine)
        self._plausible = RandomLines(chance, huge=False, narrow=False)
        self._commands = [c for name, c in COMMANDS.commands.items() if name not in LEFT_OUT]
        self._info = list(COMMANDS.info.values())

    def prepare(self) -> list[str]:
        """The first lines of a session."""
        return [self._local(line) for line in self._plausible.prepare()]

    def line(self) -> str:
        """One line."""
        share = self.chance.random()
        if share < 0.35:
            return self._local(self._plausible.line())
        if share < 0.5:
            return self._guest()
        info = self.chance.random() < 0.2
        command = self.chance.choice(self._info if info else self._commands)
        text = ("info " if info else "") + self.pick(command.names)
        for parameter in command.syntax:
            if not parameter.optional or self.chance.random() < 0.6:
                text += self._argument(parameter)
        return text + (f" {self.word()}" if self.chance.random() < 0.05 else "")

    def _local(self, line: str) -> str:
        return line.replace("@TMP@", "folder").replace("@HUGE@", "folder")

    def _argument(self, parameter: Parameter) -> str:
        if isinstance(parameter, Flag):
            return f" -{parameter.letter}"
        if isinstance(parameter, FormatParameter):
            return self.pick(words.FORMATS)
        if isinstance(parameter, (Opts, KeyvalOrJson)):
            maker = self._plausible.device_add
            if isinstance(parameter, KeyvalOrJson):
                maker = self._plausible.object_add
            return " " + self._local(maker()).partition(" ")[2]
        if isinstance(parameter, Expression):
            return " " + (self.number() if self.chance.random() < 0.9 else self.word())
        makers: dict[Refers, Callable[[], str]] = {
            Refers.FILE: lambda: self.pick(FILES),
            Refers.OBJECT: self.identifier,
            Refers.DEVICE: lambda: self.identifier() if self.chance.random() < 0.7 else self.path(),
            Refers.PATH: self.path,
            Refers.PROPERTY: self.property,
            Refers.SETTABLE_PROPERTY: self.property,
        }
        return " " + makers.get(parameter.refers_to, self.word)()

    def _guest(self) -> str:
        action = self.chance.choice(list(ACTIONS.values()))
        text = f"guest {action.name}"
        for argument in action.arguments:
            if not argument.optional or self.chance.random() < 0.5:
                text += f" {self._guest_argument(argument.name, argument.type)}"
        return text

    def _guest_argument(self, name: str, kind: ArgumentType) -> str:
        if kind is ArgumentType.SECONDS:
            return self.pick(("0", "0.001", "1ms", "x", "-1", "1e400"))
        if kind is ArgumentType.COUNT or kind is ArgumentType.BYTES:
            return self.pick(("1", "2", "0", "-1", "4096", "1M", "x", str(1 << 64)))
        named = {
            "call": HOST_CALLS,
            "error": ERRORS,
            "options": POLICIES,
            "zone": ("movable", "kernel", "x"),
            "command": tuple(QMP_COMMANDS),
        }
        return self.pick(named[name]) if name in named else self.pick((self.identifier(), "0", "3"))


class Requests(Values):
    """Random QMP requests."""

    def request(self) -> object:
        """One request, as parsed JSON."""
        name = self.pick(tuple(name for name in QMP_COMMANDS if name not in QMP_LEFT_OUT))
        arguments = {
            parameter.name: self._value(parameter.name, str(parameter.type))
            for parameter in QMP_COMMANDS[name].parameters
            if not parameter.optional or self.chance.random() < 0.6
        }
        if name in ("object-add", "device_add"):
            arguments = self._members(name)
        elif self.chance.random() < 0.05:
            arguments[self.property()] = self.value()
        request: dict[str, object] = {"execute": name, "arguments": arguments}
        if self.chance.random() < 0.05:
            request[self.pick(("id", "arguments", "execute", "x"))] = self.value()
        return request

    def _members(self, command: str) -> dict[str, object]:
        lines = RandomLines(self.chance, huge=False, narrow=False)
        line = lines.object_add() if command == "object-add" else lines.device_add()
        line = line.replace("@TMP@", "folder").replace("@HUGE@", "folder").partition(" ")[2]
        first = "qom-type" if command == "object-add" else "driver"
        members: dict[str, object] = {}
        for index, item in enumerate(line.split(",")):
            key, sign, text = item.partition("=")
            if not sign and not index:
                members[first] = item
            else:
                members[key] = self._typed(text) if self.chance.random() < 0.9 else self.value()
        return members

    def _typed(self, text: str) -> object:
        sizes = {"64M": 64 << 20, "128M": 128 << 20, "2M": 2 << 20, "on": True, "off": False}
        return int(text) if text.isascii() and text.isdigit() else sizes.get(text, text)

    def _value(self, name: str, kind: str) -> object:
        if self.chance.random() < 0.1:
            return self.value()
        if name == "filename":
            return self.pick(FILES)
        if name == "command-line":
            return Lines(self.chance, self.machine).line()
        if kind in ("int", "number"):
            return self.chance.choice(NUMBERS)
        if kind == "bool":
            return self.chance.random() < 0.5
        makers: dict[str, Callable[[], str]] = {
            "id": self.identifier,
            "path": self.path,
            "property": self.property,
            "call": lambda: self.pick(HOST_CALLS),
            "error": lambda: self.pick(ERRORS),
        }
        return makers.get(name, self.word)()

    def value(self) -> object:
        """A JSON value of any type."""
        return self.chance.choice(
            (
                *(None, True, False, 1.5, -0.0, 1e308, "", [], {}, [[]], {"a": {"b": 1}}),
                self.chance.choice(NUMBERS),
                self.word(),
                [self.word()],
                {self.property(): self.word()},
            )
        )


def machine_arguments(chance: random.Random) -> str:
    """Return the arguments of a machine that starts."""
    if chance.random() < 0.3:
        return chance.choice(OTHER_MACHINES)
    return random_startup.good_machine(chance)


def command_line(chance: random.Random) -> str:
    """Return a command line, with some of its words changed."""
    text = random_startup.command_line(chance).replace("@TMP@", "folder")
    if chance.random() < 0.4:
        parts = text.split(" ")
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(parts))
            change = chance.randrange(4)
            if change == 0:
                del parts[at]
            elif change == 1:
                parts.insert(at, chance.choice(parts))
            elif change == 2:
                parts[at] += chance.choice((",", "=", ",x=1", "'", "9", "\x80", "=-1", "@"))
            else:
                parts[at] = chance.choice((*map(str, NUMBERS), "-m", "-M", "-object", "-S", ""))
            if not parts:
                break
        text = " ".join(parts)
    return text
