"""Real clients, unchanged: those of the qemu.qmp package, socat, nc and telnet."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pexpect
import pytest
from qemu.qmp import ExecuteError, QMPClient
from qemu.qmp.legacy import QEMUMonitorProtocol

from hmp.testing import ServedMachine, served_machine
from tests.e2e.program import connected, free_port, program

SCRIPTS = Path(sys.executable).parent
needs_socat = pytest.mark.skipif(not shutil.which("socat"), reason="socat is not installed")
needs_netcat = pytest.mark.skipif(not shutil.which("nc"), reason="nc is not installed")
needs_telnet = pytest.mark.skipif(not shutil.which("telnet"), reason="telnet is not installed")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedMachine]:
    with served_machine(folder=tmp_path) as machine:
        yield machine


@pytest.fixture
def own_loop() -> Iterator[None]:
    """The legacy client takes the thread's event loop, makes one where there is none, and never
    closes it.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


def shell(path: str, *options: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        str(SCRIPTS / "qmp-shell"),
        [*options, path],
        encoding="utf-8",
        timeout=20,
        env={**os.environ, "TERM": "dumb"},
    )


def test_qmp_shell(served: ServedMachine) -> None:
    client = shell(served.qmp_path)
    client.expect_exact("Connected to QEMU 11.1.3")
    client.expect_exact("(QEMU)")
    client.sendline("object-add qom-type=memory-backend-ram id=m size=134217728")
    client.expect_exact('{"return": {}}')
    client.sendline("device_add driver=pc-dimm id=d memdev=m")
    client.expect_exact('{"return": {}}')
    client.sendline("query-memory-size-summary")
    client.expect_exact('"plugged-memory": 134217728')
    client.sendline("nope")
    client.expect_exact("The command nope has not been found")
    client.expect_exact("(QEMU) ")
    client.sendeof()
    client.expect(pexpect.EOF)


def test_qmp_shell_for_humans(served: ServedMachine) -> None:
    client = shell(served.qmp_path, "-H")
    client.expect_exact("(QEMU)")
    client.sendline("info status")
    client.expect_exact("VM status: running")
    client.sendline("cpu 7")
    client.expect_exact("bad CPU index")
    client.sendline("object_add memory-backend-ram,id=m,size=1M")
    client.sendline("info memdev")
    client.expect_exact("memory backend: m")
    client.expect_exact("(QEMU) ")
    client.sendeof()
    client.expect(pexpect.EOF)


def test_the_asyncio_client_with_requests_outstanding(served: ServedMachine) -> None:
    async def exchange() -> None:
        client = QMPClient("test")
        await client.connect(served.qmp_path)
        assert client.greeting and "QMP" in client.greeting._asdict()
        replies = await asyncio.gather(*(client.execute("query-status") for _index in range(50)))
        assert replies == [{"status": "running", "running": True}] * 50
        with client.listener("ACPI_DEVICE_OST") as received:
            await client.execute(
                "object-add", {"qom-type": "memory-backend-ram", "id": "m", "size": 1 << 27}
            )
            await client.execute("device_add", {"driver": "pc-dimm", "id": "d", "memdev": "m"})
            event = await received.get()
            assert event["data"]["info"]["device"] == "d" and event["timestamp"]["seconds"] > 0  # type: ignore[index]
        with pytest.raises(ExecuteError, match="Device 'nope' not found"):
            await client.execute("device_del", {"id": "nope"})
        await client.execute("quit")
        with suppress(EOFError):
            await client.disconnect()

    asyncio.run(exchange())


@pytest.mark.usefixtures("own_loop")
def test_the_legacy_client(served: ServedMachine) -> None:
    client = QEMUMonitorProtocol(served.qmp_path)
    greeting = client.connect()
    assert greeting and greeting["QMP"]["capabilities"] == ["oob"]
    assert client.cmd_obj({"execute": "query-name", "id": "five"}) == {"return": {}, "id": "five"}
    assert client.cmd_raw("stop") == {"return": {}}
    assert client.pull_event(wait=10)["event"] == "STOP"  # type: ignore[index]
    assert client.cmd("query-status") == {"status": "paused", "running": False}
    client.close()


def piped(words: list[str], text: str) -> str:
    return subprocess.run(
        words, input=text.encode(), capture_output=True, timeout=20
    ).stdout.decode()


@needs_socat
def test_socat_on_the_human_monitor(served: ServedMachine) -> None:
    text = piped(
        ["socat", "STDIO", f"UNIX-CONNECT:{served.hmp_path}"], "info memory_size_summary\n"
    )
    assert text.startswith(
        "QEMU 11.1.3 monitor - type 'help' for more information\r\n(qemu) i\x1b[K\x1b[Din"
    )
    assert text.endswith(
        "info memory_size_summary\x1b[K\r\nbase memory: 1073741824\r\nplugged memory: 0\r\n(qemu) "
    )
    assert "#0: thread_id=" in piped(
        ["socat", "-", f"UNIX-CONNECT:{served.hmp_path}"], "info cpus\n"
    )


@needs_netcat
def test_nc_on_the_human_monitor(served: ServedMachine) -> None:
    text = piped(["nc", "-N", "-U", served.hmp_path], "info name\ninfo status\n")
    assert text.endswith("VM status: running\r\n(qemu) ")


@needs_telnet
def test_a_telnet_client() -> None:
    port = free_port()
    with program("-monitor", f"telnet:127.0.0.1:{port},server=on,wait=off"):
        connected(("127.0.0.1", port)).close()
        client = pexpect.spawn("telnet", ["127.0.0.1", str(port)], encoding="latin-1", timeout=20)
        client.expect_exact("monitor - type 'help' for more information")
        client.expect_exact("(qemu) ")
        client.send("info sta\t\r")
        client.expect_exact("VM status: paused (prelaunch)")
        client.expect_exact("(qemu) ")
        client.send("quit\r")
        client.expect_exact("Connection closed by foreign host")


def manage(path: str) -> list[dict[str, Any]]:
    """A small program that manages memory, with nothing but a public client."""
    client = QEMUMonitorProtocol(path)
    client.connect()
    client.cmd_raw("object-add", {"qom-type": "memory-backend-ram", "id": "m", "size": 1 << 30})
    client.cmd_raw("device_add", {"driver": "pc-dimm", "id": "d", "memdev": "m"})
    client.cmd_raw("device_del", {"id": "d"})
    events: list[dict[str, Any]] = []
    while (
        not events
        or events[-1]["data"].get("info", {}).get("status") not in (0, 130)
        or len(events) < 2
    ):
        event = client.pull_event(wait=10)
        assert event
        events.append(dict(event))
    client.close()
    return events


@pytest.mark.usefixtures("own_loop")
def test_unplug_that_the_guest_refuses(served: ServedMachine) -> None:
    served.guest.policy("linux,unplug=refuse")
    events = manage(served.qmp_path)
    assert [event["data"]["info"]["status"] for event in events] == [0, 132, 130]
    assert [device["data"]["id"] for device in served.devices] == ["d"]
