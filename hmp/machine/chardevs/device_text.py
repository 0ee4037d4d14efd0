"""The short text of a character device, such as `tcp::4444,server=on`, which -monitor, -serial and
their like take (docs/qemu-behaviour/chardevs.md).
"""

from __future__ import annotations

from hmp.grammar import terminals
from hmp.grammar.opts import Option, parse_opts
from hmp.machine.chardevs.errors import MalformedDeviceTextError, NotADeviceTextError
from hmp.machine.chardevs.options import Values, check_options

_WORDS = ("null", "pty", "msmouse", "wctablet", "braille", "testdev", "stdio")
_SOCKETS = ("tcp", "telnet", "tn3270", "websocket")
SOCKET_PREFIXES = ("unix:", *(f"{scheme}:" for scheme in _SOCKETS))
MUX_PREFIX = "mon:"
"""In front of a text: the monitor shares the character device."""


def parse_device_text(text: str, label: str) -> Values:
    """Return the checked options of the text, with the id `label`; with `mon:` it is multiplexed.

    Raises:
        InputError: The text begins with no kind of character device, is malformed after it, or has
            an option that is wrong.
    """
    text, is_mux = text.removeprefix(MUX_PREFIX), text.startswith(MUX_PREFIX)
    given = _parse(text)
    given.setdefault("id", label)
    return {**given, "mux": "on"} if is_mux else given


def _parse(text: str) -> Values:
    kind, _colon, rest = text.partition(":")
    if text in _WORDS:
        return {"backend": text}
    if kind == "vc":
        if rest != text[3:] or (":" in text and not _is_screen(rest)):
            raise MalformedDeviceTextError
        return {"backend": "vc"}
    if text == "con:":
        return {"backend": "console"}
    if text.startswith("COM"):
        return {"backend": "serial", "path": text}
    if text.startswith("pty:"):
        return {"backend": "pty", "path": rest}
    if text.startswith(("file:", "pipe:")):
        return {"backend": kind, "path": rest}
    if ":" in text and kind in _SOCKETS:
        return _parse_inet(kind, rest)
    if text.startswith("udp:"):
        return _parse_udp(rest)
    if text.startswith("unix:"):
        return check_options([Option("backend", "socket"), *parse_opts(rest, "path")])
    if text.startswith(("/dev/parport", "/dev/ppi")):
        return {"backend": "parallel", "path": text}
    if text.startswith("/dev/"):
        return {"backend": "serial", "path": text}
    raise NotADeviceTextError(text)


def _is_screen(size: str) -> bool:
    return terminals.match(r"\d+x\d+|\d+Cx\d+C", size) is not None


def _parse_inet(kind: str, rest: str) -> Values:
    found = terminals.match(r"(?P<host>[^:]{0,64}):(?P<port>[^,]{1,32})", rest)
    if found is None:
        raise MalformedDeviceTextError
    items = [
        Option("backend", "socket"),
        Option("host", found["host"]),
        Option("port", found["port"]),
    ]
    # QEMU reads no more than 32 characters of the port, and drops what follows them.
    if rest[found.end() : found.end() + 1] == ",":
        # No key is implied here: a bare `server` is server=on, wherever it is.
        items += parse_opts(f"backend=socket,{rest[found.end() + 1 :]}", "backend")
    given = check_options(items)
    return given if kind == "tcp" else {**given, kind: "on"}


def _parse_udp(rest: str) -> Values:
    found = terminals.match(
        r"(?P<host>[^:]{0,64}):(?P<port>[^@,]{1,32})"
        r"(?P<local>@(?P<localaddr>[^:]{0,64}):(?P<localport>[^,]{1,32}))?",
        rest,
    )
    if found is None or (found["local"] is None and rest[found.end() : found.end() + 1] == "@"):
        raise MalformedDeviceTextError
    given = {"backend": "udp", "host": found["host"], "port": found["port"]}
    if found["local"] is not None:
        given.update(localaddr=found["localaddr"], localport=found["localport"])
    return given
