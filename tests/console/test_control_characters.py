"""Control characters in what strangers name and write: the terminal shows them and obeys none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmp.console.output import show_in_pager
from hmp.encoding import to_latin1
from hmp.machine.events import Event
from hmp.memory_map.regions import MapRegion, RegionKind
from tests.keyboard import END_OF_PASTE, ENTER, PASTE, TAB, Keyboard, keyboard

# It sets the title of a terminal, rings its bell, colours, and turns text around.
EVIL = "\x1b]0;evil\x07\x9b31m\x7f\u202egnp"
SHOWN = "^[]0;evil^G\\x9b31m^?\\u202egnp"
# Nothing of ours needs these; ESC is part of every style and is looked for with what follows it.
NEVER = re.compile("\x1b\\]0|[\x07\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyboard]:
    """A console whose terminal never gets a control character of the tests' names."""
    monkeypatch.chdir(tmp_path)
    with keyboard() as terminal:
        yield terminal
        assert not NEVER.search(terminal.written)


def test_a_reply(terminal: Keyboard) -> None:
    terminal.type(PASTE, EVIL, END_OF_PASTE, ENTER)
    assert f"unknown command: '{SHOWN}'" in terminal.until("unknown command")


def test_the_typed_line_and_the_toolbar(terminal: Keyboard) -> None:
    terminal.type(PASTE, f"{EVIL} ", END_OF_PASTE)
    text = terminal.until("unknown command")
    assert f"(qemu) {SHOWN}" in text and f"unknown command: '{SHOWN}'" in text


def test_a_pasted_line_that_runs(terminal: Keyboard) -> None:
    terminal.type(PASTE, f"p 1\n{EVIL}\np 2\n", END_OF_PASTE)
    assert f"(qemu) {SHOWN}" in terminal.until("0x2")


def test_a_lesson(terminal: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "evil.md").write_text(
        f"# {EVIL} title\n\n{EVIL} head\n\n## {EVIL} step\n\n{EVIL} text\n\n"
        f"```hmp\nstop\n```\n```check\nstopped\n```\n\n> {EVIL} hint\n"
    )
    terminal.enter("learn ./evil.md")
    terminal.enter("")
    for part in ("title", "head", "step", "text", "title 1/1"):
        terminal.until(f"{SHOWN} {part}")
    terminal.enter("learn hint")
    terminal.until(f"hint: {SHOWN} hint")


def test_names_of_files(terminal: Keyboard, tmp_path: Path) -> None:
    (tmp_path / EVIL).write_text("")
    (tmp_path / "second").write_text("")
    terminal.type("map --svg ./", TAB)
    terminal.until(f" ./{SHOWN}  file · 0")
    terminal.type("\x15")
    terminal.until_gone("file · 0")
    terminal.type("info status > ./", TAB)
    terminal.until(f" ./{SHOWN}  file\n")
    terminal.type("\x15")
    terminal.type(PASTE, f"map --svg /nowhere/{EVIL}", END_OF_PASTE, ENTER)
    terminal.until(f"can't write /nowhere/{SHOWN}: No such file")


def test_an_event(terminal: Keyboard) -> None:
    context = terminal.console.context
    context.event_printer.at_prompt = False  # It is printed after the next command, by its thread.
    context.machine.events.listeners[-1](Event("DEVICE_DELETED", {"device": EVIL}, 0))
    terminal.enter("p 1")
    terminal.until(f"· {SHOWN}: removed")


def test_map_and_explain(terminal: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    # No id may have such characters; should one ever have, they are shown.
    region = MapRegion(0, 1 << 30, RegionKind.DIMM, EVIL)
    monkeypatch.setattr("hmp.memory_map.regions.map_regions", lambda machine: [region])
    terminal.enter("object_add memory-backend-ram,id=m,size=1G", "device_add pc-dimm,id=d,memdev=m")
    machine = terminal.console.context.machine
    assert machine.last_plug
    machine.last_plug.identifier = to_latin1(EVIL)
    terminal.enter("map", "explain")
    terminal.until(f" {SHOWN} ")
    terminal.until(f"{SHOWN} (pc-dimm) was plugged")


def test_the_name_of_a_mapped_file(terminal: Keyboard) -> None:
    line = f"object_add memory-backend-file,id=f,size=1M,mem-path={EVIL}"
    terminal.type(PASTE, line, END_OF_PASTE, ENTER)
    terminal.enter("info mappings")
    terminal.until(SHOWN)


def test_clear_still_clears(terminal: Keyboard) -> None:
    terminal.enter("info status")
    terminal.until("VM status: running")
    terminal.enter("clear")
    terminal.until_gone("VM status: running")
    assert "clear: extraneous characters" in terminal.reply("clear it")


def test_a_long_reply_in_a_pager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", f"tee {tmp_path}/paged")
    with keyboard(rows=8, pager="on", toolbar="off") as terminal:
        history = terminal.console.context.monitor.context
        for number in range(10):
            history.remember_line(f"{number} {EVIL.encode().decode('latin-1')}")
        terminal.enter("info history")
    assert f"'9 {SHOWN}'" in (tmp_path / "paged").read_text()


@pytest.mark.parametrize(
    "pager", ["less '", "/nowhere/less", "false", "sh -c 'exit 3'", "sh -c 'kill -9 $$'", "."]
)
def test_a_pager_that_fails_loses_no_reply(pager: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", pager)
    with keyboard(rows=8, pager="on", toolbar="off") as terminal:
        terminal.enter("help")
        assert "system_wakeup" in terminal.written


def test_a_pager_that_is_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pager").write_bytes(b"\x7fno program")
    (tmp_path / "pager").chmod(0o755)
    monkeypatch.setenv("PAGER", str(tmp_path / "pager"))
    assert not asyncio.run(show_in_pager("text"))


def test_a_pager_that_is_interrupted_has_shown_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "sh -c 'kill -INT $$'")
    assert asyncio.run(show_in_pager("text"))
