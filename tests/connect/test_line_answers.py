"""A human monitor tells what QMP tells."""

from __future__ import annotations

import pytest

from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.line_answers import answer_from, line_for, no_answer_to
from hmp.connect.links.link import Answer, RefusedError, Request
from hmp.connect.shadow.answers import STATE
from hmp.machine.machine import Machine
from hmp.memory_map.regions import memory_map
from hmp.monitor import Monitor
from tests.connect.links import InProcessLink
from tests.connect.test_shadow import MACHINES
from tests.support import run_lines, start_machine


class LinesOfProcess(InProcessLink):
    """A link to the human monitor of a machine of this process."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._monitor = Monitor(machine)

    def answer(self, request: Request) -> Answer:
        line = line_for(request)
        if not line:
            return no_answer_to(request)
        return answer_from(request, run_lines(self._monitor, line))


@pytest.mark.parametrize("arguments", MACHINES.values(), ids=MACHINES)
def test_same_shadow(arguments: str) -> None:
    with start_machine(f"{arguments} -name vm") as machine:
        lines, qmp = (
            Connection(link, Inbox()).machine
            for link in (LinesOfProcess(machine), InProcessLink(machine))
        )
        assert memory_map(lines) == memory_map(qmp)
        assert lines.layout == qmp.layout
        assert lines.name == qmp.name == "vm"
        assert lines.run_state.name == qmp.run_state.name == "running"
        assert lines.cpu_count == qmp.cpu_count
        assert [bus.functions.keys() for bus in lines.pci_buses] == [
            bus.functions.keys() for bus in qmp.pci_buses
        ]


def test_what_only_qmp_has() -> None:
    with start_machine("-S") as machine:
        link = LinesOfProcess(machine)
        assert isinstance(link.answer(STATE["ospm"]), RefusedError)
        assert link.answer(STATE["status"]) == {"status": "prelaunch"}
        refused = link.answer(Request("qom-get", {"path": "/nope", "property": "x"}))
        assert isinstance(refused, RefusedError)
        assert refused.message == "Device '/nope' not found"
