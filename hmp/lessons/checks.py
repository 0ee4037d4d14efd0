"""What holds on a machine after a step: a small language over the object tree, the host's memory
and the last plug.

    /objects/mem1                          an object is there          no /objects/mem1    and not
    /objects/mem1 size = 1G                a property, with = != < <= > >=
    resident /objects/mem1 >= 16M          bytes that the host gave
    pages /objects/mem1 = 2M               in pages of a size
    pending /machine/peripheral/dimm1      it was asked to go and has not gone
    last plug refused "not enough space"   the last plug was refused with these words
    plugged = 1G        slots free = 1     what the machine has
    unplug = refuse                        what the guest answers to an unplug
    stopped             running            whether the machine runs

Only the state is looked at; what was typed is not known here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pyparsing as pp

from hmp.errors import HmpError, InputError
from hmp.grammar.numbers import parse_size
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.memory.smaps import Residency, areas, residency
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
    """One line of a check: as it was written, and whether it holds on a machine."""

    text: str
    holds: Predicate


def read_check(line: str) -> Check:
    """Read a line; InputError for one that is no check."""
    try:
        (holds,) = _CHECK.parse_string(line, parse_all=True)
    except pp.ParseBaseException as error:
        raise InputError(f"'{line}' is no check: {error}") from None
    return Check(line, holds)


def _find(machine: Machine, path: str) -> Object | None:
    return machine.root.follow(path)


def _exists(found: pp.ParseResults) -> Predicate:
    return lambda machine: _find(machine, found.path) is not None


def _is_missing(found: pp.ParseResults) -> Predicate:
    return lambda machine: _find(machine, found.path) is None


def _property(found: pp.ParseResults) -> Predicate:
    def holds(machine: Machine) -> bool:
        node = _find(machine, found.path)
        try:
            return node is not None and _compares(node.get(found.name), found.sign, found.value)
        except HmpError:
            return False

    return holds


def _compares(present: object, sign: str, wanted: str) -> bool:
    """Numbers are compared as numbers, sizes in bytes; everything else as text."""
    if isinstance(present, bool):
        present = "on" if present else "off"
    if isinstance(present, int):
        try:
            return bool(COMPARISONS[sign](present, parse_size(wanted)))
        except ValueError:
            return False
    return bool(COMPARISONS[sign](str(present), wanted))


def _behind(machine: Machine, path: str) -> Residency | None:
    node = _find(machine, path)
    if not isinstance(node, MemoryBackend) or node.mapping is None:
        return None
    return residency(node.mapping.address, node.mapping.length, areas())


def _host(found: pp.ParseResults) -> Predicate:
    def holds(machine: Machine) -> bool:
        behind = _behind(machine, found.path)
        present = behind and (behind.resident if found.what == "resident" else behind.page_size)
        return present is not None and _compares(present, found.sign, found.value)

    return holds


def _pending(found: pp.ParseResults) -> Predicate:
    from hmp.assist.queries import is_unplug_pending

    def holds(machine: Machine) -> bool:
        node = _find(machine, found.path)
        return node is not None and is_unplug_pending(machine, node)

    return holds


def _last_plug(found: pp.ParseResults) -> Predicate:
    return lambda machine: (
        machine.last_plug is not None and found.words in machine.last_plug.refusal
    )


def _amount(found: pp.ParseResults) -> Predicate:
    def holds(machine: Machine) -> bool:
        plugged = sum(device.plugged_size for device in machine.memory_devices)
        free = machine.slot_count - len(machine.busy_slots)
        return _compares(plugged if found.what == "plugged" else free, found.sign, found.value)

    return holds


def _answer(found: pp.ParseResults) -> Predicate:
    return lambda machine: _compares(
        machine.guest.policy.unplug or "as memory allows", found.sign, found.value
    )


def _runs(found: pp.ParseResults) -> Predicate:
    return lambda machine: machine.run_state.is_running is (found.what == "running")


def _grammar() -> pp.ParserElement:
    path = pp.Regex(r"/[^\s]+")("path")
    compared = pp.one_of(list(COMPARISONS))("sign") + pp.Regex(r"\S+")("value")
    return pp.MatchFirst(
        (
            (pp.Suppress("no") + path).set_parse_action(_is_missing),
            (pp.one_of("resident pages")("what") + path + compared).set_parse_action(_host),
            (pp.Suppress("pending") + path).set_parse_action(_pending),
            (pp.Suppress("last plug refused") + pp.QuotedString('"')("words")).set_parse_action(
                _last_plug
            ),
            (
                (pp.Literal("plugged") | pp.Literal("slots free"))("what") + compared
            ).set_parse_action(_amount),
            pp.one_of("stopped running")("what").set_parse_action(_runs),
            (pp.Suppress("unplug") + compared).set_parse_action(_answer),
            (path + pp.Regex(r"[a-z][\w-]*")("name") + compared).set_parse_action(_property),
            path.copy().set_parse_action(_exists),
        )
    )


_CHECK = _grammar()
