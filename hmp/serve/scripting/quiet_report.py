"""Scripts for people and shells: replies alone (--quiet)."""

from __future__ import annotations

from hmp.monitor import Execution
from hmp.serve.scripting.reports import Output
from hmp.serve.streams import write_stderr

ERROR_PREFIX = "Error: "


class QuietReport:
    """Replies on stdout, and errors on stderr as FILE:LINE: MESSAGE."""

    names_failures = True

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, line: str) -> None:
        pass

    def part(self, execution: Execution, text: str) -> None:
        self._output.write(text.removesuffix(execution.error_text), execution.clears)

    def end(self, execution: Execution, location: str) -> None:
        if execution.error:
            # Both streams may be one file, or a terminal.
            self._output.flush()
            message = execution.error_text.removeprefix(ERROR_PREFIX)
            write_stderr(f"{location}: {message}".encode("latin-1"))

    def ask(self) -> None:
        pass

    def close(self) -> None:
        pass

    def to_stdout(self, text: str) -> None:
        self._output.write(text)
