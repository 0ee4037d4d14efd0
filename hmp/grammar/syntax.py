"""The pyparsing grammar of each kind of parameter, and of a whole line.

Where nothing else fits, a production for the error matches: every line can be parsed, and a wrong
or unfinished one yields its first arguments, too. `grammar/hmp.ebnf` and the diagrams are generated
from these objects.
"""

from __future__ import annotations

import re
from functools import cache, partial, singledispatch

import pyparsing as pp

from hmp.errors import HmpError
from hmp.grammar import terminals
from hmp.grammar.elements import (
    REST,
    UNREADABLE,
    WORD,
    badly_quoted,
    either,
    error_terminal,
    terminal,
    verbatim,
)
from hmp.grammar.errors import (
    ExpressionRangeError,
    ExtraneousTextError,
    FormatError,
    SizeExpectedError,
    StringExpectedError,
    UnsupportedFlagError,
)
from hmp.grammar.expressions import EXPRESSION
from hmp.grammar.nodes import Format, Node
from hmp.grammar.numbers import parse_mebibytes
from hmp.grammar.option_lists import JSON, keyval_text, opts_word
from hmp.grammar.parameters import (
    Argument,
    Expression,
    Flag,
    FormatParameter,
    KeyvalOrJson,
    Opts,
    Parameter,
    Rest,
    Size,
    Syntax,
    Word,
    Words,
)
from hmp.units import U32

FORMAT = terminal(
    "format",
    terminals.FORMAT,
    lambda found: Node(Format.of(found["count"], found["letters"]), *found.span()),
)


@singledispatch
def element(parameter: Parameter, command: str, later_flags: str) -> pp.ParserElement:
    """Return the element for one kind of parameter; `command` is for the messages of errors."""
    raise NotImplementedError


def _missing(command: str, expected: str = "string") -> pp.ParserElement:
    return error_terminal(r"\Z", lambda found: StringExpectedError(command, expected))


@element.register
def _word(parameter: Word, command: str, later_flags: str) -> pp.ParserElement:
    expected = parameter.expected
    found = [WORD, badly_quoted(command, expected)]
    return either(*found) if parameter.optional else either(*found, _missing(command, expected))


@element.register
def _words(parameter: Words, command: str, later_flags: str) -> pp.ParserElement:
    return pp.ZeroOrMore(either(WORD, UNREADABLE if parameter.lenient else badly_quoted(command)))


@element.register
def _rest(parameter: Rest, command: str, later_flags: str) -> pp.ParserElement:
    return REST if parameter.optional else either(REST, _missing(command))


@element.register
def _opts(parameter: Opts, command: str, later_flags: str) -> pp.ParserElement:
    return opts_word(parameter.implied_key, command)


@element.register
def _keyval_or_json(parameter: KeyvalOrJson, command: str, later_flags: str) -> pp.ParserElement:
    return either(keyval_text(parameter.implied_key), JSON, _missing(command))


@element.register
def _size(parameter: Size, command: str, later_flags: str) -> pp.ParserElement:
    def value(found: re.Match[str]) -> Node | HmpError:
        try:
            return Node(parse_mebibytes(found[0]), *found.span())
        except ValueError:
            return SizeExpectedError(span=found.span())

    return either(
        terminal("size", terminals.SIZE_ARGUMENT, value),
        error_terminal(r"\S*", lambda found: SizeExpectedError()),
    )


@element.register
def _format(parameter: FormatParameter, command: str, later_flags: str) -> pp.ParserElement:
    return either(
        FORMAT, error_terminal(terminals.BAD_FORMAT, lambda found: FormatError(found["bad"]))
    )


@element.register
def _flag(parameter: Flag, command: str, later_flags: str) -> pp.ParserElement:
    # The letter of a later flag leaves this one unset; any other letter is an error.
    flag = terminal(
        f"-{parameter.letter}", f"-{parameter.letter}", lambda found: Node(True, *found.span())
    )
    others = f"(?![{later_flags}])" if later_flags else ""
    return either(
        flag,
        error_terminal(
            f"-{others}(?P<letter>.?)", lambda found: UnsupportedFlagError(command, found["letter"])
        ),
    )


@element.register
def _expression(parameter: Expression, command: str, later_flags: str) -> pp.ParserElement:
    def check_range(found: pp.ParseResults) -> list[Node | HmpError]:
        node = found[0]
        if isinstance(node, Node) and parameter.bits == 32 and not 0 <= node.value < U32:
            return [
                ExpressionRangeError(
                    f"'{command}' has failed: integer is for 32-bit values", span=node.span
                )
            ]
        if isinstance(node, Node) and not parameter.signed and node.value < 0:
            return [ExpressionRangeError("enter a positive value", span=node.span)]
        return [node]

    expression = EXPRESSION.copy().add_parse_action(check_range)
    return _unless_at_end(expression) if parameter.optional else expression


def _unless_at_end(expression: pp.ParserElement) -> pp.ParserElement:
    """Return the element with no match at the end of the line, where an expression is an error."""
    more = terminal("argument", ".", verbatim)
    more.show_in_diagram = False
    look = pp.FollowedBy(more).leave_whitespace(recursive=False)
    look.show_in_diagram = False
    return (look + expression).leave_whitespace(recursive=False)


def argument(parameter: Parameter, command: str, later_flags: str = "") -> pp.ParserElement:
    """Return the element for one argument; its result is an Argument, an error, or both."""
    parsed = element(parameter, command, later_flags)
    if parameter.optional and not isinstance(parameter, Words):
        parsed = pp.Opt(parsed)
    # A copy, since elements such as WORD are shared and an element keeps every action added to it.
    return parsed.copy().add_parse_action(
        lambda found: [
            item if isinstance(item, HmpError) else Argument(parameter, item) for item in found
        ]
    )


@cache
def arguments(command: str, syntax: Syntax) -> pp.ParserElement:
    """Return the element for the arguments of a command up to the end of the line."""
    elements = []
    for number, parameter in enumerate(syntax):
        later_flags = "".join(
            later.letter for later in syntax[number + 1 :] if isinstance(later, Flag)
        )
        elements.append(argument(parameter, command, later_flags))
    end = terminal("end of line", terminals.LINE_END, partial(_line_end, command))
    end.show_in_diagram = False
    return pp.And([*elements, end])


def _line_end(command: str, found: re.Match[str]) -> HmpError | None:
    # An element that always matches costs less than one that matches only an error.
    if not found[0]:
        return None
    error = ExtraneousTextError(command)
    error.span = found.span()
    return error


@cache
def command_line(head: str, command: str, syntax: Syntax) -> pp.ParserElement:
    """Return the element for a whole line; `head` is the terminal before the arguments.

    It is cached, since making it takes longer than parsing a line with it.
    """
    # pyparsing would expand tabs first: offsets would be wrong, and so would text taken verbatim.
    return (terminal("command name", head, verbatim) + arguments(command, syntax)).parse_with_tabs()
