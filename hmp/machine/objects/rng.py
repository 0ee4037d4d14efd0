"""rng-random, rng-egd and rng-builtin: where a random number generator would have its numbers."""

from __future__ import annotations

from typing import ClassVar

from hmp.errors import FileOpenError, HostCallError
from hmp.machine import system_calls
from hmp.machine.objects.base import FixedAtCreation, MachineObject, Opened
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Boolean, HostPath, Text


class RngBuiltin(UserObject):
    """rng-builtin: numbers of the program itself."""

    type_name = "rng-builtin"
    ancestors: ClassVar[tuple[str, ...]] = ("rng-backend",)
    opened = Opened(Boolean(), default=True, listed=False)


class RngEgd(MachineObject):
    """rng-egd: numbers from a daemon behind a character device."""

    type_name = "rng-egd"
    ancestors: ClassVar[tuple[str, ...]] = ("rng-backend",)
    opened = Opened(Boolean(), default=True, listed=False)
    chardev = FixedAtCreation(Text(), default="", required=True)

    def complete(self) -> None:
        self.take_chardev(self.chardev)


class RngRandom(UserObject):
    """rng-random: numbers from a file, which is opened and not read."""

    type_name = "rng-random"
    ancestors: ClassVar[tuple[str, ...]] = ("rng-backend",)
    opened = Opened(Boolean(), default=True, listed=False)
    filename = FixedAtCreation(HostPath(), default="/dev/urandom")

    def complete(self) -> None:
        path: str = self.filename
        flags = system_calls.O_RDONLY | system_calls.O_NONBLOCK
        try:
            system_calls.close(system_calls.open_file(path.encode("latin-1"), flags))
        except HostCallError as error:
            raise FileOpenError(path, error.errno) from None
