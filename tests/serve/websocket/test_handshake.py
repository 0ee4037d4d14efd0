"""Requests and their answers, as QEMU 11.1.3 gives them (docs/qemu-behaviour/chardevs.md §8)."""

from __future__ import annotations

import re

import pytest

from hmp.serve.websocket.handshake import HandshakeError, answer, split_request
from tests.serve.websocket.client import request

ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nServer: QEMU VNC\r\nDate: D\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)
BAD = (
    b"HTTP/1.1 400 Bad Request\r\nServer: QEMU VNC\r\nDate: D\r\n"
    b"Connection: close\r\nSec-WebSocket-Version: 13\r\n"
)
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nServer: QEMU VNC\r\nDate: D\r\nConnection: close\r\n\r\n"
TOO_LARGE = (
    b"HTTP/1.1 403 Request Entity Too Large\r\nServer: QEMU VNC\r\nDate: D\r\n"
    b"Connection: close\r\n\r\n"
)


def without_date(reply: bytes) -> bytes:
    found = re.sub(rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", b"Date: D", reply)
    assert b"Date: D" in found
    return found


def refusal(text: bytes) -> bytes:
    with pytest.raises(HandshakeError) as caught:
        answer(text)
    return without_date(caught.value.reply)


@pytest.mark.parametrize(
    "text",
    [
        request(),
        request(Upgrade=b"WebSocket"),
        request(Upgrade=b"  websocket"),
        request(Connection=b"keep-alive , upgrade "),
        request(Host=b""),
        request(Sec_WebSocket_Protocol=b"base64, binary"),
        request().replace(b": ", b":"),
        request().replace(b"Sec-WebSocket-", b"sec-websocket-"),
        request() + b"".join(b"\r\nX: y" for _ in range(26)),
        request() + b"\r\nUpgrade: x",
    ],
)
def test_it_is_accepted(text: bytes) -> None:
    assert without_date(answer(text)) == ACCEPTED + b"Sec-WebSocket-Protocol: binary\r\n\r\n"


def test_no_protocol_is_named_to_who_names_none() -> None:
    assert without_date(answer(request(Sec_WebSocket_Protocol=None))) == ACCEPTED + b"\r\n"


@pytest.mark.parametrize(
    "text",
    [
        request(b"POST / HTTP/1.1"),
        request(b"POST /x HTTP/1.1"),
        request(b"get / HTTP/1.1"),
        request(b"GET / HTTP/1.0"),
        request(b"GET / HTTP/1.1 "),
        request(b"GET /"),
        b"GET /x HTTP/1.1",
        b"",
        request(Host=None),
        request(Upgrade=None),
        request(Upgrade=b"h2c, websocket"),
        request(Upgrade=b"websocket "),
        request(Connection=None),
        request(Connection=b"xUpgradex"),
        request(Sec_WebSocket_Key=None),
        request(Sec_WebSocket_Key=b"a" * 23),
        request(Sec_WebSocket_Key=b"a" * 25),
        request(Sec_WebSocket_Version=None),
        request(Sec_WebSocket_Version=b"13, 8"),
        request(Sec_WebSocket_Protocol=b"BINARY"),
        request(Sec_WebSocket_Protocol=b""),
        request().replace(b"Host:", b"Host :"),
        request().replace(b"Host:", b"x\r\nHost:"),
        request() + b"".join(b"\r\nX: y" for _ in range(27)),
        request().replace(b"Upgrade: w", b"Upgrade: x\r\nUpgrade: w"),
    ],
)
def test_it_is_bad(text: bytes) -> None:
    assert refusal(text) == BAD


@pytest.mark.parametrize("first", [b"GET /x HTTP/1.0", b"GET  / HTTP/1.1", b"GET /?x HTTP/1.1"])
def test_there_is_one_path(first: bytes) -> None:
    assert refusal(request(first)) == NOT_FOUND


def test_a_request_has_at_most_4096_bytes() -> None:
    filled = request() + b"\r\nX: "
    longest = filled + b"a" * (4096 - 4 - len(filled))
    assert split_request(longest[:-1]) is None
    assert split_request(longest + b"\r\n\r\nrest") == (longest, b"rest")
    with pytest.raises(HandshakeError) as caught:
        split_request(longest + b"a\r\n\r\n")
    assert without_date(caught.value.reply) == TOO_LARGE
