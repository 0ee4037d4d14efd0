"""Scripts for programs: an object on a line for each command (--json)."""

from __future__ import annotations

from hmp.json.encoder import dump
from hmp.monitor import Execution, Monitor
from hmp.qmp.messages import error_reply
from hmp.serve.scripting.reports import Output
from hmp.serve.scripting.values import qmp_value
from hmp.session.session import Session


class JsonReport:
    """An object on a line for each command: command, ok, reply, and error or value."""

    names_failures = True

    def __init__(self, output: Output, monitor: Monitor, session: Session) -> None:
        self._output, self._monitor, self._session = output, monitor, session
        self._line, self._reply = "", list[str]()

    def begin(self, line: str) -> None:
        self._line, self._reply = line, []
        self._session.awaited = None

    def part(self, execution: Execution, text: str) -> None:
        self._reply.append(text)

    def end(self, execution: Execution, location: str) -> None:
        found: dict[str, object] = {
            "command": self._line,
            "ok": not execution.error,
            "reply": "".join(self._reply),
        }
        if execution.error:
            found |= error_reply(execution.error)
        elif (value := qmp_value(self._monitor, execution, self._session)) is not None:
            found["value"] = value
        self._output.write(f"{dump(found)}\n")

    def ask(self) -> None:
        pass

    def close(self) -> None:
        pass

    def to_stdout(self, text: str) -> None:
        self._reply.append(text)
