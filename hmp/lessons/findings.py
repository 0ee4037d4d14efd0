"""What a check found: the classes of checks, each of which says whether it holds, and why not."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist.queries import memory_device_of
from hmp.encoding import to_unicode
from hmp.grammar.numbers import parse_size
from hmp.lessons.items import (
    KINDS,
    NO,
    YES,
    Kind,
    name_of,
    reference,
    removal,
    show,
    user_of,
    value_of,
)
from hmp.lessons.situation import Situation
from hmp.machine.qom.object import Object
from hmp.units import format_size

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

COMPARISONS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIGNS = {
    "=": "{}",
    "!=": "anything but {}",
    "<": "less than {}",
    "<=": "at most {}",
    ">": "more than {}",
    ">=": "at least {}",
}
# What is asked for in a step of several commands before all of them are typed.
UNFINISHED = ("free", "pending")


class Finding(NamedTuple):
    """Why a check does not hold; with `is_mistake` something was done otherwise than wanted, and
    else it was not done yet.
    """

    text: str
    is_mistake: bool = False


class Condition(NamedTuple):
    """A value that is wanted: `size = 512M`."""

    name: str
    sign: str
    expected: str

    def holds(self, actual: object) -> bool:
        """Compare integers as numbers (sizes in bytes), and everything else as equal texts."""
        if actual is None:
            return False
        if isinstance(actual, bool):
            actual = "on" if actual else "off"
        if isinstance(actual, int):
            try:
                return bool(COMPARISONS[self.sign](actual, parse_size(self.expected)))
            except ValueError:
                return False
        is_equal = str(actual) == self.expected
        return is_equal if self.sign == "=" else self.sign == "!=" and not is_equal

    @property
    def wanted(self) -> str:
        """The value that is wanted, as messages show it."""
        return SIGNS[self.sign].format(self.expected)


class Check(ABC):
    """A check of a step; `text` is its line in the lesson."""

    text = ""

    @abstractmethod
    def find(self, situation: Situation) -> Finding | None:
        """Return why the check does not hold, None when it does."""

    def found(self, situation: Situation) -> list[Object]:
        """Return the things that the check wants and of which nothing is missing but what comes
        last in a step.
        """
        return []

    def holds(self, situation: Situation) -> bool:
        """Return whether the check holds."""
        return self.find(situation) is None

    def wants(self, refusal: str) -> bool:
        """Return whether the check wants a command to be refused with that message."""
        return False


class ItemCheck(Check):
    """There is a thing of a kind for which all conditions hold, or there is none (`wanted`)."""

    def __init__(self, kind: str, conditions: Sequence[Condition], wanted: bool) -> None:
        self._kind, self._conditions, self._wanted = KINDS[kind], conditions, wanted

    def find(self, situation: Situation) -> Finding | None:
        items = self._kind.items(situation)
        misses = {item: self._misses(situation, item) for item in items}
        fitting = [item for item in items if not misses[item]]
        if not self._wanted:
            return self._superfluous(fitting[-1]) if fitting else None
        if fitting:
            return None
        made = [item for item in items if situation.is_of_step(item)] or self.found(situation)
        if not made:
            for gone in situation.needed.get(self, ()):
                name = name_of(gone, self._kind)
                text = f"{name} is gone, which the step needs: learn undo, or learn again"
                return Finding(text, is_mistake=True)
            return Finding(f"there is no {self._described} yet")
        # The nearest one, of equal ones the last.
        nearest = min(reversed(made), key=lambda item: len(misses[item]))
        return describe_misses(situation, self._kind, nearest, misses[nearest])

    def found(self, situation: Situation) -> list[Object]:
        items = self._kind.items(situation) if self._wanted else []
        return [
            item
            for item in items
            if all(miss.name in UNFINISHED for miss in self._misses(situation, item))
        ]

    def _misses(self, situation: Situation, item: Object) -> list[Condition]:
        return [
            condition
            for condition in self._conditions
            if not condition.holds(value_of(situation.machine, item, condition.name))
        ]

    @property
    def _described(self) -> str:
        wanted = ", ".join(f"{item.name} {item.wanted}" for item in self._conditions)
        return f"{self._kind.title} with {wanted}" if wanted else self._kind.title

    def _superfluous(self, item: Object) -> Finding:
        return Finding(f"{name_of(item, self._kind)} is still there")


def describe_misses(
    situation: Situation, kind: Kind, item: Object, misses: list[Condition]
) -> Finding:
    """Return what is wrong with an object, and how it is mended."""
    machine, name = situation.machine, name_of(item, kind)
    wrong = next((miss for miss in misses if miss.name not in UNFINISHED), misses[0])
    actual = value_of(machine, item, wrong.name)
    if wrong.name == "pending":
        return Finding(f"no unplug of {name} is pending")
    if wrong.name == "free" and actual == YES:
        return Finding(f"nothing uses {name} yet")
    if wrong.name == "free" and actual == NO and (user := user_of(machine, item)):
        return Finding(f"{name} is in use: {removal(machine, user)}", True)
    remedy = f"{removal(machine, item)} and again"
    if wrong.name == "zone" and (online := situation.policy_for(wrong.expected)):
        remedy = f"guest policy online={online}, {remedy}"
    if kind.word == "virtio-mem" and wrong.name in ("size", "requested-size"):
        remedy = _resizing(machine, item, wrong.expected)
    label = "" if wrong.name == "size" else f"{wrong.name} "
    found = show(wrong.name, actual) if actual is not None else "nothing"
    text = f"{name} is there with {label}{found}, {wrong.wanted} is wanted: {remedy}"
    return Finding(text, is_mistake=situation.is_of_step(item))


def _resizing(machine: Machine, item: Object, size: str) -> str:
    """Return the commands that have a virtio-mem device be of a size."""
    memory = memory_device_of(item)
    if memory and parse_size(size) > memory.backend.size:
        return f"{removal(machine, memory.backend)} and again"
    return f"qom-set {reference(item)} requested-size {size}"


class PathCheck(Check):
    """An object exists at a path with a value, or does not exist (`wanted`)."""

    def __init__(self, path: str, condition: Condition | None, wanted: bool = True) -> None:
        self._path, self._condition, self._wanted = path, condition, wanted

    def find(self, situation: Situation) -> Finding | None:
        item = situation.machine.root.resolve_path(self._path)
        if item is None:
            return Finding(f"there is no {self._path} yet") if self._wanted else None
        if not self._wanted:
            return Finding(f"{self._path} is still there")
        condition = self._condition
        if not condition or condition.holds(value_of(situation.machine, item, condition.name)):
            return None
        kind = next((kind for kind in KINDS.values() if kind.includes(item)), KINDS["device"])
        return describe_misses(situation, kind, item, [condition])


class RefusalCheck(Check):
    """A command was refused with a message that contains some words, since the step began."""

    def __init__(self, words: str) -> None:
        self._words = words

    def wants(self, refusal: str) -> bool:
        return self._words in to_unicode(refusal)

    def find(self, situation: Situation) -> Finding | None:
        refused = [to_unicode(message) for message in situation.refused]
        if any(self._words in message for message in refused):
            return None
        wanted = f"“… {self._words} …”"
        if not situation.is_refused:
            return Finding(f"no command was refused with {wanted} yet")
        text = f"“{refused[-1]}” is another error than the {wanted} that is wanted"
        return Finding(text, is_mistake=True)


class EventCheck(Check):
    """An event has come since the step began, with values in its data or its info."""

    def __init__(self, name: str, conditions: Sequence[Condition]) -> None:
        self._name, self._conditions = name, conditions

    def find(self, situation: Situation) -> Finding | None:
        for event in situation.events:
            info = event.data.get("info")
            data = {**event.data, **(info if isinstance(info, dict) else {})}
            if event.name == self._name and all(
                item.holds(data.get(item.name)) for item in self._conditions
            ):
                return None
        if hanging := situation.hanging:
            text = (
                f"the unplug of {reference(hanging)} hangs, as the guest's policy is: learn again, "
                "and guest policy unplug=refuse before device_del"
            )
            return Finding(text, is_mistake=True)
        values = ", ".join(f"{item.name} {item.wanted}" for item in self._conditions)
        values = f" with {values}" if values else ""
        return Finding(f"the event {self._name}{values} has not come")


class ValueCheck(Check):
    """Something about the machine as a whole has a value."""

    def __init__(
        self,
        condition: Condition,
        read: Callable[[Situation], object],
        sentence: str,
        is_size: bool = False,
    ) -> None:
        self._condition, self._read = condition, read
        self._sentence, self._is_size = sentence, is_size

    def find(self, situation: Situation) -> Finding | None:
        actual = self._read(situation)
        if self._condition.holds(actual):
            return None
        shown = format_size(actual) if self._is_size and isinstance(actual, int) else str(actual)
        sentence = self._sentence.format(shown)
        return Finding(f"{sentence}, {self._condition.wanted} is wanted")
