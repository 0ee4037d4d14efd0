"""A client on a socket that talks WebSocket: its channel opens after the handshake, and sees what
is in the frames.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from hmp.serve.connections import OpenChannel, SocketConnection
from hmp.serve.websocket.frames import ClosedError, FrameDecoder, Opcode, encode_frame
from hmp.serve.websocket.handshake import HandshakeError, answer, split_request


class WebSocketConnection(SocketConnection):
    """A client on a socket with `websocket=on`."""

    def __init__(
        self, open_channel: OpenChannel, on_lost: Callable[[SocketConnection], None]
    ) -> None:
        super().__init__(open_channel, on_lost)
        self._request = b""
        self._decoder = FrameDecoder()

    def begin(self) -> None:
        """Wait for the handshake."""

    def data_received(self, data: bytes) -> None:
        if self.channel is None:
            self._request += data
            data = self._shake_hands()
        if self.channel and data:
            self._receive_frames(data)

    def eof_received(self) -> bool:
        if self.channel is None:
            self.end()
        return super().eof_received()

    def _shake_hands(self) -> bytes:
        """Answer the request when it is complete; return what followed it."""
        try:
            found = split_request(self._request)
            if found is None:
                return b""
            request, rest = found
            super().write(answer(request))
        except HandshakeError as error:
            super().write(error.reply)
            self.end()
            return b""
        super().begin()
        return rest

    def _receive_frames(self, data: bytes) -> None:
        decoder = self._decoder
        assert self.channel
        try:
            decoder.feed(data)
        except ClosedError as error:
            # What came with it is not answered any more, as in QEMU.
            super().write(error.frame())
            self.channel.close()
            return
        for payload in decoder.pings:
            super().write(encode_frame(Opcode.PONG, payload))
        decoder.pings.clear()
        received = bytes(decoder.data)
        decoder.data.clear()
        # One by one: the echo of each key is a frame.
        for byte in received:
            self.channel.receive(bytes((byte,)))

    def write(self, data: bytes) -> None:
        # QEMU's monitors send what they have at each line end.
        for line in BytesIO(data):
            super().write(encode_frame(Opcode.BINARY, line))
