"""The handshake of a WebSocket: the client's HTTP request, and the answer
(docs/qemu-behaviour/chardevs.md §8).
"""

from __future__ import annotations

import base64
import hashlib
from email.utils import formatdate
from http import HTTPStatus

REQUEST_BYTES = 4096
MAX_HEADERS = 32
KEY_LENGTH = 24
PROTOCOL = "binary"
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_END = b"\r\n\r\n"
_OTHER_VERSION = "Sec-WebSocket-Version: 13\r\n"


class HandshakeError(Exception):
    """A request is refused with `status`; `reply` is what the client gets."""

    def __init__(self, status: HTTPStatus, reason: str = "") -> None:
        super().__init__(status)
        self.status = status
        # QEMU leaves out the empty line behind the version.
        end = _OTHER_VERSION if status is HTTPStatus.BAD_REQUEST else "\r\n"
        self.reply = _reply(status, reason or status.phrase, "Connection: close\r\n" + end)


def split_request(data: bytes) -> tuple[bytes, bytes] | None:
    """Return the request without its empty line, and what follows it; None while it is not
    complete. Raise HandshakeError for one that is too long.
    """
    end = data[:REQUEST_BYTES].find(_END)
    if end >= 0:
        return data[:end], data[end + len(_END) :]
    if len(data) >= REQUEST_BYTES:
        raise HandshakeError(HTTPStatus.FORBIDDEN, "Request Entity Too Large")
    return None


def answer(request: bytes) -> bytes:
    """Return the answer to a request; raise HandshakeError when it is refused."""
    first, *lines = request.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    path, _, version = rest.partition(" ")
    if not lines or method != "GET" or not version:
        raise HandshakeError(HTTPStatus.BAD_REQUEST)
    if path != "/":
        raise HandshakeError(HTTPStatus.NOT_FOUND)
    if version != "HTTP/1.1" or len(lines) > MAX_HEADERS:
        raise HandshakeError(HTTPStatus.BAD_REQUEST)
    headers = _headers(lines)
    if not _is_upgrade(headers):
        raise HandshakeError(HTTPStatus.BAD_REQUEST)
    accept = hashlib.sha1((headers["sec-websocket-key"] + _GUID).encode("latin-1"))
    members = (
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {base64.b64encode(accept.digest()).decode()}\r\n"
    )
    if "sec-websocket-protocol" in headers:
        members += f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n"
    status = HTTPStatus.SWITCHING_PROTOCOLS
    return _reply(status, status.phrase, members + "\r\n")


def _headers(lines: list[str]) -> dict[str, str]:
    """Return the headers by their names in lower case: of several with one name, the first."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise HandshakeError(HTTPStatus.BAD_REQUEST)
        headers.setdefault(name.lower(), value.lstrip(" "))
    return headers


def _is_upgrade(headers: dict[str, str]) -> bool:
    """Return whether a client asks for what QEMU can do."""
    tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
    return (
        "host" in headers
        and headers.get("upgrade", "").lower() == "websocket"
        and "upgrade" in tokens
        and headers.get("sec-websocket-version") == "13"
        and len(headers.get("sec-websocket-key", "")) == KEY_LENGTH
        and PROTOCOL in headers.get("sec-websocket-protocol", PROTOCOL)
    )


def _reply(status: HTTPStatus, reason: str, members: str) -> bytes:
    date = formatdate(usegmt=True)
    head = f"HTTP/1.1 {status.value} {reason}\r\nServer: QEMU VNC\r\nDate: {date}\r\n"
    return (head + members).encode("latin-1")
