"""Expressions of the monitor, in pyparsing: signed 64-bit, wrapping (spec/monitor.md section 4).

The only module that a command imports pyparsing through; it is loaded when the first expression is read.
"""

from __future__ import annotations

from operator import add, and_, mul, or_, sub, xor

import pyparsing as pp

from hmp.errors import InputError
from hmp.grammar import tokens
from hmp.grammar.numbers import LIMIT_64, read_number

MINIMUM = -(1 << 63)
_OPERATORS = {"+": add, "-": sub, "*": mul, "&": and_, "|": or_, "^": xor}


class _Fault(pp.ParseFatalException):
    """A fault that ends the reading at once, with the reference's sentence."""


def wrap(value: int) -> int:
    """A value as a signed 64-bit integer."""
    return (value - MINIMUM) % LIMIT_64 + MINIMUM


def divide(left: int, right: int) -> tuple[int, int]:
    """Quotient truncated toward zero, and the remainder that goes with it."""
    quotient = abs(left) // abs(right)
    quotient = quotient if (left < 0) == (right < 0) else -quotient
    return quotient, left - quotient * right


def _number(text: str, at: int, found: pp.ParseResults) -> int:
    value = read_number(found[0])
    if value >= LIMIT_64:
        raise _Fault(text, at, "number too large")
    return wrap(value)


def _character(text: str, at: int, found: pp.ParseResults) -> int:
    quoted = found[0]
    if len(quoted) == 1:
        raise _Fault(text, at, "character constant expected")
    if len(quoted) == 2:
        raise _Fault(text, at, "missing terminating ' character")
    return ord(quoted[1])


def _register(text: str, at: int, found: pp.ParseResults) -> int:
    raise _Fault(text, at, "unknown register")


def _no_value(text: str, at: int, found: pp.ParseResults) -> int:
    octet = text[at : at + 1]
    raise _Fault(text, at, f"invalid char '{octet}' in expression" if octet else "unexpected end of expression")


def _no_close(text: str, at: int, found: pp.ParseResults) -> int:
    raise _Fault(text, at, "')' expected")


def _unary(found: pp.ParseResults) -> int:
    value: int = found[-1]
    for sign in reversed(found[:-1]):
        value = wrap(-value) if sign == "-" else ~value if sign == "~" else value
    return value


def _zero_divisor(text: str, at: int, found: pp.ParseResults) -> None:
    if found[0] in "/%" and found[1] == 0:
        raise _Fault(text, at, "division by zero")


def _apply(left: int, operator: str, right: int) -> int:
    if operator in "/%":
        return wrap(divide(left, right)[operator == "%"])
    return wrap(_OPERATORS[operator](left, right))


def _left_to_right(found: pp.ParseResults) -> int:
    value: int = found[0]
    for operator, right in zip(found[1::2], found[2::2], strict=True):
        value = _apply(value, operator, right)
    return value


def build() -> pp.Forward:
    """The grammar, loosest operators first; the diagrams are drawn from the names given here."""
    expression = pp.Forward()
    expression.set_name("expression")
    number = pp.Regex(tokens.NUMBER).set_name("number").set_parse_action(_number)
    character = pp.Regex("'(?:.'?)?").set_name("character").set_parse_action(_character)
    register = pp.Regex(tokens.REGISTER).set_name("register").set_parse_action(_register)
    close = pp.Suppress(")") | pp.Empty().set_parse_action(_no_close)
    group = (pp.Suppress("(") + expression + close).set_name("group")
    missing = pp.Empty().set_parse_action(_no_value)
    value = (number | character | register | group | missing).set_name("value")
    unary = (pp.ZeroOrMore(pp.one_of("+ - ~")) + value).set_name("unary").set_parse_action(_unary)
    level: pp.ParserElement = unary
    for name, operators in (("product", "* / %"), ("bits", "& | ^"), ("sum", "+ -")):
        pair = (pp.one_of(operators) + level).set_parse_action(_zero_divisor)
        level = (level + pp.ZeroOrMore(pair)).set_name(name).set_parse_action(_left_to_right)
    expression.__ilshift__(level)
    for element in (expression, close, missing):
        element.leave_whitespace(recursive=False)
    return expression


pp.ParserElement.set_default_whitespace_chars(" \t\n\v\f\r")
EXPRESSION = build().parse_with_tabs()


def read_expression(line: str, at: int) -> tuple[int, int]:
    """The value at `at` and the offset before the first octet that can't continue it; InputError with the fault."""
    try:
        for found, _start, end in EXPRESSION.scan_string(line[at:], max_matches=1):
            return int(found[0]), at + end
    except pp.ParseBaseException as fault:
        raise InputError(str(fault.msg), span=(at + fault.loc, at + fault.loc + 1)) from None
    except RecursionError:
        raise InputError("expression nested too deeply") from None
    raise InputError("unexpected end of expression")
