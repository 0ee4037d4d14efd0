"""Find words by some of their letters, in order: `imd` finds `info memory-devices`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hmp.assist.completion.candidates import Candidate

MIN_LETTERS = 2
SEPARATORS = " -_.=/"


def fuzzy_matches(items: Iterable[Candidate], typed: str) -> list[Candidate]:
    """Return the words that have these letters in order, the closest first.

    The first letter begins a part of the word. Where all of them begin parts of some words, as
    `imd` does, only those are meant.
    """
    if len(typed) < MIN_LETTERS:
        return []
    letters = typed.lower()
    found = [
        (start > 0, spread, len(item.text), item)
        for item in items
        if (closest := min(_spreads(item.text.lower(), letters), default=None))
        for spread, start in [closest]
    ]
    found.sort(key=lambda match: match[:3])
    words = [item for *_order, item in found]
    return [item for item in words if _has_initials(item.text.lower(), letters)] or words


def _part_starts(text: str) -> list[int]:
    return [at for at in range(len(text)) if at == 0 or text[at - 1] in SEPARATORS]


def _spreads(text: str, letters: str) -> Iterator[tuple[int, int]]:
    """Yield how far the letters reach from each begin of a part, and that begin."""
    for start in _part_starts(text):
        end = _reach(text, letters, start)
        if end is not None and text[start] == letters[0]:
            yield end - start, start


def _reach(text: str, letters: str, at: int = 0) -> int | None:
    """Return the end of these letters in a text, from a place on; None where they are not there."""
    for letter in letters:
        at = text.find(letter, at) + 1
        if at == 0:
            return None
    return at


def _has_initials(text: str, letters: str) -> bool:
    """Return whether the letters begin parts of the word, the first one the word itself."""
    initials = "".join(text[at] for at in _part_starts(text))
    return initials[:1] == letters[0] and _reach(initials, letters) is not None
