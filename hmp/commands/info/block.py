"""info block and info blockstats."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.machine.block.graph import Backend
from hmp.machine.block.information import depth, image_info, limits_of
from hmp.machine.block.node import Node

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
SPECIFIC_ORDER = (
    *("compat", "compression-type", "lazy-refcounts", "refcount-bits", "corrupt", "extended-l2"),
)
LIMIT_ORDER = (
    *("write-zeroes-alignment", "request-alignment", "min-mem-alignment", "max-write-zeroes"),
    *("discard-alignment", "opt-mem-alignment", "max-iov"),
)


def info_block(ctx: Context, nodes: bool, verbose: bool, device: str | None) -> str:
    """List the drives, or the named nodes."""
    if not ctx.machine.has_drives:
        return ""
    ctx.machine.onboard.ensure()
    graph = ctx.machine.block
    if nodes:
        shown = [_node(node, verbose) for node in reversed(graph.nodes.values())]
        return "\n".join(
            text
            for text, node in zip(shown, reversed(graph.nodes.values()), strict=True)
            if device in (None, node.name)
        )
    if device is None:
        return "\n".join(_backend(item, verbose) for item in graph.all_backends())
    # The blank line that separates a drive from the one before it comes all the same.
    backend = graph.find_backend(device)
    if backend is not None:
        first = graph.all_backends()[0]
        return ("" if backend is first else "\n") + _backend(backend, verbose)
    node = graph.find_node(device)
    if node is None:
        return ""
    return ("" if node is next(reversed(graph.nodes.values())) else "\n") + _node(node, verbose)


def _backend(backend: Backend, verbose: bool) -> str:
    root = backend.root
    named = f"{backend.name}{'' if root is None else f' ({root.name})'}"
    # A device that names a node has a drive without a name.
    head = named if backend.name or root is None else root.name
    if not backend.name and root is None:
        head = backend.device_name
    lines = [f"{head}: [not inserted]" if root is None else f"{head}: {_summary(root)}"]
    if backend.device is not None:
        lines.append(f"    Attached to:      {backend.device_name}")
    if backend.is_removable:
        tray = "open" if backend.tray_is_open else "closed"
        lines.append(f"    Removable device: not locked, tray {tray}")
    if root is not None:
        lines += _inserted(root, backend.writeback, depth(root))
        limits = backend.limits
        if backend.is_limited:
            lines.append(
                "    I/O throttling:   "
                + " ".join(
                    f"{name}={limits[key]}"
                    for name, key in (
                        ("bps", "bps-total"),
                        ("bps_rd", "bps-read"),
                        ("bps_wr", "bps-write"),
                        ("bps_max", "bps-total-max"),
                        ("bps_rd_max", "bps-read-max"),
                        ("bps_wr_max", "bps-write-max"),
                        ("iops", "iops-total"),
                        ("iops_rd", "iops-read"),
                        ("iops_wr", "iops-write"),
                        ("iops_max", "iops-total-max"),
                        ("iops_rd_max", "iops-read-max"),
                        ("iops_wr_max", "iops-write-max"),
                        ("iops_size", "iops-size"),
                    )
                )
                + f" group={backend.group}"
            )
        if verbose:
            lines += _images(root)
    return "".join(f"{line}\n" for line in lines)


def _node(node: Node, verbose: bool) -> str:
    lines = [f"{node.name}: {_summary(node)}", *_inserted(node, True, depth(node))]
    if verbose:
        lines += _images(node)
    return "".join(f"{line}\n" for line in lines)


def _summary(node: Node) -> str:
    read_only = ", read-only" if node.read_only else ""
    return f"{node.filename} ({node.driver}{read_only})"


def _inserted(node: Node, writeback: bool, below: int) -> list[str]:
    modes = ["writeback" if writeback else "writethrough"]
    if node.cache.direct:
        modes.append("direct")
    if node.cache.no_flush:
        modes.append("ignore flushes")
    lines = [f"    Cache mode:       {', '.join(modes)}"]
    if node.backing is not None:
        lines.append(f"    Backing file:     {node.backing.filename} (chain depth: {below})")
    if node.detect_zeroes != "off":
        lines.append(f"    Detect zeroes:    {node.detect_zeroes}")
    return lines


def _images(node: Node) -> list[str]:
    lines = ["", "Images:"]
    current: Node | None = node
    while current is not None:
        lines += _image(current)
        current = current.image_below
    return lines


def _image(node: Node) -> list[str]:
    info = image_info(node, True)
    lines = [
        f"image: {node.filename}",
        f"file format: {node.driver}",
        f"virtual size: {human_size(node.size)} ({node.size} bytes)",
        f"disk size: {human_size(node.allocated)}",
    ]
    if "cluster-size" in info:
        lines.append(f"cluster_size: {info['cluster-size']}")
    if "backing-filename" in info:
        actual = info["full-backing-filename"]
        path = "" if actual == info["backing-filename"] else f" (actual path: {actual})"
        lines.append(f"backing file: {info['backing-filename']}{path}")
        if "backing-filename-format" in info:
            lines.append(f"backing file format: {info['backing-filename-format']}")
    limits = limits_of(node)
    lines.append("Block limits:")
    lines += [
        f"    {name.replace('-', ' ')}: {limits[name]}" for name in LIMIT_ORDER if name in limits
    ]
    return lines + _specific(info.get("format-specific"))


def _specific(found: object) -> list[str]:
    data = found.get("data") if isinstance(found, dict) else None
    if not data:
        return []
    lines = ["Format specific information:"]
    for name in SPECIFIC_ORDER:
        if name in data:
            value = data[name]
            shown = str(value).lower() if isinstance(value, bool) else value
            lines.append(f"    {name.replace('-', ' ')}: {shown}")
    return lines


def human_size(size: int) -> str:
    """Return a size as QEMU shows it of images: `10 MiB`."""
    value, unit = float(size), 0
    while value >= 1000 and unit < len(UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{value:.3g} {UNITS[unit]}"


def info_blockstats(ctx: Context) -> str:
    """List what the drives did, which is nothing."""
    if not ctx.machine.has_drives:
        return ""
    ctx.machine.onboard.ensure()
    return "\n".join(
        f"{backend.name}: idle_time_ns=0\n{BLANK_STATISTICS}"
        for backend in ctx.machine.block.all_backends()
    )


BLANK_STATISTICS = (
    f"{'bytes':>31}{'operations':>17}{'total_time_ns':>25}{'merged':>11}\n"
    f"Read:  {0:>24}{0:>17}{0:>25}{0:>11}\n"
    f"Write: {0:>24}{0:>17}{0:>25}{0:>11}\n"
    f"Flush: {0:>41}{0:>25}\n"
)
