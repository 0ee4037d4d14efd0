"""Parse the checks of a step: predicates on the object tree, host memory and the last plug.

/objects/mem1                          an object exists; `no /objects/mem1`: it does not
/objects/mem1 size = 1G                a property, with = != < <= > >=
resident /objects/mem1 >= 16M          resident bytes
pages /objects/mem1 = 2M               the size of its pages
pending /machine/peripheral/dimm1      its unplug is pending
last plug failed "not enough space"    the last plug failed with this in its message
plugged = 1G        slots free = 1     plugged bytes, free memory slots
unplug = refuse                        the guest policy for unplugs
stopped             running            whether the machine runs
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pyparsing as pp

from hmp.errors import HmpError, InputError
from hmp.grammar.numbers import parse_size
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.memory.smaps import Residency, read_smaps, residency
from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

Predicate = Callable[["Machine"], bool]
COMPARISONS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Check(NamedTuple):
    """A check: its line, and a predicate on a machine."""

    text: str
    holds: Predicate


def parse_check(line: str) -> Check:
    """Return the check of a line; raise InputError for an invalid one."""
    try:
        (holds,) = _CHECK.parse_string(line, parse_all=True)
    except pp.ParseBaseException as error:
        raise InputError(f"'{line}' is no check: {error}") from None
    return Check(line, holds)


def _find(machine: Machine, path: str) -> Object | None:
    return machine.root.resolve_path(path)


def _exists(found: pp.ParseResults) -> Predicate:
    return lambda machine: _find(machine, found.path) is not None


def _is_missing(found: pp.ParseResults) -> Predicate:
    return lambda machine: _find(machine, found.path) is None


def _property(found: pp.ParseResults) -> Predicate:
    def holds(machine: Machine) -> bool:
        node = _find(machine, found.path)
        try:
            return node is not None and _compare(node.get(found.name), found.sign, found.value)
        except HmpError:
            return False

    return holds


def _compare(actual: object, sign: str, expected: str) -> bool:
    """Compare integers as numbers (sizes in bytes), and everything else as text."""
    if isinstance(actual, bool):
        actual = "on" if actual else "off"
    if isinstance(actual, int):
        try:
            return bool(COMPARISONS[sign](actual, parse_size(expected)))
        except ValueError:
            return False
    return bool(COMPARISONS[sign](str(actual), expected))


def _residency(machine: Machine, path: str) -> Residency | None:
    node = _find(machine, path)
    if not isinstance(node, MemoryBackend) or node.mapping is None:
        return None
    return residency(node.mapping.address, node.mapping.length, read_smaps())


def _host_memory(found: pp.ParseResults) -> Predicate:
    def holds(machine: Machine) -> bool:
        memory = _residency(machine, found.path)
        actual = memory and (memory.resident if found.what == "resident" else memory.page_size)
        return actual is not None and _compare(actual, found.sign, found.value)

    return holds


def _pending(found: pp.ParseResults) -> Predicate:
    from hmp.assist.queries import is_unplug_pending

    def holds(machine: Machine) -> bool:
        node = _find(machine, found.path)
        return node is not None and is_unplug_pending(machine, node)

    return holds


def _last_plug(found: pp.ParseResults) -> Predicate:
    return lambda machine: machine.last_plug is not None and found.words in machine.last_plug.error


def _capacity(found: pp.ParseResults) -> Predicate:
    def holds(machine: Machine) -> bool:
        plugged = sum(device.plugged_size for device in machine.memory_devices)
        free = machine.slot_count - len(machine.busy_slots)
        return _compare(plugged if found.what == "plugged" else free, found.sign, found.value)

    return holds


def _unplug_policy(found: pp.ParseResults) -> Predicate:
    return lambda machine: _compare(
        machine.guest.policy.unplug or "as memory allows", found.sign, found.value
    )


def _run_state(found: pp.ParseResults) -> Predicate:
    return lambda machine: machine.run_state.is_running is (found.what == "running")


def _grammar() -> pp.ParserElement:
    path = pp.Regex(r"/[^\s]+")("path")
    compared = pp.one_of(list(COMPARISONS))("sign") + pp.Regex(r"\S+")("value")
    # The first match wins, so a path with a property stands before one alone.
    return pp.MatchFirst(
        (
            (pp.Suppress("no") + path).set_parse_action(_is_missing),
            (pp.one_of("resident pages")("what") + path + compared).set_parse_action(_host_memory),
            (pp.Suppress("pending") + path).set_parse_action(_pending),
            (pp.Suppress("last plug failed") + pp.QuotedString('"')("words")).set_parse_action(
                _last_plug
            ),
            (
                (pp.Literal("plugged") | pp.Literal("slots free"))("what") + compared
            ).set_parse_action(_capacity),
            pp.one_of("stopped running")("what").set_parse_action(_run_state),
            (pp.Suppress("unplug") + compared).set_parse_action(_unplug_policy),
            (path + pp.Regex(r"[a-z][\w-]*")("name") + compared).set_parse_action(_property),
            path.copy().set_parse_action(_exists),
        )
    )


_CHECK = _grammar()
