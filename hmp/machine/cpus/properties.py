"""Values of a CPU's properties, read from -cpu and from QMP, with QEMU's checks."""

from __future__ import annotations

from hmp.errors import DeviceNotFoundError, HmpError, InputError, ParameterError
from hmp.machine.cpus.recorded import CpuProperty, properties
from hmp.machine.qom.globals import GlobalProperty
from hmp.machine.qom.object import PropertyNotFoundError, ReadOnlyPropertyError
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    Integer,
    Link,
    PropertyType,
    Structure,
    Text,
)
from hmp.machine.qom.visitors import KeyvalVisitor, QObjectVisitor, StringInputVisitor

# The largest values of the properties that are numbers without a width.
LARGEST = {"family": 270, "model": 255, "stepping": 15, "tsc-frequency": (1 << 63) - 1}
VENDOR_LENGTH = 12
MAX_AVX10_VERSION = 2
READ_ONLY_TYPES = ("X86CPUFeatureWordInfo", "GuestPanicInformation", "strList")
READ_ONLY = ("type", "hotplugged", "hotpluggable")
ON_OFF_AUTO = ("auto", "on", "off")


class CpuGlobalError(InputError):
    """A property that -cpu or -global sets can't be set."""

    def __init__(self, item: GlobalProperty, error: HmpError) -> None:
        super().__init__(item.describe_error(error.message))
        self.item, self.error = item, error


class CpuNumberError(ParameterError):
    """A number is larger than the property can be."""

    def __init__(self, name: str, limit: int) -> None:
        super().__init__(name, f"parameter '{name}' can be at most {limit}")
        self.limit = limit


class VendorLengthError(ParameterError):
    """The vendor has more or fewer than 12 characters."""

    def __init__(self) -> None:
        super().__init__(
            "vendor",
            f"value of property 'vendor' must consist of exactly {VENDOR_LENGTH} characters",
        )


class _MemberVisitor(QObjectVisitor):
    """JSON values of a property somewhere in the arguments."""

    def __init__(self, path: str) -> None:
        self.path = path

    def text(self, key: str, raw: object) -> str:
        return super().text(self.path + key, raw)

    def boolean(self, key: str, raw: object) -> bool:
        return super().boolean(self.path + key, raw)

    def integer(self, key: str, raw: object, bits: int, signed: bool) -> int:
        # Of any integer, only the range can be wrong.
        path = "" if isinstance(raw, int) and not isinstance(raw, bool) else self.path
        return super().integer(path + key, raw, bits, signed)


def find_property(model: str, type_name: str, name: str) -> CpuProperty:
    """Return a property that can be set.

    Raises:
        PropertyNotFoundError: There is no such property.
        ReadOnlyPropertyError: It can only be read.
    """
    found = properties(model).get(name)
    if name in READ_ONLY or (found and found.type in READ_ONLY_TYPES):
        raise ReadOnlyPropertyError(type_name, name)
    if found is None:
        raise PropertyNotFoundError(type_name, name)
    return found


def read_text(item: CpuProperty, text: str) -> object:
    """Return the value of a property from text; HmpError when it is wrong."""
    return _read(item, text, StringInputVisitor())


def read_member(item: CpuProperty, value: object, path: str = "") -> object:
    """Return the value of a property from JSON, which is at `path` there.

    Raises:
        HmpError: It is wrong; QEMU's message names the path only where the type is.
    """
    return _read(item, value, _MemberVisitor(path))


def _read(item: CpuProperty, raw: object, visitor: KeyvalVisitor | QObjectVisitor) -> object:
    kind = property_type(item)
    if isinstance(kind, Link):
        raise DeviceNotFoundError(visitor.text(item.name, raw))
    value = kind.read(visitor, item.name, raw)
    check_value(item, value)
    return value


def property_type(item: CpuProperty) -> PropertyType:
    """Return the type of a property's values."""
    kind = item.type
    if kind in READ_ONLY_TYPES:
        return Structure(kind)
    if kind.startswith("link<"):
        return Link(kind[5:-1])
    if kind == "bool":
        return Boolean()
    if kind == "OnOffAuto":
        return Enumeration(kind, *ON_OFF_AUTO)
    if kind in ("string", "str"):
        return Text(kind)
    if kind == "int":
        return Integer(64, item.name == "tsc-frequency", kind)
    return Integer(int(kind.strip("uint")), kind.startswith("int"))


def check_value(item: CpuProperty, value: object) -> None:
    """Raise ParameterError for a value of the right type that the property rejects."""
    limit = LARGEST.get(item.name)
    if limit is not None and not 0 <= int(str(value)) <= limit:
        raise CpuNumberError(item.name, limit)
    if item.name == "avx10-version" and int(str(value)) > MAX_AVX10_VERSION:
        raise ParameterError(item.name, f"{item.name} can be at most {MAX_AVX10_VERSION}")
    if item.name == "vendor" and len(str(value)) != VENDOR_LENGTH:
        raise VendorLengthError
