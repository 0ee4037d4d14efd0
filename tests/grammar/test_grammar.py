"""The one grammar: what it takes, that it is what parses every line, and that the documents show it
as it is.
"""

from __future__ import annotations

import importlib
import inspect
import json
import random
from collections.abc import Iterator

import pyparsing as pp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.assist.diagnostics import diagnose
from hmp.commands.command import Command, LazyHandler
from hmp.commands.registry import COMMANDS
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HostError, InputError
from hmp.grammar import expressions, syntax, terminals
from hmp.grammar.command_line import parse_line
from hmp.grammar.errors import OptionIdError
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import parse_opts
from hmp.grammar.parameters import (
    Expression,
    Flag,
    FormatParameter,
    KeyvalOrJson,
    Opts,
    Parameter,
    Rest,
    Word,
    Words,
)
from hmp.machine.chardevs import add_monitor
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from scripts.lib import RECORDINGS, draw_grammar
from scripts.lib.draw_grammar import DIAGRAMS, EBNF, accepts, ebnf, pages
from scripts.lib.recordings.hmp import comparable
from tests.support import ROOT, machine, monitor, say

RAM = "object_add memory-backend-ram,"
ALL_COMMANDS = [*COMMANDS.commands.values(), *COMMANDS.info.values()]


def samples(name: str) -> list[tuple[str, str]]:
    lines = (ROOT / "grammar" / "samples" / f"{name}.txt").read_text().splitlines()
    found = [line.partition(": ")[::2] for line in lines if not line.startswith("#")]
    return [(rule, text) for rule, text in found]


@pytest.mark.parametrize(("rule", "text"), samples("accepted"))
def test_accepted(rule: str, text: str) -> None:
    assert accepts(rule, text)


@pytest.mark.parametrize(("rule", "text"), samples("refused"))
def test_refused(rule: str, text: str) -> None:
    assert not accepts(rule, text)


def test_the_grammar_for_people_is_up_to_date() -> None:
    assert EBNF.read_text(encoding="latin-1") == ebnf(), "run scripts/draw-grammar"
    written = {path.stem: path.read_text(encoding="utf-8") for path in DIAGRAMS.glob("*.html")}
    assert written == dict(pages()), "run scripts/draw-grammar"


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that pyparsing was given to parse."""
    texts: list[str] = []
    for name in ("parse_string", "scan_string"):
        original = getattr(pp.ParserElement, name)

        def counted(
            self: pp.ParserElement, text: str, *more: object, _original: object = original
        ) -> object:
            texts.append(text)
            assert callable(_original)
            return _original(self, text, *more)

        monkeypatch.setattr(pp.ParserElement, name, counted)
    return texts


@pytest.mark.parametrize(
    "line",
    [
        RAM + "id=m,size=1M",
        "object_del m",
        "device_add pc-dimm,id=d",
        "device_del d",
        "qom-get /machine type",
        "qom-set m merge off",
        "p 1+2*(3-4)",
        "xp /4xb 0",
        "sum 0 1",
        "info mtree -f",
        "info qom-tree /objects",
        "help object_add",
        "guest policy online=kernel",
        "cpu 0",
        'memsave 0 8 "/dev/null"',
        "info status x",
        'device_add "pc-dimm,id=d"',
        'object_add {"qom-type": "memory-backend-ram"}',
    ],
)
def test_every_line_with_arguments_is_parsed_once(line: str, parses: list[str]) -> None:
    with monitor() as on:
        on.execute(line)
    assert parses == [line]


@pytest.mark.parametrize(
    "line", ["info status", "quit", "  stop ", "info", "nothing at all", "", "help"]
)
def test_a_line_without_arguments_needs_no_parser(line: str, parses: list[str]) -> None:
    with monitor() as on:
        on.execute(line)
    assert parses == []


@pytest.fixture
def reloaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The grammar without binary numbers, and at the end as it is."""

    def reload() -> None:
        for module in (expressions, syntax, draw_grammar):
            importlib.reload(module)
        parse_console_line.cache_clear()

    monkeypatch.setattr(terminals, "NUMBER", terminals.NUMBER.replace("|0[bB][01]+", ""))
    reload()
    yield
    monkeypatch.undo()
    reload()


def wrong(on: Machine, line: str) -> list[tuple[str, str]]:
    """What the console marks of a line and says of it."""
    parsed = parse_console_line(line)
    return [
        (
            line[parsed.character_offset(each.start) : parsed.character_offset(each.end)],
            to_unicode(each.error.message),
        )
        for each in diagnose(on, CONSOLE_COMMANDS, parsed.parsed)
    ]


EXTRANEOUS = "print|p: extraneous characters at the end of line"


