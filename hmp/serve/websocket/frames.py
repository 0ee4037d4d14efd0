"""The frames of a WebSocket (RFC 6455), as QEMU reads and writes them
(docs/qemu-behaviour/chardevs.md §8).
"""

from __future__ import annotations

import struct
from enum import IntEnum
from itertools import cycle
from operator import xor
from typing import NamedTuple

SHORT_HEADER = 6
"""How many bytes the shortest header of a client has: the mask is one of its parts."""
MASK_BYTES = 4
SHORT_BYTES = 125
"""How many bytes a control frame, or one with the shortest header, holds at most."""
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_FINAL = _MASKED = 0x80


class Opcode(IntEnum):
    """The kinds of frames that QEMU knows; it refuses texts."""

    CONTINUATION = 0x0
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class CloseCode(IntEnum):
    """Why a connection is closed."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    UNSUPPORTED = 1003
    POLICY = 1008


class ClosedError(Exception):
    """The connection ends with a close frame."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason

    def frame(self) -> bytes:
        """Return the close frame."""
        return encode_frame(Opcode.CLOSE, struct.pack(">H", self.code) + self.reason.encode())


def encode_frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return a frame of a server, which has no mask."""
    first, length = _FINAL | opcode, len(payload)
    if length <= SHORT_BYTES:
        return struct.pack(">BB", first, length) + payload
    if length < 1 << 16:
        return struct.pack(">BBH", first, _TWO_BYTES, length) + payload
    return struct.pack(">BBQ", first, _EIGHT_BYTES, length) + payload


class _Header(NamedTuple):
    opcode: int
    payload_bytes: int
    mask: bytes


class FrameDecoder:
    """Takes a client's bytes; `data` and `pings` have the payloads, in order, until they are
    taken. A payload comes as far as it has come.
    """

    def __init__(self) -> None:
        self._pending = bytearray()
        self._opcode, self._left = int(Opcode.CONTINUATION), 0
        self._mask = b""
        self.data = bytearray()
        self.pings: list[bytes] = []
        self._control = bytearray()

    def feed(self, received: bytes) -> None:
        """Decode what came; raise ClosedError when the connection is to end."""
        self._pending += received
        while self._left or self._begin():
            size = min(self._left, len(self._pending))
            if size < self._left:
                # Up to the end of the mask.
                size -= size % MASK_BYTES
            part = bytes(self._pending[:size])
            del self._pending[:size]
            self._left -= size
            self._take(bytes(map(xor, part, cycle(self._mask))))
            if self._left:
                return

    def _begin(self) -> bool:
        """Read the header of a frame with a payload; return whether it is there."""
        while (header := self._read_header()) is not None:
            self._opcode, self._left = header.opcode, header.payload_bytes
            self._mask = header.mask
            if self._left:
                return True
            self._take(b"")
        return False

    def _read_header(self) -> _Header | None:
        """Take a header and check it; return None while it is not complete."""
        pending = self._pending
        if len(pending) < SHORT_HEADER:
            return None
        # Whatever a fragment follows, it is of the kind of the last frame: of a ping, too.
        opcode = pending[0] & 0xF or self._opcode
        length = pending[1] & ~_MASKED
        _check(opcode, length, bool(pending[0] & _FINAL), bool(pending[1] & _MASKED))
        size = SHORT_HEADER + {_TWO_BYTES: 2, _EIGHT_BYTES: 8}.get(length, 0)
        if len(pending) < size:
            return None
        if length > SHORT_BYTES:
            length = int.from_bytes(pending[2 : size - MASK_BYTES], "big")
        mask = bytes(pending[size - MASK_BYTES : size])
        del pending[:size]
        return _Header(opcode, length, mask)

    def _take(self, payload: bytes) -> None:
        """Take a part of a payload."""
        if self._opcode == Opcode.BINARY:
            self.data += payload
            return
        self._control += payload
        if not self._left:
            if self._opcode == Opcode.PING:
                self.pings.append(bytes(self._control))
            self._control.clear()


def _check(opcode: int, length: int, is_final: bool, is_masked: bool) -> None:
    """Raise ClosedError for a frame that ends the connection, in QEMU's order of checks."""
    if opcode == Opcode.CLOSE:
        raise ClosedError(CloseCode.NORMAL, "peer requested close")
    if not is_final and opcode != Opcode.BINARY:
        raise ClosedError(CloseCode.POLICY, "only binary frames may be fragmented")
    if opcode not in (Opcode.BINARY, Opcode.PING, Opcode.PONG):
        reason = "only binary, close, ping, and pong frames are supported"
        raise ClosedError(CloseCode.UNSUPPORTED, reason)
    if not is_masked:
        raise ClosedError(CloseCode.PROTOCOL_ERROR, "client frames must be masked")
    if opcode != Opcode.BINARY and length > SHORT_BYTES:
        raise ClosedError(CloseCode.PROTOCOL_ERROR, "control frame is too large")
