"""The value that QMP returns for what a line of the human monitor shows, for --json."""

from __future__ import annotations

from types import GeneratorType

from hmp.commands.command import Command
from hmp.errors import HmpError
from hmp.grammar.command_line import ParsedLine
from hmp.monitor import Execution, Monitor
from hmp.qmp.context import Context
from hmp.qmp.registry import COMMANDS
from hmp.session.session import Session

# Where the QMP command is not called query- and the subject of info.
QUERIES = {
    "cpus": "query-cpus-fast",
    "memory_size_summary": "query-memory-size-summary",
    "guest": "x-hmp-query-guest",
}
# Commands with the same name and arguments.
SAME = ("qom-get", "qom-list")


def qmp_value(monitor: Monitor, execution: Execution, session: Session) -> object:
    """Return the value of a line that succeeded, None where QMP has none: what a query returns, a
    property, or the event that `wait` waited for.
    """
    line = execution.parsed
    if line is None or line.command is None:
        return None
    if line.name.value == "wait" and session.awaited:
        event = session.awaited
        return {"event": event.name, "data": event.data}
    name, arguments = _request(line)
    if name not in COMMANDS:
        return None
    try:
        if monitor.ask_qmp:
            return monitor.ask_qmp(name, arguments)
        return _run(Context(monitor.machine, COMMANDS, monitor), name, arguments)
    except HmpError:
        # What the human monitor says in words, QMP may refuse: there is no balloon.
        return None


def _request(line: ParsedLine[Command]) -> tuple[str, dict[str, object]]:
    """Return the QMP command that asks for the same, with its arguments; "" where there is none."""
    values = {name: value for name, value in line.values.items() if value is not None}
    if line.name.value in SAME:
        return line.name.value, values
    if line.subcommand is None or line.arguments:
        return "", {}
    subject = line.subcommand.value
    return QUERIES.get(subject, f"query-{subject}"), {}


def _run(context: Context, name: str, arguments: dict[str, object]) -> object:
    result = COMMANDS[name].run(context, arguments)
    if isinstance(result, GeneratorType):
        try:
            while True:
                next(result)
        except StopIteration as ended:
            return ended.value
    return result