def test_a_rule_before_it_is_changed() -> None:
    with monitor() as on:
        assert say(on, "p 0b11") == "0x3\n"
        assert wrong(on.machine, "p 0b11") == []
    assert "[bB]" in draw_grammar.ebnf()


@pytest.mark.usefixtures("reloaded")
def test_a_changed_rule_changes_monitor_console_and_documents() -> None:
    with monitor() as on:
        assert say(on, "p 0b11") == f'{EXTRANEOUS}\nTry "help p" for more information\n'
        assert wrong(on.machine, "p 0b11") == [("b11", EXTRANEOUS)]
    assert "[bB]" not in draw_grammar.ebnf().partition("size =")[0]


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
    FormatParameter: "Format",
    Flag: "bool",
}


@pytest.mark.parametrize("command", ALL_COMMANDS, ids=lambda command: command.names_text)
def test_handlers_take_what_their_syntax_names(command: Command) -> None:
    handler = (
        command.handler.load() if isinstance(command.handler, LazyHandler) else command.handler
    )
    taken = dict(inspect.signature(handler).parameters)
    assert next(iter(taken)) == "ctx" and taken.pop("ctx").annotation == "Context"
    declared = {parameter.name: value_type(parameter) for parameter in command.syntax}
    assert {name: parameter.annotation for name, parameter in taken.items()} == declared
    if command.check:
        assert list(inspect.signature(command.check).parameters) == ["machine", *declared]


TWELVE = {
    RAM + "id=m1,size=1G,prealloc": ("prealloc", "Expected '=' after parameter 'prealloc'"),
    "object_add memory-backend-ram id=m5": (
        "memory-backend-ram id",
        "Invalid parameter 'memory-backend-ram id'",
    ),
    RAM + "id=m1,size=1M,host-nodes.x=0": (
        "host-nodes.x",
        "Invalid parameter type for 'host-nodes', expected: array",
    ),
    "xp/4xz 0": ("z", "invalid char in format: 'z'"),
    "p 1+": ("", "unexpected end of expression"),
    "info mtree -f -q": ("-q", "mtree: unsupported option -q"),
    "qom-get /machine": ("", "qom-get: string expected"),
    'device_add "pc-dimm,id=d1,memdev=nope"': ("nope", "Device 'nope' not found"),
    "device_del d1 d2": ("d2", "device_del: extraneous characters at the end of line"),
    RAM + "id=m1,,size=1M": ("", "Parameter 'size' is missing"),
    "device_add pc-dimm,id=": ("", "Parameter 'id' expects an identifier"),
    "info memdev x": ("x", "memdev: extraneous characters at the end of line"),
}


@pytest.mark.parametrize("line", TWELVE)
def test_monitor_and_console_agree_on_faulty_lines(line: str) -> None:
    with monitor() as on:
        render_inline = wrong(on.machine, line)[0]
        reply = on.execute(line)
        assert reply.error and render_inline == TWELVE[line]
        assert reply.error.message == render_inline[1]
        assert render_inline[1] in reply.text or isinstance(reply.error, OptionIdError)


BASES = (
    RAM + "id=m2,size=64M,share=on",
    RAM + "id=m3,size=1M,policy=default,host-nodes.0=0",
    "object_del m1",
    "device_add pc-dimm,id=d2,memdev=m1,slot=1",
    "device_add virtio-mem-pci,id=v1,memdev=m1,requested-size=2M",
    "device_add pc-dimm,id=d1,memdev=m0",
    "device_del d1",
    "qom-get /objects/m1 size",
    "qom-set m1 merge off",
    "qom-set -j m1 dump true",
    "qom-list /machine/peripheral",
    "info qom-tree /objects",
    "info mtree -f -o",
    "p/x 1+2*(3-4)",
    "xp/4xb 0x1000",
    "x /2gx 0",
    "sum 0 16",
    "gpa2hva 0x1000",
    "info memory-devices",
    "help stop",
)
LETTERS = "abdemx0129/-=,.\"\\ '(){}%"


def broken_lines(chance: random.Random) -> Iterator[str]:
    """Lines that somebody mistyped."""
    while True:
        letters = list(chance.choice(BASES))
        for _ in range(chance.choice((1, 1, 2, 3))):
            at = chance.randrange(len(letters))
            letters[at : at + chance.randrange(2)] = chance.choice(("", chance.choice(LETTERS)))
        yield "".join(letters)


