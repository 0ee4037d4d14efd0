"""Telnet around an HMP socket: its negotiation at the start, and its commands taken out of the
input (docs/qemu-behaviour/qmp.md §A9).

Nothing is negotiated further: what the client answers is dropped.
"""

from __future__ import annotations

NEGOTIATION = b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"
_COMMAND = "\xff"


class TelnetFilter:
    """Takes telnet commands out of a stream of octets; they may come in pieces."""

    def __init__(self) -> None:
        self._inside = 0
        self._after_return = False

    def feed(self, data: str) -> str:
        """The octets that the user typed: a doubled FF is one, CR NUL is one end of line."""
        out: list[str] = []
        for byte in data:
            if self._inside:
                self._in_command(byte, out)
            elif byte == _COMMAND:
                self._inside = 1
            elif not (byte == "\0" and self._after_return):
                out.append(byte)
            self._after_return = byte == "\r" and not self._inside
        return "".join(out)

    def _in_command(self, byte: str, out: list[str]) -> None:
        """FF FF is an octet, FF x y a command."""
        if self._inside == 1 and byte == _COMMAND:
            out.append(byte)
            self._inside = 0
        else:
            self._inside = (self._inside + 1) % 3
