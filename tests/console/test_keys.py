"""The keys that open other things than the line: the list of keys, and the editor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.keyboard import ENTER, ESCAPE, F1, TAB, Keyboard, keyboard

CTRL_X_CTRL_E = "\x18\x05"


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor: a shell script, in which $1 is the file."""
    file = tmp_path / "editor"
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(file))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    return file


def does(editor: Path, commands: str) -> None:
    editor.write_text(f"#!/bin/sh\n{commands}\n")


def test_f1_lists_the_keys_and_leaves_the_line(terminal: Keyboard) -> None:
    terminal.type("info sta", F1)
    terminal.until("Ctrl-X Ctrl-E   edit the line in $VISUAL or $EDITOR")
    terminal.type("tus", ENTER)
    terminal.until("VM status: running")


def test_help_keys_is_the_same_list(terminal: Keyboard) -> None:
    assert terminal.reply("help keys") == terminal.reply("keys")
    assert terminal.text.count("F4              edit with vi's keys") == 2


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_the_list_fits_the_screen(columns: int) -> None:
    with keyboard(columns=columns) as terminal:
        terminal.enter("keys")
        assert all(len(line) < columns for line in terminal.text.split("\n") if "Ctrl-" in line)


def test_the_line_is_edited_in_the_editor(terminal: Keyboard, editor: Path) -> None:
    does(editor, 'stat -c %a "$1" >"$0.mode"; sed -i s/nam/status/ "$1"')
    terminal.type("info nam", CTRL_X_CTRL_E)
    terminal.until_line("info status")
    terminal.type(ENTER)
    terminal.until("VM status: running")
    assert editor.with_name("editor.mode").read_text() == "600\n"
    assert [*editor.parent.glob("hmp-*")] == []


def test_several_lines_run_but_for_the_last(terminal: Keyboard, editor: Path) -> None:
    does(editor, r'printf "p 1 + 1\np 2 + 2\ninfo stat\n" >"$1"')
    terminal.type("x", CTRL_X_CTRL_E)
    terminal.until_line("info stat")
    assert "(qemu) p 1 + 1\n0x2\n(qemu) p 2 + 2\n0x4\n(qemu) info stat" in terminal.text
    assert "x\n" not in terminal.text


def test_the_editor_by_a_key_of_vi(editor: Path) -> None:
    does(editor, 'sed -i s/1/2/ "$1"')
    with keyboard(editing="vi") as terminal:
        terminal.type("p 1", ESCAPE, "v")
        terminal.until_line("p 2")


@pytest.mark.parametrize(
    ("commands", "shown"),
    [
        ('echo "p 2" >"$1"; exit 3', "editor ended with status 3; the line is as it was"),
        ('rm "$1"', "can't edit the line: No such file or directory"),
        ('rm "$1"; mkdir "$1"', "can't edit the line: Is a directory"),
    ],
)
def test_an_editor_that_fails(terminal: Keyboard, editor: Path, commands: str, shown: str) -> None:
    does(editor, commands)
    terminal.type("p 1", CTRL_X_CTRL_E)
    terminal.until(shown)
    terminal.until_line("p 1")


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("/nowhere/vi -x", "there is no editor /nowhere/vi: VISUAL or EDITOR names it"),
        ("vi '", "no shell words: vi '"),
    ],
)
def test_an_editor_that_is_not_there(
    terminal: Keyboard, monkeypatch: pytest.MonkeyPatch, named: str, shown: str
) -> None:
    monkeypatch.setenv("VISUAL", named)
    terminal.type("p 1", CTRL_X_CTRL_E)
    terminal.until(shown)
    terminal.until_line("p 1")


def test_without_any_editor(terminal: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VISUAL", "EDITOR", "PATH"):
        monkeypatch.setenv(name, "")
    terminal.type("p 1", CTRL_X_CTRL_E)
    terminal.until("there is no editor: set VISUAL or EDITOR")


def test_tab_after_some_letters_of_a_command(terminal: Keyboard) -> None:
    terminal.type("imd", TAB)
    terminal.until_line("info memory-devices")
    terminal.type("\x15imss", TAB)
    terminal.until_line("info memory_size_summary")
    terminal.type(ENTER)
    terminal.until("base memory: 1073741824")
    terminal.type("\x15object_add mbr", TAB)
    terminal.until_line("object_add memory-backend-ram,")


@pytest.mark.parametrize("as_you_type", ["on", "off"])
def test_keys_typed_at_once_after_tab_find_the_line_completed(as_you_type: str) -> None:
    with keyboard(as_you_type=as_you_type) as terminal:
        terminal.type("info memory_s", TAB, ENTER)
        terminal.until("base memory: 1073741824")
        terminal.enter("object_add memory-backend-ram,id=mem1,size=1G")
        terminal.type("device_add pc-dimm,id=d,memdev=me", TAB, ENTER, "info memory-de", TAB, ENTER)
        terminal.until("memdev: /objects/mem1")
