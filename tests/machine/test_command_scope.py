"""A command may run inside another: each has its own output, and the injected faults stay
active.
"""

from __future__ import annotations

from hmp.qmp.session import Session
from tests.support import StderrCapture, machine, monitor, say

RAM = "object_add memory-backend-ram,"


def test_scopes_nest() -> None:
    with machine() as on:
        outer, inner, stderr = list[str](), list[str](), StderrCapture()
        with on.command_scope(outer.append, stderr):
            on.warn("before")
            with on.command_scope(inner.append, stderr):
                on.warn("inside")
            on.warn("after")
        assert (outer, inner) == (["warning: before", "warning: after"], ["warning: inside"])


def test_a_fault_strikes_after_a_command_inside_another() -> None:
    with monitor() as on:
        session = Session(on.machine)
        session.context.negotiate([])
        say(on, "guest fail-host mmap ENOMEM")
        with on.machine.command_scope(lambda text: None, lambda *lines: None):
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


def test_output_of_a_command_inside_another_goes_to_the_inner_one() -> None:
    with monitor() as on:
        outer = list[str]()
        with on.machine.command_scope(outer.append, lambda *lines: None):
            reply = on.execute(
                "object_add memory-backend-file,id=m,size=1M,mem-path=/dev/shm,share=on,pmem=on"
            )
            on.machine.warn("of the outer one")
        assert "warning: Using non DAX backing file" in reply.text
        assert outer == ["warning: of the outer one"]
