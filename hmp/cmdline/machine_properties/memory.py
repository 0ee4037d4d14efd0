"""-m: the initial memory, slots and maxmem (docs/qemu-behaviour/startup.md §7), and our KB, MB, GB
and TB.
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.errors import EarlyExit
from hmp.errors import (
    InvalidParameterError,
    NestedParameterError,
    StateError,
    UnexpectedParameterError,
)
from hmp.grammar import terminals
from hmp.grammar.numbers import parse_option_number, parse_size
from hmp.grammar.opts import HELP_WORDS, parse_opts, short_form_warning
from hmp.machine.memory.config import MemoryConfig
from hmp.machine.qom.visitors import KeyvalVisitor, StringInputVisitor
from hmp.units import MIB, U64, round_up

KEYS_HELP = "memory options:\n  maxmem=<size>\n  size=<size>\n  slots=<num>\n"
# QEMU's default, and the step to which it rounds up the size (docs/qemu-behaviour/startup.md §7).
DEFAULT_SIZE_BYTES = 128 * MIB
SIZE_STEP_BYTES = 8192


class MaximumSizeError(StateError):
    """maxmem is less than the initial memory, or leaves nothing for the slots; in bytes."""

    parameter = "maxmem"

    def __init__(self, maximum: int, size: int, message: str) -> None:
        super().__init__(message)
        self.maximum, self.size = maximum, size


def without_byte_letter(text: str) -> str:
    """Return `6GB` as `6G`: an extension of ours, since QEMU's memory-hotplug manual writes it."""
    return text[:-1] if terminals.fullmatch(r"[0-9.]+[KMGT]B", text) else text


def parse_memory(text: str, settings: dict[str, str], warn: Callable[..., None]) -> None:
    """Check a -m and merge it into the settings of the earlier ones.

    Raises:
        InputError: The first element that is wrong.
        EarlyExit: It asks for help.
    """
    # Element by element, the name before the value (docs/qemu-behaviour/startup.md §4).
    for item in parse_opts(text, "size"):
        if item.short_form in HELP_WORDS:
            # QEMU ends with 1 although it is no error (docs/qemu-behaviour/startup.md §4).
            raise EarlyExit(KEYS_HELP, status=1)
        if item.short_form is not None:
            warn(*short_form_warning(item))
        if item.key not in ("size", "slots", "maxmem"):
            raise InvalidParameterError(item.key)
        value = without_byte_letter(item.value)
        if item.key == "slots":
            parse_option_number(item.key, value)
        else:
            StringInputVisitor().size(item.key, value)
        settings[item.key] = value


def merge_memory(machine_memory: dict[str, object], settings: dict[str, str]) -> dict[str, object]:
    """Return the members of -machine memory.* overruled by those of -m.

    A -m size of 0 overrules nothing, and a size that ends with a digit is in MiB
    (docs/qemu-behaviour/startup.md §7).
    """
    merged = dict(machine_memory)
    size = settings.get("size")
    if size is not None and parse_size(size):
        merged["size"] = size + "M" if size[-1].isdigit() else size
    for member in ("slots", "maxmem"):
        if member in settings:
            merged["max-size" if member == "maxmem" else member] = settings[member]
    return merged


def parse_memory_config(memory: dict[str, object]) -> tuple[MemoryConfig, bool]:
    """Return the memory sizes in bytes, and whether a size was given
    (docs/qemu-behaviour/startup.md §7, stage 8).

    Raises:
        HmpError: A member is unknown or wrong, or the sizes do not fit together.
    """
    visitor = KeyvalVisitor()
    given = {name: _member(visitor, name, memory) for name in ("size", "max-size", "slots")}
    for key, value in memory.items():
        if key not in given:
            raise UnexpectedParameterError(f"memory.{key}")
        if isinstance(value, (dict, list)):
            raise NestedParameterError(f"memory.{key}")
    size = DEFAULT_SIZE_BYTES if given["size"] is None else given["size"]
    # 2^64 - 1 becomes 0, as in QEMU (docs/qemu-behaviour/startup.md §7).
    size = round_up(size, SIZE_STEP_BYTES) % U64
    maximum, slots = given["max-size"], given["slots"]
    if maximum is None:
        if slots is not None:
            raise StateError("slots specified but no max-size")
        return MemoryConfig(size, 0, size), given["size"] is not None
    _check_maximum(size, maximum, slots or 0)
    return MemoryConfig(size, slots or 0, maximum), bool(given["size"])


def _member(visitor: KeyvalVisitor, name: str, memory: dict[str, object]) -> int | None:
    if name not in memory:
        return None
    key = f"memory.{name}"
    return (
        visitor.integer(key, memory[name], 64, False)
        if name == "slots"
        else visitor.size(key, memory[name])
    )


def _check_maximum(size: int, maximum: int, slots: int) -> None:
    if maximum < size:
        raise MaximumSizeError(
            maximum,
            size,
            f"invalid value of maxmem: maximum memory size (0x{maximum:x}) must be "
            f"at least the initial memory size (0x{size:x})",
        )
    if maximum == size and slots:
        raise MaximumSizeError(
            maximum,
            size,
            "invalid value of maxmem: memory slots were specified but maximum memory "
            f"size (0x{maximum:x}) is equal to the initial memory size (0x{size:x})",
        )
