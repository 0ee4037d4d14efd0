"""Find names that are like a mistyped one, and list names."""

from __future__ import annotations

from collections.abc import Iterable

# A ratio of difflib, from 0 to 1, and the letters below which likeness is chance.
MIN_SIMILARITY, MIN_LETTERS = 0.75, 3
# What changes the state of the machine is no guess, however like it is.
NEVER_GUESSED = ("system_powerdown", "system_reset", "system_wakeup", "quit", "stop", "cont")
MAX_NAMES = 6


def closest_match(word: str, known: Iterable[str]) -> str:
    """Return the known word most similar to a mistyped one; empty when none is similar."""
    from difflib import get_close_matches

    words = [name for name in known if len(name) >= MIN_LETTERS and name not in NEVER_GUESSED]
    if len(word) < MIN_LETTERS:
        return ""
    found = get_close_matches(word, words, 1, MIN_SIMILARITY)
    return found[0] if found else ""


def join_names(names: Iterable[str], none: str = "none") -> str:
    """Return at most MAX_NAMES names joined by commas, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - MAX_NAMES} more" if len(every) > MAX_NAMES else ""
    return ", ".join(every[:MAX_NAMES]) + more if every else none


def free_name(word: str, taken: Iterable[str]) -> str:
    """Return an unused name: the given one with its number counted up, or with a number."""
    stem = word.rstrip("0123456789")
    used = set(taken)
    number = int(word[len(stem) :] or 1) + 1
    while f"{stem}{number}" in used:
        number += 1
    return f"{stem}{number}"
