"""Descriptors that clients and the command line hand over: by name, and in sets (getfd, add-fd)."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from typing import NamedTuple

from hmp.errors import HostCallError, HostError, ParameterValueError, StateError
from hmp.machine import system_calls

SET_PREFIX = "/dev/fdset/"
# What C reads as a number, into an int.
_SET_NUMBER = re.compile(r"[ \t\n\v\f\r]*\+?[0-9]+")
_INT_MAX = 2**31 - 1
_ACCESS_MODES = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
FIRST_USABLE = 3
"""Those before it are the standard streams."""


class NoDescriptorError(HostError):
    """A message came without a descriptor."""

    def __init__(self) -> None:
        super().__init__("No file descriptor supplied via SCM_RIGHTS")


class DescriptorNotFoundError(StateError):
    """No descriptor has that name."""

    parameter = "fdname"

    def __init__(self, name: str, problem: str = "not found") -> None:
        super().__init__(f"File descriptor named '{name}' {problem}")
        self.name = name


class SetPathError(HostCallError):
    """A path names no set, or no descriptor of it that can be used as asked."""


class SetMember(NamedTuple):
    """A descriptor of a set, and what a client remembers it by."""

    descriptor: int
    opaque: str | None


class Descriptors:
    """The descriptors that were handed over, until they are used or closed."""

    def __init__(self) -> None:
        self._named: dict[str, int] = {}
        self.sets: dict[int, list[SetMember]] = {}
        # The set of each copy that is in use: an empty set stays until they are closed.
        self._used: dict[int, int] = {}

    def name(self, name: str, descriptor: int | None) -> None:
        """Keep a descriptor under a name, in place of the one that has it.

        Raises:
            HmpError: There is none, or the name begins with a digit.
        """
        if descriptor is None:
            raise NoDescriptorError
        if name[:1].isdigit():
            system_calls.close(descriptor)
            raise ParameterValueError("fdname", "a name not starting with a digit")
        if name in self._named:
            system_calls.close(self._named[name])
        self._named[name] = descriptor

    def take(self, name: str) -> int:
        """Return the descriptor of a name, and forget the name; StateError when there is none."""
        if name not in self._named:
            raise DescriptorNotFoundError(name, "has not been found")
        return self._named.pop(name)

    def close_named(self, name: str) -> None:
        """Close the descriptor of a name; StateError when there is none."""
        if name not in self._named:
            raise DescriptorNotFoundError(name)
        system_calls.close(self._named.pop(name))

    def add(self, descriptor: int, number: int | None, opaque: str | None) -> int:
        """Add a descriptor to a set, by default to a new one, and return the set's number.

        Raises:
            ParameterValueError: The number is negative; the descriptor is closed.
        """
        if number is not None and number < 0:
            system_calls.close(descriptor)
            raise ParameterValueError("fdset-id", "a non-negative value")
        if number is None:
            number = 0
            while number in self.sets:
                number += 1
        self.sets.setdefault(number, []).append(SetMember(descriptor, opaque))
        return number

    def remove(self, number: int, descriptor: int | None) -> None:
        """Close one descriptor of a set, or all; StateError when there is no such one."""
        members = self.sets.get(number, [])
        gone = [item for item in members if descriptor in (None, item.descriptor)]
        if number not in self.sets or (descriptor is not None and not gone):
            which = f"fdset-id:{number}" + (f", fd:{descriptor}" if descriptor is not None else "")
            raise DescriptorNotFoundError(which)
        for item in gone:
            system_calls.close(item.descriptor)
            members.remove(item)
        self._drop_if_unused(number)

    def _drop_if_unused(self, number: int) -> None:
        if self.sets.get(number) == [] and number not in self._used.values():
            del self.sets[number]

    def open_path(self, path: str, flags: int) -> int | None:
        """Return a copy of a descriptor of the set that the path names, None for other paths.

        Raises:
            SetPathError: It names none (EINVAL), there is no such set (ENOENT), or none of it can
                be read or written so (EACCES).
            HostCallError: The descriptor can't be copied.
        """
        if not path.startswith(SET_PREFIX):
            return None
        text = path[len(SET_PREFIX) :]
        if not _SET_NUMBER.fullmatch(text) or int(text) > _INT_MAX:
            raise SetPathError("open", errno.EINVAL)
        number = int(text)
        if number not in self.sets:
            raise SetPathError("open", errno.ENOENT)
        for member in self.sets[number]:
            if _access_mode(member.descriptor) == flags & _ACCESS_MODES:
                copy = system_calls.duplicate(member.descriptor)
                self._used[copy] = number
                return copy
        raise SetPathError("open", errno.EACCES)

    def close_copy(self, descriptor: int) -> None:
        """Close what `open_path` returned; with the last copy an empty set goes, too."""
        system_calls.close(descriptor)
        number = self._used.pop(descriptor, None)
        if number is not None:
            self._drop_if_unused(number)

    def close(self) -> None:
        """Close all."""
        for descriptor in self._named.values():
            system_calls.close(descriptor)
        for members in self.sets.values():
            for member in members:
                system_calls.close(member.descriptor)
        self._named.clear()
        self.sets.clear()
        self._used.clear()


def _access_mode(descriptor: int) -> int:
    try:
        return fcntl.fcntl(descriptor, fcntl.F_GETFL) & _ACCESS_MODES
    except OSError:
        return -1
