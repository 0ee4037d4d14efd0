"""What -cpu asks for: a model, and properties that its CPUs get."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hmp.errors import InputError, StateError
from hmp.grammar.numbers import parse_frequency
from hmp.machine.boards.types import Board
from hmp.machine.cpus.recorded import CpuModel, cpu_models


class UnknownCpuModelError(StateError):
    """No CPU model has that name."""

    parameter = "cpu"

    def __init__(self, name: str) -> None:
        super().__init__(f"unable to find CPU model '{name}'")
        self.name = name


class CpuOptions(NamedTuple):
    """A model with its properties as text; `switched_on` and `switched_off` come after them, in
    this order (experiment: `-cpu qemu64,+pcid,pcid=off` and `-pcid,+pcid`).
    """

    model: CpuModel
    properties: list[tuple[str, str]]
    switched_on: list[str]
    switched_off: list[str]


def parse_cpu_options(text: str, board: Board, warn: Callable[[str], None]) -> CpuOptions:
    """Return what the argument of -cpu asks for; properties are checked with the CPUs.

    Raises:
        InputError: It is empty, or a frequency is none.
        UnknownCpuModelError: There is no such model.
    """
    name, *words = text.split(",") if text else [""]
    if not text:
        raise InputError("-cpu option cannot be empty")
    model = cpu_models(board).get(name)
    if model is None:
        raise UnknownCpuModelError(name)
    options = CpuOptions(model, [], [], [])
    ambiguous = False
    for word in words:
        if word.startswith("+"):
            options.switched_on.append(word[1:])
        elif word.startswith("-"):
            options.switched_off.append(word[1:])
        elif word:
            ambiguous |= _take_property(options, word, warn)
    if ambiguous:
        warn("Compatibility of ambiguous CPU model strings won't be kept on future QEMU versions")
    return options


def _take_property(options: CpuOptions, word: str, warn: Callable[[str], None]) -> bool:
    """Take `name=value`; return whether the name was switched before."""
    key, equals, value = word.partition("=")
    name, value = key.replace("_", "-"), value if equals else "on"
    ambiguous = False
    for sign, switched in (("+", options.switched_on), ("-", options.switched_off)):
        if name in switched:
            ambiguous = True
            warn(f'Ambiguous CPU model string. Don\'t mix both "{sign}{name}" and "{name}={value}"')
    if name == "tsc-freq":
        name, value = "tsc-frequency", str(_frequency(value))
    options.properties.append((name, value))
    return ambiguous


def _frequency(text: str) -> int:
    try:
        return parse_frequency(text)
    except ValueError:
        raise InputError(f"bad numerical value {text}") from None
