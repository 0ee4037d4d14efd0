"""Events as text above the prompt."""

from __future__ import annotations

import pytest

from hmp.assist.event_messages import event_text
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
            "d1: the guest refused to release it",
        ),
        (
            "ACPI_DEVICE_OST",
            {"info": {"source": 1, "status": 0, "slot": "2", "slot-type": "DIMM"}},
            "slot 2: the guest took it into use",
        ),
        (
            "ACPI_DEVICE_OST",
            {"info": {"device": "d1", "source": 7, "status": 9, "slot": "0", "slot-type": "DIMM"}},
            "d1: the guest reports 7, status 9",
        ),
        ("DEVICE_DELETED", {"device": "d1", "path": "/machine/peripheral/d1"}, "d1: it is gone"),
        ("DEVICE_DELETED", {"path": "/machine/x[0]"}, "/machine/x[0]: it is gone"),
        (
            "MEMORY_DEVICE_SIZE_CHANGE",
            {"id": "v", "size": 1 << 30, "qom-path": "/x"},
            "v: the guest holds 1G of it now",
        ),
        ("RESET", {"guest": True, "reason": "guest-reset"}, "the guest restarts the machine"),
        ("SHUTDOWN", {"guest": False, "reason": "host-qmp-quit"}, "the machine ends"),
        ("SOMETHING_ELSE", {}, "SOMETHING_ELSE"),
    ],
)
def test_event_text(name: str, data: dict[str, object], words: str) -> None:
    assert event_text(Event(name, data, 0)) == words
