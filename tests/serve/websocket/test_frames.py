"""The frames of a client, as QEMU 11.1.3 takes them (docs/qemu-behaviour/chardevs.md §8)."""

from __future__ import annotations

import pytest

from hmp.serve.websocket.frames import ClosedError, FrameDecoder, Opcode, encode_frame
from tests.serve.websocket.client import frame

TEXT = 1


def decoded(*parts: bytes) -> tuple[bytes, list[bytes]]:
    decoder = FrameDecoder()
    for part in parts:
        decoder.feed(part)
    return bytes(decoder.data), decoder.pings


@pytest.mark.parametrize(
    "sent",
    [
        frame(2, b"info\n"),
        frame(2, b"info\n", header=2),
        frame(2, b"info\n", header=8),
        frame(2, b"in", final=False) + frame(0, b"fo\n"),
        frame(2, b"in", final=False) + frame(2, b"fo\n"),
        frame(2, b"in") + frame(0, b"fo\n"),
        frame(2, b"") + frame(10, b"x") + frame(2, b"info\n"),
    ],
)
def test_payloads_however_they_are_split(sent: bytes) -> None:
    assert decoded(sent) == (b"info\n", [])
    assert decoded(*(bytes([byte]) for byte in sent)) == (b"info\n", [])


def test_a_payload_comes_four_bytes_at_a_time() -> None:
    sent = frame(2, b"abcdefg")
    assert decoded(sent[:-2])[0] == b"abcd"
    assert decoded(sent[:-2], sent[-2:])[0] == b"abcdefg"


def test_a_continuation_of_a_ping_is_a_ping() -> None:
    sent = frame(9, b"a" * 125) + frame(2, b"data") + frame(9, b"") + frame(0, b"b")
    assert decoded(sent) == (b"data", [b"a" * 125, b"", b"b"])


NOT_FINAL = b"\x88\x26\x03\xf0only binary frames may be fragmented"
NOT_BINARY = b"\x88\x39\x03\xebonly binary, close, ping, and pong frames are supported"
NO_MASK = b"\x88\x1e\x03\xeaclient frames must be masked"
TOO_LARGE = b"\x88\x1c\x03\xeacontrol frame is too large"
CLOSED = b"\x88\x16\x03\xe8peer requested close"


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        (frame(8, b""), CLOSED),
        (frame(8, b"", final=False), CLOSED),
        (frame(8, b"\x03\xe9bye"), CLOSED),
        (frame(TEXT, b"info\n"), NOT_BINARY),
        (frame(0, b"info\n"), NOT_BINARY),
        (frame(11, b"info\n"), NOT_BINARY),
        (frame(TEXT, b"info\n", mask=b""), NOT_BINARY),
        (frame(TEXT, b"info\n", final=False), NOT_FINAL),
        (frame(9, b"info\n", final=False, mask=b""), NOT_FINAL),
        (frame(2, b"info\n", mask=b""), NO_MASK),
        (frame(9, b"a" * 130, mask=b""), NO_MASK),
        (frame(9, b"a" * 126), TOO_LARGE),
        (frame(9, b"a", header=2), TOO_LARGE),
        (frame(10, b"a" * 126), TOO_LARGE),
    ],
)
def test_a_frame_that_ends_the_connection(sent: bytes, reply: bytes) -> None:
    decoder = FrameDecoder()
    decoder.feed(sent[:5])
    with pytest.raises(ClosedError) as caught:
        decoder.feed(sent[5:])
    assert caught.value.frame() == reply


def test_lengths_of_frames() -> None:
    for length, header in (
        (125, b"\x82\x7d"),
        (126, b"\x82\x7e\0\x7e"),
        (65535, b"\x82\x7e\xff\xff"),
        (65536, b"\x82\x7f\0\0\0\0\0\1\0\0"),
    ):
        assert encode_frame(Opcode.BINARY, b"a" * length) == header + b"a" * length
