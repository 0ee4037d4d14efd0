"""The types that exist here, their parents and their properties, for qom-list-types and its kin.

The properties are declared on the classes; PARENTS is QEMU's qom-list-types.
"""

from __future__ import annotations

from hmp.errors import DeviceNotFoundError, HmpError, ParameterValueError
from hmp.machine.accelerator import ACCELERATORS
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.backends.create import OBJECT_TYPES, SUPPORTED_TYPES
from hmp.machine.boards.properties import machine_object_of
from hmp.machine.boards.types import all_boards, find_board
from hmp.machine.cpus.cpu import TYPE_SUFFIX
from hmp.machine.devices.base import DEVICE_PROPERTIES, Device
from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.types import ABSTRACT_TYPES, BOARD_DEVICE_TYPES, PLUGGABLE_TYPES
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
_BACKENDS = (
    "memory-backend-ram",
    "memory-backend-file",
    "memory-backend-memfd",
    "memory-backend-shm",
)
ABSTRACT = frozenset(
    (
        "object",
        "memory-backend",
        "accel",
        "machine",
        "x86-machine",
        "generic-pc-machine",
        "monitor",
        "bus",
        "virtio-mem-pci-base",
        "virtio-pmem-pci-base",
        "virtio-md-pci",
        "pcie-root-port-base",
        "pcie-slot",
        "pcie-port",
        "base-pci-bridge",
        "pci-host-bridge",
        "pcie-host-bridge",
        "sys-bus-device",
        *(
            "authz",
            "can-host",
            "netfilter",
            "event-loop-base",
            "pr-manager",
            "rng-backend",
            "secret_common",
            "sev-common",
            "x86-confidential-guest",
            "confidential-guest-support",
            "tls-creds",
        ),
        *ABSTRACT_TYPES,
    )
)
PARENTS = {
    "object": "",
    "container": "object",
    "memory-region": "object",
    "thread-context": "object",
    "secret": "secret_common",
    **dict.fromkeys(
        (
            "acpi-generic-initiator",
            "acpi-generic-port",
            "authz",
            "can-bus",
            "can-host",
            "colo-compare",
            "cryptodev-backend",
            "dbus-vmstate",
            "netfilter",
            "input-barrier",
            "input-linux",
            "iommufd",
            "event-loop-base",
            "pr-manager",
            "qtest",
            "rng-backend",
            "secret_common",
            "confidential-guest-support",
            "throttle-group",
            "tls-creds",
            "x-remote-object",
        ),
        "object",
    ),
    **dict.fromkeys(
        ("authz-list", "authz-list-file", "authz-simple"),
        "authz",
    ),
    "can-host-socketcan": "can-host",
    **dict.fromkeys(
        ("cryptodev-backend-builtin", "cryptodev-vhost-user"),
        "cryptodev-backend",
    ),
    **dict.fromkeys(
        (
            "filter-buffer",
            "filter-dump",
            "filter-mirror",
            "filter-redirector",
            "filter-replay",
            "filter-rewriter",
        ),
        "netfilter",
    ),
    **dict.fromkeys(
        ("iothread", "main-loop"),
        "event-loop-base",
    ),
    "pr-manager-helper": "pr-manager",
    **dict.fromkeys(
        ("rng-builtin", "rng-egd", "rng-random"),
        "rng-backend",
    ),
    "secret_keyring": "secret_common",
    **dict.fromkeys(
        ("sev-guest", "sev-snp-guest"),
        "sev-common",
    ),
    **dict.fromkeys(
        ("sev-common", "tdx-guest"),
        "x86-confidential-guest",
    ),
    "x86-confidential-guest": "confidential-guest-support",
    **dict.fromkeys(
        ("tls-cipher-suites", "tls-creds-anon", "tls-creds-psk", "tls-creds-x509"),
        "tls-creds",
    ),
    "memory-backend": "object",
    **dict.fromkeys(_BACKENDS, "memory-backend"),
    "accel": "object",
    **{kind.type_name: "accel" for kind in ACCELERATORS.values()},
    "monitor": "object",
    "monitor-qmp": "monitor",
    "monitor-hmp": "monitor",
    "bus": "object",
    "PCI": "bus",
    "PCIE": "PCI",
    "device": "object",
    "pc-dimm": "device",
    "nvdimm": "pc-dimm",
    "virtio-device": "device",
    "virtio-mem": "virtio-device",
    "virtio-pmem": "virtio-device",
    "pci-device": "device",
    "virtio-pci": "pci-device",
    "virtio-md-pci": "virtio-pci",
    "virtio-mem-pci-base": "virtio-md-pci",
    "virtio-mem-pci": "virtio-mem-pci-base",
    "virtio-pmem-pci-base": "virtio-md-pci",
    "virtio-pmem-pci": "virtio-pmem-pci-base",
    "virtio-balloon-device": "virtio-device",
    "virtio-balloon-pci-base": "virtio-pci",
    "virtio-balloon-pci": "virtio-balloon-pci-base",
    "virtio-balloon-pci-transitional": "virtio-balloon-pci-base",
    "virtio-balloon-pci-non-transitional": "virtio-balloon-pci-base",
    "base-pci-bridge": "pci-device",
    "pcie-port": "base-pci-bridge",
    "pcie-slot": "pcie-port",
    "pcie-root-port-base": "pcie-slot",
    "pcie-root-port": "pcie-root-port-base",
    "sys-bus-device": "device",
    "pci-host-bridge": "sys-bus-device",
    "pcie-host-bridge": "pci-host-bridge",
    "i440FX-pcihost": "pci-host-bridge",
    "q35-pcihost": "pcie-host-bridge",
    "cpu": "device",
    "x86_64-cpu": "cpu",
    "machine": "object",
    "x86-machine": "machine",
    "generic-pc-machine": "x86-machine",
}
INTERFACES = {
    "memory-device": (
        "pc-dimm",
        "nvdimm",
        "virtio-mem-pci",
        "virtio-mem-pci-base",
        "virtio-pmem-pci",
        "virtio-pmem-pci-base",
        "virtio-md-pci",
    ),
    "user-creatable": (
        *_BACKENDS,
        "memory-backend",
        "thread-context",
        "secret",
        "monitor-qmp",
        "monitor-hmp",
    ),
}


