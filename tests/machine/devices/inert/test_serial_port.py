"""Ports of virtio-serial; what info qtree shows of them is in the recordings."""

from __future__ import annotations

from hmp.testing import machine


def test_only_a_console_is_open_from_the_start() -> None:
    with machine(
        "-nodefaults -device virtio-serial-pci -chardev null,id=a -device virtserialport,chardev=a "
        "-chardev null,id=b -device virtconsole,chardev=b"
    ) as double:
        found = double.qmp("query-chardev")
        assert isinstance(found, list)
        is_open = {item["label"]: item["frontend-open"] for item in found}
    assert not is_open["a"]
    assert is_open["b"]
