"""Character devices of monitors, as people write them (experiments: QEMU's -monitor and -qmp)."""

from __future__ import annotations

import pytest

from hmp.errors import InputError
from hmp.machine.chardevs.addresses import SocketOptions
from hmp.machine.chardevs.device_text import parse_device_text
from hmp.machine.chardevs.options import config_of

LISTENING = [
    "telnet:127.0.0.1:5555,server,nowait",
    "tcp:127.0.0.1:5555,nowait,server",
    "tcp:127.0.0.1:5555,server=on,nowait",
    "telnet::5555,server,wait=off",
    "tcp:127.0.0.1:5555,server,nodelay,nowait",
    "unix:/tmp/s,server,nowait",
    "unix:/tmp/s,nowait,server",
]


def parse(text: str) -> SocketOptions:
    options = config_of(parse_device_text(text, "c")).options
    assert isinstance(options, SocketOptions)
    return options


@pytest.mark.parametrize("text", LISTENING)
def test_bare_server_and_nowait(text: str) -> None:
    found = parse(text)
    assert (found.server, found.wait) == (True, False)
    assert found.telnet is text.startswith("telnet")


def test_bare_switches_that_are_off() -> None:
    assert not parse("tcp:127.0.0.1:5555,noserver").server
    assert not parse("tcp:127.0.0.1:5555").server


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tcp:127.0.0.1:5555,server,nowait,foo", "Invalid parameter 'foo'"),
        ("tcp:127.0.0.1:5555,server,wait=x", "Parameter 'wait' expects 'on' or 'off'"),
        ("unix:/tmp/s,server,nowait=on", "Invalid parameter 'nowait'"),
    ],
)
def test_bad_switches(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        parse(text)
    assert error.value.message == message
