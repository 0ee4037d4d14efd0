"""Whatever is refused, a line that is proposed then is accepted when it is typed."""

from __future__ import annotations

import random

import pytest

from hmp.assist.suggestions import SuggestionContext, suggest
from hmp.commands.command import Command
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.machine.memory.mapping import Mapping
from hmp.monitor import Monitor
from tests.assist.random_mistakes import MACHINES, mistaken_line
from tests.support import start_monitor

REFUSALS, LINES_OF_A_MACHINE = 2000, 60


def proposed_lines(monitor: Monitor, line: str) -> list[str] | None:
    """Run a line; return what is proposed after it, None when it was not refused."""
    parsed = parse_console_line(line).parsed
    monitor.machine.run_guest()
    error = monitor.execute(parsed.text).error
    monitor.machine.run_guest()
    if error is None:
        return None
    found = suggest(error, SuggestionContext(monitor.machine, CONSOLE_COMMANDS, parsed))
    return [*found.lines, *([found.line] if found.line else [])]


def check_proposal(monitor: Monitor, refused: str, proposed: str) -> None:
    """Run a proposed line, which has to succeed; the console's own commands are not run here."""
    parsed = parse_console_line(proposed).parsed
    if isinstance(parsed.command, Command):
        monitor.machine.run_guest()
        reply = monitor.execute(parsed.text)
        assert not reply.failed, (refused, proposed, reply.text)
        monitor.machine.run_guest()


def test_proposed_lines_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    # Gigabytes with prealloc=on take longer than all the rest.
    monkeypatch.setattr(Mapping, "populate", lambda *arguments, **named: None)
    chance = random.Random(16)
    refused = proposed = 0
    while refused < REFUSALS:
        with start_monitor(chance.choice(MACHINES)) as monitor:
            for _number in range(chance.randint(5, LINES_OF_A_MACHINE)):
                line = mistaken_line(chance)
                lines = proposed_lines(monitor, line)
                refused += lines is not None
                if lines:
                    # One of them: the first may make the second impossible.
                    check_proposal(monitor, line, chance.choice(lines))
                    proposed += 1
                if monitor.has_ended:
                    break
    assert proposed > REFUSALS // 4
