"""The commands of the test protocol: a line of words in, a line out (docs/qemu-behaviour/qtest.md).

Numbers are C's. QEMU aborts where a word is missing or no number; here that is an error.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from hmp.errors import InputError, StateError
from hmp.grammar.numbers import check_signed, parse_integer
from hmp.machine.qom.object import Object, resolve
from hmp.machine.qtest.memory import read_memory, write_memory
from hmp.units import GIB, U64

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MAX_BYTES = GIB
"""How much memory one command may read or write."""
MAX_PORT = 0xFFFF
IO_APIC, IO_APIC_PINS, UNNAMED_LINES = "ioapic", 24, "unnamed-gpio-in"
WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}
# The modules of QEMU's build that this processor's program can load (experiment: module_load).
MODULES = (
    *("accel-qtest", "audio-alsa", "audio-oss", "chardev-baum", "hw-display-virtio-gpu"),
    *("hw-display-virtio-gpu-pci", "hw-display-virtio-vga", "hw-uefi-vars", "hw-usb-host"),
    *("hw-usb-redirect", "hw-usb-smartcard", "ui-curses"),
)
MIN_DATA_CHARACTERS = len("0x0")
OK, TOO_SHORT = "OK\n", "ERR invalid argument size\n"
Handler = Callable[["Machine", list[str]], Iterator[str]]


class Command(NamedTuple):
    """A command that takes at least so many words."""

    words: int
    run: Handler


def run_command(machine: Machine, words: list[str]) -> Iterator[str]:
    """Run a command and yield its answer, in parts.

    Raises:
        HmpError: It is unknown or can't be done; nothing has been yielded.
    """
    name, *arguments = words
    command = _find(machine, name)
    if len(arguments) < command.words:
        raise InputError(f"{name} takes {command.words} words, not {len(arguments)}")
    yield from command.run(machine, arguments)


def _find(machine: Machine, name: str) -> Command:
    if name not in COMMANDS or (name in CLOCK_COMMANDS and not machine.virtual_clock):
        raise InputError(f"Unknown command '{name}'")
    return COMMANDS[name]


def _unsigned(text: str) -> int:
    try:
        return parse_integer(text) % U64
    except ValueError:
        raise InputError(f"'{text}' is no number of 64 bits") from None


def _signed(text: str) -> int:
    try:
        value = parse_integer(text)
        check_signed(value)
        return value
    except ValueError:
        raise InputError(f"'{text}' is no signed number of 64 bits") from None


def _port(text: str) -> int:
    port = _unsigned(text)
    if port > MAX_PORT:
        raise InputError(f"there is no I/O port 0x{port:x}")
    return port


def _size(text: str, least: int = 0) -> int:
    size = _unsigned(text)
    if not least <= size <= MAX_BYTES:
        raise InputError(f"{size} bytes are not from {least} to {MAX_BYTES}")
    return size


def _check_cpu(machine: Machine) -> None:
    if not machine.has_cpu:
        raise StateError("there is no CPU that could use memory")


def _read_port(machine: Machine, words: list[str], width: int) -> Iterator[str]:
    yield f"OK 0x{machine.ports.read(_port(words[0]), width):04x}\n"


def _write_port(machine: Machine, words: list[str], width: int) -> Iterator[str]:
    port, value = _port(words[0]), _unsigned(words[1])
    machine.ports.write(port, value % (1 << 8 * width), width)
    yield OK


def _read_word(machine: Machine, words: list[str], width: int) -> Iterator[str]:
    _check_cpu(machine)
    data = b"".join(read_memory(machine.address_space, _unsigned(words[0]), width))
    yield f"OK 0x{int.from_bytes(data, 'little'):016x}\n"


def _write_word(machine: Machine, words: list[str], width: int) -> Iterator[str]:
    addr, value = _unsigned(words[0]), _unsigned(words[1])
    data = (value % (1 << 8 * width)).to_bytes(width, "little")
    return _write_bytes(machine, addr, data)


def _write_bytes(machine: Machine, addr: int, data: bytes) -> Iterator[str]:
    return _write(machine, addr, len(data), lambda at, size: data[at : at + size])


def _write(
    machine: Machine, addr: int, size: int, content: Callable[[int, int], bytes]
) -> Iterator[str]:
    _check_cpu(machine)
    for _ in write_memory(machine.address_space, addr, size, content):
        yield ""
    yield OK


def _read(machine: Machine, words: list[str]) -> Iterator[str]:
    addr, size = _unsigned(words[0]), _size(words[1], least=1)
    return _answer_in_parts(machine, addr, size, "OK 0x", bytes.hex)


def _read_base64(machine: Machine, words: list[str]) -> Iterator[str]:
    addr, size = _unsigned(words[0]), _size(words[1])
    return _answer_in_parts(machine, addr, size, "OK ", _base64)


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def _answer_in_parts(
    machine: Machine, addr: int, size: int, begin: str, encode: Callable[[bytes], str]
) -> Iterator[str]:
    _check_cpu(machine)
    for part in read_memory(machine.address_space, addr, size):
        yield begin + encode(part)
        begin = ""
    yield f"{begin}\n"


def _write_hex(machine: Machine, words: list[str]) -> Iterator[str]:
    addr, size, text = _unsigned(words[0]), _size(words[1]), words[2]
    if len(text) < MIN_DATA_CHARACTERS:
        return iter((TOO_SHORT,))
    # Whatever two characters are in front; what the text lacks is zeros.
    data = bytes(map(_nibbles, text[2::2], text[3::2]))[:size]

    def content(at: int, length: int) -> bytes:
        return data[at : at + length].ljust(length, b"\0")

    return _write(machine, addr, size, content)


def _nibbles(high: str, low: str) -> int:
    """Return the byte of two digits; one that is none has all bits set, and those left of it."""
    return (_nibble(high) << 4 | _nibble(low)) % 256


def _nibble(digit: str) -> int:
    return int(digit, 16) if digit in "0123456789abcdefABCDEF" else -1


def _write_base64(machine: Machine, words: list[str]) -> Iterator[str]:
    addr, size = _unsigned(words[0]), _size(words[1])
    if len(words[2]) < MIN_DATA_CHARACTERS:
        return iter((TOO_SHORT,))
    # Other characters count for nothing, nor do those of an unfinished group of four.
    text = re.sub("[^A-Za-z0-9+/=]", "", words[2])
    return _write_bytes(machine, addr, _decode(text[: len(text) // 4 * 4])[:size])


def _decode(text: str) -> bytes:
    """Return the bytes of groups of four digits, of which the last two may be missing anywhere."""
    body, padding = text[:-4], text[-4:]
    if "=" not in body and re.fullmatch("[^=]{4}|[^=]{3}=|[^=]{2}==|", padding):
        return binascii.a2b_base64(text)
    data = bytearray()
    for at in range(0, len(text), 4):
        group = text[at : at + 4]
        # A missing digit counts as A, the digit 0.
        three = binascii.a2b_base64(group.replace("=", "A"))
        data += three[:1] + three[1:2] * (group[2] != "=") + three[2:] * (group[3] != "=")
    return bytes(data)


def _fill(machine: Machine, words: list[str]) -> Iterator[str]:
    addr, size = _unsigned(words[0]), _size(words[1])
    byte = bytes([_unsigned(words[2]) % 256])
    return _write(machine, addr, size, lambda at, length: byte * length)


def _step_clock(machine: Machine, words: list[str]) -> Iterator[str]:
    clock = machine.virtual_clock
    assert clock is not None
    before = clock.now
    due = before + _signed(words[0]) if words else clock.next_deadline()
    if due is None:
        raise StateError(
            "cannot advance clock to the next deadline because there is no pending deadline"
        )
    if not before < due < U64 // 2:
        raise StateError("could not advance time")
    clock.advance(due)
    yield f"OK {clock.now}\n"


def _set_clock(machine: Machine, words: list[str]) -> Iterator[str]:
    clock, time = machine.virtual_clock, _signed(words[0])
    assert clock is not None
    clock.advance(time)
    yield f"{'OK' if clock.now == time else 'FAIL'} {clock.now}\n"


def _find_device(machine: Machine, path: str) -> Object:
    found, _is_ambiguous = resolve(machine.root, path)
    if found is None:
        raise StateError("Unknown device")
    return found


def _intercept(machine: Machine, words: list[str], of_inputs: bool) -> Iterator[str]:
    found, qtest = _find_device(machine, words[0]), machine.qtest
    assert qtest is not None
    if qtest.intercepted not in (None, found):
        raise StateError("IRQ intercept already enabled")
    if found.type_name != IO_APIC:
        raise StateError("No intercepts installed")
    qtest.intercept(found, of_inputs)
    yield OK


def _set_line(machine: Machine, words: list[str]) -> Iterator[str]:
    found, lines, number = _find_device(machine, words[0]), words[1], _signed(words[2])
    level = _signed(words[3])
    if found.type_name != IO_APIC or lines != UNNAMED_LINES or not 0 <= number < IO_APIC_PINS:
        raise StateError(f"{words[0]} has no interrupt line {lines}[{number}]")
    assert machine.qtest is not None
    machine.qtest.set_line(number, bool(level))
    yield OK


def _load_module(machine: Machine, words: list[str]) -> Iterator[str]:
    yield OK if f"{words[0]}{words[1]}" in MODULES else "FAIL\n"


def _tell_endianness(machine: Machine, words: list[str]) -> Iterator[str]:
    yield "OK little\n"


CLOCK_COMMANDS = {"clock_step": Command(0, _step_clock), "clock_set": Command(1, _set_clock)}
"""Without the accelerator qtest they are unknown."""
COMMANDS = {
    **CLOCK_COMMANDS,
    **{
        f"in{letter}": Command(1, partial(_read_port, width=width))
        for letter, width in WIDTHS.items()
        if width < 8
    },
    **{
        f"out{letter}": Command(2, partial(_write_port, width=width))
        for letter, width in WIDTHS.items()
        if width < 8
    },
    **{
        f"read{letter}": Command(1, partial(_read_word, width=width))
        for letter, width in WIDTHS.items()
    },
    **{
        f"write{letter}": Command(2, partial(_write_word, width=width))
        for letter, width in WIDTHS.items()
    },
    "read": Command(2, _read),
    "write": Command(3, _write_hex),
    "b64read": Command(2, _read_base64),
    "b64write": Command(3, _write_base64),
    "memset": Command(3, _fill),
    "irq_intercept_in": Command(1, partial(_intercept, of_inputs=True)),
    "irq_intercept_out": Command(1, partial(_intercept, of_inputs=False)),
    "set_irq_in": Command(4, _set_line),
    "module_load": Command(2, _load_module),
    "endianness": Command(0, _tell_endianness),
}
