"""Aliases, and the lines that run at the start of every console."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hmp.console.execution.aliases import HEADER
from hmp.console.line import CONSOLE_COMMANDS
from hmp.errors import InputError
from hmp.lessons.confinement import check_line
from tests.keyboard import TAB, keyboard


@pytest.fixture
def aliases(config_home: Path) -> Path:
    (config_home / "hmp").mkdir(parents=True)
    return config_home / "hmp" / "aliases"


@pytest.fixture
def initial(aliases: Path) -> Path:
    return aliases.with_name("init.hmp")


def test_an_alias_is_kept_between_sessions(config_home: Path) -> None:
    file = config_home / "hmp" / "aliases"
    with keyboard() as terminal:
        assert terminal.reply("alias") == ""
        assert terminal.reply("alias ram = object_add memory-backend-ram,size=64M,id=") == ""
        terminal.enter("alias st = info status")
        assert terminal.reply("st") == "VM status: running\n"
    assert file.read_text() == (
        f"{HEADER}ram = object_add memory-backend-ram,size=64M,id=\nst = info status\n"
    )
    assert file.stat().st_mode & 0o777 == 0o600
    with keyboard() as terminal:
        assert terminal.reply("st") == "VM status: running\n"
        assert terminal.reply("alias st") == "st = info status\n"
        assert terminal.reply("help st") == "st  -- alias of info status\n"
        assert terminal.reply("alias st =") == ""
        assert terminal.reply("st").startswith("unknown command: 'st'")
    assert "st" not in file.read_text().partition(HEADER)[2]


def test_what_follows_an_alias_follows_its_line(aliases: Path) -> None:
    aliases.write_text("ram = object_add memory-backend-ram,size=64M\nsize = qom-get m size\n")
    with keyboard() as terminal:
        terminal.enter("ram,id=m")
        terminal.until("unknown command: 'ram,id=m'")
        terminal.enter("alias ram = object_add", "alias g = p 1 + 1 >")
        terminal.enter("ram memory-backend-ram,size=64M,id=m")
        assert terminal.reply("qom-get m size") == "67108864\n"
        assert terminal.reply("time size").startswith("67108864\n0.")
        terminal.enter(f"g {aliases}.out")
        assert Path(f"{aliases}.out").read_text() == "0x2\n"
        assert "\nram" not in terminal.console.context.session.script
        assert "object_add memory-backend-ram,size=64M,id=m\n" in (
            terminal.console.context.session.script
        )


def test_aliases_name_aliases_but_none_twice(aliases: Path) -> None:
    aliases.write_text("# mine\n\na = b\nb = p 1 +\nxx = yy\nyy = xx\n")
    with keyboard() as terminal:
        assert terminal.reply("a 2") == "0x3\n"
        assert terminal.reply("xx").startswith("unknown command: 'xx'")


def test_an_alias_is_completed_and_known(aliases: Path) -> None:
    aliases.write_text("status = info status\n")
    with keyboard() as terminal:
        terminal.type("stat", TAB)
        terminal.until_line("status")
        assert not terminal.letter("status").underscore


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("alias info = info status", "no alias can be called 'info': it is a command"),
        ("alias watch = info status", "no alias can be called 'watch': it is a command"),
        ("alias a b = info status", "no alias can be called 'a b': it is no word of letters"),
        ("alias = info status", "no alias can be called '': it is no word of letters"),
        ("alias nothing", "there is no alias 'nothing'; NAME = LINE makes one"),
        ("alias nothing =", "there is no alias 'nothing'"),
    ],
)
def test_what_is_no_alias(aliases: Path, line: str, error: str) -> None:
    with keyboard() as terminal:
        assert terminal.reply(line).startswith(f"Error: {error}")
    assert not aliases.exists()


def test_an_alias_that_can_not_be_kept_is_not_made(aliases: Path) -> None:
    (aliases.parent / "aliases.new").mkdir()
    with keyboard() as terminal:
        assert terminal.reply("alias st = info status").startswith("Error: can't write")
        assert terminal.reply("st").startswith("unknown command: 'st'")


def test_a_bad_file_is_told(aliases: Path) -> None:
    aliases.write_text("good = p 1\nbad\nquit = p 2\n")
    with keyboard(columns=200) as terminal:
        terminal.until(f"{aliases}:2: an alias is NAME = LINE\n")
        terminal.until(f"{aliases}:3: no alias can be called 'quit': it is a command")
        assert terminal.reply("good") == "0x1\n"
    aliases.unlink()
    os.mkfifo(aliases)
    with keyboard(columns=200) as terminal:
        terminal.until(f"no aliases: can't read {aliases}: it is no regular file")


def test_the_first_lines_of_every_console(initial: Path) -> None:
    initial.write_text("# mine\nevents off\nobject_add memory-backend-ram,id=m,size=64M\n\nst\n")
    initial.with_name("aliases").write_text("st = info status\n")
    with keyboard() as terminal:
        terminal.until("monitor - type 'help' for more information\nVM status: running\n")
        assert terminal.reply("events") == "events are off\n"
        assert terminal.reply("qom-get m size") == "67108864\n"


def test_a_refused_first_line_is_told_and_the_next_one_runs(initial: Path) -> None:
    initial.write_text("p 1\ndevice_del d\np 2\n")
    with keyboard(columns=200) as terminal:
        terminal.until(
            "0x1\nError: Device 'd' not found\n→ no device is plugged\n"
            f"{initial}:2: device_del d\n0x2\n(qemu)"
        )


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_first_lines_that_can_not_be_read(initial: Path, make: object) -> None:
    assert callable(make)
    make(initial)
    with keyboard(columns=200) as terminal:
        terminal.until(f"Error: can't read {initial}: ")
        assert terminal.reply("p 1") == "0x1\n"


@pytest.mark.parametrize("line", ["time quit", "watch info status", "alias a = quit"])
def test_lessons_type_no_lines_in_lines(line: str) -> None:
    with pytest.raises(InputError, match="a lesson types its commands as they are"):
        check_line(line, CONSOLE_COMMANDS)
