"""What queries show of nodes and backends, as data (experiments: query-block and its kin)."""

from __future__ import annotations

from hmp.machine.block.graph import WITHOUT_STATUS, Backend, BlockGraph
from hmp.machine.block.limits import RATES
from hmp.machine.block.node import Node

Data = dict[str, object]
COUNTS = ("rd", "wr", "unmap", "flush", "zone_append")
MAX_IOV, PAGE = 1024, 4096


def named_nodes(graph: BlockGraph, flat: bool) -> list[Data]:
    """Return every node, the newest first."""
    return [node_info(node, flat) for node in reversed(graph.nodes.values())]


def block_devices(graph: BlockGraph, flat: bool) -> list[Data]:
    """Return every backend."""
    found: list[Data] = []
    for backend in graph.all_backends():
        entry: Data = {
            "device": backend.name,
            "type": "unknown",
            "removable": backend.is_removable,
            "locked": False,
        }
        if backend.device is not None:
            entry["qdev"] = backend.device_name
            if backend.keeps_status and backend.device.type_name not in WITHOUT_STATUS:
                entry["io-status"] = "ok"
        if backend.has_tray:
            entry["tray_open"] = backend.tray_is_open
        if backend.root is not None:
            entry["inserted"] = inserted(backend, flat)
        found.append(entry)
    return found


def inserted(backend: Backend, flat: bool) -> Data:
    """Return what is in a backend."""
    assert backend.root is not None
    info = node_info(backend.root, flat)
    info["backing_file_depth"] = depth(backend.root)
    cache = info["cache"]
    assert isinstance(cache, dict)
    cache["writeback"] = backend.writeback
    for name, limit in RATES.items():
        info[name] = backend.limits.get(limit, 0)
        # A burst is shown only where there is one.
        if backend.limits.get(f"{limit}-max"):
            info[f"{name}_max"] = backend.limits[f"{limit}-max"]
            info[f"{name}_max_length"] = backend.limits[f"{limit}-max-length"]
    if backend.limits.get("iops-size"):
        info["iops_size"] = backend.limits["iops-size"]
    if backend.group:
        info["group"] = backend.group
    return info


def depth(node: Node) -> int:
    """Return how many images are below one."""
    return 1 + depth(node.backing) if node.backing else 0


def node_info(node: Node, flat: bool) -> Data:
    """Return what query-named-block-nodes shows of a node."""
    info: Data = {
        "file": node.filename,
        "node-name": node.name,
        "ro": node.read_only,
        "drv": node.driver,
        "backing_file_depth": 0 if flat else depth(node),
        "children": [
            {"child": place, "node-name": child.name} for place, child in _children_of(node)
        ],
        "active": node.active,
        "encrypted": False,
        "detect_zeroes": node.detect_zeroes,
        **dict.fromkeys(RATES, 0),
        "write_threshold": node.write_threshold,
        "cache": {
            "writeback": True,
            "direct": node.cache.direct,
            "no-flush": node.cache.no_flush,
        },
        "image": image_info(node, flat),
    }
    if node.backing is not None:
        info["backing_file"] = node.backing.filename
    return info


def _children_of(node: Node) -> list[tuple[str, Node]]:
    return sorted(node.children, key=lambda item: item[0] != "backing")


def image_info(node: Node, flat: bool) -> Data:
    """Return what is known of the image of a node."""
    info: Data = {
        "filename": node.filename,
        "format": node.driver,
        "virtual-size": node.size,
        "actual-size": node.allocated,
        "limits": limits_of(node),
    }
    found = node.format
    if _has_dirty_flag(node):
        info["dirty-flag"] = False
    if found is not None:
        if found.cluster_size:
            info["cluster-size"] = found.cluster_size
        if found.details is not None:
            info["format-specific"] = found.details
        if found.backing:
            info["backing-filename"] = found.backing
            info["full-backing-filename"] = _full_name(node, found.backing)
            if found.backing_format:
                info["backing-filename-format"] = found.backing_format
    if not flat and node.image_below is not None:
        info["backing-image"] = image_info(node.image_below, flat)
    return info


def _full_name(node: Node, backing: str) -> str:
    import os

    file = node.file
    folder = os.path.dirname(file.filename if file else "")
    return os.path.join(folder, backing)


def _has_dirty_flag(node: Node) -> bool:
    if node.format is not None:
        return node.format.has_dirty_flag
    return node.file is not None and _has_dirty_flag(node.file)


def limits_of(node: Node) -> Data:
    """Return the limits of requests."""
    extra = node.format.alignments if node.format and node.format.alignments else {}
    return {
        "request-alignment": node.request_alignment,
        "min-mem-alignment": node.min_alignment,
        "opt-mem-alignment": PAGE,
        "max-iov": MAX_IOV,
        **extra,
    }


def statistics(graph: BlockGraph, nodes: bool) -> list[Data]:
    """Return the statistics of backends, or of all nodes: nothing was read or written."""
    if nodes:
        return [node_statistics(node, whole=False) for node in graph.nodes.values()]
    found: list[Data] = []
    for backend in graph.all_backends():
        entry: Data = {"device": backend.name, "stats": _counters(True)}
        if backend.device is not None:
            entry["qdev"] = backend.device_name
        if backend.root is not None:
            below = node_statistics(backend.root)
            del below["stats"]
            entry.update(below)
        found.append(entry)
    return found


def node_statistics(node: Node, whole: bool = True) -> Data:
    """Return the statistics of a node, of its file, and with `whole` of what is below it."""
    entry: Data = {"node-name": node.name, "stats": _counters(False)}
    if node.driver in ("file", "host_device"):
        entry["driver-specific"] = {
            "driver": node.driver,
            "discard-nb-ok": 0,
            "discard-nb-failed": 0,
            "discard-bytes-ok": 0,
        }
    if node.file is not None:
        entry["parent"] = node_statistics(node.file, whole)
    if whole and node.backing is not None:
        entry["backing"] = node_statistics(node.backing)
    return entry


def _counters(counts_failures: bool) -> Data:
    found: Data = {
        **{f"{kind}_bytes": 0 for kind in COUNTS if kind != "flush"},
        **{f"{kind}_operations": 0 for kind in COUNTS},
        **{f"{kind}_total_time_ns": 0 for kind in COUNTS},
        **{f"{kind}_merged": 0 for kind in COUNTS if kind != "flush"},
        **{f"{way}_{kind}_operations": 0 for way in ("failed", "invalid") for kind in COUNTS},
        "wr_highest_offset": 0,
        "account_invalid": counts_failures,
        "account_failed": counts_failures,
        "timed_stats": [],
    }
    return found
