"""-add-fd: inherited descriptors for the sets that /dev/fdset/N names."""

from __future__ import annotations

import os
from typing import NamedTuple

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import option_context
from hmp.cmdline.inert.option_lists import parse_group
from hmp.cmdline.options import Option
from hmp.errors import HostCallError, HostError, ParameterError
from hmp.grammar.numbers import parse_option_number
from hmp.machine import system_calls
from hmp.machine.host.descriptors import FIRST_USABLE
from hmp.units import U64


class AddedDescriptor(NamedTuple):
    """A copy of an inherited descriptor, and the set it belongs to."""

    descriptor: int
    number: int
    opaque: str | None


def take_add_fd(configuration: Configuration, option: Option) -> None:
    """Take a descriptor, which is looked at when all options are known; HmpError for a key or
    number that is none.
    """
    warn = configuration.located_warning(option.location)
    given = parse_group("add-fd", option.argument, warn)
    number, fdset = (_signed(given.get(key, "-1"), key) for key in ("fd", "set"))

    def add() -> None:
        with option_context(option.location):
            added = _added(number, fdset, given.get("opaque"))
        configuration.descriptors.append(added)

    configuration.add_check(Stage.PARSED, add)


def _added(number: int, fdset: int, opaque: str | None) -> AddedDescriptor:
    """Return a copy of a descriptor; HmpError when it is none that can be used, or there is no
    set's number.
    """
    if number < 0:
        raise ParameterError("fd", "fd option is required and must be non-negative")
    if number < FIRST_USABLE:
        raise ParameterError("fd", "fd cannot be a standard I/O stream")
    try:
        os.fstat(number)
    except (OSError, OverflowError):
        raise ParameterError("fd", "fd is not valid or already in use") from None
    if fdset < 0:
        raise ParameterError("set", "set option is required and must be non-negative")
    try:
        copy = system_calls.duplicate(number)
    except HostCallError as error:
        raise HostError.from_call("error duplicating fd", error) from None
    return AddedDescriptor(copy, fdset, opaque)


def _signed(text: str, key: str) -> int:
    value = parse_option_number(key, text)
    return value - U64 if value >= U64 // 2 else value
