"""time and watch before other commands."""

from __future__ import annotations

import re

import pytest

from tests.keyboard import CTRL_C, ENTER, ESCAPE, F1, TAB, UP, Keyboard, keyboard

BACKEND = "object_add memory-backend-ram,id=m,size=256M"


def test_time_tells_how_long_a_command_took(terminal: Keyboard) -> None:
    reply = terminal.reply("time info status")
    assert re.fullmatch(r"VM status: running\n\d+\.\d{3} s\n", reply)
    slept = re.fullmatch(r"(\d+\.\d{3}) s\n", terminal.reply("time sleep 0.2"))
    assert slept and float(slept[1]) >= 0.2
    assert re.search(r"\d s\n$", terminal.reply("time explain"))
    terminal.enter("time info name > /dev/null")
    assert terminal.reply("time quti").startswith("unknown command: 'quti'\n")
    assert terminal.reply("time").startswith("Error: usage: time COMMAND\n")
    assert terminal.reply("time time p 1").startswith("Error: usage: time COMMAND\n")


def test_what_follows_is_completed_and_checked_as_alone(terminal: Keyboard) -> None:
    terminal.type("time object_a", TAB)
    terminal.until_line("time object_add")
    terminal.type("\x15watch 0.5 info memory-d", TAB)
    terminal.until_line("watch 0.5 info memory-devices")
    terminal.type("\x15time device_add pc-dimm,memdev=m,id=d ")
    terminal.until("id=d")
    terminal.wait(lambda: terminal.letter("m,id").underscore)
    assert terminal.letter("time").bold and not terminal.letter("pc-dimm").underscore


def test_an_error_after_time_is_mended_with_it(terminal: Keyboard) -> None:
    terminal.enter("time info statu")
    terminal.until_line("time info status")


def test_watch_shows_a_reply_until_a_key(terminal: Keyboard) -> None:
    terminal.enter("p 7")
    terminal.type("watch 0.1 info memory_size_summary", ENTER)
    shown = terminal.until("plugged memory: 0")
    assert shown.startswith("every 0.1 s: info memory_size_summary · any key ends it\nbase memory")
    terminal.type("q")
    terminal.until("(qemu)")
    assert terminal.reply("p 1") == "0x1\n"


@pytest.mark.parametrize("key", [CTRL_C, ESCAPE, F1, UP, ENTER, "ü"])
def test_any_key_ends_it(terminal: Keyboard, key: str) -> None:
    terminal.type("watch info status", ENTER)
    terminal.until("every 2 s")
    terminal.type(key)
    terminal.until("(qemu)")
    terminal.wait(lambda: terminal.console.prompt.prompt_count == 2)
    assert terminal.reply("p 2") == "0x2\n"


@pytest.mark.parametrize("theme", ["default", "mono"])
def test_changes_are_marked(theme: str) -> None:
    with keyboard(theme=theme, events="off") as terminal:
        # Longer than a busy host keeps this test from looking.
        terminal.type("watch 0.8 info memory_size_summary", ENTER)
        terminal.until("plugged memory: 0")
        monitor = terminal.console.context.monitor
        marked: list[str] = []

        def is_marked() -> bool:
            buffer, text = terminal.screen.buffer, terminal.text.split("\n")
            row = next((row for row, line in enumerate(text) if line.startswith("plugged")), 0)
            cells = [buffer[row][column] for column in range(40)]
            marked[:] = ["".join(cell.data for cell in cells if cell.reverse)]
            return bool(marked[0])

        assert not is_marked()
        monitor.execute(BACKEND)
        monitor.execute("device_add pc-dimm,id=d,memdev=m")
        terminal.wait(is_marked)
        assert marked == ["268435456"]
        terminal.wait(lambda: not is_marked())
        terminal.type("q")
        terminal.until("(qemu)")


def test_pictures_are_watched_too(terminal: Keyboard) -> None:
    terminal.type("watch 0.1 map", ENTER)
    terminal.until("free for devices")
    terminal.console.context.monitor.execute(BACKEND)
    terminal.type("q")
    terminal.until("(qemu)")


def test_a_reply_that_is_longer_than_the_screen_is_cut() -> None:
    with keyboard(rows=10) as terminal:
        terminal.type("watch help", ENTER)
        shown = terminal.until("more lines · any key")
        assert len(shown.split("\n")) == 10
        terminal.type("q")
        terminal.until("(qemu)")


def test_an_error_is_shown_until_it_is_gone(terminal: Keyboard) -> None:
    terminal.type("watch 0.1 qom-get d size", ENTER)
    terminal.until("Error: Device 'd' not found")
    monitor = terminal.console.context.monitor
    monitor.execute(BACKEND)
    monitor.execute("device_add pc-dimm,id=d,memdev=m")
    terminal.until("268435456")
    terminal.type("q")
    terminal.until("(qemu)")


def test_the_end_of_the_machine_ends_it() -> None:
    with keyboard() as terminal:
        terminal.type("watch 0.1 info status", ENTER)
        terminal.until("running")
        terminal.console.context.monitor.execute("quit")
        terminal.wait(lambda: terminal.console.context.monitor.has_ended)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("watch", "usage: watch [SECONDS] COMMAND"),
        ("watch 1.2.3 info status", "usage: watch [SECONDS] COMMAND, with seconds from 0.1 to"),
        ("watch 0 info status", "usage: watch [SECONDS] COMMAND, with seconds from 0.1 to 86400"),
        ("watch quit", "usage: watch [SECONDS] COMMAND; watched are explain, gpa2hpa,"),
        (f"watch {BACKEND}", "usage: watch [SECONDS] COMMAND; watched are explain, gpa2hpa,"),
        ("watch info status > f", "what is watched is shown: > can't be there"),
    ],
)
def test_what_is_not_watched(terminal: Keyboard, line: str, error: str) -> None:
    assert terminal.reply(line).startswith(f"Error: {error}")
    assert "m" not in terminal.console.context.machine.objects.children


def test_a_terminal_for_sentences_is_not_drawn_on(terminal: Keyboard) -> None:
    terminal.console.output.in_words = True
    assert terminal.reply("watch info status").startswith("Error: watch draws on the whole screen")
