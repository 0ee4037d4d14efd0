"""The backends of chardev-add: the types of their data, as QEMU's schema has them, and the
character devices that they describe.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hmp.errors import InputError
from hmp.machine.chardevs.addresses import (
    DescriptorAddress,
    InetAddress,
    SocketAddress,
    SocketOptions,
    UdpOptions,
    UnixAddress,
    VsockAddress,
)
from hmp.machine.chardevs.configs import (
    ChardevConfig,
    FileOptions,
    LogOptions,
    MuxOptions,
    PathOptions,
    RingbufOptions,
)
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, Enumeration, List, Structure, Type

if TYPE_CHECKING:
    from hmp.machine.chardevs.configs import Options

Data = dict[str, Any]
_LOG: dict[str, Type] = {"logfile?": STRING, "logappend?": BOOLEAN, "logtimestamp?": BOOLEAN}
_ENCODING = Enumeration.of("cp437 utf8")


def _union(variants: dict[str, dict[str, Type]], common: dict[str, Type]) -> Structure:
    """Return a type with the members `type` and `data`, of which the first says what is in the
    other.
    """
    cases = {
        name: Structure({"data": Structure({**common, **members})})
        for name, members in variants.items()
    }
    return Structure({"type": Enumeration(tuple(variants))}, "type", cases)


_ADDRESS = _union(
    {
        "inet": {
            "host": STRING,
            "port": STRING,
            "numeric?": BOOLEAN,
            "to?": INTEGER,
            "ipv4?": BOOLEAN,
            "ipv6?": BOOLEAN,
            "keep-alive?": BOOLEAN,
            "keep-alive-count?": INTEGER,
            "keep-alive-idle?": INTEGER,
            "keep-alive-interval?": INTEGER,
            "mptcp?": BOOLEAN,
        },
        "unix": {"path": STRING, "abstract?": BOOLEAN, "tight?": BOOLEAN},
        "vsock": {"cid": STRING, "port": STRING},
        "fd": {"str": STRING},
    },
    {},
)
_DEVICE: dict[str, Type] = {"device": STRING}
_SIZE: dict[str, Type] = {"size?": INTEGER}
BACKEND = _union(
    {
        "file": {"in?": STRING, "out": STRING, "append?": BOOLEAN},
        "serial": _DEVICE,
        "parallel": _DEVICE,
        "pipe": _DEVICE,
        "socket": {
            "addr": _ADDRESS,
            "tls-creds?": STRING,
            "tls-authz?": STRING,
            "server?": BOOLEAN,
            "wait?": BOOLEAN,
            "nodelay?": BOOLEAN,
            "telnet?": BOOLEAN,
            "tn3270?": BOOLEAN,
            "websocket?": BOOLEAN,
            "reconnect-ms?": INTEGER,
        },
        "udp": {"remote": _ADDRESS, "local?": _ADDRESS},
        "pty": {"path?": STRING},
        "null": {},
        "mux": {"chardev": STRING},
        "hub": {"chardevs": List(STRING)},
        "msmouse": {},
        "wctablet": {},
        "braille": {},
        "testdev": {},
        "stdio": {"signal?": BOOLEAN},
        "spicevmc": {"type": STRING},
        "spiceport": {"fqdn": STRING},
        "qemu-vdagent": {"mouse?": BOOLEAN, "clipboard?": BOOLEAN},
        "dbus": {"name": STRING, "encoding?": _ENCODING},
        "vc": {
            "width?": INTEGER,
            "height?": INTEGER,
            "cols?": INTEGER,
            "rows?": INTEGER,
            "encoding?": _ENCODING,
        },
        "ringbuf": _SIZE,
        "memory": _SIZE,
    },
    _LOG,
)


def config_of(backend: Data) -> ChardevConfig:
    """Return the character device that a checked backend describes; InputError where it can't
    be.
    """
    kind, data = backend["type"], backend["data"]
    log = LogOptions(data.get("logfile", ""), data.get("logappend", False))
    return ChardevConfig(kind, _READERS[kind](data) if kind in _READERS else None, log)


def _address(given: Data) -> SocketAddress:
    data = given["data"]
    if given["type"] == "inet":
        return InetAddress(
            data["host"], data["port"], data.get("to"), data.get("ipv4"), data.get("ipv6")
        )
    if given["type"] == "unix":
        return UnixAddress(data["path"], data.get("abstract", False), data.get("tight", True))
    if given["type"] == "vsock":
        return VsockAddress(data["cid"], data["port"])
    return DescriptorAddress(data["str"])


def _socket(data: Data) -> Options:
    return SocketOptions(
        _address(data["addr"]),
        data.get("server", True),
        data.get("wait"),
        data.get("nodelay", False),
        data.get("telnet", False),
        data.get("tn3270", False),
        data.get("websocket", False),
        max(data.get("reconnect-ms", 0), 0),
        data.get("tls-creds", ""),
        data.get("tls-authz", ""),
    )


def _udp(data: Data) -> Options:
    remote = _address(data["remote"])
    local = _address(data["local"]) if "local" in data else None
    if not isinstance(remote, InetAddress) or not isinstance(local, (InetAddress, type(None))):
        raise InputError("socket type unsupported for datagram")
    return UdpOptions(remote, local)


_READERS: dict[str, Callable[[Data], Options]] = {
    "file": lambda data: FileOptions(data["out"], data.get("append", False), data.get("in")),
    **dict.fromkeys(("serial", "parallel", "pipe"), lambda data: PathOptions(data["device"])),
    "socket": _socket,
    "udp": _udp,
    "pty": lambda data: PathOptions(data.get("path", "")),
    "mux": lambda data: MuxOptions((data["chardev"],)),
    "hub": lambda data: MuxOptions(tuple(data["chardevs"])),
    **dict.fromkeys(
        ("ringbuf", "memory"), lambda data: RingbufOptions(data.get("size", RingbufOptions().size))
    ),
}
