"""-add-fd: inherited descriptors for the sets that /dev/fdset/N names."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from hmp.cmdline.inert.option_lists import parse_group
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


def parse_add_fd(text: str, warn: Callable[..., None]) -> AddedDescriptor:
    """Return the descriptor of a -add-fd.

    Raises:
        HmpError: It is none that can be used, or there is no set's number.
    """
    given = parse_group("add-fd", text, warn)
    number = _signed(given.get("fd", "-1"), "fd")
    if number < 0:
        raise ParameterError("fd", "fd option is required and must be non-negative")
    if number < FIRST_USABLE:
        raise ParameterError("fd", "fd cannot be a standard I/O stream")
    try:
        os.fstat(number)
    except (OSError, OverflowError):
        raise ParameterError("fd", "fd is not valid or already in use") from None
    fdset = _signed(given.get("set", "-1"), "set")
    if fdset < 0:
        raise ParameterError("set", "set option is required and must be non-negative")
    try:
        copy = system_calls.duplicate(number)
    except HostCallError as error:
        raise HostError.from_call("error duplicating fd", error) from None
    return AddedDescriptor(copy, fdset, given.get("opaque"))


def _signed(text: str, key: str) -> int:
    value = parse_option_number(key, text)
    return value - U64 if value >= U64 // 2 else value
