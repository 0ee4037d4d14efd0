"""Long replies of QMP: in parts, the same bytes as in one, with events after them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hmp.monitor import Monitor
from hmp.qmp.messages import encode
from hmp.qmp.session import Session
from hmp.serve.protocols import PARTIAL_BYTES, Output, QmpProtocol
from tests.support import start_monitor

NEGOTIATE = '{"execute": "qmp_capabilities"}'
CALM = Output(b"", is_partial=True)


def request(line: str, **members: object) -> dict[str, object]:
    arguments = {"command-line": line}
    return {"execute": "human-monitor-command", "arguments": arguments, **members}


def whole(monitor: Monitor, value: dict[str, object], pretty: bool) -> bytes:
    """Return the reply in one piece."""
    session = Session(monitor.machine)
    session.context.negotiate([])
    return encode(session.answer(value).message, pretty)


def negotiated(monitor: Monitor, sent: list[bytes], pretty: bool = False) -> QmpProtocol:
    protocol = QmpProtocol(monitor.machine, sent.append, pretty)
    protocol.greeting()
    list(protocol.feed(NEGOTIATE))
    return protocol


@pytest.mark.parametrize("pretty", [False, True])
@pytest.mark.parametrize(
    "line", ["info status", "bad", "xp /9c 0", "xp /20000c 0", "xp /30000xb 0x7fffff0", "info"]
)
def test_parts_are_the_whole_message(line: str, pretty: bool, monitor: Monitor) -> None:
    value = request(line, id={"a": ["", 1.5]})
    outputs = list(negotiated(monitor, [], pretty).feed(json.dumps(value)))
    assert b"".join(output.data for output in outputs) == whole(monitor, value, pretty)
    assert [output for output in outputs if not output.is_partial] == outputs[-1:]
    assert max(len(output.data) for output in outputs) < 2 * PARTIAL_BYTES
    assert CALM in outputs


def test_events_follow_a_message_in_parts(monitor: Monitor) -> None:
    sent: list[bytes] = []
    protocol = negotiated(monitor, sent)
    while_running = while_sending = 0
    for output in protocol.feed(json.dumps(request("xp /20000xb 0"))):
        sent.append(output.data)
        monitor.machine.events.emit("RESET", guest=False, reason="x")
        if any(sent[:-2]) and output.data:
            while_sending += 1
        elif not output.data:
            while_running += 1
    lines = b"".join(sent).splitlines()
    kinds = ["return" if b'"return"' in line else "event" for line in lines]
    assert (while_running > 1, while_sending > 1) == (True, True)
    assert kinds.count("return") == 1
    assert [json.loads(line) for line in lines]
    # Those of the time when the command ran came first, the others after the last part.
    assert 1 < kinds.index("return") < len(kinds) - 1


def test_a_command_ends_with_its_client(tmp_path: Path, monitor: Monitor) -> None:
    protocol = negotiated(monitor, [])
    arguments = {"val": 0, "size": 64 << 20, "filename": str(tmp_path / "saved")}
    outputs = protocol.feed(json.dumps({"execute": "pmemsave", "arguments": arguments}))
    assert next(outputs) == CALM
    del outputs
    assert 0 < (tmp_path / "saved").stat().st_size < 64 << 20


def test_memory_that_another_client_removes_is_saved_as_zeros(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    with start_monitor("-m 1G,slots=4,maxmem=8G -S") as monitor:
        for line in (
            "object_add memory-backend-ram,id=m,size=128M",
            "device_add pc-dimm,id=d,memdev=m,addr=0x140000000",
        ):
            assert monitor.execute(line).error is None
        arguments = {"val": 0x140000000, "size": 128 << 20, "filename": str(saved)}
        outputs = negotiated(monitor, []).feed(
            json.dumps({"execute": "pmemsave", "arguments": arguments})
        )
        next(outputs)
        machine = monitor.machine
        device = machine.devices_by_address()[0]
        machine.address_space.unmap(device.addr, 128 << 20)
        assert json.loads([*outputs][-1].data) == {"return": {}}
    assert saved.stat().st_size == 128 << 20
