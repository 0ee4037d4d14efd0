"""What a step of a lesson is judged by: the machine, and what has happened since the step began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.assist.queries import is_unplug_pending
from hmp.errors import HmpError
from hmp.guest.policy import HANG, KERNEL, MOVABLE
from hmp.lessons.items import value_of
from hmp.machine.devices.plug_trace import PlugAttempt
from hmp.machine.events import Event
from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# A guest that is asked for more or less memory changes these of a device.
CHANGING = ("size", "requested-size")
ONLINE_BY_ZONE = {"Movable": MOVABLE, "Normal": KERNEL}


class Situation:
    """A machine during a step.

    `refused` are the messages of the commands that failed since the step began, `is_refused` is
    whether the last command did, and `events` are what the machine has emitted since then. `needed`
    are the things that the step found when it began, by the check that wants them.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.refused: list[str] = []
        self.is_refused = False
        self.events: list[Event] = []
        self.needed: dict[object, list[Object]] = {}
        self._before: dict[Object, tuple[object, ...]] = {}
        machine.events.listeners.append(self._on_event)
        self.begin_step()

    def _on_event(self, event: Event) -> None:
        self.events.append(event)

    def record(self, error: HmpError | None) -> None:
        """Take note of a command's error, None when it was accepted."""
        self.is_refused = error is not None
        if error:
            self.refused.append(error.message)

    def begin_step(self) -> None:
        """Forget what happened, and remember what there is."""
        self.refused.clear()
        self.is_refused = False
        self.events.clear()
        self.needed.clear()
        self._last_plug = self.machine.last_plug
        self._before = {item: self._state(item) for item in (*self.backends, *self.devices)}

    @property
    def plug(self) -> PlugAttempt | None:
        """The last plug, if it was tried since the step began."""
        last = self.machine.last_plug
        return None if last is self._last_plug else last

    def is_of_step(self, item: Object) -> bool:
        """Return whether an object was made or changed since the step began."""
        return self._before.get(item) != self._state(item)

    def _state(self, item: Object) -> tuple[object, ...]:
        return tuple(value_of(self.machine, item, name) for name in CHANGING)

    def policy_for(self, zone: str) -> str:
        """Return what the guest is to do with plugged memory so that it is in a zone; empty where
        that is its policy.
        """
        online = ONLINE_BY_ZONE.get(zone, "")
        return "" if online == self.machine.guest.policy.online else online

    @property
    def hanging(self) -> Object | None:
        """A device whose unplug never ends, for that is the guest's policy."""
        if self.machine.guest.policy.unplug != HANG:
            return None
        pending = (item for item in self.devices if is_unplug_pending(self.machine, item))
        return next(pending, None)

    @property
    def backends(self) -> list[Object]:
        """Every memory backend, in order of creation."""
        return list(self.machine.backends)

    @property
    def devices(self) -> list[Object]:
        """Every device that was plugged, with an id or without, in order of creation."""
        named, anonymous = self.machine.peripheral, self.machine.peripheral_anon
        return [*named.children.values(), *anonymous.children.values()]
