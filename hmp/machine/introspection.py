"""The types that QEMU has, their parents and their properties, for qom-list-types and its kin.

They are those of the catalogue; the help of a property is that of its declaration here, if any.
"""

from __future__ import annotations

from collections.abc import Iterable

from hmp.errors import DeviceNotFoundError, HmpError, ParameterValueError
from hmp.machine.accelerator import ACCELERATORS
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.backends.create import OBJECT_TYPES, SUPPORTED_TYPES
from hmp.machine.boards.properties import machine_object_of
from hmp.machine.boards.types import find_board
from hmp.machine.catalogue import records
from hmp.machine.catalogue.records import PropertyRecord, TypeRecord
from hmp.machine.devices.base import DEVICE_PROPERTIES, Device
from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.devices.types import PLUGGABLE_TYPES
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.objects.authz import AuthzListFile
from hmp.machine.objects.confidential import SevCommon
from hmp.machine.objects.event_loops import EventLoop
from hmp.machine.objects.filters import NetFilter
from hmp.machine.objects.tls import TlsCreds
from hmp.machine.qom.object import TYPE_PROPERTY, Object
from hmp.machine.qom.property import Property

_KINDS: tuple[type[Object], ...] = (
    Object,
    MemoryBackend,
    Dimm,
    AuthzListFile,
    EventLoop,
    NetFilter,
    SevCommon,
    TlsCreds,
    *ACCELERATORS.values(),
    *(OBJECT_TYPES[name] for name in SUPPORTED_TYPES),
)
OTHER_OBJECT_TYPES = ("authz-list-file", "monitor-hmp", "monitor-qmp")
"""What QEMU lists as well, and creates in other ways or not at all."""
TYPES: dict[str, type[Object]] = {kind.type_name: kind for kind in _KINDS}
# What every device has, and the list of its properties leaves out.
_GENERIC = frozenset(item.name for item in (TYPE_PROPERTY, *DEVICE_PROPERTIES))
_HELPS = {
    "MAC": "Address of the network card, six bytes such as 52:54:00:12:34:56",
    "block device": "Id or node name of the disk behind the device",
    "power of two": "A power of two from 512 bytes to 2 MiB",
}


class ClassNotFoundError(DeviceNotFoundError):
    """No type has that name (QMP class DeviceNotFound)."""

    parameter = "typename"

    def __init__(self, name: str) -> None:
        # QEMU's class of error is DeviceNotFound, its message is not.
        HmpError.__init__(self, f"Class '{name}' not found")
        self.path = name


def list_types(implements: str | None, with_abstract: bool) -> list[dict[str, object]]:
    """Return name, parent and abstractness of the types that implement `implements`, or of all."""
    known = (records.find_type(name) for name in records.type_names())
    return [
        _type_entry(record)
        for record in known
        if record is not None
        and (with_abstract or not record.abstract)
        and (implements is None or _implements(record, implements))
    ]


def _type_entry(record: TypeRecord) -> dict[str, object]:
    entry: dict[str, object] = {"abstract": True} if record.abstract else {}
    entry["name"] = record.name
    return {**entry, "parent": record.parent} if record.parent else entry


def _implements(record: TypeRecord, wanted: str) -> bool:
    return any(
        item.name == wanted or wanted in item.interfaces for item in records.lineage(record.name)
    )


def _is_a(name: str, ancestor: str) -> bool:
    return any(record.name == ancestor for record in records.lineage(name))


def check_device_type(name: str) -> None:
    """Raise HmpError unless there is a type of devices of that name that is not abstract."""
    record = records.find_type(name)
    if record is None:
        raise DeviceNotFoundError(name)
    if record.abstract or not _is_a(name, "device"):
        raise ParameterValueError("typename", "a non-abstract device type")


def device_properties(name: str) -> list[dict[str, object]]:
    """Return the properties of a type of devices, without those of every device."""
    check_device_type(name)
    return [entry for entry in _entries(name) if entry["name"] not in _GENERIC]


def object_properties(name: str) -> list[dict[str, object]]:
    """Return the properties of any type; raise HmpError for an unknown one or an interface."""
    if records.find_type(name) is None:
        raise ClassNotFoundError(name)
    if any(record.name == "interface" for record in records.lineage(name)):
        raise ParameterValueError("typename", "a QOM type")
    return _entries(name)


def type_properties(kind: type[Device]) -> tuple[Property, ...]:
    """Return what a device type has beyond the generic properties, with those of the virtio device
    behind it.
    """
    declared = (
        *kind.declared,
        *(kind.device_class.declared if issubclass(kind, VirtioPci) else ()),
    )
    return tuple(item for item in declared if item not in DEVICE_PROPERTIES)


def _declared(name: str) -> Iterable[Property]:
    """Return what is declared here of the properties of a type."""
    if name in PLUGGABLE_TYPES:
        return type_properties(PLUGGABLE_TYPES[name])
    if name in TYPES:
        return TYPES[name].declared
    if name.endswith("-machine"):
        board = find_board(name.removesuffix("-machine"))
        return machine_object_of(board).declared if board else ()
    return PciDevice.declared if _is_a(name, "pci-device") else ()


def _entries(name: str) -> list[dict[str, object]]:
    helps = {item.name: item.help for item in _declared(name)}
    return [_entry(record, helps.get(record.name, "")) for record in records.properties(name)]


def _help_of(record: PropertyRecord) -> str:
    """Return the words of an enumeration, or what an id or an address is of."""
    if "/" in record.note or not record.note:
        return record.note
    return _HELPS.get(record.note, f"Id of the {record.note} behind the device")


def _entry(record: PropertyRecord, help: str) -> dict[str, object]:
    help = help or _help_of(record)
    default = {} if record.default is None else {"default-value": record.default}
    described = {"description": help} if help else {}
    return {**default, "name": record.name, **described, "type": record.type}
