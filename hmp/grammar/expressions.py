"""Expressions of the monitor, in pyparsing: signed 64-bit, wrapping (docs/qemu-behaviour/monitor.md
§4).

An error is a value like others: an operator passes on the error of its left side before that of its
right one, since QEMU reports the first error on the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from operator import add, and_, mul, or_, sub, xor

import pyparsing as pp

from hmp.grammar import terminals
from hmp.grammar.elements import either, error_terminal, terminal, verbatim
from hmp.grammar.errors import ExpressionError
from hmp.grammar.nodes import Node
from hmp.grammar.numbers import parse_number
from hmp.units import U64

MINIMUM = -(1 << 63)
_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": add,
    "-": sub,
    "*": mul,
    "&": and_,
    "|": or_,
    "^": xor,
}
Value = Node | ExpressionError
REGISTERS = frozenset(
    (
        *("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "rip", "pc", "eflags"),
        *(f"r{number}" for number in range(8, 16)),
        *("cs", "ds", "es", "fs", "gs", "ss", "fs_base", "gs_base", "k_gs_base"),
        *(f"{name}.limit" for name in ("cs", "ds", "es", "fs", "gs", "ss")),
        *("cr0", "cr2", "cr3", "cr4", "cr8", "efer", "fctrl", "fstat", "ftag", "mxcsr"),
        *("fiseg", "fioff", "foseg", "fooff", "fop"),
    )
)
registers: ContextVar[Mapping[str, int] | None] = ContextVar("registers", default=None)
"""The values of the registers while a line is parsed, 0 for those that are missing; None where
there is no CPU. pyparsing hands nothing through to its actions.
"""


def wrap(value: int) -> int:
    """Return a value as a signed 64-bit integer."""
    return (value - MINIMUM) % U64 + MINIMUM


def divide(left: int, right: int) -> tuple[int, int]:
    """Return the quotient truncated toward zero, as in C, and its remainder."""
    quotient = abs(left) // abs(right)
    quotient = quotient if (left < 0) == (right < 0) else -quotient
    return quotient, left - quotient * right


def _number(found: re.Match[str]) -> Value:
    value = parse_number(found[0])
    if value >= U64:
        return ExpressionError("number too large", span=found.span())
    return Node(wrap(value), *found.span())


def _character(found: re.Match[str]) -> Value:
    return Node(ord(found["byte"]), *found.span())


def _bad_character(found: re.Match[str]) -> ExpressionError:
    return ExpressionError(
        "missing terminating ' character" if found[0][1:] else "character constant expected"
    )


def _register(found: re.Match[str]) -> Value:
    name, values = found[0][1:], registers.get()
    if values is None or name not in REGISTERS:
        return ExpressionError("unknown register", span=found.span())
    return Node(wrap(values.get(name, 0)), *found.span())


def _no_value(found: re.Match[str]) -> ExpressionError:
    character = found["bad"]
    return ExpressionError(
        f"invalid char '{character}' in expression" if character else "unexpected end of expression"
    )


def _unary(found: pp.ParseResults) -> list[Value]:
    *signs, value = found
    for sign in reversed(signs):
        if isinstance(value, Node):
            number = {"+": value.value, "-": wrap(-value.value), "~": ~value.value}[sign.value]
            value = Node(number, sign.start, value.end)
    return [value]


def _left_to_right(found: pp.ParseResults) -> list[Value]:
    value: Value = found[0]
    for operator, right in zip(found[1::2], found[2::2], strict=True):
        if isinstance(value, Node):
            value = _apply(value, operator.value, right)
    return [value]


def _apply(left: Node, operator: str, right: Value) -> Value:
    if not isinstance(right, Node):
        return right
    if operator not in "/%":
        number = _OPERATORS[operator](left.value, right.value)
    elif right.value:
        number = divide(left.value, right.value)[operator == "%"]
    else:
        return ExpressionError("division by zero", span=right.span)
    # MINIMUM / -1 wraps to MINIMUM, where QEMU crashes (docs/qemu-behaviour/monitor.md §4).
    return Node(wrap(number), left.start, right.end)


def _token(name: str, pattern: str) -> pp.ParserElement:
    return terminal(name, pattern, verbatim)


def _build() -> pp.Forward:
    """Return the element; products bind first, then bit operators, then sums."""
    expression = pp.Forward()
    expression.set_name("expression").leave_whitespace(recursive=False)
    number = terminal("number", terminals.NUMBER, _number)
    character = terminal("character", terminals.CHARACTER, _character)
    bad_character = error_terminal(terminals.BAD_CHARACTER, _bad_character)
    register = terminal("register", terminals.REGISTER, _register)
    # These two consume nothing: the error is about the byte in the way, or about the end.
    no_close = error_terminal(r"(?=(?P<bad>.?))", lambda found: ExpressionError("')' expected"))
    no_value = error_terminal(r"(?=(?P<bad>.?))", _no_value)
    group = _token("(", r"\(") + expression + either(_token(")", r"\)"), no_close)
    group.set_name("group").add_parse_action(_inside)
    # The order counts: BAD_CHARACTER matches the start of a good one, no_value everything.
    value = either(number, character, bad_character, register, group, no_value).set_name("value")
    level = (
        pp.And([pp.ZeroOrMore(_token("sign", "[-+~]")), value])
        .set_name("unary")
        .add_parse_action(_unary)
    )
    # In C a sum binds more tightly than `&`, here less (docs/qemu-behaviour/monitor.md §4).
    for name, operators in (("product", "[*/%]"), ("bits", "[&|^]"), ("sum", "[-+]")):
        level = (level + pp.ZeroOrMore(_token(f"{name} operator", operators) + level)).set_name(
            name
        )
        level.add_parse_action(_left_to_right)
    expression <<= level
    return expression


def _inside(found: pp.ParseResults) -> list[Value]:
    start, value, end = found
    if isinstance(value, Node):
        # An error inside comes before that of a missing parenthesis.
        return [
            end if isinstance(end, ExpressionError) else Node(value.value, start.start, end.end)
        ]
    return [value]


EXPRESSION = _build()
