"""The grammar: samples, the documents generated from it, and that it is what parses every line."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import pytest

from hmp.console.line import parse_console_line
from hmp.grammar import expressions, syntax, terminals
from scripts.lib import draw_grammar
from scripts.lib.draw_grammar import DIAGRAMS, EBNF, accepts, ebnf, pages
from tests.assist.test_diagnostics import wrong
from tests.support import ROOT, run_lines, start_monitor

RAM = "object_add memory-backend-ram,"


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


def test_ebnf_and_diagrams_are_up_to_date() -> None:
    assert EBNF.read_text(encoding="latin-1") == ebnf(), "run scripts/draw-grammar"
    written = {path.stem: path.read_text(encoding="utf-8") for path in DIAGRAMS.glob("*.html")}
    assert written == dict(pages()), "run scripts/draw-grammar"


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


EXTRANEOUS = "print|p: extraneous characters at the end of line"


def test_binary_numbers() -> None:
    with start_monitor() as monitor:
        assert run_lines(monitor, "p 0b11") == "0x3\n"
        assert wrong(monitor.machine, "p 0b11") == []
    assert "[bB]" in draw_grammar.ebnf()


@pytest.mark.usefixtures("reloaded")
def test_a_changed_rule_changes_monitor_console_and_documents() -> None:
    with start_monitor() as monitor:
        assert run_lines(monitor, "p 0b11") == f'{EXTRANEOUS}\nTry "help p" for more information\n'
        assert wrong(monitor.machine, "p 0b11") == [("b11", EXTRANEOUS)]
    assert "[bB]" not in draw_grammar.ebnf().partition("size =")[0]
