"""Draw the memory map as text: a bar to scale, the resident parts below it, and a table.

The result is fragments, (style, text) pairs, with styles of the console's themes.
"""

from __future__ import annotations

from itertools import groupby

from hmp.memory_map.regions import BASE_PAGE_BYTES, NO_SLOT, MapRegion, RegionKind, scale_widths
from hmp.text import format_table
from hmp.units import format_size, format_size_approx

Fragments = list[tuple[str, str]]
FILLS = {RegionKind.RAM: "█", RegionKind.HOLE: " ", RegionKind.FREE: "░", RegionKind.VIRTIO: "▞"}
DIMM_FILLS = "▓▒"
RESIDENT, NOT_RESIDENT = "■", "·"
DIMM_STYLES = 6
DESCRIPTIONS = {RegionKind.HOLE: "no memory", RegionKind.FREE: "free for devices"}


def _style(region: MapRegion) -> str:
    if region.kind == RegionKind.DIMM:
        return f"class:map.dimm{region.slot % DIMM_STYLES}"
    return f"class:map.{region.kind}"


def draw_text(regions: list[MapRegion], width: int) -> Fragments:
    """Return the map as fragments of lines that are `width` columns wide."""
    if not regions:
        return [("", "The machine has no memory.\n")]
    shown = _merge_neighbours(regions, width)
    widths = scale_widths([region.size for region in shown], width)
    scale = sum(region.size for region in shown) // width
    head = f"guest-physical memory, one column about {format_size_approx(scale)}\n"
    addresses = [format_size(region.start) for region in shown]
    labels = [_label(region, columns) for region, columns in zip(shown, widths, strict=True)]
    lines: Fragments = [
        ("class:map.text", head),
        ("class:map.text", _place(addresses, widths, whole=True) + "\n"),
        ("class:map.text", _place(labels, widths, whole=False) + "\n"),
    ]
    for region, fill, columns in zip(shown, _fills(shown), widths, strict=True):
        lines.append((_style(region), fill * columns))
    lines.append(("", "\n"))
    for region, columns in zip(shown, widths, strict=True):
        lines.append((_style(region), _resident_bar(region, columns)))
    lines.append(("", "\n"))
    lines.append(("class:map.text", f"{RESIDENT} resident  {NOT_RESIDENT} mapped, not resident\n"))
    return lines + _table(regions)


def _merge_neighbours(regions: list[MapRegion], width: int) -> list[MapRegion]:
    """Return the regions for the bar; too many neighbouring devices are merged into one."""
    if len(regions) <= width // 2:
        return regions
    found = []
    for kind, group in groupby(regions, key=lambda region: region.kind):
        members = list(group)
        first = members[0]
        name = first.name if len(members) == 1 else f"{len(members)} {kind}s"
        found.append(
            MapRegion(
                first.start,
                members[-1].end,
                kind,
                name,
                slot=first.slot if len(members) == 1 else NO_SLOT,
                mapped=sum(region.mapped for region in members),
                resident=sum(region.resident for region in members),
            )
        )
    return found


def _fills(regions: list[MapRegion]) -> list[str]:
    """Return a fill character for each region; neighbouring DIMMs get different ones."""
    found: list[str] = []
    for region in regions:
        last = found[-1] if found else ""
        found.append(
            DIMM_FILLS[last == DIMM_FILLS[0]]
            if region.kind == RegionKind.DIMM
            else FILLS[region.kind]
        )
    return found


def _resident_bar(region: MapRegion, columns: int) -> str:
    """Draw how much of a region is resident, with at least one mark when anything is."""
    if not region.mapped and not region.resident:
        return " " * columns
    marks = min(-(-region.resident * columns // max(region.size, 1)), columns)
    return RESIDENT * marks + NOT_RESIDENT * (columns - marks)


def _place(texts: list[str], widths: list[int], whole: bool) -> str:
    """Place texts at the starts of their regions.

    A text that is too long is cut, or with `whole` left out.
    """
    line, start, total = "", 0, sum(widths)
    for text, columns in zip(texts, widths, strict=True):
        # An address may reach over the next regions, to the end of the bar; a label may not.
        available = (total if whole else start + columns) - start
        if start >= len(line) + (start > 0 and whole) and len(text) < available + whole:
            line = line.ljust(start) + text
        elif not whole and columns > 1:
            line = line.ljust(start) + text[: columns - 1] + " "
        start += columns
    return line.rstrip()


def _label(region: MapRegion, columns: int) -> str:
    """Return the name where it fits, else the slot."""
    if region.kind == RegionKind.HOLE:
        return ""
    return (
        str(region.slot) if region.slot != NO_SLOT and len(region.name) >= columns else region.name
    )


def _table(regions: list[MapRegion]) -> Fragments:
    rows = [("from", "size", "what", "slot", "backend", "resident")]
    for region in regions:
        slot = "" if region.slot == NO_SLOT else str(region.slot)
        rows.append(
            (
                f"0x{region.start:09x}",
                format_size(region.size),
                DESCRIPTIONS.get(region.kind, region.name),
                slot,
                region.memdev,
                _resident(region),
            )
        )
    head, *lines = format_table(rows)
    found: Fragments = [("class:map.text", f"  {head}\n")]
    for region, fill, line in zip(regions, _fills(regions), lines, strict=True):
        found += [(_style(region), f"{fill} "), ("", f"{line}\n")]
    return found


def _resident(region: MapRegion) -> str:
    if region.kind in (RegionKind.HOLE, RegionKind.FREE):
        return ""
    is_huge = region.page_size > BASE_PAGE_BYTES
    pages = f", {format_size(region.page_size)} pages" if is_huge else ""
    return f"{format_size_approx(region.resident)} of {format_size(region.mapped)}{pages}"
