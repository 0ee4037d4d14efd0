"""Events as text above the prompt."""

from __future__ import annotations

import pytest

from hmp.assist.event_messages import event_message
from hmp.guest.policy import parse_guest_policy
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor


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
            {"info": {"device": "d1", "source": 7, "status": 9, "slot": "0", "slot-type": "DIMM"}},
            "d1: OST source 7, status 9",
        ),
        ("DEVICE_DELETED", {"device": "d1", "path": "/machine/peripheral/d1"}, "d1: removed"),
        ("DEVICE_DELETED", {"path": "/machine/x[0]"}, "/machine/x[0]: removed"),
        ("DEVICE_DELETED", {"path": "/machine/peripheral/v/virtio-backend"}, ""),
        (
            "MEMORY_DEVICE_SIZE_CHANGE",
            {"id": "v", "size": 1 << 30, "qom-path": "/x"},
            "v: 1G plugged in the guest",
        ),
        ("BALLOON_CHANGE", {"actual": 256 << 20}, "balloon: 256M left to the guest"),
        ("RESET", {"guest": True, "reason": "guest-reset"}, "the guest reset the machine"),
        ("SHUTDOWN", {"guest": False, "reason": "host-qmp-quit"}, "the machine shuts down"),
        ("SOMETHING_ELSE", {}, "SOMETHING_ELSE"),
    ],
)
def test_event_text(name: str, data: dict[str, object], words: str, machine: Machine) -> None:
    assert event_message(Event(name, data, 0), machine) == words


@pytest.mark.parametrize(
    ("policy", "size", "message"),
    [
        ("online=movable", "256M", "d1: online in the guest"),
        ("online=kernel", "256M", "d1: online in the guest"),
        ("online=offline", "256M", "d1: offline in the guest"),
        # Linux adds whole blocks of 128 MiB only, and reports success all the same.
        ("online=movable", "64M", "d1: plugged; Linux adds whole 128 MiB blocks only"),
    ],
)
def test_insertion(policy: str, size: str, message: str, monitor: Monitor) -> None:
    machine = monitor.machine
    machine.guest.change_policy(parse_guest_policy(policy))
    messages: list[str] = []
    machine.events.listeners.append(lambda event: messages.append(event_message(event, machine)))
    for line in (
        f"object_add memory-backend-ram,id=m1,size={size}",
        "device_add pc-dimm,id=d1,memdev=m1",
    ):
        assert monitor.execute(line).error is None
        machine.run_guest()
    assert messages == [message]


def test_insertion_without_an_id() -> None:
    messages: list[str] = []
    with start_monitor() as monitor:
        machine = monitor.machine
        machine.events.listeners.append(
            lambda event: messages.append(event_message(event, machine))
        )
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=a,size=256M",
            "object_add memory-backend-ram,id=c,size=64M",
            "device_add pc-dimm,memdev=a",
            "device_add pc-dimm,memdev=c",
        )
    assert messages == [
        "slot 0: online in the guest",
        "slot 1: plugged; Linux adds whole 128 MiB blocks only",
    ]


def test_a_size_that_is_not_reached_yet(monitor: Monitor) -> None:
    shown = list[str]()
    monitor.machine.events.listeners.append(
        lambda event: shown.append(event_message(event, monitor.machine))
    )
    run_lines(
        monitor,
        "object_add memory-backend-ram,id=m,size=1G",
        "device_add virtio-mem-pci,id=v,memdev=m,requested-size=256M",
    )
    assert shown == ["v: 128M plugged in the guest, 256M requested"]
