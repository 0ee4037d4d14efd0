"""The option list of a character device: that of -chardev and of the monitor's chardev-add
(docs/qemu-behaviour/chardevs.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from hmp.errors import (
    BooleanValueError,
    InputError,
    InvalidParameterError,
    ParameterError,
)
from hmp.grammar.numbers import parse_option_number
from hmp.grammar.opts import Option
from hmp.machine.chardevs.configs import (
    ChardevConfig,
    FileOptions,
    LogOptions,
    MuxOptions,
    PathOptions,
    RingbufOptions,
)
from hmp.machine.chardevs.errors import UnknownDriverError
from hmp.machine.qom.visitors import BOOLEANS, StringInputVisitor
from hmp.units import U64

if TYPE_CHECKING:
    from hmp.machine.chardevs.addresses import SocketAddress
    from hmp.machine.chardevs.configs import Options

_TEXT, _BOOLEAN, _NUMBER, _SIZE = "str", "bool (on/off)", "num", "size"
_KEYS = {
    **dict.fromkeys(
        [
            "backend",
            "chardev",
            "chardevs.0",
            "chardevs.1",
            "chardevs.2",
            "chardevs.3",
            "encoding",
            "fd",
            "host",
            "input-path",
            "localaddr",
            "localport",
            "logfile",
            "name",
            "path",
            "port",
            "tls-authz",
            "tls-creds",
        ],
        _TEXT,
    ),
    **dict.fromkeys(
        [
            "abstract",
            "append",
            "clipboard",
            "delay",
            "ipv4",
            "ipv6",
            "logappend",
            "logtimestamp",
            "mouse",
            "mux",
            "nodelay",
            "server",
            "signal",
            "telnet",
            "tight",
            "tn3270",
            "wait",
            "websocket",
        ],
        _BOOLEAN,
    ),
    **dict.fromkeys(["cols", "debug", "height", "reconnect-ms", "rows", "to", "width"], _NUMBER),
    "size": _SIZE,
}
KEYS_HELP = "chardev options:\n" + "".join(f"  {key}=<{_KEYS[key]}>\n" for key in sorted(_KEYS))
Values = dict[str, str]


def check_options(items: Iterable[Option]) -> Values:
    """Return the values by key: of several the last counts, of `id` the first.

    Raises:
        InputError: A key is unknown, or a value has the wrong type.
    """
    given: Values = {}
    for item in items:
        if item.key == "id":
            given.setdefault("id", item.value)
            continue
        kind = _KEYS.get(item.key)
        if kind is None or item.asks_for_help:
            raise InvalidParameterError(item.key)
        if kind is _BOOLEAN and item.value not in BOOLEANS:
            raise BooleanValueError(item.key)
        if kind is _NUMBER:
            parse_option_number(item.key, item.value)
        if kind is _SIZE:
            StringInputVisitor().size(item.key, item.value)
        given[item.key] = item.value
    return given


def config_of(given: Values) -> ChardevConfig:
    """Return the character device that checked values describe; InputError for what is missing."""
    backend = given.get("backend")
    if backend is None:
        raise ParameterError("backend", f'chardev: "{given["id"]}" missing backend')
    if backend not in _READERS:
        raise UnknownDriverError(backend)
    log = LogOptions(given.get("logfile", ""), _is_on(given, "logappend", False))
    return ChardevConfig(backend, _READERS[backend](given), log)


def _is_on(given: Values, key: str, default: bool) -> bool:
    return BOOLEANS[given[key]] if key in given else default


def _is_on_or_none(given: Values, key: str) -> bool | None:
    return BOOLEANS[given[key]] if key in given else None


def _nothing(given: Values) -> Options:
    return None


def _file(given: Values) -> Options:
    if "path" not in given:
        raise InputError("chardev: file: no filename given")
    return FileOptions(given["path"], _is_on(given, "append", False), given.get("input-path"))


def _path_of(what: str) -> Callable[[Values], Options]:
    def read(given: Values) -> Options:
        if "path" not in given:
            raise InputError(f"chardev: {what}: no device path given")
        return PathOptions(given["path"])

    return read


def _pty(given: Values) -> Options:
    return PathOptions(given.get("path", ""))


def _ringbuf(given: Values) -> Options:
    size = StringInputVisitor().size("size", given.get("size", "0"))
    return RingbufOptions(size) if size else RingbufOptions()


def _mux(given: Values) -> Options:
    if "chardev" not in given:
        raise InputError("chardev: mux: no chardev given")
    return MuxOptions((given["chardev"],))


def _hub(given: Values) -> Options:
    names: list[str] = []
    while (key := f"chardevs.{len(names)}") in given:
        names.append(given[key])
    return MuxOptions(tuple(names))


def _udp(given: Values) -> Options:
    from hmp.machine.chardevs.addresses import InetAddress, UdpOptions

    port = given.get("port")
    if not port:
        raise InputError("chardev: udp: remote port not specified")
    local = None
    if "localaddr" in given or "localport" in given:
        # QEMU prints the host that is not there with C's word for it.
        local = InetAddress(given.get("localaddr", ""), given.get("localport") or "0")
    versions = _is_on_or_none(given, "ipv4"), _is_on_or_none(given, "ipv6")
    return UdpOptions(InetAddress(given.get("host") or "localhost", port, None, *versions), local)


def _socket(given: Values) -> Options:
    from hmp.machine.chardevs.addresses import SocketOptions

    is_server, wait = _is_on(given, "server", False), _is_on_or_none(given, "wait")
    return SocketOptions(
        _address(given),
        is_server,
        # In QMP a server waits for nobody unless it is told to.
        True if is_server and wait is None else wait,
        _is_on(given, "nodelay", False),
        _is_on(given, "telnet", False),
        _is_on(given, "tn3270", False),
        _is_on(given, "websocket", False),
        _milliseconds(given),
        given.get("tls-creds", ""),
        given.get("tls-authz", ""),
    )


def _milliseconds(given: Values) -> int:
    found = parse_option_number("reconnect-ms", given.get("reconnect-ms", "0"))
    return found if found < U64 // 2 else 0


def _address(given: Values) -> SocketAddress:
    from hmp.machine.chardevs.addresses import DescriptorAddress, InetAddress, UnixAddress

    if sum(key in given for key in ("path", "fd", "host")) > 1:
        raise InputError("None or one of 'path', 'fd' or 'host' option required.")
    if "path" in given:
        return UnixAddress(
            given["path"], _is_on(given, "abstract", False), _is_on(given, "tight", True)
        )
    if "host" not in given:
        return DescriptorAddress(given.get("fd", ""))
    if "port" not in given:
        raise InputError("chardev: socket: no port given")
    return InetAddress(
        given["host"],
        given["port"],
        parse_option_number("to", given["to"]) if "to" in given else None,
        _is_on_or_none(given, "ipv4"),
        _is_on_or_none(given, "ipv6"),
    )


_READERS: dict[str, Callable[[Values], Options]] = {
    **dict.fromkeys(("null", "msmouse", "wctablet", "testdev", "braille"), _nothing),
    **dict.fromkeys(("qemu-vdagent", "stdio", "vc"), _nothing),
    "file": _file,
    "pipe": _path_of("pipe"),
    "serial": _path_of("serial/tty"),
    "parallel": _path_of("parallel"),
    "pty": _pty,
    "ringbuf": _ringbuf,
    "memory": _ringbuf,
    "mux": _mux,
    "hub": _hub,
    "udp": _udp,
    "socket": _socket,
}
