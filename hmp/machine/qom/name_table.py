"""The order in which QEMU visits named things: that of GLib's hash table of strings."""

from __future__ import annotations

from collections.abc import Iterator

# The number of buckets, as a power of two, and the primes by which hashes are divided.
_MIN_SHIFT = 3
_PRIMES = (1, 2, 3, 7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521)
_REMOVED = ""
"""Takes the place of a removed name; no name is empty."""


class NameTable:
    """Names in the order of a hash table; they depend on what was added and removed before."""

    def __init__(self) -> None:
        self._count = self._used = 0
        self._buckets: list[str | None] = [None] * (1 << _MIN_SHIFT)

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._buckets if name)

    def add(self, name: str) -> None:
        """Add a name that is not there yet."""
        at = self._find(name)
        was_free = self._buckets[at] is None
        self._buckets[at] = name
        self._count += 1
        if was_free:
            self._used += 1
            self._resize_if_needed()

    def remove(self, name: str) -> None:
        """Remove a name that is there."""
        self._buckets[self._find(name)] = _REMOVED
        self._count -= 1
        self._resize_if_needed()

    def _find(self, name: str) -> int:
        """Return the bucket of a name, or the one where it would be put."""
        at, step = _first_bucket(name, len(self._buckets)), 0
        removed = None
        while self._buckets[at] is not None:
            if self._buckets[at] == name:
                return at
            if self._buckets[at] == _REMOVED and removed is None:
                removed = at
            step += 1
            at = (at + step) % len(self._buckets)
        return at if removed is None else removed

    def _resize_if_needed(self) -> None:
        size = len(self._buckets)
        too_large = size > self._count * 4 and size > 1 << _MIN_SHIFT
        if not too_large and size > self._used + self._used // 16:
            return
        shift = max(int(self._count * 1.333).bit_length(), _MIN_SHIFT)
        self._resize(1 << shift)
        self._used = self._count

    def _resize(self, size: int) -> None:
        """Move every name to its bucket among so many; one that was there has to go on at once."""
        old_size = len(self._buckets)
        buckets = self._buckets + [None] * (size - old_size)
        settled: set[int] = set()
        for at in range(old_size):
            if at in settled:
                continue
            name, buckets[at] = buckets[at], None
            while name:
                to, step = _first_bucket(name, size), 0
                while to in settled:
                    step += 1
                    to = (to + step) % size
                settled.add(to)
                name, buckets[to] = buckets[to], name
        self._buckets = buckets[:size]


def _first_bucket(name: str, size: int) -> int:
    return _hash(name) * 11 % (1 << 32) % _PRIMES[size.bit_length() - 1]


def _hash(name: str) -> int:
    """Return GLib's hash of a string (bytes, held in a Latin-1 str)."""
    found = 5381
    for byte in name.encode("latin-1"):
        # A C char has a sign.
        found = (found * 33 + (byte if byte < 128 else byte - 256)) % (1 << 32)
    # The values below mark buckets that are free.
    return max(found, 2)
