"""Place the names of regions above or below a bar, also where the regions are narrower."""

from __future__ import annotations

from typing import NamedTuple

from hmp.memory_map.regions import MapRegion, RegionKind


class Label(NamedTuple):
    """A name, the place where its region and the name itself begin, and its row: 0 is at the bar.

    Places are in the unit of the widths.
    """

    text: str
    anchor: int
    start: int
    row: int


def place_labels(
    regions: list[MapRegion], widths: list[int], max_rows: int, character: int = 1
) -> list[Label]:
    """Return the labels of regions with these widths, for characters of a width.

    From right to left, so that a line from a name to its region crosses no other name. What would
    need more rows, and what has no name, is left out.
    """
    total = sum(widths)
    # Where the leftmost thing in each row begins.
    begins: list[int] = []
    found = []
    anchor = total
    for region, width in zip(reversed(regions), reversed(widths), strict=True):
        anchor -= width
        length = len(region.label) * character
        if not width or not length or not is_labelled(region, width, length):
            continue
        start = max(min(anchor, total - length), 0)
        end = start + length + character
        row = next((row for row, begin in enumerate(begins) if end <= begin), len(begins))
        if row >= max_rows:
            continue
        begins += [total + character] * (row + 1 - len(begins))
        begins[: row + 1] = [min(begin, anchor) for begin in begins[: row + 1]]
        begins[row] = min(start, begins[row])
        found.append(Label(region.label, anchor, start, row))
    return found


def is_labelled(region: MapRegion, width: int, length: int) -> bool:
    """Return whether a region has its name at the bar: what is free only where there is space."""
    if region.kind == RegionKind.FREE:
        return length <= width
    return region.kind != RegionKind.HOLE
