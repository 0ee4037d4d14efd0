"""Layout of text, and how text from elsewhere is shown on a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# What a terminal obeys instead of showing it: C0 but for TAB and LF, DEL, C1, and the Unicode
# characters that change the order of others. A surrogate escape stands for a byte that is no UTF-8.
HIDDEN_CHARACTERS = "".join(
    chr(code)
    for first, last in (
        (0x00, 0x08),
        (0x0B, 0x1F),
        (0x7F, 0x9F),
        (0x202A, 0x202E),
        (0x2066, 0x2069),
        (0xDC80, 0xDCFF),
    )
    for code in range(first, last + 1)
)
_HIDDEN = re.compile(f"[{re.escape(HIDDEN_CHARACTERS)}]")


def visible(text: str) -> str:
    r"""Return Unicode text with `^[` for ESC, `\x9b` for C1 and `\u202e` for a change of direction.

    TAB and LF stay. Nothing that is written so can act on a terminal.
    """
    return _HIDDEN.sub(_notation, text)


def _notation(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20 or code == 0x7F:
        return f"^{chr(code ^ 0x40)}"
    if code < 0x100 or 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}"


# What is drawn where there is ASCII alone, such as the bars of the map.
ASCII_DRAWING: dict[str, str] = {
    **dict(zip("█░▞▓▒■│·—✓“”×", '#.%=+*|--+""x', strict=True)),
    "→": "->",
    "…": "...",
}


def to_ascii(text: str) -> str:
    """Return text of hmp's own with ASCII in place of the characters that it draws with."""
    return "".join(ASCII_DRAWING.get(character, character) for character in text)


def one_line(text: str, length: int = 200) -> str:
    """Return Unicode text for a message of one line: visible, without line ends, and with `…` in
    place of the middle when it is longer than `length`.
    """
    if len(text) > length:
        text = f"{text[: length // 2]}…{text[-(length // 2) :]}"
    return visible(text).replace("\n", "\\n")


def shorten(text: str, width: int) -> str:
    """Return a text of at most `width` columns, with `…` where its end is left out."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)].rstrip()}…"


UNBROKEN = 1 << 16
"""The width of text that no line end is put into."""
# Where a line may end: after a blank, or after a comma or a slash in what is longer than a line.
_WORD, _PART = re.compile(r"\S+\s*"), re.compile(r"[^,/]*[,/]?")


def wrap(text: str, width: int, head: str = "") -> list[str]:
    """Return a text as lines of less than `width` columns, the first one after `head`, the others
    below its text.

    A line ends between words, within a word that is longer than a line after a comma or a slash,
    or where it must.
    """
    room = max(width - 1 - len(head), 1)
    lines: list[str] = []
    for piece in pieces(text, room):
        if lines and len(lines[-1]) + len(piece.rstrip()) <= room:
            lines[-1] += piece
        else:
            lines.append(piece)
    indent = " " * len(head)
    return [f"{indent if number else head}{line.rstrip()}" for number, line in enumerate(lines)]


def pieces(text: str, room: int) -> Iterator[str]:
    """Yield a text in pieces of at most `room` columns, between which a line may end."""
    for word in _WORD.findall(text):
        parts = [word] if len(word.rstrip()) <= room else _PART.findall(word)
        for part in filter(None, parts):
            while len(part.rstrip()) > room:
                yield part[:room]
                part = part[room:]
            yield part


def format_table(rows: Sequence[Sequence[str]], gap: int = 2) -> list[str]:
    """Return the rows as lines without trailing blanks, each column as wide as its widest cell."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (" " * gap)
        .join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        .rstrip()
        for row in rows
    ]


# A last column of prose is broken where that many columns are left for it; what stands on a further
# line of a row is indented.
MIN_PROSE_COLUMNS, INDENT = 24, 4


def fit_table(rows: Sequence[Sequence[str]], width: int, gap: int = 2) -> list[list[str]]:
    """Return the rows as lines of less than `width` columns, a list for each row.

    In a table that is too wide the last column is broken between words, or columns stand on a
    further line, indented.
    """
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    groups = _column_groups(widths, width - 1, gap)
    return [
        [
            line
            for start, end in groups
            for line in _side_by_side(
                row[start:end], widths[start:end], width, INDENT * (start > 0), gap
            )
        ]
        or [""]
        for row in rows
    ]


def _column_groups(widths: list[int], room: int, gap: int) -> list[tuple[int, int]]:
    """Return the columns of each line: the first one, and the one past the last."""
    least = [*widths[:-1], min(widths[-1], MIN_PROSE_COLUMNS)]
    if sum(least) + gap * (len(least) - 1) <= room:
        return [(0, len(widths))]
    groups, start, used = [], 0, 0
    for column, each in enumerate(widths):
        if column > start and used + gap + each > room:
            groups.append((start, column))
            start, used = column, INDENT
        used += each + gap * (column > start)
    return [*groups, (start, len(widths))]


def _side_by_side(
    cells: Sequence[str], widths: Sequence[int], width: int, indent: int, gap: int
) -> list[str]:
    """Return cells as a line, or as several where the last one is too wide; none for no text."""
    if not any(cells):
        return []
    beside = zip(cells[:-1], widths, strict=False)
    head = " " * indent + "".join(cell.ljust(each) + " " * gap for cell, each in beside)
    return wrap(cells[-1], width, head) or [head.rstrip()]
