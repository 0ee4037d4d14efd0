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


def one_line(text: str, length: int = 200) -> str:
    """Return Unicode text for a message of one line: visible, without line ends, and with `…` in
    place of the middle when it is longer than `length`.
    """
    if len(text) > length:
        text = f"{text[: length // 2]}…{text[-(length // 2) :]}"
    return visible(text).replace("\n", "\\n")


# Where a line may end: after a blank, or after a comma in what is longer than a line by itself.
_WORD, _PART = re.compile(r"\S+\s*"), re.compile(r"[^,]*,?")


def wrap(text: str, width: int, head: str = "") -> list[str]:
    """Return a text as lines of less than `width` columns, the first one after `head`, the others
    below its text.

    A line ends between words; a word that is longer than a line ends at a comma, or where it must.
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
