"""Telnet around an HMP socket: the negotiation at the start, and the telnet commands in the input
(docs/qemu-behaviour/qmp.md §A9).
"""

from __future__ import annotations

# IAC WILL ECHO, IAC WILL SUPPRESS-GO-AHEAD, IAC WILL BINARY, IAC DO BINARY (RFC 854).
NEGOTIATION = b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"
_IAC = "\xff"
# QEMU takes every command for one of three bytes (docs/qemu-behaviour/qmp.md §A9).
_COMMAND_LENGTH = 3


class TelnetFilter:
    """Removes the telnet commands from a stream of bytes (held in a Latin-1 str)."""

    def __init__(self) -> None:
        self._command_position = 0
        self._after_return = False

    def feed(self, data: str) -> str:
        """Return the bytes that were typed; IAC IAC is one FF, and CR NUL is one end of line."""
        out: list[str] = []
        for byte in data:
            if self._command_position:
                self._skip_command(byte, out)
            elif byte == _IAC:
                self._command_position = 1
            elif not (byte == "\0" and self._after_return):
                out.append(byte)
            self._after_return = byte == "\r" and not self._command_position
        return "".join(out)

    def _skip_command(self, byte: str, out: list[str]) -> None:
        if self._command_position == 1 and byte == _IAC:
            out.append(byte)
            self._command_position = 0
        else:
            self._command_position = (self._command_position + 1) % _COMMAND_LENGTH
