"""What is sent to a QEMU, and what a person is asked first."""

from __future__ import annotations

import pytest

from hmp.connect.monitor import RemoteMonitor
from hmp.connect.safety import (
    ModuleLoadError,
    OwnMachineError,
    Permissions,
    ReadOnlyError,
)
from hmp.grammar.errors import UnknownCommandError
from tests.connect.links import InProcessLink, connected

ALLOWED = (
    *("info status", "info qtree", "help", "? info", "print 1", "p 1", "x /4xw 0", "xp 0", ""),
    *("qom-get /machine type", "qom-list /", "clear", "gpa2hva 0", "gpa2hpa 0", "gva2gpa 0", "# x"),
)
REFUSED = (
    *("stop", "s", "cont", "c", "quit", "q", "system_reset", "i /x 0x70", "o /b 0x70 1"),
    *("object_add memory-backend-ram,id=a,size=1M", "object_del a", "device_del a", "cpu 0"),
    *("device_add pc-dimm,id=a", "qom-set /machine graphics off", "balloon 1"),
)


def sent(monitor: RemoteMonitor, line: str) -> bool:
    """Run a line; return whether QEMU got it."""
    link = monitor.connection.link
    assert isinstance(link, InProcessLink)
    link.sent.clear()
    list(monitor.run_line(line))
    return any(line in request.arguments.values() for request in link.sent)


@pytest.mark.parametrize("line", ALLOWED)
def test_looking_is_allowed(line: str) -> None:
    with connected(write=False) as (_machine, monitor):
        if line == "# x":
            assert not sent(monitor, line)
        else:
            assert sent(monitor, line)


@pytest.mark.parametrize("line", REFUSED)
def test_changing_needs_write(line: str) -> None:
    with connected(write=False) as (_machine, monitor):
        execution = monitor.run_line(line)
        text = "".join(execution)
        assert isinstance(execution.error, ReadOnlyError)
        assert text == f"Error: {execution.error.message}\n"
        assert not sent(monitor, line)
    with connected() as (_machine, monitor):
        assert sent(monitor, line)


@pytest.mark.parametrize(
    "line",
    ["info qdm", " info  qdm x", "device_add help", "device_add ?", "device_add driver=help"],
)
def test_what_loads_modules_needs_force(line: str) -> None:
    with connected() as (_machine, monitor):
        execution = monitor.run_line(line)
        list(execution)
        assert isinstance(execution.error, ModuleLoadError)
        assert not sent(monitor, line)
        monitor.allowed = Permissions(write=True, force=True)
        assert sent(monitor, line)


@pytest.mark.parametrize("line", ["device_add pc-dimm,help", "info qom-tree"])
def test_what_loads_no_modules_is_sent(line: str) -> None:
    with connected() as (_machine, monitor):
        assert sent(monitor, line)


@pytest.mark.parametrize(
    ("line", "asks"),
    [
        ("quit", "quit ends the virtual machine (Ctrl-D leaves it running)"),
        ("q", "quit ends the virtual machine (Ctrl-D leaves it running)"),
        ("system_reset", "system_reset resets the guest at once"),
        ("system_powerdown", "system_powerdown asks the guest to shut down"),
        ("device_del d", "device_del takes the device from the guest"),
        ("device_del", "device_del takes the device from the guest"),
        ("stop", "stop halts the guest"),
        ("s", "stop halts the guest"),
        ("loadvm x", "loadvm replaces the guest's present state"),
        ("migrate tcp:x:1", "migrate moves the guest to another host"),
        ("qom-set d realized off", "realized=off takes the device out without asking the guest"),
        ("qom-set d realized no", "realized=off takes the device out without asking the guest"),
        ("qom-set d realized on", ""),
        ("qom-set d x off", ""),
        ("o /b 0x70 1", "o writes to an I/O port behind the guest's back"),
        ("cont", ""),
        ("info status", ""),
        ("device_add pc-dimm,id=a", ""),
    ],
)
def test_questions(line: str, asks: str) -> None:
    with connected() as (_machine, monitor):
        assert monitor.danger(line) == asks
        monitor.allowed = Permissions(write=False)
        # It is refused anyway.
        assert monitor.danger(line) == ""


def test_commands_of_our_own() -> None:
    with connected() as (_machine, monitor):
        # The other side is an hmp here, which has `guest`.
        assert sent(monitor, "guest status")
        del monitor.context.commands.commands["guest"]  # type: ignore[attr-defined]
        execution = monitor.run_line("guest status")
        list(execution)
        assert isinstance(execution.error, OwnMachineError)


def test_an_unknown_command_is_told_without_asking() -> None:
    with connected(write=False) as (_machine, monitor):
        execution = monitor.run_line("nonsense 1")
        assert "".join(execution) == "unknown command: 'nonsense'\n"
        assert isinstance(execution.error, UnknownCommandError)


def test_a_line_that_qmp_cant_carry() -> None:
    with connected() as (_machine, monitor):
        execution = monitor.run_line("print \xff")
        assert "".join(execution) == "Error: the line is not UTF-8, which QMP needs\n"
