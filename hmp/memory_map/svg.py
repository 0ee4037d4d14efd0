"""Draw the memory map as SVG."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from hmp.memory_map.labels import Label, place_labels
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
from hmp.text import visible
from hmp.units import format_size

# Lengths are in pixels.
WIDTH, MARGIN, BAR_TOP, BAR_HEIGHT, RESIDENT_HEIGHT, LINE_HEIGHT = 920, 20, 60, 56, 10, 20
CHARACTER_WIDTH = 8
LABELS_TOP, MAX_NAME_ROWS = BAR_TOP + BAR_HEIGHT + RESIDENT_HEIGHT, 24
COLOURS = {
    RegionKind.RAM: "#4878a8",
    RegionKind.HOLE: "#ffffff",
    RegionKind.FREE: "#e4e4e4",
    RegionKind.VIRTIO: "#8a6bb1",
}
# What is no character of XML, not even as a reference (Char in the specification).
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DIMM_COLOURS = ("#3a9d6a", "#d08a2e", "#b5546b", "#2e95a8", "#8f9a2e", "#6b6bb8")


def draw_svg(memory: MemoryMap) -> str:
    """Return an SVG document: a bar to scale, resident parts and the names of narrow regions below
    it, and a legend.
    """
    regions = memory.regions
    widths = scale_widths([region.size for region in regions], WIDTH - 2 * MARGIN)
    labels = _narrow_labels(regions, widths)
    legend_top = LABELS_TOP + (max((each.row for each in labels), default=0) + 2) * LINE_HEIGHT
    height = legend_top + (len(regions) + len(left_out_texts(memory)) + 2) * LINE_HEIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(MARGIN, 24, "guest-physical memory"),
    ]
    x, last_mark = MARGIN, -WIDTH
    for region, width in zip(regions, widths, strict=True):
        if width:
            parts += _bar(region, x, width)
            if x - last_mark > CHARACTER_WIDTH * (len(format_size(region.start)) + 1):
                parts.append(_text(x, BAR_TOP - 8, format_size(region.start)))
                last_mark = x
        x += width
    for label in labels:
        parts += _label(label)
    for number, region in enumerate(regions):
        parts += _legend(region, legend_top + number * LINE_HEIGHT)
    for number, text in enumerate((free_text(memory), *left_out_texts(memory)), len(regions)):
        parts.append(_text(MARGIN, legend_top + number * LINE_HEIGHT, text))
    return "\n".join((*parts, "</svg>", ""))


def _narrow_labels(regions: list[MapRegion], widths: list[int]) -> list[Label]:
    """Return the names of the regions that are too narrow to have them inside."""
    outside = [
        region._replace(name="") if _holds_name(region, width) else region
        for region, width in zip(regions, widths, strict=True)
    ]
    return place_labels(outside, widths, MAX_NAME_ROWS, CHARACTER_WIDTH)


def _holds_name(region: MapRegion, width: int) -> bool:
    return len(region.label) * CHARACTER_WIDTH + 6 <= width


def _label(label: Label) -> list[str]:
    """Return a name below the bar, with a line from its region."""
    x, y = MARGIN + label.anchor + 1, LABELS_TOP + (label.row + 1) * LINE_HEIGHT
    return [
        f'<line x1="{x}" y1="{LABELS_TOP}" x2="{x}" y2="{y - 12}" stroke="#666666"/>',
        _text(MARGIN + label.start, y, label.text),
    ]


def _colour(region: MapRegion) -> str:
    return (
        DIMM_COLOURS[region.slot % len(DIMM_COLOURS)]
        if region.kind == RegionKind.DIMM
        else COLOURS[region.kind]
    )


def _content(text: str) -> str:
    """Return text as the content of an element."""
    return escape(visible(NO_XML.sub("", text)))


def _text(x: int, y: int, text: str, fill: str = "#222222") -> str:
    return f'<text x="{x}" y="{y}" fill="{fill}">{_content(text)}</text>'


def _bar(region: MapRegion, x: int, width: int) -> list[str]:
    parts = [
        f'<rect x="{x}" y="{BAR_TOP}" width="{width}" height="{BAR_HEIGHT}" '
        f'fill="{_colour(region)}" stroke="#666666" stroke-width="0.5">'
        f"<title>{_content(_describe(region))}</title></rect>"
    ]
    if region.resident and region.mapped:
        part = max(1, region.resident * width // region.size)
        parts.append(
            f'<rect x="{x}" y="{BAR_TOP + BAR_HEIGHT}" width="{part}" height="{RESIDENT_HEIGHT}" '
            'fill="#222222"/>'
        )
    if region.kind != RegionKind.HOLE and _holds_name(region, width):
        fill = "#222222" if region.kind == RegionKind.FREE else "#ffffff"
        parts.append(_text(x + 4, BAR_TOP + BAR_HEIGHT // 2 + 5, region.label, fill))
    return parts


def _legend(region: MapRegion, y: int) -> list[str]:
    return [
        f'<rect x="{MARGIN}" y="{y - 11}" width="12" height="12" fill="{_colour(region)}" '
        'stroke="#666666"/>',
        _text(MARGIN + 20, y, _describe(region)),
    ]


def _describe(region: MapRegion) -> str:
    text = (
        f"0x{region.start:09x}-0x{region.end - 1:09x} {format_size(region.size):>6} {region.name}"
    )
    if region.slot != NO_SLOT:
        text += f", slot {region.slot}"
    if region.memdev:
        text += f", {region.memdev}: {resident_text(region)} resident"
    return text
