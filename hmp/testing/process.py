"""A machine in a process of its own, as a user would start it.

It is controlled through a second QMP socket, so that the tested program has the first one for
itself.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hmp.cmdline.factory import Arguments, split_arguments
from hmp.guest.actions import qmp_name
from hmp.machine.events import Event
from hmp.testing.api import KEPT_LINES, HmpMachine, LineReply
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.errors import MachineEndedError
from hmp.testing.loop_thread import loop_thread
from hmp.testing.options import DEFAULT_ARGUMENTS, PROCESS, check_options

START_TIMEOUT_S = 20.0
END_TIMEOUT_S = 20.0
REPLY_TIMEOUT_S = 60.0
POLL_S = 0.002


class ProcessMachine(HmpMachine):
    """A running process with a QMP socket at `qmp_path` and an HMP socket at `hmp_path` for the
    tested program.
    """

    def __init__(self, process: subprocess.Popen[bytes], folder: str) -> None:
        from qemu.qmp import EventListener, QMPClient

        self.process = process
        self.qmp_path, self.hmp_path = os.path.join(folder, "qmp"), os.path.join(folder, "hmp")
        self.transcript = deque(maxlen=KEPT_LINES)
        self.guest, self.faults = GuestControl(self._perform), FaultControl(self._perform)
        self._events: list[Event] = []
        self._client, self._listener = QMPClient("hmp.testing"), EventListener()
        self._client.register_listener(self._listener)
        loop_thread().run(self._client.connect(os.path.join(folder, "control")))

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    @property
    def events(self) -> list[Event]:
        """The events since the start, or since `clear_events`; a list of its own."""
        for message in loop_thread().call(self._listener.clear):
            stamp = message["timestamp"]
            assert isinstance(stamp, dict)
            microseconds = stamp["seconds"] * 1_000_000 + stamp["microseconds"]
            self._events.append(Event(str(message["event"]), _data(message), microseconds))
        return list(self._events)

    def clear_events(self) -> None:
        """Forget the events so far."""
        loop_thread().call(self._listener.clear)
        self._events.clear()

    def run_line(self, line: str) -> LineReply:
        """Run a line of the human monitor, and the guest."""
        __tracebackhide__ = True
        reply = self.run_qmp("x-hmp-execute", {"command-line": line})["return"]
        return LineReply(reply["text"], reply["failed"])

    def run_qmp(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run a QMP command, and the guest; return the whole reply.

        Raises:
            MachineEndedError: The process ended before it replied.
            TimeoutError: It did not reply.
        """
        __tracebackhide__ = True
        from qemu.qmp import ExecuteError, QMPError

        reply = asyncio.wait_for(self._client.execute(command, arguments), REPLY_TIMEOUT_S)
        try:
            return {"return": loop_thread().run(reply)}
        except TimeoutError:
            raise TimeoutError(f"no reply to '{command}' within {REPLY_TIMEOUT_S} s") from None
        except ExecuteError as error:
            return {"error": {"class": error.error_class, "desc": str(error)}}
        except (QMPError, EOFError) as error:
            self._wait_for_end()
            raise MachineEndedError(f"the machine ended during '{command}'") from error

    def _wait_for_end(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_TIMEOUT_S)

    def _perform(self, name: str, given: dict[str, Any]) -> None:
        __tracebackhide__ = True
        self.qmp(qmp_name(name), given)

    def _wait(self, holds: Callable[[], bool], timeout: float) -> bool:
        end = time.monotonic() + timeout
        while not holds():
            if time.monotonic() > end:
                return False
            time.sleep(POLL_S)
        return True

    def close(self) -> None:
        """End the process, unless it has ended."""
        # Raised when the process has ended, and with it the connection.
        with suppress(EOFError):
            loop_thread().run(self._client.disconnect())
        self.process.terminate()
        self.process.wait(END_TIMEOUT_S)


def _data(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = dict(message.get("data", {}))
    return found


@contextmanager
def process_machine(
    arguments: Arguments = DEFAULT_ARGUMENTS, folder: Path | str | None = None
) -> Iterator[ProcessMachine]:
    """Start a process with a machine of QEMU arguments, and end it at the end.

    Raises:
        TimeoutError: It did not start; the message has its stderr.
        OptionError: An option makes no machine, or one that can't be reached.
    """
    check_options(arguments, PROCESS)
    with tempfile.TemporaryDirectory(prefix="hmp") as own:
        where = str(folder or own)
        process = _start(split_arguments(arguments), where)
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


def _start(words: list[str], folder: str) -> subprocess.Popen[bytes]:
    for option, name in (("-qmp", "qmp"), ("-monitor", "hmp"), ("-qmp", "control")):
        words += [option, f"unix:{os.path.join(folder, name)},server=on,wait=off"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hmp", *words], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    # Sockets are opened in the order of the options: once the last one listens, all do.
    end = time.monotonic() + START_TIMEOUT_S
    while not _listens(os.path.join(folder, "control")):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            _out, errors = process.communicate()
            raise TimeoutError(
                f"hmp {shlex.join(words)} did not come up: {errors.decode(errors='replace')}"
            )
        time.sleep(POLL_S)
    return process


def _listens(path: str) -> bool:
    """Return whether a socket takes connections; its file is there a moment before it does."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True
