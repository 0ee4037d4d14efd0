"""The types of the other side, as completion and diagnostics know them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.assist.completion.completions import completions
from hmp.assist.diagnostics import diagnose
from hmp.assist.properties import creatable_types, settable_options
from hmp.connect.links.link import Request
from hmp.connect.shadow.types import RemoteTypes
from hmp.console.line import console_commands, parse_console_line
from scripts.lib.running_qemu import remote_monitor, running_qemu
from tests.connect.links import InProcessLink, RecordedLink, connected
from tests.connect.reference import needs_reference

SCHEMA = [
    {"name": "object-add", "meta-type": "command", "arg-type": "1", "ret-type": "2"},
    {
        "name": "1",
        "meta-type": "object",
        "members": [{"name": "qom-type", "type": "3"}, {"name": "id", "type": "str"}],
        "tag": "qom-type",
        "variants": [{"case": "memory-backend-ram", "type": "4"}, {"case": "new", "type": "5"}],
    },
    {"name": "3", "meta-type": "enum", "values": ["memory-backend-ram", "new", "plain"]},
    {
        "name": "4",
        "meta-type": "object",
        "members": [{"name": "size", "type": "int"}, {"name": "colour", "type": "6"}],
    },
    {
        "name": "5",
        "meta-type": "object",
        "members": [{"name": "on", "type": "bool", "default": None}],
    },
    {"name": "6", "meta-type": "enum", "values": ["red", "blue"]},
    {"name": "int", "meta-type": "builtin", "json-type": "int"},
    {"name": "bool", "meta-type": "builtin", "json-type": "boolean"},
    {"name": "str", "meta-type": "builtin", "json-type": "string"},
]
DEVICE = [
    {"name": "mac", "type": "str", "description": "Ethernet 6-byte MAC Address"},
    {"name": "host_mtu", "type": "uint16", "default-value": 0},
    {"name": "event_idx", "type": "bool", "description": "on/off", "default-value": True},
    {"name": "rss", "type": "OnOffAuto", "description": "on/off/auto"},
    {"name": "netdev", "type": "str", "description": "ID of a netdev to use as a backend"},
    {"name": "room", "type": "size"},
    {"name": "part", "type": "child<x>"},
]


def test_types_of_a_schema() -> None:
    types = RemoteTypes(RecordedLink("99.0.0", {"query-qmp-schema": SCHEMA}))
    assert creatable_types("qom-type", types) == creatable_types("qom-type")
    types.load_objects()
    assert creatable_types("qom-type", types) == ("memory-backend-ram", "new", "plain")
    found = settable_options("qom-type", "memory-backend-ram", types)
    # Ours where we know it, and what QEMU has beyond.
    assert found["size"] is settable_options("qom-type", "memory-backend-ram")["size"]
    assert list(found) == ["id", "size", "colour"]
    assert found["colour"].type.choices == ("red", "blue")  # type: ignore[attr-defined]
    assert list(settable_options("qom-type", "new", types)) == ["id", "on"]


def test_properties_of_a_device_are_asked_for_once() -> None:
    link = RecordedLink("99.0.0", {"device-list-properties virtio-net-pci": DEVICE})
    types = RemoteTypes(link)
    for _time in range(2):
        found = settable_options("driver", "virtio-net-pci", types)
    assert list(found) == ["id", "bus", "mac", "host_mtu", "event_idx", "rss", "netdev", "room"]
    assert {name: item.type.label for name, item in found.items()} == {
        "id": "id",
        "bus": "bus",
        "mac": "str",
        "host_mtu": "uint16",
        "event_idx": "bool",
        "rss": "OnOffAuto",
        "netdev": "str",
        "room": "size",
    }
    assert link.sent == [Request("device-list-properties", {"typename": "virtio-net-pci"})]


@pytest.mark.parametrize("name", ["nope", "qxl", "device", "-x"])
def test_no_type_is_asked_for_that_is_in_a_module_or_none(name: str) -> None:
    link = RecordedLink("99.0.0", {})
    assert settable_options("driver", name, RemoteTypes(link)) == {}
    assert link.sent == []


def test_completion_and_diagnostics_of_a_device_without_memory() -> None:
    with connected() as (_machine, monitor):
        known = console_commands(monitor.context.commands)

        def messages(line: str) -> list[str]:
            parsed = parse_console_line(line, known).parsed
            return [item.error.message for item in diagnose(monitor.machine, known, parsed)]

        line = "device_add virtio-net-pci,"
        parsed = parse_console_line(line, known).parsed
        found = {item.text for item in completions(monitor.machine, known, parsed, len(line))}
        assert found >= {"id=", "bus=", "mac=", "netdev="}
        # What the machine would say of a value is not known; what can be read is.
        assert messages(f"{line}netdev=nope,mac=x") == []
        assert messages(f"{line}nope=1,packed=maybe") == [
            "Property 'virtio-net-pci.nope' not found",
            "Parameter 'packed' expects 'on' or 'off'",
        ]
        link = monitor.connection.link
        assert isinstance(link, InProcessLink)
        assert not any(request.command == "qom-list-types" for request in link.sent)


@needs_reference
def test_types_of_qemu(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M"), remote_monitor(path) as monitor:
        types = monitor.connection.types
        types.load_objects()
        assert set(creatable_types("qom-type")) - {*types.creatable("qom-type")} <= {
            "memory-backend-epc"
        }
        assert "memory-backend-ram" in types.creatable("qom-type")
