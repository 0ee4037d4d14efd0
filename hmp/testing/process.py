"""A machine in a process of its own, as a user would start it.

It is controlled through a second QMP socket, so that the tested program has the first one for
itself.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hmp.cmdline.factory import Arguments
from hmp.guest.actions import qmp_name
from hmp.testing.commands import QmpError, qmp_arguments
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.in_process import DEFAULT_ARGUMENTS
from hmp.testing.loop_thread import loop_thread
from hmp.testing.snapshot import Snapshot, take_snapshot

TIMEOUT_S = 20.0


class ProcessMachine:
    """A running process with a QMP socket at `qmp_path` and an HMP socket at `hmp_path` for the
    tested program.
    """

    def __init__(self, process: subprocess.Popen[bytes], folder: str) -> None:
        from qemu.qmp import EventListener, QMPClient

        self.process = process
        self.qmp_path, self.hmp_path = (
            os.path.join(folder, "qmp"),
            os.path.join(folder, "hmp"),
        )
        self.guest, self.faults = GuestControl(self._perform), FaultControl(self._perform)
        self._client, self._listener = QMPClient("hmp.testing"), EventListener()
        self._client.register_listener(self._listener)
        loop_thread().run(self._client.connect(os.path.join(folder, "control")))

    def _perform(self, name: str, given: dict[str, Any]) -> None:
        self.qmp(qmp_name(name), given)

    def qmp(self, command: str, arguments: dict[str, Any] | None = None, **more: Any) -> Any:
        """Run a QMP command, as `InProcessMachine.qmp` does."""
        from qemu.qmp import ExecuteError

        try:
            return loop_thread().run(self._client.execute(command, qmp_arguments(arguments, more)))
        except ExecuteError as error:
            raise QmpError(error.error_class, str(error)) from None

    def execute(self, line: str) -> str:
        """Run a line of the human monitor; return the reply, with LF line ends."""
        text: str = self.qmp("human-monitor-command", {"command-line": line})
        return text.replace("\r\n", "\n")

    @property
    def devices(self) -> list[dict[str, Any]]:
        """The result of query-memory-devices."""
        found: list[dict[str, Any]] = self.qmp("query-memory-devices")
        return found

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events since this was last read."""
        return [dict(event) for event in self._listener.clear()]

    def snapshot(self) -> Snapshot:
        """Return the present state of the machine, for comparisons."""
        return take_snapshot(self.qmp)

    def close(self) -> None:
        """End the process, unless it has ended."""
        # Raised when the process has ended, and with it the connection.
        with suppress(EOFError):
            loop_thread().run(self._client.disconnect())
        self.process.terminate()
        self.process.wait(TIMEOUT_S)


@contextmanager
def process_machine(
    arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[ProcessMachine]:
    """Start a process with a machine of QEMU arguments, and end it at the end.

    Raises:
        TimeoutError: It did not start; the message has its stderr.
    """
    with tempfile.TemporaryDirectory(prefix="hmp") as own:
        where = str(folder or own)
        process = _start(arguments, where)
        try:
            served = ProcessMachine(process, where)
        except BaseException:
            process.kill()
            process.wait()
            raise
        try:
            yield served
        finally:
            served.close()
            if process.stderr:
                process.stderr.close()


def _start(arguments: Arguments, folder: str) -> subprocess.Popen[bytes]:
    words = shlex.split(arguments) if isinstance(arguments, str) else list(arguments)
    for option, name in (("-qmp", "qmp"), ("-monitor", "hmp"), ("-qmp", "control")):
        words += [option, f"unix:{os.path.join(folder, name)},server=on,wait=off"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hmp", *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    # Sockets are opened in the order of the options: once the last one is there, all are.
    end = time.monotonic() + TIMEOUT_S
    while not os.path.exists(os.path.join(folder, "control")):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            _out, errors = process.communicate()
            raise TimeoutError(
                f"hmp {shlex.join(words)} did not come up: {errors.decode(errors='replace')}"
            )
        time.sleep(0.002)
    return process
