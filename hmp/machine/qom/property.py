"""Declared properties: typed descriptors on the class that has them.

`size = Property(Size(), default=0)` makes `backend.size` an int and tells everything that reads,
lists or documents the property its QOM name, type, default and help.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, overload

from hmp.errors import ParameterError, ParameterTypeError

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # The default lets code that reads any property say `Property` alone.
    T = TypeVar("T", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")
Getter = TypeVar("Getter", bound=Callable[[Any], object])
Setter = TypeVar("Setter", bound=Callable[[Any, Any], None])


class PropertyValueError(ParameterError):
    """A well-formed value that the property rejects."""

    def __init__(self, property: str, value: object, message: str) -> None:
        super().__init__(property, message)
        self.value = value


class Visitor(Protocol):
    """Reads values of one notation (see `hmp.machine.qom.visitors`), as QEMU's visitors do."""

    def text(self, key: str, raw: object) -> str: ...
    def boolean(self, key: str, raw: object) -> bool: ...
    def enumeration(self, key: str, raw: object, choices: tuple[str, ...]) -> str: ...
    def size(self, key: str, raw: object) -> int: ...
    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int: ...
    def node_list(self, key: str, raw: object) -> list[int]: ...


class PropertyType:
    """A type of values; `label` is the name that qom-list and help print."""

    label = "string"

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        """Return the value of `raw`; raise InputError with the visitor's message."""
        return visitor.text(key, raw)


class Text(PropertyType):
    """Any text."""

    def __init__(self, label: str = "string") -> None:
        self.label = label


class HostPath(Text):
    """A path of a file or a directory of the host; a lesson may not name any."""


class BackendId(Text):
    """The id of a backend of a device: of a `kind` such as `netdev`."""

    def __init__(self, kind: str) -> None:
        super().__init__("str")
        self.kind = kind


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
    """An integer of a C type, such as `uint32`."""

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
    """An object of a type; it is given as a path, which `find_link` resolves."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.label = f"link<{target}>"


class Structure(PropertyType):
    """A value that is only shown, such as /machine's memory sizes."""

    def __init__(self, label: str) -> None:
        self.label = label

    def read(self, visitor: Visitor, key: str, raw: object) -> object:
        # QEMU crashes (assertion) when such a property is set to a text.
        if isinstance(raw, dict):
            raise ParameterError(key, f"Parameter '{key}' can't be changed any more")
        raise ParameterTypeError(key, "object")


class Property(Generic[T]):
    """One declared property; on an object it is the value, on its class the declaration.

    `name` is QOM's; when not given, the attribute's with dashes for underscores. `settable` False:
    never writable by the user. `immutable_message` (with {name} and {type}) is the error for
    setting it once the object is complete; `checked_before_read`: that check comes before the value
    is read (docs/qemu-behaviour/monitor.md §9). `settable_when_realized`: a device accepts it at
    any time; all its other properties are fixed once it is plugged. `listed` False: TYPE,help
    leaves it out, as QEMU does with what each object has by itself.

    The value is kept in the object's `__dict__`, so that reading it costs what an attribute costs:
    without a `__set__`, a stored value hides the descriptor. Assigning the attribute stores the
    value unchecked; what users set goes through `set`, where the declaration's setter, if there is
    one, checks and stores it.
    """

    __slots__ = (
        "_getter",
        "_setter",
        "attribute",
        "checked_before_read",
        "default",
        "help",
        "immutable_message",
        "type",
        "listed",
        "name",
        "required",
        "settable",
        "settable_when_realized",
        "shows_default",
    )

    def __init__(
        self,
        property_type: PropertyType,
        help: str = "",
        default: T | None = None,
        *,
        name: str = "",
        required: bool = False,
        settable: bool = True,
        immutable_message: str = "",
        checked_before_read: bool = False,
        settable_when_realized: bool = False,
        shows_default: bool = False,
        listed: bool = True,
    ) -> None:
        self.type, self.help, self.default = property_type, help, default
        self.name, self.attribute = name, ""
        self.required, self.settable = required, settable
        self.immutable_message, self.checked_before_read = immutable_message, checked_before_read
        self.settable_when_realized, self.shows_default = settable_when_realized, shows_default
        self.listed = listed
        self._getter: Callable[[Any], object] | None = None
        self._setter: Callable[[Any, Any], None] | None = None

    def __set_name__(self, owner: type, attribute: str) -> None:
        self.attribute = attribute
        self.name = self.name or attribute.replace("_", "-")

    def getter(self, function: Getter) -> Getter:
        """Decorate the method that computes the value as long as none is stored."""
        self._getter = function
        return function

    def setter(self, function: Setter) -> Setter:
        """Decorate the method that checks and stores what a user sets."""
        self._setter = function
        return function

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object, owner: type) -> object:
        """Return the computed or the default value: a stored one is found before this is called."""
        if instance is None:
            return self
        return self.default if self._getter is None else self._getter(instance)

    @property
    def has_setter(self) -> bool:
        """Whether a method checks and stores what a user sets."""
        return self._setter is not None

    def get(self, instance: object) -> object:
        """Return the present value."""
        return getattr(instance, self.attribute)

    def set(self, instance: object, value: object) -> None:
        """Set a value that a user gave; raise HmpError when the property rejects it."""
        if self._setter is None:
            setattr(instance, self.attribute, value)
        else:
            self._setter(instance, value)


def bool_property(default: bool, name: str = "") -> Property[bool]:
    """Declare an on/off property of a device, which shows its default in help."""
    return Property(Boolean(), "on/off", default, name=name, shows_default=True)
