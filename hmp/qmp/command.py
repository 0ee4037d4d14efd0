"""The description of a QMP command: its parameters, its result type and its handler.

`registry.py` collects them, and `schema.py` generates query-qmp-schema from them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from importlib import import_module
from typing import Any, NamedTuple

from hmp.errors import MissingParameterError, ParameterTypeError, UnexpectedParameterError
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp import types
from hmp.qmp.members import read_members, read_value
from hmp.qmp.types import EMPTY, Type

Arguments = dict[str, Any]
# The first argument is the context (context.py), which holds the table of commands.
Handler = Callable[[Any, Arguments], object]
Steps = Generator[None, None, object]
"""What a handler is whose work may be long: it yields between steps, when others are served, and
returns the result.
"""
_JSON = QObjectVisitor()


class Parameter(NamedTuple):
    """A parameter of a command; with `unsigned` it is a 64-bit number without a sign."""

    name: str
    type: Type = types.STRING
    optional: bool = False
    unsigned: bool = False

    def read(self, raw: object) -> object:
        """Return the value of an argument, checked by its type.

        Raises:
            InputError: It has another type (docs/qemu-behaviour/qmp.md §A5).
        """
        kind = self.type
        if kind == types.STRING:
            return _JSON.text(self.name, raw)
        if kind == types.BOOLEAN:
            return _JSON.boolean(self.name, raw)
        if kind == types.INTEGER:
            return _JSON.integer(self.name, raw, 64, not self.unsigned)
        if kind == types.NUMBER:
            return _number(self.name, raw)
        if isinstance(kind, types.Enumeration):
            return _JSON.enumeration(self.name, raw, kind.values)
        if isinstance(kind, types.Structure):
            return read_value(self.name, kind, raw)
        if isinstance(kind, types.List):
            return self._read_list(kind.element, raw)
        return raw

    def _read_list(self, element: Type, raw: object) -> list[object]:
        if not isinstance(raw, list):
            raise ParameterTypeError(self.name, "array")
        return [
            _read_element(f"{self.name}[{index}]", element, item) for index, item in enumerate(raw)
        ]


def _read_element(name: str, kind: Type, raw: object) -> object:
    # QEMU calls an element `null` if it is a string that is none of its enumeration's
    # (docs/qemu-behaviour/qmp.md §A4).
    if isinstance(kind, types.Enumeration):
        return _JSON.enumeration("null", _JSON.text(name, raw), kind.values)
    return Parameter(name, kind).read(raw)


def _number(name: str, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise ParameterTypeError(name, "number")
    return float(raw)


class LazyHandler:
    """A handler that imports its module at the first call, so that the program starts faster."""

    def __init__(self, module: str, function: str) -> None:
        self.module, self.function = module, function

    def __call__(self, ctx: object, arguments: Arguments) -> object:
        module = import_module(f"hmp.qmp.commands.{self.module}")
        return getattr(module, self.function)(ctx, arguments)


class QmpCommand(NamedTuple):
    """A command of QMP.

    With `allows_extra` the handler gets all arguments, unchecked those that are not declared. Those
    of a command with `is_recorded` are the ones of QEMU's schema.
    """

    name: str
    handler: Handler
    parameters: tuple[Parameter, ...] = ()
    returns: Type = EMPTY
    allows_extra: bool = False
    is_recorded: bool = False

    def run(self, ctx: object, given: Arguments) -> object:
        """Check the arguments, run the command and return its result, or Steps that are to be taken
        for it; HmpError when it fails.
        """
        return self.handler(ctx, self.read(given))

    def read(self, given: Arguments) -> Arguments:
        """Return the checked arguments by name.

        QEMU checks the declared ones in order, and for unexpected ones last
        (docs/qemu-behaviour/qmp.md §A5).

        Raises:
            InputError: The first argument that is missing, wrong or unexpected.
        """
        if self.is_recorded:
            from hmp.qmp.schema_file import arguments_of

            return read_members("", arguments_of(self.name), given)
        found: Arguments = {}
        for parameter in self.parameters:
            if parameter.name in given:
                found[parameter.name] = parameter.read(given[parameter.name])
            elif not parameter.optional:
                raise MissingParameterError(parameter.name)
        if self.allows_extra:
            return given
        for name in given:
            if name not in found:
                raise UnexpectedParameterError(name)
        return found
