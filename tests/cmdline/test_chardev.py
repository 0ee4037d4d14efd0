"""Character devices of monitors, as people write them (experiments: QEMU's -monitor and -qmp)."""

from __future__ import annotations

import pytest

from hmp.cmdline.chardev import parse_device_string
from hmp.errors import InputError

LISTENING = [
    "telnet:127.0.0.1:5555,server,nowait",
    "tcp:127.0.0.1:5555,nowait,server",
    "tcp:127.0.0.1:5555,server=on,nowait",
    "telnet::5555,server,wait=off",
    "tcp:127.0.0.1:5555,server,nodelay,nowait",
    "unix:/tmp/s,server,nowait",
    "unix:/tmp/s,nowait,server",
]


@pytest.mark.parametrize("text", LISTENING)
def test_bare_server_and_nowait(text: str) -> None:
    found = parse_device_string(text)
    assert (found.server, found.wait) == (True, False)
    assert found.telnet is text.startswith("telnet")


def test_bare_switches_that_are_off() -> None:
    assert not parse_device_string("tcp:127.0.0.1:5555,noserver").server
    assert not parse_device_string("tcp:127.0.0.1:5555").server


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
        parse_device_string(text)
    assert error.value.message == message
