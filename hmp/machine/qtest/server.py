"""The object qtest: a character device whose client tests the machine, and a log of what is said
(docs/qemu-behaviour/qtest.md §1).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from hmp.errors import HmpError, HostCallError, StateError
from hmp.machine import system_calls
from hmp.machine.chardevs.device import CharacterDevice, FrontEnd, write_all
from hmp.machine.objects.base import MachineObject
from hmp.machine.qom.property import HostPath, Property, Text

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.qom.object import Object

NO_LOG = "none"
STDERR = 2
RECEIVED, SENT, INFORMATION = "R", "S", "I"


class ServerExistsError(StateError):
    """There is a qtest object, and there can be no other."""

    def __init__(self) -> None:
        super().__init__("Only one instance of qtest can be created")


class _SetAtCreation(Property[str]):
    """A property that can't be set while the object is in use."""

    def set(self, instance: object, value: object) -> None:
        if isinstance(instance, Qtest) and instance.device:
            raise StateError(f"Property '{self.name}' can not be set now")
        super().set(instance, value)


class Qtest(MachineObject, FrontEnd):
    """qtest: answers one client after the other.

    `intercepted` is the device whose interrupts a client gets; once set it stays, also for those
    that come later.
    """

    type_name = "qtest"
    greets = False
    chardev = _SetAtCreation(Text(), "The character device of the client", "", required=True)
    log = _SetAtCreation(HostPath(), "A file for what is said, or none; stderr without it", "")

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self.device: CharacterDevice | None = None
        self.intercepted: Object | None = None
        self._gets_inputs = False
        self._levels: dict[int, bool] = {}
        self._send: Callable[[bytes], None] | None = None
        self._log_file: int | None = None
        self._opened_at = 0.0

    def complete(self) -> None:
        device = self.machine.chardevs.find(self.chardev)
        if device is None:
            raise StateError(f"Cannot find character device '{self.chardev}'")
        if self.machine.qtest:
            raise ServerExistsError
        device.attach(self)
        self._log_file = self._open_log()
        self.machine.qtest = self
        self.machine.chardevs.on_front_end(device)

    def moved_to(self, device: CharacterDevice) -> None:
        self.device = device

    def release(self) -> None:
        self.machine.qtest = None
        if self.device:
            self.device.detach(self)
            self.machine.chardevs.on_front_end(self.device)
        self.device = self._send = None
        self.close_log()

    def _open_log(self) -> int | None:
        if not self.log:
            return STDERR
        if self.log == NO_LOG:
            return None
        # Without O_NONBLOCK a FIFO would wait for its reader.
        flags = system_calls.O_WRONLY | system_calls.O_CREAT | system_calls.O_TRUNC
        try:
            return system_calls.open_file(
                self.log.encode("latin-1"), flags | system_calls.O_NONBLOCK
            )
        except HostCallError:
            # QEMU goes on without a log (experiment: a folder that does not exist).
            return None

    def close_log(self) -> None:
        """Close the file of the log."""
        if self._log_file not in (None, STDERR):
            system_calls.close(self._log_file)
        self._log_file = None

    def opened(self, send: Callable[[bytes], None]) -> None:
        """Take note of a client, and of how it gets what it does not ask for."""
        self._send, self._opened_at = send, time.monotonic()
        self._levels.clear()
        self._write_log(b"[I 0.000000] OPENED\n")

    def closed(self) -> None:
        """Take note that the client is gone."""
        self._send = None
        self._log_line(INFORMATION, " CLOSED\n")

    def answer(self, line: str) -> Iterator[str]:
        """Do what a line asks for, and yield the answer in parts; none to an empty line."""
        words = line.split(" ") if line else []
        self._log_line(RECEIVED, "".join(f" {word}" for word in words) + "\n")
        if not words:
            return
        from hmp.machine.qtest.commands import run_command

        begin = ""
        try:
            for part in run_command(self.machine, words):
                if part:
                    self._log_part(part, not begin)
                    begin = "\n"
                yield part
        except HmpError as error:
            # The host may fail in the middle of an answer.
            text = f"{begin}FAIL {error.message}\n"
            self._log_part(text, not begin)
            yield text

    def _log_part(self, part: str, is_first: bool) -> None:
        if is_first:
            self._log_line(SENT, f" {part}")
        else:
            self._write_log(part.encode("latin-1"))

    def _log_line(self, kind: str, text: str) -> None:
        if self._log_file is not None:
            seconds = time.monotonic() - self._opened_at
            self._write_log(f"[{kind} +{seconds:.6f}]{text}".encode("latin-1"))

    def _write_log(self, data: bytes) -> None:
        if self._log_file is not None:
            write_all(self._log_file, data)

    def intercept(self, device: Object, inputs: bool) -> None:
        """Let clients get the inputs of a device from now on, or its outputs, of which it has none;
        do nothing when they do already.
        """
        if self.intercepted is None:
            self.intercepted, self._gets_inputs = device, inputs

    @property
    def is_listening(self) -> bool:
        """Whether a client gets interrupts."""
        return self._gets_inputs and self._send is not None

    def set_line(self, number: int, level: bool) -> None:
        """Tell the client that an interrupt line of the device that it watches has changed."""
        if not self.is_listening or self._levels.get(number, False) == level:
            return
        self._levels[number] = level
        text = f"IRQ {'raise' if level else 'lower'} {number}\n"
        self._log_line(SENT, f" {text}")
        assert self._send is not None
        self._send(text.encode())