def _parents() -> dict[str, str]:
    from hmp.machine.cpus.recorded import cpu_type_names

    return (
        PARENTS
        | dict.fromkeys(cpu_type_names(), "x86_64-cpu")
        | {board.type_name: board.parent_type for board in all_boards()}
    )


def _lineage(name: str, parents: dict[str, str]) -> list[str]:
    found = [name]
    while parents.get(found[-1]):
        found.append(parents[found[-1]])
    return found


def list_types(implements: str | None, with_abstract: bool) -> list[dict[str, object]]:
    """Return name, parent and abstractness of the types that implement `implements`, or of all."""
    parents = _parents()
    found: list[dict[str, object]] = []
    for name, parent in parents.items():
        fits = (
            implements is None
            or implements in _lineage(name, parents)
            or name in INTERFACES.get(implements, ())
        )
        if fits and (with_abstract or name not in ABSTRACT):
            entry: dict[str, object] = {"abstract": True} if name in ABSTRACT else {}
            entry["name"] = name
            found.append({**entry, "parent": parent} if parent else entry)
    return found


def device_type(name: str) -> type[Device] | None:
    """Return a concrete device type, None for one without declarations here.

    Raises ParameterValueError for an abstract type, DeviceNotFoundError for an unknown one.
    """
    if name in PLUGGABLE_TYPES:
        kind: type[Device] = PLUGGABLE_TYPES[name]
        return kind
    parents = _parents()
    if name in BOARD_DEVICE_TYPES or (name not in ABSTRACT and "device" in _lineage(name, parents)):
        return None
    if name in ABSTRACT or name in TYPES or name in parents:
        raise ParameterValueError("typename", "a non-abstract device type")
    raise DeviceNotFoundError(name)


class ClassNotFoundError(DeviceNotFoundError):
    """No type has that name (QMP class DeviceNotFound)."""

    parameter = "typename"

    def __init__(self, name: str) -> None:
        # QEMU's class of error is DeviceNotFound, its message is not.
        HmpError.__init__(self, f"Class '{name}' not found")
        self.path = name


def type_properties(kind: type[Device]) -> tuple[Property, ...]:
    """Return what a device type has beyond the generic properties, with those of the virtio device
    behind it.
    """
    declared = (
        *kind.declared,
        *(kind.device_class.declared if issubclass(kind, VirtioPci) else ()),
    )
    return tuple(item for item in declared if item not in DEVICE_PROPERTIES)


def device_properties(name: str) -> list[dict[str, object]]:
    """Return the properties of a device type that can be plugged."""
    kind = device_type(name)
    if kind is None:
        return _cpu_properties(name, qom=False)
    found = [_entry(item) for item in type_properties(kind)]
    if issubclass(kind, VirtioPci):
        found.append({"name": "virtio-backend", "type": f"child<{kind.device_class.type_name}>"})
    return found


def _cpu_properties(name: str, qom: bool) -> list[dict[str, object]]:
    """Return the properties of a CPU type, with those of any device if `qom`; none of others."""
    if not name.endswith(TYPE_SUFFIX):
        return []
    from hmp.machine.cpus.recorded import cpu_type_names, properties, qom_names

    if name not in cpu_type_names():
        return []
    own = properties(name.removesuffix(TYPE_SUFFIX))
    generic = {item.name: item for item in (TYPE_PROPERTY, *DEVICE_PROPERTIES)}
    found: list[dict[str, object]] = []
    for key in qom_names() if qom else own:
        if key in own:
            item = own[key]
            found.append(
                {
                    **({} if item.default is None else {"default-value": item.default}),
                    "name": key,
                    **({"description": item.help} if item.help else {}),
                    "type": item.type,
                }
            )
        elif key in generic:
            found.append(_entry(generic[key]))
    return found


def object_properties(name: str) -> list[dict[str, object]]:
    """Return the properties of any type; raise ClassNotFoundError for an unknown one."""
    return _cpu_properties(name, qom=True) or [
        _entry(item) for item in (TYPE_PROPERTY, *_declared(name))
    ]


def _declared(name: str) -> tuple[Property, ...]:
    if name in PLUGGABLE_TYPES:
        return (*DEVICE_PROPERTIES, *type_properties(PLUGGABLE_TYPES[name]))
    if name in TYPES:
        return TYPES[name].declared
    board = find_board(name.removesuffix("-machine")) if name.endswith("-machine") else None
    if board:
        return machine_object_of(board).declared
    parents = _parents()
    if name not in parents:
        raise ClassNotFoundError(name)
    return DEVICE_PROPERTIES if "device" in _lineage(name, parents) else ()


def _entry(item: Property) -> dict[str, object]:
    default = {"default-value": item.default} if item.shows_default else {}
    described = {"description": item.help} if item.help else {}
    return {**default, "name": item.name, **described, "type": item.type.label}
