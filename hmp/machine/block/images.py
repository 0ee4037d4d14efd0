"""Options for opening an image that is named by its path: its format, recognized or given, and the
driver of its file.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Mapping
from typing import Any

from hmp.errors import BooleanValueError, ParameterValueError, StderrLine
from hmp.grammar.numbers import parse_size
from hmp.machine.block import formats
from hmp.machine.block.drivers import NO_FILE, OPENERS, SECTOR, protocol_of, read_head
from hmp.machine.block.graph import BlockGraph
from hmp.machine.block.modules import MODULES
from hmp.machine.block.node import BlockOptionError, ImageError, Node
from hmp.machine.qapi.types import describe, words_of
from hmp.machine.qom.visitors import BOOLEANS, SIZE_HINTS

RAW_WARNING = (
    "WARNING: Image format was not specified for '{}' and probing guessed raw.",
    "         Automatically detecting the format is dangerous for raw images, write operations on "
    "block 0 will be restricted.",
    "         Specify the 'raw' format explicitly to remove the restrictions.",
)


def tree_of(rest: Mapping[str, str]) -> dict[str, Any]:
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


def check_driver(name: str) -> None:
    """Raise BlockOptionError when there is no driver of that name."""
    if name not in OPENERS and name not in MODULES:
        raise BlockOptionError(f"Unknown driver '{name}'")


def open_image(
    graph: BlockGraph,
    path: str,
    driver: str,
    tree: dict[str, Any],
    common: dict[str, Any],
    quiet: bool,
) -> Node:
    """Open the image of a path and return its node.

    `driver` is its format, empty when that is to be recognized, of which stderr is warned unless
    `quiet`; `tree` are the options of its drivers, `common` those that every node has.

    Raises:
        HmpError: An option is wrong, or the image can't be opened; nothing is added.
    """
    given = copy.deepcopy(tree)
    made = _options_of_image(graph, path, driver, tree, quiet)
    # QEMU allows this of a drive alone.
    if common.get("detect-zeroes") == "unmap":
        common["discard"] = "unmap"
    node = graph.open({**common, **made})
    if not driver and node.driver == "raw":
        # What was only guessed is written in whole sectors.
        node.request_alignment = max(node.request_alignment, SECTOR)
    _keep_texts(node, given)
    return node


def _keep_texts(node: Node, given: dict[str, Any]) -> None:
    """Have a node and those below show their options as the text that they were given as
    (experiment: info block of a -drive, and of a -blockdev).
    """
    for key, value in given.items():
        if key in node.options and isinstance(value, str):
            node.options[key] = value
    for place, child in node.children:
        if isinstance(below := given.get(place), dict):
            _keep_texts(child, below)


def _options_of_image(
    graph: BlockGraph,
    path: str,
    driver: str,
    tree: dict[str, Any],
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
        kind = _probe(graph, file, quiet)
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


def _probe(graph: BlockGraph, file: dict[str, Any], quiet: bool) -> str:
    if file["driver"] not in ("file", "host_device"):
        return "raw"
    path = str(file.get("filename", ""))
    # What is probed is opened for reading first, and a directory can be.
    if os.path.isdir(path.encode("latin-1")):
        raise ImageError(f"'file' driver requires '{path}' to be a regular file")
    kind = formats.recognize(read_head(path))
    if kind == "raw" and not quiet and _exists(path):
        for line in RAW_WARNING:
            graph.machine.emit_stderr(StderrLine(line.format(path), prefixed=False))
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
        server = {"type": "inet", "host": host, "port": re.split("[:/]", port)[0]}
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
