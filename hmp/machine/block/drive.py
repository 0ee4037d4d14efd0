"""-drive and drive_add: option lists that make a backend with its node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from hmp.errors import BooleanValueError, ParameterValueError, StateError
from hmp.grammar.numbers import parse_integer
from hmp.machine.block.drivers import OPENERS
from hmp.machine.block.graph import Backend, BlockGraph
from hmp.machine.block.images import check_driver, open_image, tree_of
from hmp.machine.block.limits import LIMIT_KEYS
from hmp.machine.block.modules import MODULES
from hmp.machine.block.node import BlockOptionError, Node
from hmp.machine.block.places import Place, default_interface, units_on_bus
from hmp.machine.objects.throttle import check_limits
from hmp.machine.qom.visitors import BOOLEANS

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

INTERFACES = ("none", "ide", "scsi", "floppy", "pflash", "mtd", "sd", "virtio", "xen")
SECTOR = 512
MEDIA = ("disk", "cdrom")
# Of each word of cache=: direct, no-flush, and whether writes wait in the host's cache.
CACHES = {
    "none": (True, False, True),
    "off": (True, False, True),
    "directsync": (True, False, False),
    "writeback": (False, False, True),
    "unsafe": (False, True, True),
    "writethrough": (False, False, False),
}
WRITE_ERROR_ACTIONS = ("ignore", "enospc", "stop", "report")
READ_ERROR_ACTIONS = ("ignore", "stop", "report")
BOOLEAN_KEYS = (
    *("snapshot", "read-only", "auto-read-only", "copy-on-read", "stats-account-invalid"),
    *("stats-account-failed", "cache.direct", "cache.no-flush", "cache.writeback", "force-share"),
)
NUMBER_KEYS = ("index", "bus", "unit")
ALIASES = {
    "readonly": "read-only",
    "group": "throttling.group",
    "iops": "throttling.iops-total",
    "iops_rd": "throttling.iops-read",
    "iops_wr": "throttling.iops-write",
    "bps": "throttling.bps-total",
    "bps_rd": "throttling.bps-read",
    "bps_wr": "throttling.bps-write",
    "iops_size": "throttling.iops-size",
    **{
        f"{unit}{way}_max": f"throttling.{unit}-{full}-max"
        for unit in ("iops", "bps")
        for way, full in (("", "total"), ("_rd", "read"), ("_wr", "write"))
    },
}
# What a drive takes for itself; the rest goes to the drivers.
OWN_KEYS = frozenset(
    (
        *("id", "if", "index", "bus", "unit", "media", "snapshot", "file", "cache", "aio"),
        *("format", "driver", "rerror", "werror", "read-only", "auto-read-only", "copy-on-read"),
        *("detect-zeroes", "discard", "stats-account-invalid", "stats-account-failed"),
        *("node-name", "cache.direct", "cache.no-flush", "cache.writeback", "force-share"),
        "throttling.group",
        *(f"throttling.{key}" for key in LIMIT_KEYS),
    )
)

# QEMU lists what can be opened for writing, and what only for reading, which is the same.
_FORMATS = " ".join(
    sorted((*OPENERS, *MODULES, *("blkreplay", "blkverify", "copy-before-write", "iser")))
)
FORMATS_HELP = f"Supported formats: {_FORMATS}\nSupported formats (read-only): {_FORMATS}\n"


class DriveError(StateError):
    """A drive can't be at its place: another one is there, or there is none."""

    parameter = "index"


def add_drive(
    machine: Machine,
    given: Mapping[str, str],
    emit: Callable[..., None],
    snapshot: bool = False,
) -> Backend:
    """Add the drive of an option list, with its node if it has one.

    Raises:
        HmpError: An option is wrong, or the image can't be opened; nothing is added.
    """
    options = _without_aliases(given)
    _check_types(options)
    graph = machine.block
    place = _place_of(machine, options)
    limits = _limits_of(options)
    backend = Backend(_name_of(options, place, units_on_bus(machine.board, place.interface)), place)
    backend.is_cdrom = options.get("media") == "cdrom"
    backend.writeback = _cache_of(options)[2]
    backend.limits = limits
    backend.group = options.get("throttling.group", backend.name) if backend.is_limited else ""
    backend.keep_options({"read-only": _is_read_only(options)})
    node = _open(graph, options, backend, emit, snapshot)
    try:
        graph.add_backend(backend)
    except BaseException:
        if node is not None:
            graph.drop(node)
        raise
    if node is not None:
        graph.fill(backend, node)
    return backend


