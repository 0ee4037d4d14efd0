"""-drive and drive_add: option lists that make a backend with its node."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from hmp.errors import (
    BooleanValueError,
    ParameterValueError,
    StateError,
    StderrLine,
)
from hmp.grammar.numbers import parse_integer, parse_size
from hmp.machine.block import formats
from hmp.machine.block.drivers import NO_FILE, OPENERS, protocol_of, read_head
from hmp.machine.block.graph import Backend, BlockGraph
from hmp.machine.block.modules import MODULES
from hmp.machine.block.node import BlockOptionError, ImageError, Node
from hmp.machine.block.places import Place, default_interface, units_on_bus
from hmp.machine.objects.throttle import KINDS, check_limits
from hmp.machine.qapi.types import describe, words_of
from hmp.machine.qom.visitors import BOOLEANS, SIZE_HINTS

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
LIMIT_KEYS = (
    *(f"{kind}{part}" for kind in KINDS for part in ("", "-max", "-max-length")),
    "iops-size",
)
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
RAW_WARNING = (
    "WARNING: Image format was not specified for '{}' and probing guessed raw.",
    "         Automatically detecting the format is dangerous for raw images, write operations on "
    "block 0 will be restricted.",
    "         Specify the 'raw' format explicitly to remove the restrictions.",
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
        name = options.get(key)
        if name is not None and name not in OPENERS and name not in MODULES:
            raise BlockOptionError(f"Unknown driver '{name}'")
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
    read_only = options.get("media") == "cdrom" or BOOLEANS[options.get("read-only", "off")]
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
    tree = _tree(rest)
    if "aio" in options:
        tree.setdefault("file", {"aio": options["aio"]}).setdefault("aio", options["aio"])
    made = _options_of_image(graph, path, driver, tree, emit, read_only or wants_snapshot)
    # QEMU allows this of a drive alone.
    if common["detect-zeroes"] == "unmap":
        common["discard"] = "unmap"
    node = graph.open({**common, **made})
    if not driver and node.driver == "raw":
        # What was only guessed is written in whole sectors.
        node.request_alignment = max(node.request_alignment, SECTOR)
    return node


def _tree(rest: Mapping[str, str]) -> dict[str, Any]:
    """Return dotted keys as nested options."""
    found: dict[str, Any] = {}
    for key, value in rest.items():
        node = found
        *parents, last = key.split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
            if not isinstance(node, dict):
                raise BlockOptionError(f"Parameters '{parent}.*' used inconsistently")
        node[last] = value
    return found


def _options_of_image(
    graph: BlockGraph,
    path: str,
    driver: str,
    tree: dict[str, Any],
    emit: Callable[..., None],
    quiet: bool,
) -> dict[str, Any]:
    """Return the options of the node of an image: of its format and, below, of its file."""
    file = _file_options(path, tree.pop("file", None))
    if driver in ("null-co", "null-aio") and path:
        raise BlockOptionError(f"The only allowed filename for this driver is '{driver}://'")
    if driver in ("null-co", "null-aio", "nbd", "vvfat"):
        return {"driver": driver, **_checked(driver, tree, "Block protocol '{}' doesn't support")}
    if file.get("driver") in MODULES and not driver:
        graph.report_module(str(file["driver"]))
        raise BlockOptionError("Must specify either driver or file")
    if driver in ("file", "host_device", "host_cdrom"):
        return {**file, "driver": driver}
    if not file:
        raise BlockOptionError(NO_FILE)
    kind = driver
    if not kind:
        kind = _probe(file, emit, quiet)
    backing = tree.get("backing")
    if isinstance(backing, dict):
        below = _file_options("", backing.pop("file", None))
        head = read_head(str(below.get("filename", "")))
        tree["backing"] = {"driver": formats.recognize(head), "file": below, **backing}
    return {
        "driver": kind,
        "file": file,
        **_checked(kind, tree, "Block format '{}' does not support"),
    }


def _probe(file: dict[str, Any], emit: Callable[..., None], quiet: bool) -> str:
    if file["driver"] not in ("file", "host_device"):
        return "raw"
    path = str(file.get("filename", ""))
    # What is probed is opened for reading first, and a directory can be.
    if os.path.isdir(path.encode("latin-1")):
        raise ImageError(f"'file' driver requires '{path}' to be a regular file")
    kind = formats.recognize(read_head(path))
    if kind == "raw" and not quiet and _exists(path):
        emit(*(StderrLine(line.format(path), prefixed=False) for line in RAW_WARNING))
    return kind


def _exists(path: str) -> bool:
    from hmp.machine.system_calls import exists

    return exists(path.encode("latin-1"))


def _file_options(path: str, given: object) -> dict[str, Any]:
    """Return the options of the protocol node of a path, with those that are given for it."""
    options: dict[str, Any] = dict(given) if isinstance(given, dict) else {}
    if not path and not options:
        return {}
    if path.startswith("json:"):
        from hmp.json.parser import parse_json

        members = parse_json(path.removeprefix("json:"))
        assert isinstance(members, dict)
        if "driver" not in members:
            raise BlockOptionError("Must specify either driver or file")
        return {**members, **options}
    protocol, colon, rest = path.partition(":")
    if colon and "/" not in protocol:
        found = _protocol_options(protocol, rest)
    else:
        found = {"driver": protocol_of(path or str(options.get("filename", "")))}
        if path:
            found["filename"] = path
    driver = str(options.pop("driver", found["driver"]))
    checked = _checked(driver, options, "Block protocol '{}' doesn't support")
    return {**found, "driver": driver, **checked}


def _protocol_options(protocol: str, rest: str) -> dict[str, Any]:
    if protocol == "file":
        return {"driver": "file", "filename": rest}
    if protocol in ("null-co", "null-aio") and rest == "//":
        return {"driver": protocol}
    if protocol == "fat":
        return {"driver": "vvfat", "dir": rest.rpartition(":")[2], "rw": "rw:" in rest}
    if protocol == "nbd":
        host, _colon, port = rest.removeprefix("//").partition(":")
        server = {"type": "inet", "host": host, "port": port.partition(":")[0].rstrip("/")}
        return {"driver": "nbd", "server": server}
    if protocol in MODULES:
        return {"driver": protocol}
    raise BlockOptionError(f"Unknown protocol '{protocol}'")


def _checked(driver: str, given: dict[str, Any], unknown: str) -> dict[str, Any]:
    """Return options of a driver with values of their types; raise an error for unknown ones."""
    members = _members(driver)
    found: dict[str, Any] = {}
    for key, value in given.items():
        kind = members.get(key)
        if kind is None:
            raise BlockOptionError(f"{unknown.format(driver)} the option '{key}'")
        found[key] = _value(key, kind, value)
    return found


def _members(driver: str) -> dict[str, str]:
    variant = describe("blockdev")["variants"].get(driver)
    members = describe(variant)["members"] if variant else {}
    return {name.removesuffix("?"): kind for name, kind in members.items()}


def _value(key: str, kind: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if kind == "bool":
        if value not in BOOLEANS:
            raise BooleanValueError(key)
        return BOOLEANS[value]
    if kind in ("int", "size") or kind.startswith(("uint", "int")):
        try:
            return parse_size(value)
        except ValueError:
            raise ParameterValueError(
                key, "a non-negative number below 2^64", *SIZE_HINTS
            ) from None
    if kind in ("blockdev/file.locking", "blockdev/file.aio") and value not in words_of(kind):
        raise BlockOptionError(f"invalid parameter value: {value}")
    return value
