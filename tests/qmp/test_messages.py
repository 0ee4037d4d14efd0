"""QMP messages as text and as events."""

from __future__ import annotations

from hmp.machine.events import Event
from hmp.qmp.messages import encode, event_message
from scripts.lib.recordings.qmp import Message


def test_pretty_messages() -> None:
    message: Message = {"return": {"a": [1, {}], "b": []}, "id": "x"}
    assert encode(message, pretty=True) == (
        b'{\r\n    "return": {\r\n        "a": [\r\n            1,\r\n            {\r\n            '
        b"}\r\n        ],\r\n"
        b'        "b": [\r\n        ]\r\n    },\r\n    "id": "x"\r\n}\r\n'
    )


def test_an_event_has_seconds_and_microseconds() -> None:
    assert event_message(Event("STOP", {}, 1_700_000_000_000_042)) == {
        "timestamp": {"seconds": 1_700_000_000, "microseconds": 42},
        "event": "STOP",
    }
