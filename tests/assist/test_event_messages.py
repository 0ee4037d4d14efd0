"""Events as text above the prompt."""

from __future__ import annotations

import pytest

from hmp.assist.event_messages import event_message
from hmp.machine.events import Event


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (
            "ACPI_DEVICE_OST",
            {
                "info": {
                    "device": "d1",
                    "source": 3,
                    "status": 130,
                    "slot": "0",
                    "slot-type": "DIMM",
                }
            },
            "d1: unplug rejected by the guest",
        ),
        (
            "ACPI_DEVICE_OST",
            {"info": {"source": 1, "status": 0, "slot": "2", "slot-type": "DIMM"}},
            "slot 2: accepted by the guest",
        ),
        (
            "ACPI_DEVICE_OST",
            {"info": {"device": "d1", "source": 7, "status": 9, "slot": "0", "slot-type": "DIMM"}},
            "d1: OST source 7, status 9",
        ),
        ("DEVICE_DELETED", {"device": "d1", "path": "/machine/peripheral/d1"}, "d1: removed"),
        ("DEVICE_DELETED", {"path": "/machine/x[0]"}, "/machine/x[0]: removed"),
        (
            "MEMORY_DEVICE_SIZE_CHANGE",
            {"id": "v", "size": 1 << 30, "qom-path": "/x"},
            "v: 1G plugged in the guest",
        ),
        ("RESET", {"guest": True, "reason": "guest-reset"}, "the guest reset the machine"),
        ("SHUTDOWN", {"guest": False, "reason": "host-qmp-quit"}, "the machine shuts down"),
        ("SOMETHING_ELSE", {}, "SOMETHING_ELSE"),
    ],
)
def test_event_text(name: str, data: dict[str, object], words: str) -> None:
    assert event_message(Event(name, data, 0)) == words
