"""The recorded answers of two versions of QEMU make the machine that they are about."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest

from hmp.assist.mappings import mapping_lines
from hmp.assist.placement_report import explain
from hmp.assist.status import status_line
from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.monitor import RemoteMonitor
from hmp.connect.safety import Permissions
from hmp.console.line import parse_console_line
from hmp.machine.chardevs.monitors import QmpMonitor
from hmp.machine.machine import Machine
from hmp.memory_map.regions import memory_map
from hmp.memory_map.text import draw_text
from hmp.monitor import Monitor
from scripts.lib import RECORDINGS
from tests.connect.links import RecordedLink
from tests.connect.test_shadow import LINES, shown
from tests.support import add_monitor, start_machine


class Case(NamedTuple):
    version: str
    name: str
    arguments: str
    answers: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.version}-{self.name}"

    @property
    def own_arguments(self) -> str:
        """The same machine, of the type that is the default in that version."""
        series = re.sub(r"\.\d+$", "", self.version)
        if "-M q35" in self.arguments:
            return self.arguments.replace("-M q35", f"-M pc-q35-{series}")
        return f"-M pc-i440fx-{series} {self.arguments}"


def cases() -> list[Case]:
    found = []
    for path in sorted((RECORDINGS / "connect").glob("*.json")):
        recorded = json.loads(path.read_text(encoding="utf-8"))
        for name, machine in recorded["machines"].items():
            found.append(Case(recorded["version"], name, machine["arguments"], machine["answers"]))
    return found


CASES = cases()


def monitor_of(case: Case) -> RemoteMonitor:
    link = RecordedLink(case.version, case.answers)
    # The process that had the memory is gone.
    link.is_local = False
    return RemoteMonitor(Connection(link, Inbox()), Permissions(write=True))


def drawn(machine: Machine) -> list[tuple[str, str]]:
    memory = memory_map(machine)
    regions = [region._replace(resident=0) for region in memory.regions]
    return draw_text(memory._replace(regions=regions), 100)


def test_answers_of_another_form() -> None:
    """The commands of a QEMU that tells its machine in another way can be used all the same."""
    answers = {**CASES[0].answers, "query-memory-devices": [{"kind": "dimm"}]}
    monitor = monitor_of(CASES[0]._replace(answers=answers))
    assert monitor.owner == "QEMU's machine is not understood: KeyError('data')"
    assert status_line(monitor.machine) == "nothing can be plugged · prelaunch"
    assert memory_map(monitor.machine).regions == []
    assert "".join(monitor.run_line("info numa")) == answers[
        "human-monitor-command info numa"
    ].replace("\r", "")


def test_two_versions_are_recorded() -> None:
    assert {case.version for case in CASES} == {"11.1.3", "7.2.22"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_same_pictures(case: Case) -> None:
    shadow = monitor_of(case).machine
    with start_machine(f"-S {case.own_arguments}") as machine:
        assert shadow.board.name == machine.board.name
        assert drawn(shadow) == drawn(machine)
        assert status_line(shadow) == re.sub(r" · host RSS .*", "", status_line(machine))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_same_help_around_a_line(case: Case) -> None:
    shadow = monitor_of(case).machine
    with start_machine(f"-S {case.own_arguments}") as machine:
        add_monitor(machine, QmpMonitor())
        for line in LINES:
            assert shown(shadow, line) == shown(machine, line), line


@pytest.mark.parametrize("case", CASES, ids=str)
def test_same_plugs(case: Case) -> None:
    """What is predicted of a plug is what the same machine here does."""
    with start_machine(f"-S {case.own_arguments}") as machine:
        own = Monitor(machine)
        for line in LINES:
            if not line.startswith("device_add"):
                continue
            monitor = monitor_of(case)
            expected = monitor.expected_error(monitor.parse(line))
            error = own.execute(line).error
            assert str(expected) == str(error), line
            # What its guest does with the memory only the machine here says.
            explained = [row for row in explain(machine) if not row.startswith("  guest: ")]
            assert explain(monitor.machine) == explained, line
            if error is None:
                return


@pytest.mark.parametrize("case", CASES, ids=str)
def test_mappings_and_commands(case: Case) -> None:
    monitor = monitor_of(case)
    head, *rows = mapping_lines(monitor.machine)
    # Version 7.2 tells an address of what the guest has mapped only.
    assert all("0x7f" in row for row in rows if not row.startswith("free"))
    assert {"device_add", "info", "x", "drive_add"} <= set(monitor.context.commands.commands)
    assert {"mtree", "memory-devices", "ramblock"} <= set(monitor.context.commands.info)
    line = parse_console_line("device_add pc-dimm,id=x", monitor.context.commands)
    assert line.parsed.type_name == "pc-dimm"
    assert monitor.banner == f"QEMU {case.version} monitor - type 'help' for more information"
