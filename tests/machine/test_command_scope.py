"""Nested commands: each has its own output, and injected faults stay active."""

from __future__ import annotations

from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.qmp.session import Session
from tests.support import StderrCapture, run_lines

RAM = "object_add memory-backend-ram,"


def test_scopes_nest(machine: Machine) -> None:
    outer, inner, stderr = list[str](), list[str](), StderrCapture()
    with machine.command_scope(outer.append, stderr):
        machine.warn("before")
        with machine.command_scope(inner.append, stderr):
            machine.warn("inside")
        machine.warn("after")
    assert (outer, inner) == (["warning: before", "warning: after"], ["warning: inside"])


def test_injected_fault_survives_a_nested_command(monitor: Monitor) -> None:
    session = Session(monitor.machine)
    session.context.negotiate([])
    run_lines(monitor, "guest fail-host mmap ENOMEM")
    with monitor.machine.command_scope(lambda text: None, lambda *lines: None):
        session.answer(
            {"execute": "human-monitor-command", "arguments": {"command-line": "info status"}}
        )
        reply = session.answer(
            {
                "execute": "object-add",
                "arguments": {"qom-type": "memory-backend-ram", "id": "m", "size": 1 << 20},
            }
        )
    assert reply.message == {
        "error": {
            "class": "GenericError",
            "desc": "cannot set up guest memory 'm': Cannot allocate memory",
        }
    }


def test_output_of_a_nested_command_is_its_own(monitor: Monitor) -> None:
    outer = list[str]()
    with monitor.machine.command_scope(outer.append, lambda *lines: None):
        reply = monitor.execute(
            "object_add memory-backend-file,id=m,size=1M,mem-path=/dev/shm,share=on,pmem=on"
        )
        monitor.machine.warn("of the outer one")
    assert "warning: Using non DAX backing file" in reply.text
    assert outer == ["warning: of the outer one"]
