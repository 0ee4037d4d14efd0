"""Scripts on the console: source, save, wait, and pasted transcripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.keyboard import CTRL_C, END_OF_PASTE, ENTER, PASTE, TAB, Keyboard, keyboard


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_source_shows_what_it_runs(folder: Path, terminal: Keyboard) -> None:
    (folder / "a.hmp").write_text("\ufeff# comment\n(qemu) p /d 1\n1\n(qemu) source b.hmp\n")
    (folder / "b.hmp").write_text("p /d 2\nfoo\np /d 3\n")
    terminal.enter("source a.hmp")
    shown = terminal.until("(qemu) p /d 3\n3\n")
    assert (
        "(qemu) source a.hmp\n(qemu) p /d 1\n1\n(qemu) source b.hmp\n(qemu) p /d 2\n2\n(qemu) foo\n"
        "unknown command: 'foo'\n" in shown
    )
    assert "can't read c.hmp: No such file or directory" in terminal.reply("source c.hmp")


def test_a_file_that_sources_itself_ends(folder: Path, terminal: Keyboard) -> None:
    (folder / "a.hmp").write_text("source a.hmp\n")
    terminal.enter("source a.hmp")
    terminal.until("scripts are nested deeper than 16")
    assert terminal.reply("info status") == "VM status: running\n"


@pytest.mark.parametrize("lesson", ["plug", "./b.md"])
def test_a_file_ends_where_a_lesson_begins(lesson: str, folder: Path, terminal: Keyboard) -> None:
    (folder / "a.hmp").write_text(f"learn {lesson}\nsource a.hmp\n")
    (folder / "b.md").write_text(
        "# T\n\n## S\n\ntext\n\n```hmp\nstop\n```\n\n```check\nstopped\n```\n\n> x\n"
    )
    terminal.type("source a.hmp", ENTER)
    terminal.until("1: the lines after it are not run, for the machine is another one")
    if lesson != "plug":
        terminal.until("Enter begins it")
        terminal.type(ENTER)
    terminal.until("1/3" if lesson == "plug" else "1/1 S")


def test_wait_on_the_console(terminal: Keyboard) -> None:
    terminal.enter("stop")
    assert terminal.reply("wait STOP") == "STOP\n"
    assert terminal.reply("wait RESET 0.05").startswith("Error: no RESET within 0.05 s")
    terminal.type("wait RESET", ENTER, CTRL_C)
    assert terminal.reply("info status") == "VM status: paused\n"


def test_events_are_completed(terminal: Keyboard) -> None:
    terminal.type("wait DEVICE_D", TAB)
    terminal.until_line("wait DEVICE_DELETED")


def test_a_transcript_is_pasted(terminal: Keyboard) -> None:
    text = (
        "QEMU 11.1.3 monitor - type 'help' for more information\n(qemu) p /d 1\n1\n"
        "(qemu) # comment\n(qemu) stop\n(qemu) "
    )
    terminal.type(PASTE, text, END_OF_PASTE)
    shown = terminal.until("(qemu) stop\n")
    assert "(qemu) p /d 1\n1\n(qemu) # comment\n(qemu) stop\n" in shown
    assert "unknown command" not in shown
    assert terminal.reply("info status") == "VM status: paused\n"


def test_a_line_of_a_transcript_is_pasted_or_typed(terminal: Keyboard) -> None:
    terminal.type(PASTE, "(qemu) p /d 1", END_OF_PASTE)
    terminal.until_line("p /d 1")
    terminal.enter("")
    terminal.enter("(qemu) p /d 2", "# p /d 3")
    assert "(qemu) (qemu) p /d 2\n2\n" in terminal.text
    terminal.until("(qemu) # p /d 3\n(qemu)")


def test_save_writes_what_was_accepted(folder: Path) -> None:
    with keyboard("-m 1G,slots=2,maxmem=4G") as terminal:
        terminal.enter(
            "object_add memory-backend-ram,id=a,size=1G",
            "object_add memory-backend-ram,id=a,size=1G",
            "map",
            "info status | cat > /dev/null",
            "learn plug",
            "stop",
            "learn stop",
            "save 1.hmp",
            "p /d 1",
            "save 2.hmp",
        )
    first = (
        "#!/usr/bin/env -S hmp -m 1G,slots=2,maxmem=4G\n"
        "object_add memory-backend-ram,id=a,size=1G\ninfo status\n"
    )
    assert Path("1.hmp").read_text() == first
    assert Path("2.hmp").read_text() == f"{first}p /d 1\n"


def test_save_in_a_lesson_has_its_machine(folder: Path, terminal: Keyboard) -> None:
    terminal.enter("stop", "learn plug", "info status", "save a.hmp")
    assert Path("a.hmp").read_text() == (
        "#!/usr/bin/env -S hmp -m 1G,slots=2,maxmem=4G\ninfo status\n"
    )


def test_help_lists_the_commands_of_scripts(terminal: Keyboard) -> None:
    assert terminal.reply("help wait").startswith("wait event [seconds] -- wait until")
    terminal.enter("help")
    shown = terminal.until("info mappings ")
    own = shown.partition("On this console also:\n")[2].splitlines()
    assert [line.split()[0] for line in own if line[:1] == " "] == [
        *("alias", "events", "explain", "keys", "learn", "map", "redo", "save", "sleep", "source"),
        *("time", "undo", "wait", "watch", "info"),
    ]
