"""WebSocket clients of monitors; what is expected is what QEMU 11.1.3 sends in the same dialogue
(docs/qemu-behaviour/chardevs.md).
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.program import connected, free_port, program, read_until
from tests.serve.websocket.client import frame, request

BANNER = b"\x828QEMU 11.1.3 monitor - type 'help' for more information\r\n\x82\x07(qemu) "
END = b"\r\n\r\n"


@contextmanager
def dialogue(*options: str, port: int) -> Iterator[socket.socket]:
    """A client after its handshake."""
    with program("-nodefaults", *options), connected(("127.0.0.1", port)) as client:
        client.sendall(request() + END)
        assert read_until_contains(client, END).startswith(b"HTTP/1.1 101 ")
        yield client


def read_until_contains(client: socket.socket, end: bytes) -> bytes:
    """Read up to `end`, one byte at a time."""
    found = b""
    while not found.endswith(end) and (byte := client.recv(1)):
        found += byte
    return found


def test_a_human_monitor() -> None:
    port = free_port()
    option = f"websocket:127.0.0.1:{port},server=on,wait=off"
    with dialogue("-monitor", option, port=port) as client:
        assert read_until_contains(client, BANNER) == BANNER
        client.sendall(frame(2, b"x\n") + frame(9, b"hi"))
        expected = (
            b"\x8a\x02hi\x82\x04x\x1b[K\x82\x02\r\n\x82\x1eunexpected end of expression\r\n"
            b'\x82#Try "help x" for more information\r\n\x82\x07(qemu) '
        )
        assert read_until(client, b"(qemu) ") == expected
        client.sendall(frame(2, b"y\n") + frame(8, b""))
        assert read_until(client, b"never") == b"\x88\x16\x03\xe8peer requested close"


@pytest.mark.parametrize("sent", [b"", b"GET", request(b"GET /x HTTP/1.1") + END, b"a" * 5000])
def test_the_next_client_follows_one_that_shook_no_hands(sent: bytes) -> None:
    port = free_port()
    option = f"websocket:127.0.0.1:{port},server=on,wait=off"
    with program("-nodefaults", "-monitor", option):
        with connected(("127.0.0.1", port)) as first:
            first.sendall(sent)
            first.shutdown(socket.SHUT_WR)
            read_until(first, b"never")
        with connected(("127.0.0.1", port)) as client:
            client.sendall(request() + END)
            assert read_until(client, BANNER).endswith(BANNER)
            client.sendall(frame(2, b"quit\n"))
            assert read_until(client, b"never").endswith(
                b"\x82\x10\x1b[D\x1b[D\x1b[Dquit\x1b[K\x82\x02\r\n"
            )


def test_qmp_with_an_event() -> None:
    port = free_port()
    address = f"socket,id=c,host=127.0.0.1,port={port},server=on,wait=off,websocket=on"
    with dialogue("-chardev", address, "-mon", "chardev=c,mode=control", port=port) as client:
        read_until(client, b"\r\n")
        client.sendall(frame(2, b'{"execute": "qmp_capabilities"}'))
        assert read_until(client, b"\r\n") == b'\x82\x10{"return": {}}\r\n'
        client.sendall(frame(2, b'{"execute": "cont"}'))
        found = b""
        while b"return" not in found:
            found += read_until(client, b"\r\n")
        event, _, reply = found.partition(b"\r\n")
        assert event[:1] == b"\x82" and event[1] == len(event)
        assert b'"event": "RESUME"' in event and reply == b'\x82\x10{"return": {}}\r\n'
