"""Diagnose a line without running it: the errors that it would cause, and their spans.

A line that parses is checked by its command against the live machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from hmp.assist.dry_run import dry_run
from hmp.assist.properties import OBJECT_KEY, settable_options
from hmp.errors import (
    DeviceNotFoundError,
    HmpError,
    InvalidParameterError,
    MissingParameterError,
    Span,
    UnexpectedParameterError,
)
from hmp.grammar.command_line import CommandInfo, CommandSet, ParsedLine
from hmp.grammar.opts import Option, check_identifier
from hmp.grammar.parameters import Flag
from hmp.machine.machine import Machine
from hmp.machine.qom.object import PropertyNotFoundError, find_link
from hmp.machine.qom.property import Link, NodeList, Property
from hmp.machine.qom.visitors import KeyvalVisitor


class Diagnostic(NamedTuple):
    """An error, and the span of the line (in bytes) that causes it."""

    start: int
    end: int
    error: HmpError

    def is_at(self, cursor: int | None) -> bool:
        """Return whether the cursor is in the span or touches it."""
        return cursor is not None and self.start <= cursor <= self.end


def diagnose(
    machine: Machine,
    known: CommandSet[CommandInfo],
    line: ParsedLine[CommandInfo],
    cursor: int | None = None,
) -> list[Diagnostic]:
    """Return the error that the monitor would reply with, then those of other options in order.

    What is at the cursor (an offset in bytes) is still being typed, so it is left out.
    """
    error = dry_run(machine, known, line)
    found = [Diagnostic(*_span(line, error), error)] if error else []
    seen = {(each.start, each.end) for each in found}
    found += [each for each in _option_errors(machine, line) if (each.start, each.end) not in seen]
    return [each for each in found if not each.is_at(cursor)]


def _span(line: ParsedLine[CommandInfo], error: HmpError) -> Span:
    if error.span:
        return error.span
    if line.options:
        return _option_span(line, error)
    words = [item.node for item in line.arguments if not isinstance(item.parameter, Flag)]
    about = next(
        (node for node in words if node.value == error.parameter), words[0] if words else line.name
    )
    return about.span


def _option_span(line: ParsedLine[CommandInfo], error: HmpError) -> Span:
    end = line.arguments[-1].node.end
    # This error carries no parameter: any option that names the object can be at fault.
    if isinstance(error, DeviceNotFoundError):
        linked = (
            option.value_span
            for option in line.options
            if option.value == error.path and option.value_span
        )
        return next(linked, (end, end))
    option = next(
        (option for option in reversed(line.options) if option.key == error.parameter), None
    )
    if option:
        is_key = isinstance(
            error, (UnexpectedParameterError, InvalidParameterError, PropertyNotFoundError)
        )
        return option.key_span if is_key or not option.value_span else option.value_span
    members = (
        option.key_span for option in line.options if option.key.startswith(f"{error.parameter}.")
    )
    if error.parameter or isinstance(error, MissingParameterError):
        return next(members, (end, end))
    return line.options[0].value_span or line.options[0].key_span


def _option_errors(machine: Machine, line: ParsedLine[CommandInfo]) -> Iterator[Diagnostic]:
    """Yield the errors of all unknown options and invalid values.

    The monitor replies with only one of them (docs/qemu-behaviour/backends.md §5).
    """
    if not line.options:
        return
    known = settable_options(line.implied_key, line.type_name, machine.type_source)
    if not known or any(option.asks_for_help for option in line.options):
        return
    for option in line.options:
        item = known.get(option.key)
        if item and option.value_span:
            error = _value_error(machine, option, item)
            if error:
                yield Diagnostic(*option.value_span, error)
        # A list is given by its elements: host-nodes.0=1.
        elif option.key.partition(".")[0] not in (*known, line.implied_key):
            yield Diagnostic(*option.key_span, _unknown_key(line, option.key))


def _unknown_key(line: ParsedLine[CommandInfo], key: str) -> HmpError:
    if line.implied_key == OBJECT_KEY:
        return UnexpectedParameterError(key)
    return PropertyNotFoundError(line.type_name, key)


def _value_error(machine: Machine, option: Option, item: Property) -> HmpError | None:
    try:
        if item.name == "id":
            check_identifier(option.value)
        elif isinstance(item.type, Link):
            find_link(machine.root, item, option.value)
        elif not isinstance(item.type, NodeList):
            item.type.read(KeyvalVisitor(), option.key, option.value)
    except HmpError as error:
        return error
    return None
