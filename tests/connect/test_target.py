"""The texts of --connect."""

from __future__ import annotations

import pytest

from hmp.connect.links.target import Target, TargetError, parse_target


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("unix:/a:b", Target("unix:/a:b", "unix", path="/a:b")),
        ("hmp:x", Target("hmp:x", "hmp", path="x")),
        ("tcp:h:1", Target("tcp:h:1", "tcp", host="h", port=1)),
        ("tcp:[::1]:65535", Target("tcp:[::1]:65535", "tcp", host="::1", port=65535)),
        ("telnet:h:23", Target("telnet:h:23", "telnet", host="h", port=23)),
        ("libvirt:vm", Target("libvirt:vm", "libvirt", domain="vm")),
        (
            "libvirt:vm@qemu+ssh://h/system",
            Target(
                "libvirt:vm@qemu+ssh://h/system", "libvirt", domain="vm", uri="qemu+ssh://h/system"
            ),
        ),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "unix:",
        "tcp:",
        "tcp:h",
        "tcp::1",
        "tcp:h:0",
        "tcp:h:65536",
        "tcp:h:x",
        "libvirt:@u",
    ],
)
def test_no_targets(text: str) -> None:
    with pytest.raises(TargetError):
        parse_target(text)
