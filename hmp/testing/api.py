"""What every machine under test has, whatever it runs in."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from hmp.guest.info import GuestInfo
from hmp.guest.memory import BlockRun
from hmp.machine.events import Event
from hmp.testing.control import FaultControl, GuestControl
from hmp.testing.errors import CommandError, MachineEndedError, QmpError
from hmp.testing.snapshot import Snapshot, take_snapshot
from hmp.units import format_size

TIMEOUT_S = 10.0
KEPT_LINES, SHOWN_EVENTS = 20, 20


class LineReply(NamedTuple):
    """The reply to a line of the human monitor, with LF line ends, and whether it failed."""

    text: str
    failed: bool


class HmpMachine(Protocol):
    """A machine under test.

    `guest` and `faults` control the simulated guest and injected faults. The machine has ended
    after `quit`, or when its `with` block is left; what is asked of it then raises
    MachineEndedError.
    """

    guest: GuestControl
    faults: FaultControl
    transcript: deque[str]
    """The last lines and QMP requests that the test gave, with their replies."""

    @property
    @abstractmethod
    def has_ended(self) -> bool:
        """Whether the machine has ended."""

    @property
    @abstractmethod
    def events(self) -> list[Event]:
        """The events since the start, or since `clear_events`; a list of its own."""

    @abstractmethod
    def clear_events(self) -> None:
        """Forget the events so far."""

    @abstractmethod
    def run_line(self, line: str) -> LineReply:
        """Run a line of the human monitor, and the guest."""

    @abstractmethod
    def run_qmp(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run a QMP command, and the guest; return the whole reply."""

    @abstractmethod
    def _wait(self, holds: Callable[[], bool], timeout: float) -> bool:
        """Wait until a condition on the events holds; return whether it does in time."""

    def execute(self, line: str, check: bool = True) -> str:
        """Run a line of the human monitor and then the guest; return the reply, with LF line ends.

        Raises:
            CommandError: The command failed, and `check` is set.
            MachineEndedError: The machine has ended.
        """
        __tracebackhide__ = True
        self._check_running(line)
        reply = self.run_line(line)
        self.transcript.append(f"(qemu) {line}\n{reply.text}".rstrip("\n"))
        if check and reply.failed:
            raise CommandError(reply.text.rstrip("\n"))
        return reply.text

    def qmp(self, command: str, arguments: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Run a QMP command and then the guest; return the result.

        In the names of keyword arguments `_` becomes `-`.

        Raises:
            QmpError: The command failed.
            MachineEndedError: The machine has ended.
        """
        __tracebackhide__ = True
        named = {name.replace("_", "-"): value for name, value in more.items()}
        reply = self.qmp_reply(command, {**(arguments or {}), **named})
        if "error" in reply:
            raise QmpError(reply["error"]["class"], reply["error"]["desc"])
        return reply["return"]

    def qmp_reply(self, command: str, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a QMP command and then the guest; return the whole reply, which may be an error.

        Raises:
            MachineEndedError: The machine has ended.
        """
        __tracebackhide__ = True
        self._check_running(command)
        given = dict(arguments or {})
        reply = self.run_qmp(command, given)
        request = {"execute": command, **({"arguments": given} if given else {})}
        self.transcript.append(f"-> {json.dumps(request)}\n<- {json.dumps(reply)}")
        return reply

    def _query(self, command: str) -> Any:
        """Return the result of a query that the test did not ask for by name."""
        __tracebackhide__ = True
        self._check_running(command)
        return self.run_qmp(command, {})["return"]

    def _check_running(self, what: str) -> None:
        __tracebackhide__ = True
        if self.has_ended:
            raise MachineEndedError(f"the machine has ended and can't run '{what}'")

    @property
    def devices(self) -> list[dict[str, Any]]:
        """The memory devices by address: the result of query-memory-devices."""
        found: list[dict[str, Any]] = self._query("query-memory-devices")
        return found

    @property
    def status(self) -> str:
        """The run state, such as prelaunch, running or paused; shutdown once it has ended."""
        return "shutdown" if self.has_ended else str(self._query("query-status")["status"])

    @property
    def guest_info(self) -> GuestInfo:
        """The state of the simulated guest."""
        found = self._query("x-hmp-query-guest")
        return GuestInfo(
            found["system"],
            found["state"],
            found["policy"],
            found["mem-total"],
            found["notes"],
            [BlockRun(**run) for run in found["blocks"]],
        )

    def snapshot(self) -> Snapshot:
        """Return the present state of the machine, for comparisons."""
        __tracebackhide__ = True
        return take_snapshot(self._query)

    def event_names(self) -> list[str]:
        """Return the names of the events so far."""
        return [event.name for event in self.events]

    def wait_for_event(self, name: str, count: int = 1, timeout: float = TIMEOUT_S) -> Event:
        """Wait for the `count`th event of a name, and return it.

        A machine whose clock stands still (`machine()`) advances it by up to `timeout` seconds.

        Raises:
            TimeoutError: It did not happen within `timeout` seconds; the message says what did.
            MachineEndedError: The machine ended without it.
        """
        __tracebackhide__ = True
        before = len(self.events)

        def found() -> list[Event]:
            return [event for event in self.events if event.name == name][count - 1 : count]

        self._wait(lambda: bool(found()) or self.has_ended, timeout)
        if found():
            return found()[0]
        came = ", ".join(self.event_names()[before:]) or "none"
        if self.has_ended:
            raise MachineEndedError(f"the machine ended without the event {name}; events: {came}")
        raise TimeoutError(f"no event {name} within {timeout} s; events meanwhile: {came}")

    def report(self) -> str:
        """Return what a failed test should show: the state, the last lines, events and devices."""
        parts = [repr(self), *self.transcript]
        shown = self.events[-SHOWN_EVENTS:]
        parts += [f"event {event.name} {json.dumps(event.data)}" for event in shown]
        if not self.has_ended:
            parts += [f"device {json.dumps(device)}" for device in self.devices]
        return "\n".join(parts)

    def __repr__(self) -> str:
        kind = type(self).__name__
        if self.has_ended:
            return f"<{kind} that has ended>"
        slots = self._query("query-acpi-ospm-status")
        described = ", ".join(map(_describe, self.devices)) or "no memory devices"
        count = sum(slot["slot-type"] == "DIMM" for slot in slots)
        return f"<{kind} {self.status}, {count} slots: {described}>"


def _describe(device: dict[str, Any]) -> str:
    data = device["data"]
    name = data.get("id") or "(no id)"
    size = format_size(data["size"])
    return f"{name} ({device['type']}, {size}" + (
        f", slot {data['slot']})" if "slot" in data else ")"
    )
