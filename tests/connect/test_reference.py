"""In front of QEMU itself: the same pictures, replies and suggestions as on our own machine, and
what happens when QEMU is stopped, killed, or has another client.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hmp.assist.mappings import mapping_lines
from hmp.assist.status import status_line
from hmp.commands.registry import COMMANDS
from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.lines import LineLink
from hmp.connect.links.link import LinkError
from hmp.connect.links.qmp import QmpLink
from hmp.connect.links.target import parse_target
from hmp.machine.chardevs.monitors import QmpMonitor
from hmp.machine.machine import Machine
from hmp.memory_map.regions import memory_map
from hmp.memory_map.text import draw_text
from hmp.monitor import Monitor
from scripts.lib.running_qemu import remote_monitor, running_qemu
from tests.connect.reference import needs_reference
from tests.connect.test_shadow import LINES, MACHINES, advice, run, without_rss
from tests.support import add_monitor, start_machine

pytestmark = needs_reference


def drawn(machine: Machine) -> list[tuple[str, str]]:
    """Return the map with nothing resident: QEMU's firmware has touched some pages."""
    memory = memory_map(machine)
    regions = [region._replace(resident=0) for region in memory.regions]
    return draw_text(memory._replace(regions=regions), 100)


@pytest.mark.parametrize("arguments", MACHINES.values(), ids=MACHINES)
def test_same_pictures(arguments: str, tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with (
        start_machine(f"-S {arguments}") as machine,
        running_qemu(path, "-S", *arguments.split()),
        remote_monitor(path) as monitor,
    ):
        shadow = monitor.machine
        assert drawn(shadow) == drawn(machine)
        assert without_rss(status_line(shadow)) == without_rss(status_line(machine))
        assert "host RSS" in status_line(shadow)
        # The addresses differ, and the order.
        assert sorted(row.split()[0] for row in mapping_lines(shadow)) == sorted(
            row.split()[0] for row in mapping_lines(machine)
        )


@pytest.mark.parametrize("arguments", MACHINES.values(), ids=MACHINES)
def test_same_replies_and_suggestions(arguments: str, tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with (
        start_machine(f"-S {arguments}") as machine,
        running_qemu(path, "-S", *arguments.split()),
        remote_monitor(path) as monitor,
    ):
        add_monitor(machine, QmpMonitor())
        own = Monitor(machine)
        for line in ("object_add memory-backend-ram,id=free,size=256M", *LINES):
            reply = own.execute(line)
            text, error = run(monitor, line)
            assert text == reply.text, line
            assert type(error) is type(reply.error), line
            if error:
                assert advice(error, monitor.machine, line) == advice(reply.error, machine, line)


def test_an_unplug_is_pending(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    arguments = MACHINES["dimms"].split()
    with running_qemu(path, *arguments), remote_monitor(path) as monitor:
        assert run(monitor, "device_del d") == ("", None)
        assert "1 unplug pending" in status_line(monitor.machine)
        monitor.connection.refresh()
        assert "1 unplug pending" in status_line(monitor.machine)


def test_a_stopped_qemu(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M"), remote_monitor(path) as monitor:
        process = monitor.connection.link.process
        assert process
        os.kill(process, signal.SIGSTOP)
        try:
            text, _error = run(monitor, "info status")
            assert text == f"Error: QEMU (process {process}) is stopped\n"
            with pytest.raises(LinkError, match="no greeting in 5 s: another client has this"):
                QmpLink(parse_target(f"unix:{path}"), Inbox().put)
        finally:
            os.kill(process, signal.SIGCONT)
        assert run(monitor, "info status") == ("VM status: running\n", None)


def test_a_busy_qemu_can_be_left(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M"), remote_monitor(path) as monitor:
        execution = monitor.run_line("object_add memory-backend-ram,id=m,size=2G,prealloc=on")
        assert [part for _number, part in zip(range(2), execution, strict=False)] == ["", ""]
        assert execution.left_message == "QEMU goes on with it; its reply is dropped"
        assert run(monitor, "info status") == ("VM status: running\n", None)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_killed_qemu_and_another_one(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M"), remote_monitor(path) as monitor:
        os.kill(monitor.connection.link.process, signal.SIGKILL)
        until(lambda: monitor.connection.link.lost)
        assert monitor.has_ended
        assert run(monitor, "info status")[0] == "Error: QEMU closed the connection\n"
        monitor.connection.reconnects = True
        assert run(monitor, "info status")[0] == "Error: Connection refused\n"
        path.unlink()
        with running_qemu(path, "-m", "128M"):
            assert run(monitor, "info status")[0] == "VM status: running\n"
            assert monitor.machine.memory_config.size == 128 << 20


def test_quit(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M") as process, remote_monitor(path) as monitor:
        assert run(monitor, "quit") == ("", None)
        assert monitor.has_ended
        assert process.wait(10) == 0


def test_a_second_client(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M"):
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(str(path))
            assert first.recv(1000)
            with pytest.raises(LinkError, match="no greeting in 5 s: another client has this"):
                QmpLink(parse_target(f"unix:{path}"), Inbox().put)
        with remote_monitor(path) as monitor:
            assert run(monitor, "info status")[1] is None


def test_every_command_of_qemu_is_known(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with running_qemu(path, "-m", "64M"), remote_monitor(path) as monitor:
        known = monitor.context.commands
        # `help` itself is the best test of each name.
        for name in known.commands:
            assert run(monitor, f"help {name}")[0], name
        assert {*COMMANDS.commands} - {*known.commands} == {"guest"}
        assert {*COMMANDS.info} - {*known.info} == {"guest"}
        assert re.match(r"QEMU 11\.1\.3 monitor", monitor.banner)


@pytest.mark.parametrize("arguments", MACHINES.values(), ids=MACHINES)
def test_same_pictures_through_a_human_monitor(arguments: str, tmp_path: Path) -> None:
    path, other = tmp_path / "qmp", tmp_path / "hmp"
    monitor = ("-chardev", f"socket,id=c,path={other},server=on,wait=off", "-mon", "chardev=c")
    with (
        running_qemu(path, "-S", *arguments.split(), *monitor),
        remote_monitor(path) as by_qmp,
    ):
        inbox = Inbox()
        link = LineLink(parse_target(f"hmp:{other}"), inbox.put)
        by_lines = Connection(link, inbox)
        assert memory_map(by_lines.machine) == memory_map(by_qmp.machine)
        assert mapping_lines(by_lines.machine) == mapping_lines(by_qmp.machine)
        link.close()
