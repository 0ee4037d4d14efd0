"""ringbuf: a character device that keeps the last output in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import InputError, ParameterError, StateError
from hmp.machine.chardevs.configs import RingbufOptions
from hmp.machine.chardevs.device import CharacterDevice

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class RingbufDevice(CharacterDevice):
    """The last bytes of the output, until they are read."""

    def open(self, machine: Machine, label: str) -> None:
        options = self.config.options
        assert isinstance(options, RingbufOptions)
        if options.size & options.size - 1:
            raise InputError("size of ringbuf chardev must be power of two")
        self._size, self._data = options.size, b""

    def write(self, data: bytes) -> None:
        self.log(data)
        self._data = (self._data + data)[-self._size :]

    def take(self, size: int) -> bytes:
        """Remove and return the oldest bytes, at most `size`."""
        found, self._data = self._data[:size], self._data[size:]
        return found


class NoDeviceError(StateError):
    """No character device has that name: another class of QMP than that of other objects."""

    parameter = "device"

    def __init__(self, label: str) -> None:
        super().__init__(f"Device '{label}' not found")
        self.label = label


class NoRingbufError(StateError):
    """A character device is no ring buffer."""

    parameter = "device"

    def __init__(self, label: str) -> None:
        super().__init__(f"{label} is not a ringbuf device")
        self.label = label


def find_ringbuf(machine: Machine, label: str) -> RingbufDevice:
    """Return the ring buffer of that name; StateError when there is none."""
    device = machine.chardevs.find(label)
    if device is None:
        raise NoDeviceError(label)
    if not isinstance(device, RingbufDevice):
        raise NoRingbufError(label)
    return device


def read_ringbuf(machine: Machine, label: str, size: int) -> bytes:
    """Take the oldest bytes out of a ring buffer, at most `size`.

    Raises:
        HmpError: There is no such ring buffer, or no byte is asked for.
    """
    buffer = find_ringbuf(machine, label)
    if size <= 0:
        raise ParameterError("size", "size must be greater than zero")
    return buffer.take(size)
