"""docs/options.md lists the options as the table has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hmp.cmdline.options import (
    CONSOLE_HELP,
    EXAMPLES,
    FLAGS,
    FLAGS_HELP,
    HELP,
    HELP_SECTIONS,
    INERT,
    INERT_FLAGS,
    UNSUPPORTED,
    WIDTH,
    WITH_ARGUMENT,
    help_text,
)
from tests.support import ROOT, run

SECTIONS = (ROOT / "docs" / "options.md").read_text(encoding="utf-8").split("\n## ")


def listed(section: str) -> set[str]:
    lines = (line for line in section.splitlines() if line.startswith(("`-", "| `-")))
    return {name for line in lines for name in re.findall(r"`-(\S+?)`", line)}


def test_every_option_is_listed_once() -> None:
    _head, in_effect, inert, unsupported = SECTIONS
    assert listed(in_effect) == {*HELP, *FLAGS_HELP, *CONSOLE_HELP, "M", "net", "h"}
    assert listed(inert) == {*INERT, *INERT_FLAGS}
    assert listed(unsupported) == set(UNSUPPORTED)
    every = [*HELP, *FLAGS_HELP, *CONSOLE_HELP, "M", "net", "h", *INERT, *INERT_FLAGS, *UNSUPPORTED]
    assert len(every) == len(set(every))
    assert set(every) == WITH_ARGUMENT | FLAGS


def test_help_names_what_has_no_effect() -> None:
    text = help_text()
    assert "\nTaken and checked, but without an effect" in text
    assert all(f"-{name}" in text for name in (*INERT, *INERT_FLAGS, *UNSUPPORTED))


def test_a_plugin_that_exists_says_why_it_is_not_loaded(tmp_path: Path) -> None:
    plugin = tmp_path / "x.so"
    plugin.touch()
    done = run("", "-plugin", str(plugin))
    assert done.returncode == 1
    assert done.stderr.endswith(
        f"Could not load plugin {plugin}: no code runs here that it could watch\n"
    )


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ("-audio help", ["Available", "none", "alsa", "oss", "wav"]),
        ("-audiodev help", ["Available", "none", "alsa", "oss", "wav"]),
        ("-audio none,model=help -M unknown", ["Valid", "ac97", "adlib", "cs4231a"]),
        ("-plugin help", ["Plugin", "file=<path/to/plugin.so>", "plugin"]),
    ],
)
def test_help_that_is_no_list_of_keys(arguments: str, names: list[str]) -> None:
    done = run("", *arguments.split())
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()][: len(names)] == names


def test_an_unknown_sound_card_lists_the_known() -> None:
    done = run("", "-audio", "none,model=foo")
    assert done.returncode == 1
    assert done.stdout.startswith("Valid audio device model names:\nac97 ")
    assert done.stderr.endswith("-audio none,model=foo: Unknown audio device model `foo'\n")


def test_help_shows_every_option_with_an_effect_once_and_fits_the_terminal() -> None:
    shown = [name for names in HELP_SECTIONS.values() for name in names]
    assert sorted(shown) == sorted((*HELP, *FLAGS_HELP))
    text = help_text()
    assert text.endswith(EXAMPLES)
    assert all(len(line) <= WIDTH for line in text.splitlines())


@pytest.mark.parametrize(
    ("arguments", "status", "first"),
    [
        ("-smp help", 0, "smp-opts options:\n  books=<num>\n"),
        ("-rtc help", 1, "rtc options:\n  base=<str>\n  clock=<str>\n  driftfix=<str>\n"),
        ("-boot help", 0, "boot-opts options:\n  menu=<bool (on/off)>\n"),
        ("-global help", 1, "global options:\n  driver=<str>\n  property=<str>\n  value=<str>\n"),
        ("-vnc help", 1, "vnc options:\n  audiodev=<str>\n"),
        ("-action help", 1, "action options:\n  panic=<str>\n"),
        ("-add-fd help", 1, "add-fd options:\n  fd=<num>\n  opaque=<str>\n  set=<num>\n"),
    ],
)
def test_help_of_an_option_lists_its_keys(arguments: str, status: int, first: str) -> None:
    done = run("", *arguments.split())
    assert done.returncode == status
    assert done.stdout.startswith(first)


@pytest.mark.parametrize("items", ["help", "foo", "in_asm,foo", "none", ""])
def test_unknown_log_items_print_the_list(items: str) -> None:
    done = run("", "-d", items, "-M", "unknown")
    assert (done.returncode, done.stderr) == (1, "")
    head, *names = (line.partition(" ")[0] for line in done.stdout.splitlines())
    assert head == "Log"
    assert names[:3] == ["out_asm", "in_asm", "op"]
    assert names[-4:] == ["trace:PATTERN", "", "Use", ""]


def test_the_monitor_lists_log_items_too() -> None:
    done = run("log nothing\nlog trace:help\n", "-S")
    assert done.stdout.splitlines()[3:6] == [
        "none            log nothing more",
        "out_asm         host code of translated blocks",
        "in_asm          guest code of translated blocks",
    ]
    assert "\njob_completed\n" in done.stdout


def test_known_log_items() -> None:
    assert run("info status", "-S", "-d", "in_asm,cpu,trace:x").returncode == 0
    done = run("", "-d", "tid")
    assert done.stderr.endswith(": Filename template with '%d' required for 'tid'\n")
