"""The parameters of a command's syntax, one for each argument, in the order of the line
(docs/qemu-behaviour/monitor.md §2).

`syntax.py` parses each kind; it is imported when the first line with arguments is parsed.
"""

from __future__ import annotations

from enum import Enum, auto

from hmp.grammar.nodes import Format, Node


class Refers(Enum):
    """What the words of an argument refer to, for completion and diagnostics."""

    NOTHING = auto()
    COMMAND = auto()
    OBJECT = auto()
    DEVICE = auto()
    PATH = auto()
    PROPERTY = auto()
    SETTABLE_PROPERTY = auto()
    PROPERTY_VALUE = auto()
    FILE = auto()
    SCRIPT = auto()
    CHARDEV = auto()
    # A network, a disk or another host.
    HOST = auto()
    CPU = auto()
    DRIVE = auto()
    GUEST_ACTION = auto()
    LESSON = auto()
    # A whole line.
    LINE = auto()


class Parameter:
    """A parameter; its name is that of the handler's argument."""

    default: object = None

    def __init__(
        self, name: str, refers_to: Refers = Refers.NOTHING, *, optional: bool = False
    ) -> None:
        self.name = name
        self.refers_to = refers_to
        self.optional = optional


class Word(Parameter):
    """A word, plain or quoted; completion offers the `choices`. QEMU's messages call it a string or
    a filename (`expected`), by the command.
    """

    def __init__(
        self,
        name: str,
        refers_to: Refers = Refers.NOTHING,
        *,
        optional: bool = False,
        choices: tuple[str, ...] = (),
        expected: str = "string",
    ) -> None:
        super().__init__(name, refers_to, optional=optional)
        self.choices, self.expected = choices, expected


class Words(Parameter):
    """All words that are left; with `lenient` a badly quoted one is None and no error."""

    def __init__(
        self, name: str, refers_to: Refers = Refers.NOTHING, *, lenient: bool = False
    ) -> None:
        super().__init__(name, refers_to, optional=True)
        self.lenient = lenient


class Rest(Parameter):
    """The rest of the line, verbatim."""


class Opts(Parameter):
    """A QemuOpts list in one word; a first element without `=` is the value of `implied_key`."""

    def __init__(self, name: str, implied_key: str, refers_to: Refers = Refers.NOTHING) -> None:
        super().__init__(name, refers_to, optional=True)
        self.implied_key = implied_key


class KeyvalOrJson(Parameter):
    """The rest of the line: dotted key=value text, or a JSON object if it begins with a brace."""

    def __init__(self, name: str, implied_key: str) -> None:
        super().__init__(name)
        self.implied_key = implied_key


class Expression(Parameter):
    """An expression: a signed 64-bit integer, an unsigned 32-bit one (`bits`), or one of at least 0
    (`signed`).
    """

    def __init__(
        self,
        name: str,
        refers_to: Refers = Refers.NOTHING,
        *,
        bits: int = 64,
        signed: bool = True,
        optional: bool = False,
    ) -> None:
        super().__init__(name, refers_to, optional=optional)
        self.bits = bits
        self.signed = signed


class Size(Parameter):
    """A size in bytes; a number without a unit counts MiB."""


class FormatParameter(Parameter):
    """A /fmt; it may be left out."""

    default = Format()

    def __init__(self) -> None:
        super().__init__("fmt", optional=True)


class Flag(Parameter):
    """A letter after a dash; it is recognized only at its place."""

    default = False

    def __init__(self, name: str, letter: str) -> None:
        super().__init__(name, optional=True)
        self.letter = letter


Syntax = tuple[Parameter, ...]
OPTION_LISTS = (Opts, KeyvalOrJson)


class Argument:
    """An argument as it is written on a line."""

    def __init__(self, parameter: Parameter, node: Node) -> None:
        self.parameter, self.node = parameter, node
