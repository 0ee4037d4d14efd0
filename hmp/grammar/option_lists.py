"""The option lists of monitor lines, in pyparsing: QemuOpts in a word, dotted key=value text, and
JSON. Spans are offsets in the line, inside quotes too.
"""

from __future__ import annotations

import re
from functools import partial

import pyparsing as pp

from hmp.errors import HmpError, Span
from hmp.grammar import keyval, opts, terminals
from hmp.grammar.elements import WORD_LIMIT, either, error_terminal, terminal, unescape, verbatim
from hmp.grammar.errors import OptionIdError, QuotingError
from hmp.grammar.nodes import Node, OptionList
from hmp.grammar.opts import Option


def opts_word(implied_key: str, command: str = "") -> pp.ParserElement:
    """Return the element of a word, plain or quoted, that holds a QemuOpts list."""
    collect = partial(_collect_opts, implied_key)
    return either(
        _plain_opts(implied_key).add_parse_action(collect),
        _quoted_opts(implied_key, command).add_parse_action(collect),
    ).set_name("option list")


def _plain_opts(implied_key: str) -> pp.ParserElement:
    option = partial(opts.option_of, implied_key=implied_key)
    patterns = terminals.OPTIONS_IN_WORD
    return (
        terminal("first option", patterns.first, option)
        + pp.ZeroOrMore(terminal("option", patterns.later, option, after_blanks=False))
        + terminal("trailing comma", patterns.end, verbatim, after_blanks=False)
    )


def _quoted_opts(implied_key: str, command: str) -> pp.ParserElement:
    def option(found: re.Match[str]) -> Option:
        # Escapes are replaced after the list is split: none of them stands for a comma or `=`.
        parsed = opts.option_of(found, implied_key)
        return parsed.replace(key=unescape(parsed.key), value=unescape(parsed.value))

    patterns = terminals.OPTIONS_IN_QUOTES
    bad_quoting = error_terminal(
        ".*", lambda found: QuotingError(command, found[0], in_options=True), after_blanks=False
    )
    return (
        terminal("quote", '"', verbatim)
        + pp.Opt(
            terminal("first option in quotes", patterns.first, option, after_blanks=False)
            + pp.ZeroOrMore(
                terminal("option in quotes", patterns.later, option, after_blanks=False)
            )
        )
        + terminal("trailing comma in quotes", patterns.end, verbatim, after_blanks=False)
        + either(terminal("quote", '"', verbatim, after_blanks=False), bad_quoting)
    )


def _collect_opts(
    implied_key: str, text: str, at: int, found: pp.ParseResults
) -> list[OptionList | HmpError]:
    options = [item for item in found if isinstance(item, Option)]
    start = found[0].start if isinstance(found[0], Node) else options[0].start
    end = found[-1]
    if isinstance(end, HmpError):
        end.span = start, len(text)
        return [OptionList(options, *end.span, options), end]
    if end.end - start > WORD_LIMIT:
        # QEMU cuts the word before it looks for options in it.
        options = _truncate(text[start : end.end], implied_key, start)
    listed = OptionList(options, start, end.end, options)
    identifier = opts.find_id(options)
    if identifier is None or terminals.fullmatch(terminals.IDENTIFIER, identifier.value):
        return [listed]
    error = OptionIdError()
    error.span = identifier.value_span or identifier.key_span
    return [listed, error]


def _truncate(word: str, implied_key: str, start: int) -> list[Option]:
    """Return the options of the part of a long word that QEMU keeps; escapes shift their spans."""
    if word[0] == '"':
        word, start = unescape(word[1:-1]), start + 1
    return [
        option.replace(
            key_span=_shift(option.key_span, start),
            value_span=option.value_span and _shift(option.value_span, start),
        )
        for option in opts.parse_opts(word[:WORD_LIMIT], implied_key)
    ]


def _shift(span: Span, by: int) -> Span:
    return span[0] + by, span[1] + by


def keyval_text(implied_key: str) -> pp.ParserElement:
    """Return the element of dotted key=value text, to the end of the line."""
    option = partial(keyval.option_of, implied_key=implied_key)

    def element(name: str, pattern: str, *, comma: str = "") -> pp.ParserElement:
        return terminal(name, comma + rf"(?:{pattern})", option, after_blanks=not comma)

    # A trailing comma is allowed, and begins no element.
    comma = r",(?!\Z)"
    # A brace begins JSON, and where nothing is left a word is missing.
    bad = element("error", rf"(?!\{{|\Z){terminals.BAD_KEYVAL_OPTION}")
    bad_later = element("error", terminals.BAD_KEYVAL_OPTION, comma=comma)
    bad.show_in_diagram = bad_later.show_in_diagram = False
    first = either(
        element("type", terminals.KEYVAL_TYPE),
        element("key=value", terminals.KEYVAL_OPTION),
        element("help", terminals.KEYVAL_HELP),
        bad,
    )
    later = either(
        element("next key=value", terminals.KEYVAL_OPTION, comma=comma),
        element("next help", terminals.KEYVAL_HELP, comma=comma),
        bad_later,
    )
    end = terminal("trailing comma", r",?\Z", verbatim, after_blanks=False)
    return (
        (first + pp.ZeroOrMore(later) + end)
        .set_name("key=value text")
        .add_parse_action(_collect_keyval)
    )


def _collect_keyval(found: pp.ParseResults) -> list[OptionList | HmpError]:
    *options, end = found
    start = options[0].key_span[0]
    try:
        return [OptionList(keyval.build(options), start, end.end, options)]
    except HmpError as error:
        return [OptionList(None, start, end.end, options), error]


def _json(found: re.Match[str]) -> OptionList | HmpError:
    from hmp.json.parser import JsonParseError, parse_json

    try:
        return OptionList(parse_json(found[0]), *found.span(), [])
    except HmpError as error:
        error.span = found.span()
        if isinstance(error, JsonParseError):
            start = min(found.start() + error.column - 1, found.end())
            error.span = start, min(start + error.length, found.end())
        return error


JSON = terminal("JSON text", terminals.JSON_TEXT, _json)
