"""object_add and object_del as operations of the machine, in QEMU's stages
(docs/qemu-behaviour/backends.md §5-6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.errors import (
    ChoiceError,
    MissingParameterError,
    ParameterError,
    StateError,
)
from hmp.grammar.opts import check_identifier
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.qom.object import UserObject, find_link
from hmp.machine.qom.property import Link, Property, Visitor
from hmp.machine.qom.registry import LazyTypeRegistry
from hmp.record import Record

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# Types that QEMU's schema has and this build of QEMU lacks: it rejects them late
# (docs/qemu-behaviour/backends.md §6).
UNAVAILABLE_TYPES = (
    *("memory-backend-epc", "authz-listfile", "authz-pam", "cryptodev-backend-lkcf"),
    *("pef-guest", "s390-pv-guest", "x-vfio-user-server"),
)
# At startup these are created with the memory backends, after network and disks (experiment: each
# before a wrong -drive, -chardev and -netdev). A type here may begin several.
LATE_TYPES = (
    *("memory-backend-", "rng-egd", "qtest", "cryptodev-vhost-user", "filter-"),
    *("colo-compare", "monitor-"),
)
OBJECT_TYPES = LazyTypeRegistry(
    {
        "memory-backend-ram": "backends.base:RamBackend",
        "memory-backend-file": "backends.file:FileBackend",
        "memory-backend-memfd": "backends.memfd:MemfdBackend",
        "memory-backend-shm": "backends.memfd:ShmBackend",
        "thread-context": "backends.thread_context:ThreadContext",
        "secret": "backends.secret:Secret",
        "monitor-hmp": "chardevs.monitors:HmpMonitor",
        "monitor-qmp": "chardevs.monitors:QmpMonitor",
        "memory-backend-epc": "backends.base:MemoryBackend",
        "acpi-generic-initiator": "objects.buses:AcpiGenericInitiator",
        "acpi-generic-port": "objects.buses:AcpiGenericPort",
        "authz-list": "objects.authz:AuthzList",
        "authz-listfile": "objects.authz:AuthzListFile",
        "authz-pam": "objects.authz:AuthzPam",
        "authz-simple": "objects.authz:AuthzSimple",
        "can-bus": "objects.buses:CanBus",
        "can-host-socketcan": "objects.buses:CanHostSocketcan",
        "colo-compare": "objects.filters:ColoCompare",
        "cryptodev-backend": "objects.crypto:CryptodevBackend",
        "cryptodev-backend-builtin": "objects.crypto:CryptodevBuiltin",
        "cryptodev-backend-lkcf": "objects.crypto:CryptodevLkcf",
        "cryptodev-vhost-user": "objects.crypto:CryptodevVhostUser",
        "dbus-vmstate": "objects.connections:DbusVmstate",
        "filter-buffer": "objects.filters:FilterBuffer",
        "filter-dump": "objects.filters:FilterDump",
        "filter-mirror": "objects.filters:FilterMirror",
        "filter-redirector": "objects.filters:FilterRedirector",
        "filter-replay": "objects.filters:FilterReplay",
        "filter-rewriter": "objects.filters:FilterRewriter",
        "input-barrier": "objects.connections:InputBarrier",
        "input-linux": "objects.connections:InputLinux",
        "iommufd": "objects.connections:Iommufd",
        "iothread": "objects.event_loops:IoThread",
        "main-loop": "objects.event_loops:MainLoop",
        "pef-guest": "objects.confidential:PefGuest",
        "pr-manager-helper": "objects.connections:PrManagerHelper",
        "qtest": "qtest.server:Qtest",
        "rng-builtin": "objects.rng:RngBuiltin",
        "rng-egd": "objects.rng:RngEgd",
        "rng-random": "objects.rng:RngRandom",
        "s390-pv-guest": "objects.confidential:S390PvGuest",
        "secret_keyring": "objects.crypto:SecretKeyring",
        "sev-guest": "objects.confidential:SevGuest",
        "sev-snp-guest": "objects.confidential:SevSnpGuest",
        "tdx-guest": "objects.confidential:TdxGuest",
        "throttle-group": "objects.throttle:ThrottleGroup",
        "tls-cipher-suites": "objects.tls:TlsCipherSuites",
        "tls-creds-anon": "objects.tls:TlsCredsAnon",
        "tls-creds-psk": "objects.tls:TlsCredsPsk",
        "tls-creds-x509": "objects.tls:TlsCredsX509",
        "x-remote-object": "objects.connections:RemoteObject",
        "x-vfio-user-server": "objects.connections:VfioUserServer",
    }
)
MEMORY_TYPES = (
    *("memory-backend-ram", "memory-backend-file", "memory-backend-memfd", "memory-backend-shm"),
    *("thread-context", "secret"),
)
"""The types that have to do with memory: they open no files but those that their paths name, and no
sockets.
"""
SUPPORTED_TYPES = tuple(name for name in OBJECT_TYPES if name not in UNAVAILABLE_TYPES)
"""What can be created."""


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


class ObjectRequest(Record):
    """An object to create: its type, its id and the given values, in their order."""

    qom_type: str
    identifier: str
    values: list[tuple[Property, object]]


def read_request(
    given: dict[str, object], visitor: Visitor, unexpected: Callable[[str], ParameterError]
) -> ObjectRequest:
    """Check the options against the type's declaration, in declared order
    (docs/qemu-behaviour/backends.md §5).

    Raises InputError for the first fault; `unexpected` makes the error for an unknown key.
    """
    qom_type = _required(given, "qom-type", visitor)
    if qom_type not in OBJECT_TYPES:
        raise UnknownTypeError(qom_type)
    identifier = _required(given, "id", visitor)
    # Every declared key is read before an unknown one is an error, wherever it is on the line.
    values: dict[str, tuple[Property, object]] = {}
    for item in OBJECT_TYPES[qom_type].declared:
        if not item.settable:
            continue
        if item.name in given:
            values[item.name] = (item, item.type.read(visitor, item.name, given[item.name]))
        elif item.required:
            raise MissingParameterError(item.name)
    for key in given:
        if key not in values and key not in ("qom-type", "id"):
            raise unexpected(key)
    # QEMU sets them in the order of a hash table (docs/qemu-behaviour/backends.md §2); here the one
    # that comes first on the line is named.
    return ObjectRequest(qom_type, identifier, [values[key] for key in given if key in values])


def _required(given: dict[str, object], key: str, visitor: Visitor) -> str:
    if key not in given:
        raise MissingParameterError(key)
    return visitor.text(key, given[key])


def create_object(machine: Machine, request: ObjectRequest) -> None:
    """Create and complete the object; the machine is unchanged if an HmpError is raised."""
    created = _build_object(machine, request)
    # Before the host is touched: a duplicate creates no file (docs/qemu-behaviour/backends.md §6).
    machine.objects.add(request.identifier, created)
    try:
        created.complete()
    except BaseException:
        # Whatever happened, no half-made object stays.
        created.remove()
        raise


def check_object(machine: Machine, request: ObjectRequest) -> None:
    """Raise the error that `create_object` would, as far as it is known without the host."""
    _build_object(machine, request)
    machine.objects.check_name_free(request.identifier)


def try_object(machine: Machine, request: ObjectRequest) -> None:
    """Raise the error that `create_object` would, also that of the host.

    A backend is mapped and unmapped again, if that leaves no file and no page behind.
    """
    created = _build_object(machine, request)
    machine.objects.check_name_free(request.identifier)
    if isinstance(created, MemoryBackend):
        created.emit_stderr = created.warn = lambda *lines: None
        created.try_mapping()
    elif request.qom_type in MEMORY_TYPES:
        created.complete()
    else:
        # What it opens is seen only when it is opened.
        raise StateError(f"{request.qom_type} may open what nobody knows")


def _build_object(machine: Machine, request: ObjectRequest) -> UserObject:
    check_identifier(request.identifier)
    if request.qom_type in UNAVAILABLE_TYPES:
        raise ParameterError("qom-type", f"invalid object type: {request.qom_type}")
    kind: type[UserObject] = OBJECT_TYPES[request.qom_type]
    created = kind.for_machine(machine)
    if isinstance(created, MemoryBackend):
        apply_machine_defaults(machine, created)
    # reserve comes before prealloc, whatever the order (docs/qemu-behaviour/backends.md §7).
    for item, value in sorted(
        request.values, key=lambda given: given[0] is not MemoryBackend.reserve
    ):
        if isinstance(item.type, Link):
            value = find_link(machine.root, item, str(value))
        created.set(item, value)
    return created


def apply_machine_defaults(machine: Machine, created: MemoryBackend) -> None:
    """Set the defaults that follow the machine (docs/qemu-behaviour/backends.md §7)."""
    created.merge = machine.machine_object.mem_merge
    created.dump = machine.machine_object.dump_guest_core
    # One thread for each CPU (tests/recordings/hmp/devices/versioned-defaults.hmp).
    created.prealloc, created.prealloc_threads = machine.mem_prealloc, machine.cpu_count


def delete_object(machine: Machine, identifier: str) -> None:
    """Delete an object by its bare name; raise StateError when it is missing or in use."""
    found = find_deletable(machine, identifier)
    found.release()
    found.remove()
    # A thread-context can go while a backend's prealloc-context leads to it
    # (docs/qemu-behaviour/monitor.md §9).
    for other in machine.root.walk():
        other.clear_links_to(found)


def find_deletable(machine: Machine, id: str) -> UserObject:
    """Return the object of that bare name; raise StateError when it is missing or in use.

    Only children of /objects are found (docs/qemu-behaviour/backends.md §9).
    """
    found = machine.objects.children.get(id)
    if found is None:
        raise ObjectNotFoundError(id)
    assert isinstance(found, UserObject)
    found.check_deletable()
    return found
