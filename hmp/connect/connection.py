"""A connection to a running QEMU, and the shadow of its machine, which follows it."""

from __future__ import annotations

import threading
from itertools import count

from hmp.connect.links.inbox import Inbox
from hmp.connect.links.link import Link, LinkError, QmpEvent, monitor_line
from hmp.connect.shadow.answers import fetch
from hmp.connect.shadow.build import build_shadow, empty_shadow
from hmp.connect.shadow.machine import ShadowMachine
from hmp.connect.shadow.process import find_process, readable_process
from hmp.connect.shadow.types import RemoteTypes
from hmp.machine.events import Event, Events
from hmp.machine.timers import TimerQueue

UNPLUG_REJECTED = (3, 130)
"""The OST event and status of a guest that does not release a DIMM."""
UNPLUG_ENDS = ("DEVICE_DELETED", "DEVICE_UNPLUG_GUEST_ERROR", "MEM_UNPLUG_ERROR")


NOT_UNDERSTOOD = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What goes wrong with a machine that has another form than ours."""


class AnswerError(LinkError):
    """What QEMU tells of its machine is not understood."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"QEMU's machine is not understood: {error!r}")


class Connection:
    """A link with what is known of the machine behind it; `machine` is the latest shadow.

    `unplugs` are the ids that device_del was called for, until an event says what became of them.
    With `reconnects` it outlasts a link that ends. `trouble` is why the shadow is not as QEMU's
    machine, empty while it is. `help` is the future of the lists of commands. A thread that uses
    the shadow for long holds the `lock`.

    Raises LinkError when QEMU does not answer.
    """

    def __init__(self, link: Link, inbox: Inbox) -> None:
        self.link, self.inbox = link, inbox
        self.events = Events(TimerQueue())
        self.unplugs: set[str] = set()
        self.reconnects = self.is_quitting = False
        self.trouble = ""
        self.lock = threading.Lock()
        self.types = RemoteTypes(link)
        self._numbers, self._latest = count(1), 0
        # The folder in /proc of QEMU's process, empty where it can't be looked at.
        self._process = ""
        # Sent first, so that the answer is there when the machine is known.
        self.help = link.submit([monitor_line("help"), monitor_line("info")])
        try:
            self.machine = self._fetch()
        except AnswerError as error:
            self.machine, self.trouble = empty_shadow(self.events), error.message

    @property
    def description(self) -> str:
        """Which QEMU it is, or what is wrong with the connection, in a few words."""
        if self.link.lost:
            return "not connected"
        host = f" on {self.link.target.host}" if self.link.target.host else ""
        return self.trouble or f"QEMU {self.link.version}{host}"

    @property
    def has_ended(self) -> bool:
        """Whether the connection ended for good."""
        return bool(self.link.lost and not self.reconnects)

    def ensure(self) -> None:
        """Connect anew where the connection was lost; raise LinkError when that fails."""
        if self.has_ended:
            raise LinkError(self.link.lost)
        if self.link.lost:
            self.link.reconnect()
            self.types, self._process = RemoteTypes(self.link), ""
            self.refresh()

    def refresh(self) -> None:
        """Look at QEMU's machine anew; while it does not answer the shadow stays as it is."""
        number = next(self._numbers)
        try:
            machine = self._fetch()
        except LinkError as error:
            self.trouble = error.message
            return
        with self.lock:
            # Another thread may have asked later, and been answered first.
            if number > self._latest:
                machine.last_plug = self.machine.last_plug
                self.machine, self._latest, self.trouble = machine, number, ""

    def _fetch(self) -> ShadowMachine:
        answers = fetch(self.link)
        try:
            machine = build_shadow(answers, self.events)
        except NOT_UNDERSTOOD as error:
            # Another version may tell something else; its commands can be used all the same.
            raise AnswerError(error) from None
        machine.relay_events, machine.type_source = self.relay_events, self.types
        if self.link.is_local and not self.link.process:
            self.link.process = find_process(answers)
            self._process = readable_process(self.link.process)
        machine.host_process = self._process
        for name in self.unplugs & set(machine.peripheral.children):
            machine.expect_unplug(name)
        return machine

    def relay_events(self) -> None:
        """Pass on the events that have come from QEMU; None is the end of the connection."""
        for event in self.inbox.take():
            if event is not None:
                self._follow_unplug(event)
                self.events.relay(Event(event.name, event.data, event.microseconds))
                continue
            self.machine.host_process = self._process = ""
            if not self.is_quitting:
                self.events.relay(Event(self.link.lost, {}, 0))

    def _follow_unplug(self, event: QmpEvent) -> None:
        """Take note of what became of an unplug."""
        info = event.data.get("info", {}) if event.name == "ACPI_DEVICE_OST" else event.data
        is_rejected = (info.get("source"), info.get("status")) == UNPLUG_REJECTED
        if is_rejected or event.name in UNPLUG_ENDS:
            self.unplugs.discard(str(info.get("device")))
