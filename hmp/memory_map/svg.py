"""The same picture as an SVG file.

What there is to draw is found in `spans.py`.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from hmp.memory_map.regions import DIMM, FREE, HOLE, NO_SLOT, RAM, VIRTIO, Span, scale_widths
from hmp.units import format_size, format_size_approx

WIDTH, MARGIN, BAR_TOP, BAR_HEIGHT, RESIDENT_HEIGHT, LINE = 920, 20, 60, 56, 10, 20
COLOURS = {RAM: "#4878a8", HOLE: "#ffffff", FREE: "#e4e4e4", VIRTIO: "#8a6bb1"}
DIMM_COLOURS = ("#3a9d6a", "#d08a2e", "#b5546b", "#2e95a8", "#8f9a2e", "#6b6bb8")
LETTER = 8


def draw_svg(spans: list[Span]) -> str:
    """An SVG document: a bar to scale, resident parts below it, and a legend."""
    widths = scale_widths([span.size for span in spans], WIDTH - 2 * MARGIN)
    height = BAR_TOP + BAR_HEIGHT + RESIDENT_HEIGHT + (len(spans) + 3) * LINE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(MARGIN, 24, "guest-physical memory"),
    ]
    at, last_mark = MARGIN, -1000
    for span, width in zip(spans, widths, strict=True):
        if width:
            parts += _bar(span, at, width)
            if at - last_mark > LETTER * len(format_size(span.start)) + LETTER:
                parts.append(_text(at, BAR_TOP - 8, format_size(span.start)))
                last_mark = at
        at += width
    for number, span in enumerate(spans):
        parts += _legend(span, BAR_TOP + BAR_HEIGHT + RESIDENT_HEIGHT + (number + 2) * LINE)
    return "\n".join((*parts, "</svg>", ""))


def _colour(span: Span) -> str:
    return DIMM_COLOURS[span.slot % len(DIMM_COLOURS)] if span.kind == DIMM else COLOURS[span.kind]


def _text(x: int, y: int, text: str, fill: str = "#222222") -> str:
    return f'<text x="{x}" y="{y}" fill="{fill}">{escape(text)}</text>'


def _bar(span: Span, x: int, width: int) -> list[str]:
    parts = [
        f'<rect x="{x}" y="{BAR_TOP}" width="{width}" height="{BAR_HEIGHT}" fill="{_colour(span)}" '
        f'stroke="#666666" stroke-width="0.5"><title>{escape(_described(span))}</title></rect>'
    ]
    if span.resident and span.mapped:
        part = max(1, span.resident * width // span.size)
        parts.append(
            f'<rect x="{x}" y="{BAR_TOP + BAR_HEIGHT}" width="{part}" height="{RESIDENT_HEIGHT}" '
            'fill="#222222"/>'
        )
    label = span.name if span.kind != HOLE else ""
    if label and len(label) * LETTER + 6 <= width:
        light = "#222222" if span.kind == FREE else "#ffffff"
        parts.append(_text(x + 4, BAR_TOP + BAR_HEIGHT // 2 + 5, label, light))
    return parts


def _legend(span: Span, y: int) -> list[str]:
    return [
        f'<rect x="{MARGIN}" y="{y - 11}" width="12" height="12" fill="{_colour(span)}" '
        'stroke="#666666"/>',
        _text(MARGIN + 20, y, _described(span)),
    ]


def _described(span: Span) -> str:
    """A span in one line."""
    text = f"0x{span.start:09x}-0x{span.end - 1:09x} {format_size(span.size):>6} {span.name}"
    if span.slot != NO_SLOT:
        text += f", slot {span.slot}"
    if span.memdev:
        pages = f" in {format_size(span.page_size)} pages" if span.page_size > 4096 else ""
        resident = f"{format_size_approx(span.resident)} of {format_size(span.mapped)} resident"
        text += f", {span.memdev}: {resident}{pages}"
    return text
