"""The commands' records: handlers take what their syntax names."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from hmp.commands.command import Command, LazyHandler
from hmp.commands.registry import COMMANDS
from hmp.grammar.parameters import (
    Expression,
    Flag,
    FormatParameter,
    KeyvalOrJson,
    Opts,
    Parameter,
    Rest,
    Size,
    Word,
    Words,
)

ALL_COMMANDS = [*COMMANDS.commands.values(), *COMMANDS.info.values()]


def value_type(parameter: Parameter) -> str:
    """What a handler gets for an argument."""
    if isinstance(parameter, Words):
        return "list[str | None]" if parameter.lenient else "list[str]"
    kind = VALUE_TYPES[type(parameter)]
    return f"{kind} | None" if parameter.optional and parameter.default is None else kind


VALUE_TYPES: dict[type[Parameter], str] = {
    Word: "str",
    Rest: "str",
    Opts: "list[Option]",
    KeyvalOrJson: "Keyval | dict[str, object]",
    Expression: "int",
    Size: "int",
    FormatParameter: "Format",
    Flag: "bool",
}


def loaded(function: Callable[..., object]) -> Callable[..., object]:
    """Return the function itself, which may be imported only when it is called."""
    return function.load() if isinstance(function, LazyHandler) else function


@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: command.names_text)
def test_handlers_take_what_their_syntax_names(command: Command) -> None:
    taken = dict(inspect.signature(loaded(command.handler)).parameters)
    assert next(iter(taken)) == "ctx" and taken.pop("ctx").annotation == "Context"
    declared = {parameter.name: value_type(parameter) for parameter in command.syntax}
    others = next((item for item in taken.values() if item.kind is item.VAR_KEYWORD), None)
    if others is not None:
        # It takes all that it does not name, or what has one type.
        del taken[others.name]
        rest = {name for name in declared if name not in taken}
        assert others.annotation == "object" or {declared[name] for name in rest} == {
            others.annotation
        }
        declared = {name: kind for name, kind in declared.items() if name in taken}
    assert {name: parameter.annotation for name, parameter in taken.items()} == declared
    if command.check:
        assert list(inspect.signature(loaded(command.check)).parameters) == ["machine", *declared]
