"""Draw the memory map as text: a bar to scale, the resident parts below it, and a table.

The result is fragments, (style, text) pairs, with styles of the console's themes.
"""

from __future__ import annotations

from itertools import groupby

from hmp.memory_map.labels import place_labels
from hmp.memory_map.regions import (
    NO_SLOT,
    MapRegion,
    MemoryMap,
    RegionKind,
    free_text,
    left_out_texts,
    resident_text,
    scale_widths,
)
from hmp.text import fit_table, wrap
from hmp.units import format_size, format_size_approx

Fragments = list[tuple[str, str]]
FILLS = {RegionKind.RAM: "█", RegionKind.HOLE: " ", RegionKind.FREE: "░", RegionKind.VIRTIO: "▞"}
# Of neighbouring DIMMs one is drawn with each.
DIMM_FILLS = "▓▒"
RESIDENT, NOT_RESIDENT, LEADER = "■", "·", "│"
DIMM_STYLES = 6
# Rows of names, beyond which a name is left to the table.
MAX_NAME_ROWS = 8
TEXT = "class:map.text"
DESCRIPTIONS = {RegionKind.HOLE: "no memory", RegionKind.FREE: "address space"}


def draw_text(memory: MemoryMap, width: int) -> Fragments:
    """Return the map as fragments of lines that are at most `width` columns wide."""
    regions = memory.regions
    if not regions:
        return [("", "The machine has no memory.\n")]
    shown = _merge_neighbours(regions, width)
    widths = scale_widths([region.size for region in shown], width)
    scale = sum(region.size for region in shown) // width
    head = f"guest-physical memory, one column about {format_size_approx(scale)}"
    texts = [
        *wrap(head, width),
        _addresses(shown, widths),
        *_names(shown, widths),
    ]
    lines: Fragments = [(TEXT, f"{text}\n") for text in texts]
    lines += _bars(shown, widths)
    legend = f"{RESIDENT} resident  {NOT_RESIDENT} mapped, not resident"
    lines += [(TEXT, f"{text}\n") for text in (legend, *wrap(free_text(memory), width))]
    notes = [line for text in left_out_texts(memory) for line in wrap(text, width)]
    return [*lines, *_table(regions, width), *((TEXT, f"{line}\n") for line in notes)]


def _style(region: MapRegion) -> str:
    if region.kind == RegionKind.DIMM:
        return f"class:map.dimm{region.slot % DIMM_STYLES}"
    return f"class:map.{region.kind}"


def _merge_neighbours(regions: list[MapRegion], width: int) -> list[MapRegion]:
    """Return the regions for the bar; too many neighbouring devices are merged into one."""
    if len(regions) <= width // 2:
        return regions
    found = []
    for kind, group in groupby(regions, key=lambda region: region.kind):
        members = list(group)
        first = members[0]
        name = first.label if len(members) == 1 else f"{len(members)} {kind}s"
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


def _bars(regions: list[MapRegion], widths: list[int]) -> Fragments:
    """Return the bar, and below it one that shows how much of each region is resident."""
    lines: Fragments = []
    for region, fill, columns in zip(regions, _fills(regions), widths, strict=True):
        lines.append((_style(region), fill * columns))
    lines.append(("", "\n"))
    for region, columns in zip(regions, widths, strict=True):
        lines.append((_style(region), _resident_bar(region, columns)))
    lines.append(("", "\n"))
    return lines


def _resident_bar(region: MapRegion, columns: int) -> str:
    """Draw how much of a region is resident, with at least one mark when anything is."""
    if not region.mapped and not region.resident:
        return " " * columns
    marks = min(-(-region.resident * columns // max(region.size, 1)), columns)
    return RESIDENT * marks + NOT_RESIDENT * (columns - marks)


def _addresses(regions: list[MapRegion], widths: list[int]) -> str:
    """Return the addresses at the starts of their regions; one that does not fit is left out."""
    line, start, total = "", 0, sum(widths)
    for region, columns in zip(regions, widths, strict=True):
        text = format_size(region.start)
        # It may reach over the next regions, to the end of the bar.
        if start >= len(line) + (start > 0) and start + len(text) <= total:
            line = line.ljust(start) + text
        start += columns
    return line


def _names(regions: list[MapRegion], widths: list[int]) -> list[str]:
    """Return rows with the names, the last one just above the bar."""
    labels = place_labels(regions, widths, MAX_NAME_ROWS)
    rows = [
        [" "] * sum(widths) for _row in range(max((each.row for each in labels), default=0) + 1)
    ]
    for label in labels:
        for row in rows[: label.row]:
            if row[label.anchor] == " ":
                row[label.anchor] = LEADER
        rows[label.row][label.start : label.start + len(label.text)] = label.text
    return ["".join(row)[: sum(widths)].rstrip() for row in reversed(rows)]


def _table(regions: list[MapRegion], width: int) -> Fragments:
    rows = [("from", "size", "what", "slot", "backend", "resident")]
    for region in regions:
        rows.append(
            (
                f"0x{region.start:09x}",
                format_size(region.size),
                DESCRIPTIONS.get(region.kind, region.name),
                "" if region.slot == NO_SLOT else str(region.slot),
                region.memdev,
                resident_text(region),
            )
        )
    head, *rest = fit_table(rows, width - 2)
    found: Fragments = [(TEXT, "".join(f"  {line}\n" for line in head))]
    for region, fill, (first, *more) in zip(regions, _fills(regions), rest, strict=True):
        found += [(_style(region), f"{fill} "), ("", f"{first}\n")]
        found += [("", f"  {line}\n") for line in more]
    return found
