"""object_add and object_del as operations of the machine, in the reference's stages
(docs/qemu-behaviour/backends.md §1).

Both the monitor and the command line create objects through this file; notations are the reader's
business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import (
    ChoiceError,
    HmpError,
    MissingParameterError,
    ParameterError,
    StateError,
)
from hmp.grammar.opts import check_identifier
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.qom.object import Object, UserObject, find_link
from hmp.machine.qom.property import Link, Property, Visitor
from hmp.machine.qom.registry import LazyTypeRegistry

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

NOT_BUILT = "memory-backend-epc"
CREATABLE = LazyTypeRegistry(
    {
        "memory-backend-ram": "backends.base:RamBackend",
        "memory-backend-file": "backends.file:FileBackend",
        "memory-backend-memfd": "backends.memfd:MemfdBackend",
        "memory-backend-shm": "backends.memfd:ShmBackend",
        "thread-context": "backends.thread_context:ThreadContext",
        "secret": "backends.secret:Secret",
        NOT_BUILT: "backends.base:MemoryBackend",
    }
)


class UnknownTypeError(ChoiceError):
    """No type of objects has that name."""

    def __init__(self, qom_type: str) -> None:
        super().__init__("qom-type", qom_type)


class ObjectNotFoundError(StateError):
    """No object has that id."""

    parameter = "id"

    def __init__(self, name: str) -> None:
        super().__init__(f"object '{name}' not found")
        self.name = name


class ObjectRequest(NamedTuple):
    """An object to be made: its type, its id and the values that were given, in their order."""

    qom_type: str
    identifier: str
    values: list[tuple[Property, object]]


def read_request(
    given: dict[str, object], visitor: Visitor, unexpected: Callable[[str], ParameterError]
) -> ObjectRequest:
    """Check what was given against the type's declaration, in declared order; InputError for the
    first fault.

    `unexpected` makes the error for a key that the type does not have.
    """
    qom_type = _required(given, "qom-type", visitor)
    declared = _declared(qom_type)
    identifier = _required(given, "id", visitor)
    values: dict[str, tuple[Property, object]] = {}
    for item in declared:
        if item.name in given:
            values[item.name] = (item, item.kind.read(visitor, item.name, given[item.name]))
        elif item.required:
            raise MissingParameterError(item.name)
    for key in given:
        if key not in values and key not in ("qom-type", "id"):
            raise unexpected(key)
    return ObjectRequest(qom_type, identifier, [values[key] for key in given if key in values])


def _required(given: dict[str, object], key: str, visitor: Visitor) -> str:
    if key not in given:
        raise MissingParameterError(key)
    return visitor.text(key, given[key])


def _declared(qom_type: str) -> tuple[Property, ...]:
    if qom_type not in CREATABLE:
        raise UnknownTypeError(qom_type)
    return tuple(item for item in CREATABLE[qom_type].declared if item.settable)


def create_object(machine: Machine, request: ObjectRequest) -> None:
    """Make the object and get its memory; the machine is unchanged if an HmpError is raised."""
    created = _build_object(machine, request)
    machine.objects.add(request.identifier, created)
    try:
        created.complete()
    except HmpError:
        created.remove()
        raise


def check_object(machine: Machine, request: ObjectRequest) -> None:
    """Raise what `create_object` would, as far as it can be known without asking the host for
    anything.
    """
    _build_object(machine, request)
    machine.objects.check_name_free(request.identifier)


def _build_object(machine: Machine, request: ObjectRequest) -> UserObject:
    check_identifier(request.identifier)
    if request.qom_type == NOT_BUILT:
        raise ParameterError("qom-type", f"invalid object type: {NOT_BUILT}")
    kind = CREATABLE[request.qom_type]
    created: UserObject = (
        kind(machine.note, machine.warn) if issubclass(kind, MemoryBackend) else kind()
    )
    if isinstance(created, MemoryBackend):
        apply_machine_defaults(machine, created)
    for item, value in request.values:
        if isinstance(item.kind, Link):
            value = find_link(machine.root, item, str(value))
        created.set(item, value)
    return created


def apply_machine_defaults(machine: Machine, created: MemoryBackend) -> None:
    """Defaults of a backend that follow the machine: as many preallocating threads as it has CPUs,
    for instance.
    """
    settings = machine.machine_object.values
    created.values.update(merge=settings["mem-merge"], dump=settings["dump-guest-core"])
    created.values.update({"prealloc": machine.mem_prealloc, "prealloc-threads": machine.cpu_count})


def delete_object(machine: Machine, identifier: str) -> None:
    """Delete an object by its bare name; StateError when it isn't there or is in use."""
    found = find_deletable(machine, identifier)
    found.remove()
    found.release()
    _unlink(machine, found)


def find_deletable(machine: Machine, id: str) -> UserObject:
    """The object of that bare name; StateError when it isn't there or is in use."""
    found = machine.objects.children.get(id)
    if found is None:
        raise ObjectNotFoundError(id)
    if not isinstance(found, UserObject):
        raise StateError("Cannot delete the current QMP monitor")
    found.check_deletable()
    return found


def _unlink(machine: Machine, gone: Object) -> None:
    """Links to an object that went away become empty."""
    for other in machine.root.walk():
        for key in other.links:
            if other.values.get(key) is gone:
                other.values[key] = None