def _without_aliases(given: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in given.items():
        name = ALIASES.get(key, key)
        if name != key and name in given:
            raise BlockOptionError(f"'{name}' and its alias '{key}' can't be used at the same time")
        found[name] = value
    return found


def _check_types(options: Mapping[str, str]) -> None:
    for key, value in options.items():
        if key in BOOLEAN_KEYS and value not in BOOLEANS:
            raise BooleanValueError(key)
        limit = key.removeprefix("throttling.")
        if key in NUMBER_KEYS or (limit != key and limit in LIMIT_KEYS):
            _number(key, value)
    checks: tuple[tuple[str, tuple[str, ...], str], ...] = (
        ("media", MEDIA, "'{}' invalid media"),
        ("if", INTERFACES, "unsupported bus type '{}'"),
        ("cache", tuple(CACHES), "invalid cache option"),
        ("discard", ("ignore", "off", "unmap", "on"), "Invalid discard option"),
        ("aio", ("threads", "native", "io_uring"), "invalid aio option"),
        ("detect-zeroes", ("off", "on", "unmap"), "invalid parameter value: {}"),
        ("werror", WRITE_ERROR_ACTIONS, "'{}' invalid write error action"),
        ("rerror", READ_ERROR_ACTIONS, "'{}' invalid read error action"),
    )
    for key, choices, message in checks:
        if key in options and options[key] not in choices:
            raise BlockOptionError(message.format(options[key]))
    for key in ("driver", "format"):
        if key in options:
            check_driver(options[key])
    if "driver" in options and "format" in options:
        raise BlockOptionError("Cannot specify both 'driver' and 'format'")


def _number(key: str, value: str) -> int:
    try:
        return parse_integer(value)
    except ValueError:
        raise ParameterValueError(key, "a number") from None


def _limits_of(options: Mapping[str, str]) -> dict[str, int]:
    limits = {key: int(key.endswith("length")) for key in LIMIT_KEYS}
    given = {
        key: _number(f"throttling.{key}", options[f"throttling.{key}"])
        for key in LIMIT_KEYS
        if f"throttling.{key}" in options
    }
    limits.update(given)
    check_limits(limits)
    return limits


def _cache_of(options: Mapping[str, str]) -> tuple[bool, bool, bool]:
    direct, no_flush, writeback = CACHES[options.get("cache", "writeback")]
    return (
        BOOLEANS[options["cache.direct"]] if "cache.direct" in options else direct,
        BOOLEANS[options["cache.no-flush"]] if "cache.no-flush" in options else no_flush,
        BOOLEANS[options["cache.writeback"]] if "cache.writeback" in options else writeback,
    )


def _place_of(machine: Machine, options: Mapping[str, str]) -> Place:
    interface = options.get("if", default_interface(machine.board))
    per_bus = units_on_bus(machine.board, interface)
    index, bus, unit = (
        _number(key, options[key]) if key in options else None for key in NUMBER_KEYS
    )
    if index is not None:
        if bus is not None or unit is not None:
            raise BlockOptionError("index cannot be used with bus and unit")
        bus, unit = divmod(index, per_bus) if per_bus else (0, index)
    places = [backend.place for backend in machine.block.backends.values()]
    taken = {(place.bus, place.unit) for place in places if place.interface == interface}
    bus = bus or 0
    if unit is None:
        unit = 0
        while (bus, unit) in taken:
            unit += 1
            if per_bus and unit >= per_bus:
                bus, unit = bus + 1, 0
    if per_bus and unit >= per_bus:
        raise BlockOptionError(f"unit {unit} too big (max is {per_bus - 1})")
    if (bus, unit) in taken:
        number = bus * per_bus + unit if per_bus else unit
        raise DriveError(f"drive with bus={bus}, unit={unit} (index={number}) exists")
    return Place(interface, bus, unit)


def _name_of(options: Mapping[str, str], place: Place, per_bus: int) -> str:
    if "id" in options:
        return options["id"]
    media = "-cd" if options.get("media") == "cdrom" else "-hd"
    kind = media if place.interface in ("ide", "scsi") else ""
    bus = str(place.bus) if per_bus else ""
    return f"{place.interface}{bus}{kind}{place.unit}"


def _is_read_only(options: Mapping[str, str]) -> bool:
    return options.get("media") == "cdrom" or BOOLEANS[options.get("read-only", "off")]


def _open(
    graph: BlockGraph,
    options: dict[str, str],
    backend: Backend,
    emit: Callable[..., None],
    snapshot: bool,
) -> Node | None:
    """Return the node that the options ask for, None for an empty drive."""
    path = options.get("file", "")
    rest = {key: value for key, value in options.items() if key not in OWN_KEYS}
    driver = options.get("format", options.get("driver", ""))
    if not path and not rest and not driver:
        if any(key in options for key in ("cache", "cache.direct", "cache.no-flush", "node-name")):
            raise BlockOptionError("Must specify either driver or file")
        return None
    if not path and not driver and not any(key.startswith("file.") for key in rest):
        raise BlockOptionError("Must specify either driver or file")
    read_only = _is_read_only(options)
    if read_only and BOOLEANS[options.get("copy-on-read", "off")]:
        emit("warning: disabling copy-on-read on read-only drive")
    direct, no_flush, _writeback = _cache_of(options)
    common: dict[str, Any] = {
        "read-only": read_only,
        "cache": {"direct": direct, "no-flush": no_flush},
        "detect-zeroes": options.get("detect-zeroes", "off"),
        "discard": "unmap" if options.get("discard") in ("unmap", "on") else "ignore",
        "force-share": BOOLEANS[options.get("force-share", "off")],
    }
    if "node-name" in options:
        common["node-name"] = options["node-name"]
    wants_snapshot = BOOLEANS[options["snapshot"]] if "snapshot" in options else snapshot
    tree = tree_of(rest)
    if "aio" in options:
        tree.setdefault("file", {"aio": options["aio"]}).setdefault("aio", options["aio"])
    quiet = read_only or wants_snapshot
    return open_image(graph, path, driver, tree, common, quiet)
