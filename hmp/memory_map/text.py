"""The picture in text: a bar to scale with labels, what is resident below it, and a table of the
spans.

The result is fragments, (style, text) pairs; which colours the styles are is the console's theme.
"""

from __future__ import annotations

from itertools import groupby

from hmp.memory_map.regions import DIMM, FREE, HOLE, NO_SLOT, RAM, VIRTIO, Span, scale_widths
from hmp.text import format_table
from hmp.units import format_size, format_size_approx

Fragments = list[tuple[str, str]]
FILLS = {RAM: "█", HOLE: " ", FREE: "░", VIRTIO: "▞"}
DIMM_FILLS = "▓▒"
RESIDENT, NOT_RESIDENT = "■", "·"
COLOURS = 6
GIB = 1 << 30
WORDS = {HOLE: "no memory", FREE: "free for devices"}


def style_of(span: Span) -> str:
    """The style of a span; DIMMs take turns by slot."""
    if span.kind == DIMM:
        return f"class:map.dimm{span.slot % COLOURS}"
    return f"class:map.{span.kind}"


def draw(spans: list[Span], width: int) -> Fragments:
    """The picture, `width` columns wide, lines ended by newlines."""
    if not spans:
        return [("", "The machine has no memory.\n")]
    shown = _that_fit(spans, width)
    widths = scale_widths([span.size for span in shown], width)
    scale = sum(span.size for span in shown) // width
    head = f"guest-physical memory, one column about {format_size_approx(scale)}\n"
    lines: Fragments = [("class:map.text", head)]
    lines += [
        ("class:map.text", _marks(shown, widths) + "\n"),
        ("class:map.text", _labels(shown, widths) + "\n"),
    ]
    for span, fill, columns in zip(shown, _fills(shown), widths, strict=True):
        lines.append((style_of(span), fill * columns))
    lines.append(("", "\n"))
    for span, columns in zip(shown, widths, strict=True):
        lines.append((style_of(span), _resident_bar(span, columns)))
    lines.append(("", "\n"))
    lines.append(("class:map.text", f"{RESIDENT} resident  {NOT_RESIDENT} mapped, not resident\n"))
    return lines + _table(spans)


def _that_fit(spans: list[Span], width: int) -> list[Span]:
    """The spans for the bar; where there are too many, neighbouring devices are drawn as one."""
    if len(spans) <= width // 2:
        return spans
    found = []
    for kind, group in groupby(spans, key=lambda span: span.kind):
        members = list(group)
        first = members[0]
        name = first.name if len(members) == 1 else f"{len(members)} {kind}s"
        found.append(
            Span(
                first.start,
                members[-1].end,
                kind,
                name,
                slot=first.slot if len(members) == 1 else NO_SLOT,
                mapped=sum(span.mapped for span in members),
                resident=sum(span.resident for span in members),
            )
        )
    return found


def _fills(spans: list[Span]) -> list[str]:
    """The letter that each span is drawn with: neighbouring DIMMs can be told apart without
    colours.
    """
    found: list[str] = []
    for span in spans:
        last = found[-1] if found else ""
        found.append(DIMM_FILLS[last == DIMM_FILLS[0]] if span.kind == DIMM else FILLS[span.kind])
    return found


def _resident_bar(span: Span, columns: int) -> str:
    """How much of the span is resident: at least one mark when anything is."""
    if not span.mapped and not span.resident:
        return " " * columns
    marks = min(-(-span.resident * columns // max(span.size, 1)), columns)
    return RESIDENT * marks + NOT_RESIDENT * (columns - marks)


def _placed(texts: list[str], widths: list[int], whole: bool) -> str:
    """Texts at the starts of their spans, cut or (`whole`) left out where the next one would be run
    over.
    """
    line, at, total = "", 0, sum(widths)
    for text, columns in zip(texts, widths, strict=True):
        room = (total if whole else at + columns) - at
        if at >= len(line) + (at > 0 and whole) and len(text) < room + whole:
            line = line.ljust(at) + text
        elif not whole and columns > 1:
            line = line.ljust(at) + text[: columns - 1] + " "
        at += columns
    return line.rstrip()


def _marks(spans: list[Span], widths: list[int]) -> str:
    return _placed([format_size(span.start) for span in spans], widths, whole=True)


def _labels(spans: list[Span], widths: list[int]) -> str:
    return _placed(
        [_label(span, columns) for span, columns in zip(spans, widths, strict=True)],
        widths,
        whole=False,
    )


def _label(span: Span, columns: int) -> str:
    """The name where it fits, else the slot."""
    if span.kind == HOLE:
        return ""
    return str(span.slot) if span.slot != NO_SLOT and len(span.name) >= columns else span.name


def _table(spans: list[Span]) -> Fragments:
    """A line for each span: where, how large, what, and how much of it is resident."""
    rows = [("from", "size", "what", "slot", "backend", "resident")]
    for span in spans:
        slot = "" if span.slot == NO_SLOT else str(span.slot)
        rows.append(
            (
                f"0x{span.start:09x}",
                format_size(span.size),
                WORDS.get(span.kind, span.name),
                slot,
                span.memdev,
                _resident(span),
            )
        )
    head, *lines = format_table(rows)
    found: Fragments = [("class:map.text", f"  {head}\n")]
    for span, fill, line in zip(spans, _fills(spans), lines, strict=True):
        found += [(style_of(span), f"{fill} "), ("", f"{line}\n")]
    return found


def _resident(span: Span) -> str:
    if span.kind in (HOLE, FREE):
        return ""
    pages = f", {format_size(span.page_size)} pages" if span.page_size > 4096 else ""
    return f"{format_size_approx(span.resident)} of {format_size(span.mapped)}{pages}"
