"""What a WebSocket client sends."""

from __future__ import annotations

HEADERS = {
    b"Host": b"localhost",
    b"Upgrade": b"websocket",
    b"Connection": b"Upgrade",
    b"Sec-WebSocket-Key": b"dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version": b"13",
    b"Sec-WebSocket-Protocol": b"binary",
}


def request(first: bytes = b"GET / HTTP/1.1", **headers: bytes | None) -> bytes:
    """A request, without its empty line; a header of `headers` that is None is left out."""
    given = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    lines = [name + b": " + value for name, value in (HEADERS | given).items() if value is not None]
    return b"\r\n".join([first, *lines])


def frame(
    opcode: int, payload: bytes, final: bool = True, mask: bytes = b"\1\2\3\4", header: int = 0
) -> bytes:
    """A frame, whose length has at least `header` bytes of its own."""
    length, masked = len(payload), 0x80 if mask else 0
    if length < 126 and not header:
        size = bytes([masked | length])
    elif header <= 2:
        size = bytes([masked | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([masked | 127]) + length.to_bytes(8, "big")
    if mask:
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes([final << 7 | opcode]) + size + mask + payload
