"""Declared properties: name, kind, default, when it may be set, help; everything that reads or
lists them starts here.

Messages for badly written values live in `hmp.values`; this file knows no notation.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from hmp.errors import ParameterError, ParameterTypeError


class PropertyValueError(ParameterError):
    """A value that is read, but that the property does not take."""

    def __init__(self, property: str, value: object, message: str) -> None:
        super().__init__(property, message)
        self.value = value


class Visitor(Protocol):
    """What a language of values offers to the kinds (see `hmp.machine.qom.visitors`)."""

    def text(self, key: str, raw: object) -> str: ...
    def boolean(self, key: str, raw: object) -> bool: ...
    def enumeration(self, key: str, raw: object, choices: tuple[str, ...]) -> str: ...
    def size(self, key: str, raw: object) -> int: ...
    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int: ...
    def node_list(self, key: str, raw: object) -> list[int]: ...


class PropertyType:
    """A type of values; `label` is the name that qom-list and help show."""

    label = "string"

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        """The value of what arrived; InputError in the reader's words."""
        return visitor.text(key, raw)


class Text(PropertyType):
    """Any text."""

    def __init__(self, label: str = "string") -> None:
        self.label = label


class Boolean(PropertyType):
    """True or false."""

    label = "bool"

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        return visitor.boolean(key, raw)


class Size(PropertyType):
    """A number of bytes below 2^64."""

    def __init__(self, label: str = "int") -> None:
        self.label = label

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        return visitor.size(key, raw)


class Integer(PropertyType):
    """An integer of a C type, `uint32` and the like."""

    def __init__(self, bits: int, signed: bool = False, label: str = "") -> None:
        self.bits, self.signed = bits, signed
        self.label = label or f"{'' if signed else 'u'}int{bits}"

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        return visitor.integer(key, raw, self.bits, self.signed)


class Enumeration(PropertyType):
    """One of a few words."""

    def __init__(self, label: str, *choices: str) -> None:
        self.label, self.choices = label, choices

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        return visitor.enumeration(key, raw, self.choices)


class NodeList(PropertyType):
    """A list of host NUMA node numbers."""

    label = "int"

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        return visitor.node_list(key, raw)


class Link(PropertyType):
    """A path to an object of a type; the value is the path as given, the owner resolves it."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.label = f"link<{target}>"


class Structure(PropertyType):
    """A value that is only shown, such as /machine's memory sizes."""

    def __init__(self, label: str) -> None:
        self.label = label

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        """Nothing sets a structure once the machine is made: the reference dies of a text here."""
        if isinstance(raw, dict):
            raise ParameterError(key, f"Parameter '{key}' can't be changed any more")
        raise ParameterTypeError(key, "object")


class Property(NamedTuple):
    """One declared property.

    `frozen` is the message (with {name} and {type}) for setting it on a completed object, and
    `frozen_first` tells that the message comes before the value is read
    (docs/qemu-behaviour/monitor.md §9). `settable` False: never writable. `live`: a device takes it
    at any time; what else it has is fixed once it is plugged.
    """

    name: str
    kind: PropertyType
    help: str = ""
    default: object = None
    required: bool = False
    frozen: str = ""
    frozen_first: bool = False
    settable: bool = True
    shows_default: bool = False
    live: bool = False


def switch(name: str, default: bool) -> Property:
    """The declaration of an on/off property of a device, which shows its default in help."""
    return Property(name, Boolean(), "on/off", default, shows_default=True)
