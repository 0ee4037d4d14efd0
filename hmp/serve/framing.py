"""Messages out of a stream: a message ends with its closing bracket, whatever line ends there are (spec/qmp.md A1).

Only brackets and strings are looked at; JSON itself is read elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

BLANKS = " \t\r\n"


class Framer:
    """Cuts a stream of octets into messages."""

    def __init__(self) -> None:
        self._pending: list[str] = []
        self._depth = 0
        self._quote = ""
        self._escaped = False

    def feed(self, octets: str) -> Iterator[str]:
        """The messages that are complete with these octets."""
        for octet in octets:
            if not self._pending and octet in BLANKS:
                continue
            self._pending.append(octet)
            if self._ends(octet):
                message = "".join(self._pending)
                self._pending.clear()
                self._depth, self._quote = 0, ""
                yield message

    def _ends(self, octet: str) -> bool:
        if self._quote:
            if self._escaped:
                self._escaped = False
            elif octet == "\\":
                self._escaped = True
            elif octet == self._quote:
                self._quote = ""
            return octet == "\n"
        if octet in "\"'":
            self._quote = octet
        elif octet in "{[":
            self._depth += 1
        elif octet in "}]":
            self._depth -= 1
        return self._depth <= 0 and (octet in "}]" or octet == "\n")
