"""Telnet around an HMP socket: the negotiation at the start, and the telnet commands in the input
(docs/qemu-behaviour/qmp.md §A9).
"""

from __future__ import annotations

# IAC WILL ECHO, IAC WILL SUPPRESS-GO-AHEAD, IAC WILL BINARY, IAC DO BINARY (RFC 854).
NEGOTIATION = b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"
_IAC = "\xff"
# For a terminal of kind 3270 END-OF-RECORD and BINARY, both ways; and its type is asked for.
TN3270_NEGOTIATION = (
    b"\xff\xfd\x19\xff\xfb\x19\xff\xfd\x00\xff\xfb\x00\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0"
)
# QEMU takes commands for one of three bytes (docs/qemu-behaviour/qmp.md §A9), but for these.
_COMMAND_LENGTH = 3
SHORT_COMMANDS = "\xf3"
TN3270_SHORT_COMMANDS = "\xf1\xf3\xf4"


class TelnetFilter:
    """Removes the telnet commands from a stream of bytes (held in a Latin-1 str); those of `short`
    have two bytes.
    """

    def __init__(self, short: str = SHORT_COMMANDS) -> None:
        self._short = short
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
        elif self._command_position == 1 and byte in self._short:
            self._command_position = 0
        else:
            self._command_position = (self._command_position + 1) % _COMMAND_LENGTH
