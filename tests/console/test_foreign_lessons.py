"""Lessons of strangers at the keyboard: begun when the user agrees, in a folder of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.keyboard import CTRL_C, CTRL_D, END_OF_PASTE, ENTER, PASTE, Keyboard, keyboard

MARKDOWN = """\
# Files

Machine: `-m 64M -object memory-backend-file,id=a,size=1M,mem-path=inside,share=on,discard-data=on`

## Step

text of the step

```hmp
pmemsave 0 16 saved
stop
```

```check
stopped
```

> stop
"""
QUESTION = "Enter begins it, q stops:"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which temporary folders are made; the working directory has a lesson."""
    (tmp_path / "work").mkdir()
    (tmp_path / "temporary").mkdir()
    (tmp_path / "work" / "files.md").write_text(MARKDOWN)
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


@pytest.fixture
def terminal(folders: Path) -> Iterator[Keyboard]:
    with keyboard() as terminal:
        yield terminal


def names(folder: Path) -> list[str]:
    """Return the names of the files below a folder, without those of the folders."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_a_lesson_wants_is_shown_before_it_begins(terminal: Keyboard, folders: Path) -> None:
    terminal.enter("learn ./files.md")
    shown = " ".join(terminal.until(QUESTION).split())
    assert "./files.md is a lesson from elsewhere: “Files”, with 2 commands." in shown
    assert (
        "Its machine: hmp -m 64M -object "
        "memory-backend-file,id=a,size=1M,mem-path=inside,share=on,discard-data=on" in shown
    )
    assert "text of the step" not in shown and not names(folders)
    terminal.enter("")
    terminal.until("text of the step")
    terminal.until("Files 1/1")
    assert names(folders) == ["inside"] and names(Path()) == ["files.md"]
    # What the user types is the user's.
    terminal.enter("pmemsave 0 16 mine", "stop")
    terminal.until("That was “Files”.")
    assert names(Path()) == ["files.md", "mine"]
    terminal.enter("learn stop")
    assert not list(folders.iterdir())


@pytest.mark.parametrize("keys", ["q", CTRL_C, CTRL_D, f"no{ENTER}"])
def test_a_lesson_that_is_not_confirmed_does_not_begin(
    keys: str, terminal: Keyboard, folders: Path
) -> None:
    terminal.enter("learn ./files.md")
    terminal.until(QUESTION)
    terminal.type(keys)
    terminal.until("The lesson did not begin.")
    terminal.until("slots 0/4")
    assert terminal.console.tutorial.progress is None and not list(folders.iterdir())
    assert terminal.reply("info status") == "VM status: running\n"


def test_lines_that_are_pasted_do_not_confirm(terminal: Keyboard) -> None:
    terminal.type(PASTE, "learn ./files.md\nstop\ninfo status\n", END_OF_PASTE)
    terminal.until(QUESTION)
    terminal.type("q")
    terminal.until("The lesson did not begin.")
    assert terminal.reply("info status") == "VM status: running\n"


def test_a_machine_that_the_host_denies(terminal: Keyboard, folders: Path) -> None:
    text = MARKDOWN.replace("-m 64M", "-m 64M -mem-path nothing/there")
    Path("files.md").write_text(text)
    terminal.enter("learn ./files.md", "")
    terminal.until("Error: the lesson's machine can't be made: can't open backing store nothing/")
    assert terminal.console.tutorial.progress is None and not list(folders.iterdir())


def test_a_lesson_that_may_not_run_is_an_error_with_its_line(terminal: Keyboard) -> None:
    Path("files.md").write_text(MARKDOWN.replace("saved", "saved | touch x"))
    terminal.enter("learn ./files.md")
    terminal.until("Error: files.md:10: a lesson writes no files and runs no shell commands: |")
    Path("files.md").write_text(MARKDOWN.replace("=inside", "=/home/u/x"))
    terminal.enter("learn ./files.md")
    terminal.until("Error: files.md:3: '/home/u/x' is outside of the lesson's folder")


def test_a_built_in_lesson_begins_at_once(terminal: Keyboard, folders: Path) -> None:
    terminal.enter("learn plug")
    terminal.until("Plug a DIMM 1/3")
    assert QUESTION not in terminal.text
    terminal.enter("learn stop")
    assert not list(folders.iterdir())


def test_no_place_for_a_folder_is_an_error(
    terminal: Keyboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    terminal.enter("learn plug")
    terminal.until("Error: can't make a folder for the lesson: No such file or directory")


def test_a_console_that_a_lesson_types_into_redirects_nothing(
    terminal: Keyboard, folders: Path
) -> None:
    terminal.console.context.is_played = True
    terminal.enter("learn ./files.md")
    terminal.until("text of the step")
    assert QUESTION not in terminal.text and "from elsewhere" in terminal.text
    assert "runs no shell commands: |" in terminal.reply("info status | touch x")
    assert "runs no shell commands: >" in terminal.reply("info status > x")
    terminal.enter("pmemsave 0 16 saved")
    assert names(Path()) == ["files.md"] and names(folders) == ["inside", "saved"]
