"""Parse the checks of a step.

backend size = 512M, prealloc = on     there is such a backend, whatever its id
dimm slot = 0    virtio-mem size = 1G  the same of DIMMs, virtio-mem devices
device type = virtio-balloon-pci       ... and of all devices; what can be asked is in `items.py`
no dimm      no backend size = 64M     there is none
refused "slot 0 is busy"               a command was refused with these words since the step began
event ACPI_DEVICE_OST status = 130     an event has come since then
last plug chose addr                   the last plug succeeded at an address that was asked for
last plug failed "not enough space"    the last plug failed with this in its message
plugged = 1G        slots free = 1     plugged bytes, free memory slots
guest unplug = refuse                  the guest's policy: unplug, online, latency, ...
stopped             running            whether the machine runs
/objects/mem1       no /objects/mem1   an object of that path exists, or does not
/objects/mem1 size = 1G                ... with a property, or one of those in `items.py`
resident /objects/mem1 >= 16M          the same as /objects/mem1 resident >= 16M; so is `pages`
pending /machine/peripheral/dimm1      the same as ... pending = yes

Signs are = != < <= > >=. Ids are up to the user: where they don't matter, check things by kind.
"""

from __future__ import annotations

from typing import Any

import pyparsing as pp

from hmp.errors import InputError
from hmp.guest.policy import format_policy
from hmp.lessons.findings import (
    COMPARISONS,
    Check,
    Condition,
    EventCheck,
    Finding,
    ItemCheck,
    PathCheck,
    RefusalCheck,
    ValueCheck,
)
from hmp.lessons.items import KINDS, YES
from hmp.lessons.situation import Situation
from hmp.machine.events import EVENTS
from hmp.text import one_line

FORMS = (
    'backend|dimm|virtio-mem|device [KEY = VALUE, ...]; no KIND; refused "WORDS"; '
    'event NAME [KEY = VALUE]; last plug failed "WORDS"; last plug chose addr; plugged = SIZE; '
    "slots free = N; guest KEY = VALUE; stopped; running; /PATH [KEY = VALUE]; no /PATH"
)


class CheckSyntaxError(InputError):
    """A line is no check."""

    def __init__(self, line: str) -> None:
        super().__init__(f"'{one_line(line)}' is no check; there are: {FORMS}")
        self.line = line


def parse_check(line: str) -> Check:
    """Return the check of a line; raise CheckSyntaxError for an invalid one."""
    try:
        (check,) = _CHECK.parse_string(line, parse_all=True)
    except pp.ParseBaseException:
        raise CheckSyntaxError(line) from None
    assert isinstance(check, Check)
    check.text = line
    return check


class _LastPlugFailed(Check):
    def __init__(self, words: str) -> None:
        self._words = words

    def wants(self, refusal: str) -> bool:
        return self._words in refusal

    def find(self, situation: Situation) -> Finding | None:
        attempt = situation.machine.last_plug
        if attempt is not None and self._words in attempt.error:
            return None
        return Finding(f"the last plug did not fail with “… {self._words} …”")


class _LastPlugChose(Check):
    def find(self, situation: Situation) -> Finding | None:
        attempt = situation.plug
        if attempt is None or attempt.error or attempt.search is None:
            return Finding("nothing was plugged yet")
        if attempt.search.wanted:
            return None
        return Finding(
            f"the machine chose the address {hex(attempt.addr or 0)} itself: learn undo, and "
            "again with addr=",
            is_mistake=True,
        )


class _RunState(Check):
    def __init__(self, wanted: str) -> None:
        self._wanted = wanted

    def find(self, situation: Situation) -> Finding | None:
        is_running = situation.machine.run_state.is_running
        if is_running is (self._wanted == "running"):
            return None
        return Finding("the machine runs: stop" if is_running else "the machine is stopped: cont")


def _plugged(situation: Situation) -> object:
    return situation.machine.plugged_size()


def _free_slots(situation: Situation) -> object:
    return situation.machine.slot_count - len(situation.machine.busy_slots)


def _policy(found: pp.ParseResults) -> Check:
    condition = _condition(found)

    def read(situation: Situation) -> object:
        _system, *items = format_policy(situation.machine.guest.policy).split(",")
        policy = dict(item.split("=", 1) for item in items)
        return policy.get(condition.name, DEFAULT_POLICY.get(condition.name, "not set"))

    return ValueCheck(condition, read, f"guest policy {condition.name} is {{}}")


# What a policy that does not say so means.
DEFAULT_POLICY = {"online": "movable", "unplug": "release", "cpus": "online"}


def _condition(found: Any) -> Condition:
    return Condition(found["name"], found["sign"], found["value"])


def _conditions(found: pp.ParseResults) -> list[Condition]:
    given: Any = found["conditions"] if "conditions" in found else []  # noqa: SIM401 (no dict)
    return [_condition(item) for item in given]


def _item(found: pp.ParseResults, wanted: bool) -> Check:
    return ItemCheck(found["kind"], _conditions(found), wanted)


def _of_machine(found: pp.ParseResults) -> Check:
    condition = _condition(found)
    if condition.name == "plugged":
        return ValueCheck(condition, _plugged, "{} is plugged", is_size=True)
    return ValueCheck(condition, _free_slots, "{} slots are free")


def _at_path(found: pp.ParseResults) -> Check:
    return PathCheck(found["path"], _condition(found) if "sign" in found else None)


def _grammar() -> pp.ParserElement:
    sign = pp.one_of(list(COMPARISONS))("sign")
    compared = sign + pp.Regex(r"[^\s,]+")("value")
    condition = pp.Group(pp.Regex(r"[a-z][\w.-]*")("name") + compared)
    conditions = pp.Group(pp.DelimitedList(condition))("conditions")
    kind = pp.one_of(list(KINDS))("kind") + pp.Opt(conditions)
    path = pp.Regex(r"/[^\s]+")("path")
    words = pp.QuotedString('"')("words")
    named = pp.Regex(r"[a-z][\w-]*")("name") + compared
    # The first match wins.
    return pp.MatchFirst(
        (
            (pp.Suppress("no") + path).set_parse_action(
                lambda found: PathCheck(found["path"], None, wanted=False)
            ),
            (pp.Suppress("no") + kind).set_parse_action(lambda found: _item(found, wanted=False)),
            (pp.Suppress("refused") + words).set_parse_action(
                lambda found: RefusalCheck(found["words"])
            ),
            (
                pp.Suppress("event") + pp.one_of(list(EVENTS))("event") + pp.Opt(conditions)
            ).set_parse_action(lambda found: EventCheck(found["event"], _conditions(found))),
            (pp.Suppress("last plug failed") + words).set_parse_action(
                lambda found: _LastPlugFailed(found["words"])
            ),
            pp.Suppress("last plug chose addr").set_parse_action(lambda found: _LastPlugChose()),
            (
                (pp.Literal("plugged") | pp.Literal("slots free"))("name") + compared
            ).set_parse_action(_of_machine),
            pp.one_of("stopped running")("state").set_parse_action(
                lambda found: _RunState(found["state"])
            ),
            (
                pp.Suppress("guest") + named | pp.Literal("unplug")("name") + compared
            ).set_parse_action(_policy),
            kind.copy().set_parse_action(lambda found: _item(found, wanted=True)),
            (pp.Suppress("pending") + path).set_parse_action(
                lambda found: PathCheck(found["path"], Condition("pending", "=", YES))
            ),
            (pp.one_of("resident pages")("name") + path + compared).set_parse_action(_at_path),
            (path + pp.Opt(named)).set_parse_action(_at_path),
        )
    )


_CHECK = _grammar()