@pytest.mark.parametrize("seed", range(4))
def test_monitor_and_console_agree_on_random_lines(seed: int) -> None:
    """The first thing that the console marks is what the monitor answers, and what it finds nothing
    in is done.
    """
    failed = 0
    lines = broken_lines(random.Random(seed))
    while failed < 100:
        with monitor() as on:
            say(
                on,
                RAM + "id=m0,size=128M",
                RAM + "id=m1,size=128M",
                "device_add pc-dimm,id=d0,memdev=m0",
            )
            line = next(lines)
            render_inline = wrong(on.machine, line)
            reply = on.execute(line)
            if isinstance(reply.error, HostError):
                continue  # The console does not ask the host.
            assert (render_inline[0][1] if render_inline else None) == (
                reply.error.message if reply.error else None
            ), line
            failed += reply.failed


def test_qemus_answers_to_random_lines() -> None:
    samples = json.loads((RECORDINGS / "hmp" / "random_lines.json").read_text())
    with machine("-S -m 1G,slots=4,maxmem=8G") as on:
        add_monitor(on, "compat_monitor0", True, "socket")
        session = Monitor(on)
        for line, reply in samples:
            got = to_unicode(session.execute(to_latin1(line)).text)
            assert comparable(line, got) == comparable(line, reply), line


SAMPLES = [
    line for line, _reply in json.loads((RECORDINGS / "hmp" / "random_lines.json").read_text())
]


@given(st.sampled_from(SAMPLES), st.sampled_from(("", " ", "\t", " \v\f ")))
def test_blanks_in_front_change_nothing_but_offsets(line: str, blanks: str) -> None:
    plain, moved = (
        parse_line(to_latin1(line), COMMANDS),
        parse_line(blanks + to_latin1(line), COMMANDS),
    )
    for name, value in plain.values.items():
        if value != moved.values[name]:
            assert [option.value for option in value] == [
                option.value for option in moved.values[name]
            ]
    assert repr(type(moved.error)) == repr(type(plain.error))
    if plain.error and plain.error.span and moved.error and moved.error.span:
        assert moved.error.span == (
            plain.error.span[0] + len(blanks),
            plain.error.span[1] + len(blanks),
        )


@given(st.text(st.sampled_from("ab=,. no"), max_size=20))
def test_an_option_list_is_the_same_on_argv_and_on_a_line(text: str) -> None:
    """argv reads the terminals one after the other, a line goes through pyparsing."""
    plain = text.replace(" ", "")
    on_line = parse_line(f"device_add {plain}", COMMANDS).options
    quoted = parse_line(f'device_add "{text}"', COMMANDS).options
    assert [(item.key, item.value, item.short_form) for item in on_line] == [
        (item.key, item.value, item.short_form) for item in parse_opts(plain, "driver")
    ]
    assert [item[:2] for item in quoted] == [item[:2] for item in parse_opts(text, "driver")]


@given(st.text(st.sampled_from("ab=,.0_- ?"), max_size=20))
def test_a_keyval_text_is_the_same_on_argv_and_on_a_line(text: str) -> None:
    text = text.lstrip(" ") or "a"
    parsed = parse_line(f"object_add {text}", COMMANDS)
    try:
        expected: object = parse_keyval(text, "qom-type")
    except InputError as error:
        expected = error.message
    assert (parsed.error.message if parsed.error else parsed.values["options"]) == expected


def test_spans_point_at_the_text() -> None:
    text = 'device_add "pc-dimm,id=d0,x=\\"a,,b\\",nofoo" '
    options = parse_line(text, COMMANDS).options
    assert [
        (text[slice(*option.key_span)], text[slice(*(option.value_span or (0, 0)))], option.value)
        for option in options
    ] == [
        ("", "pc-dimm", "pc-dimm"),
        ("id", "d0", "d0"),
        ("x", '\\"a,,b\\"', '"a,b"'),
        ("nofoo", "", "off"),
    ]


def test_a_program_with_a_grammar_of_its_own_does_not_notice() -> None:
    """No default of pyparsing is changed, and ours do not matter to hmp."""
    before = pp.ParserElement.DEFAULT_WHITE_CHARS
    with monitor() as on:
        say(on, "p 1", RAM + "id=m,size=1M")
        assert before == pp.ParserElement.DEFAULT_WHITE_CHARS
    assert pp.Word(pp.alphas).parse_string("\n a").as_list() == ["a"]


def test_what_is_remembered_of_a_format() -> None:
    """QEMU keeps a well-formed /fmt even if the rest of the line is wrong."""
    with monitor() as on:
        assert say(on, "p 10", "p/d x", "p 10", "p/oz 1", "p 10") == (
            "0xa\n"
            "invalid char 'x' in expression\nTry \"help p\" for more information\n"
            "10\n"
            "invalid char in format: 'z'\nTry \"help p\" for more information\n"
            "10\n"
        )


def test_a_target_below_zero() -> None:
    with monitor() as on:
        assert (
            say(on, "balloon -1")
            == 'enter a positive value\nTry "help balloon" for more information\n'
        )
