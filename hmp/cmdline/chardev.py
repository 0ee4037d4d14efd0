"""Character devices for monitors (sockets, stdio, files, terminals), parsed from -monitor, -qmp and
-chardev; `hmp.serve` opens them (docs/qemu-behaviour/qmp.md §A1,
docs/qemu-behaviour/startup.md §13).
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import (
    BooleanValueError,
    HostError,
    InputError,
    InvalidParameterError,
    ParameterError,
    ParameterValueError,
)
from hmp.grammar.opts import Option, parse_opts
from hmp.machine.qom.visitors import BOOLEANS

STDIO, NULL, FILE, PTY, SOCKET = "stdio", "null", "file", "pty", "socket"
BACKENDS = (NULL, STDIO, SOCKET, FILE, PTY)
# Character devices of QEMU that can't have a monitor here.
OTHER_BACKENDS = (
    *("serial", "parallel", "pipe", "udp", "mux", "hub", "msmouse", "wctablet", "braille"),
    *("testdev", "spicevmc", "spiceport", "qemu-vdagent", "dbus", "vc", "ringbuf", "memory"),
)
# Without a display a `vc` is a monitor that nobody can reach.
_KEYWORDS = {"stdio": STDIO, "null": NULL, "none": NULL, "vc": NULL, "pty": PTY}
_SOCKET_BOOLEANS = ("server", "wait", "telnet", "nodelay", "ipv4", "ipv6", "delay")
_SOCKET_KEYS = (
    "path",
    "host",
    "port",
    "to",
    "fd",
    "reconnect",
    "reconnect-ms",
    "abstract",
    "tight",
    *_SOCKET_BOOLEANS,
)
CHARDEV_KEYS = ("id", "backend", "signal", "mux", "logfile", "logappend", *_SOCKET_KEYS)
# The size of sun_path with its NUL (unix(7)).
UNIX_PATH_MAX = 108
_UNSUPPORTED = ("reconnect", "reconnect-ms", "abstract", "logfile")


class NotAChardev(Exception):
    """A text that names no kind of character device."""


class DescriptorError(ParameterError):
    """A file descriptor that is no number."""

    def __init__(self, text: str) -> None:
        super().__init__("fd", f"Unable to parse FD number {text}".rstrip())
        self.text = text


class PathTooLongError(HostError):
    """The path of a socket that is too long for the kernel."""

    parameter = "path"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"UNIX socket path '{path}' is too long",
            f"Path must be less than {UNIX_PATH_MAX} bytes",
        )
        self.path = path


class ChardevConfig(NamedTuple):
    """A character device.

    A socket has a `path`, or `host` and `port`, or an inherited `descriptor`, as text. A `server`
    listens, on the first free port up to `last_port`, and with `wait` the start waits for the first
    client. `ip_versions` may be used.
    """

    kind: str
    path: str = ""
    host: str = ""
    port: str = ""
    descriptor: str = ""
    server: bool = False
    wait: bool = True
    telnet: bool = False
    last_port: str = ""
    ip_versions: tuple[int, ...] = (4, 6)

    @property
    def address(self) -> str:
        """The address as QEMU's messages show it."""
        if self.kind != SOCKET:
            return self.kind
        if self.path:
            return f"unix:{self.path}{',server=on' * self.server}"
        scheme = "telnet" if self.telnet else "tcp"
        where = (
            f"{scheme}:{self.host}:{self.port}"
            if self.host or self.port
            else f"fd:{self.descriptor}"
        )
        return f"{where}{',server=on' * self.server}"


def parse_device_string(text: str) -> ChardevConfig:
    """Parse the argument of -monitor or -qmp, such as `stdio` or `unix:PATH,server=on`.

    Raises:
        NotAChardev: The text begins with no kind of character device.
        InputError: Something after that is wrong.
    """
    text = text.removeprefix("mon:")
    if text in _KEYWORDS:
        return ChardevConfig(_KEYWORDS[text])
    scheme, colon, rest = text.partition(":")
    if not colon or scheme not in ("unix", "tcp", "telnet", "file"):
        raise NotAChardev
    if scheme == "file":
        return ChardevConfig(FILE, path=rest)
    if scheme == "unix":
        items = parse_opts(rest, "path") if rest else []
        return _socket(items)
    address, _comma, options = rest.partition(",")
    host, colon, port = address.rpartition(":")
    if not colon or not port:
        # QEMU gives no reason, only a `parse error` (docs/qemu-behaviour/startup.md §13).
        raise InputError("")
    # No key is implied here: a bare `server` is server=on, wherever it is.
    switches = parse_opts(f"backend={SOCKET},{options}", "backend")
    found = _socket([*switches, Option("host", host), Option("port", port)])
    return found._replace(telnet=found.telnet or scheme == "telnet")


def parse_chardev(identifier: str, items: list[Option]) -> ChardevConfig:
    """Return the character device of a -chardev; InputError for what is missing or wrong."""
    given = {item.key: item.value for item in items}
    backend = given.get("backend")
    if backend is None:
        raise ParameterError("backend", f'chardev: "{identifier}" missing backend')
    if backend not in (*BACKENDS, *OTHER_BACKENDS):
        raise ParameterError("backend", f"'{backend}' is not a valid char driver name")
    if backend == FILE and "path" not in given:
        raise InputError("chardev: file: no filename given")
    if backend == FILE:
        return ChardevConfig(FILE, path=given["path"])
    return _socket(items) if backend == SOCKET else ChardevConfig(backend)


def _socket(items: list[Option]) -> ChardevConfig:
    given = {item.key: item.value for item in items if item.key not in ("id", "backend")}
    for key in given:
        if key not in CHARDEV_KEYS:
            raise InvalidParameterError(key)
    for key in _UNSUPPORTED:
        if given.get(key, "off") not in ("off", "0", "no"):
            raise ParameterError(key, f"'{key}' is not supported by hmp")
    switches = {key: _parse_boolean(key, given[key]) for key in _SOCKET_BOOLEANS if key in given}
    server = switches.get("server", False)
    if sum(key in given for key in ("path", "host", "fd")) > 1:
        raise InputError("None or one of 'path', 'fd' or 'host' option required.")
    if "wait" in given and not server:
        raise InputError("'wait' option is incompatible with socket in client connect mode")
    if "host" in given and "port" not in given:
        raise InputError("chardev: socket: no port given")
    descriptor = given.get("fd", "")
    # A socket without an address has to have a descriptor (experiment: `-qmp unix:`).
    if not any(key in given for key in ("path", "host", "port")) and not descriptor.isdigit():
        raise DescriptorError(descriptor)
    last_port = given.get("to", "")
    if last_port and not (last_port.isdigit() and given.get("port", "").isdigit()):
        raise ParameterValueError("to", "a number")
    path = given.get("path", "")
    if len(path) >= UNIX_PATH_MAX:
        raise PathTooLongError(path)
    return ChardevConfig(
        SOCKET,
        path,
        given.get("host", ""),
        given.get("port", ""),
        descriptor,
        server,
        switches.get("wait", True),
        switches.get("telnet", False),
        last_port,
        _ip_versions(switches),
    )


def _ip_versions(switches: dict[str, bool]) -> tuple[int, ...]:
    """Return the versions of IP that are on or, where none is, those that are not off."""
    asked = tuple(number for number in (4, 6) if switches.get(f"ipv{number}"))
    return asked or tuple(number for number in (4, 6) if switches.get(f"ipv{number}", True))


def _parse_boolean(key: str, value: str) -> bool:
    if value not in BOOLEANS:
        raise BooleanValueError(key)
    return BOOLEANS[value]
