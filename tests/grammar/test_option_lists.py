"""Option lists and key=value text: the same on the command line and on a monitor line."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from hmp.commands.registry import COMMANDS
from hmp.errors import InputError
from hmp.grammar.command_line import parse_line
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import parse_opts


@given(st.text(st.sampled_from("ab=,. no"), max_size=20))
def test_an_option_list_is_the_same_on_argv_and_on_a_line(text: str) -> None:
    """argv reads the terminals one after the other, a line goes through pyparsing."""
    plain = text.replace(" ", "")
    on_line = parse_line(f"device_add {plain}", COMMANDS).options
    quoted = parse_line(f'device_add "{text}"', COMMANDS).options
    assert [(item.key, item.value, item.short_form) for item in on_line] == [
        (item.key, item.value, item.short_form) for item in parse_opts(plain, "driver")
    ]
    assert [(item.key, item.value) for item in quoted] == [
        (item.key, item.value) for item in parse_opts(text, "driver")
    ]


@given(st.text(st.sampled_from("ab=,.0_- ?"), max_size=20))
def test_a_keyval_text_is_the_same_on_argv_and_on_a_line(text: str) -> None:
    text = text.lstrip(" ") or "a"
    parsed = parse_line(f"object_add {text}", COMMANDS)
    try:
        expected: object = parse_keyval(text, "qom-type")
    except InputError as error:
        expected = error.message
    assert (parsed.error.message if parsed.error else parsed.values["options"]) == expected


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True), st.text(max_size=12)),
        max_size=6,
    )
)
def test_both_option_languages_agree_on_plain_keys(pairs: list[tuple[str, str]]) -> None:
    text = ",".join(["driver", *(f"{key}={value.replace(',', ',,')}" for key, value in pairs)])
    assert [(item.key, item.value) for item in parse_opts(text, "type")] == [
        ("type", "driver"),
        *pairs,
    ]
    assert parse_keyval(text, "type").tree == {"type": "driver", **dict(pairs)}


@given(st.text(max_size=40))
def test_keyval_text_is_parsed_or_rejected(text: str) -> None:
    with suppress(InputError):
        parse_keyval(text, "type")
