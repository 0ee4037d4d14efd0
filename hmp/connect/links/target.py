"""What `--connect` names: where a running QEMU can be reached."""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import ParameterError

PATH_KINDS = ("unix", "hmp")
PORT_KINDS = ("tcp", "telnet")
EXPECTED = "unix:PATH, tcp:HOST:PORT, hmp:PATH, telnet:HOST:PORT or libvirt:DOMAIN[@URI]"


class Target(NamedTuple):
    """A monitor: its `kind`, and a path, a host and a port, or a domain and libvirt's URI.

    `text` is what the user gave, with which messages begin.
    """

    text: str
    kind: str
    path: str = ""
    host: str = ""
    port: int = 0
    domain: str = ""
    uri: str = ""


class TargetError(ParameterError):
    """The text names no monitor."""

    def __init__(self, text: str) -> None:
        super().__init__("connect", f"'{text}' is no monitor to connect to: {EXPECTED}")
        self.text = text


def parse_target(text: str) -> Target:
    """Return what a text (Unicode) names; raise TargetError when it names nothing."""
    kind, _colon, rest = text.partition(":")
    if kind in PATH_KINDS and rest:
        return Target(text, kind, path=rest)
    if kind in PORT_KINDS:
        host, _colon, port = rest.rpartition(":")
        if host and port.isdecimal() and 0 < int(port) < 1 << 16:
            # [::1]:4444, as elsewhere.
            return Target(text, kind, host=host.strip("[]"), port=int(port))
    if kind == "libvirt" and rest:
        domain, _at, uri = rest.partition("@")
        if domain:
            return Target(text, kind, domain=domain, uri=uri)
    raise TargetError(text)
