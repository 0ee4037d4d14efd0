"""What --check-lesson finds in a lesson."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.console.line import CONSOLE_COMMANDS
from hmp.lessons.library import LESSONS_DIR, lesson_names
from hmp.lessons.verify import verify_lesson
from tests.support import backend_mappings, descriptors, run

GOOD = """\
# Title

Machine: `-m 128M,slots=1,maxmem=1G`

## First

text

```hmp
object_add memory-backend-ram,id=a,size=1M
map
```

```check
backend size = 1M
```

> hint

## Second

text

```hmp
stop
```

```check
stopped
```

> hint
"""


@pytest.mark.parametrize("name", lesson_names())
def test_the_built_in_lessons_are_all_right(name: str) -> None:
    before = descriptors(), backend_mappings()
    report = verify_lesson(name, CONSOLE_COMMANDS)
    assert report.problems == []
    assert report.notes[-1].endswith(": all right")
    assert (descriptors(), backend_mappings()) == before


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ("", "", []),
        ("# Title", "Title", ["1: a lesson begins with a title: # TITLE"]),
        ("size=1M\n", "size=2M\n", [
            "15: “backend size = 1M” does not hold after the step's own lines: a is there with 2M, "
            "1M is wanted: object_del a and again"
        ]),
        ("stop\n", "stop x\n", [
            "25: “stop x” is refused, which no check wants: stop|s: extraneous characters at the "
            "end of line",
            "29: “stopped” does not hold after the step's own lines: the machine runs: stop",
        ]),
        ("> hint\n\n", "", ["5: the step “First” has no hint: > TEXT"]),
        ("text\n\n", "", ["5: the step “First” has no text that says what to do"]),
        ("stopped", "running", ["29: the checks hold before anything is typed"]),
        ("maxmem=1G", "maxmem=1G -object memory-backend-file,id=f,size=1M,mem-path=no/thing", [
            "the lesson's machine can't be made: can't open backing store no/thing for guest RAM: "
            "No such file or directory"
        ]),
        ("map\n", "map > x\n", [
            "11: a lesson writes no files and runs no shell commands: >"
        ]),
    ],
)  # fmt: skip
def test_problems(old: str, new: str, problems: list[str], tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(GOOD.replace(old, new, 1))
    found = verify_lesson(str(file), CONSOLE_COMMANDS).problems
    assert [problem.removeprefix(f"{file}:").strip() for problem in found] == problems


def test_invalid_check_is_named_in_plain_words(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(GOOD.replace("stopped", "it stands still"))
    (problem,) = verify_lesson(str(file), CONSOLE_COMMANDS).problems
    assert problem.startswith(f"{file}:29: 'it stands still' is no check; there are: backend|dimm")


def test_a_refusal_that_a_check_wants_is_no_problem(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    text = GOOD.replace("stop\n", "object_add memory-backend-ram,id=a,size=1M\n")
    file.write_text(text.replace("stopped", 'refused "attempt to add duplicate"'))
    assert verify_lesson(str(file), CONSOLE_COMMANDS).problems == []


def test_a_step_that_the_host_lacks_pages_for_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(GOOD.replace("## First\n", "## First\n\nNeeds: 999999 pages of 2M\n"))
    report = verify_lesson(str(file), CONSOLE_COMMANDS)
    assert not report.problems
    assert report.notes[0].startswith("“First” is skipped: it needs 999999 free huge pages of 2M")


def test_the_program(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("size=1M", "size=2M"))
    done = run("", "--check-lesson", str(good), "--check-lesson", str(bad))
    assert done.returncode == 1
    assert done.stdout == f"{good}: “Title”, 2 steps: all right\n"
    assert done.stderr.startswith(f"{bad}:15: “backend size = 1M” does not hold")
    assert run("", "--check-lesson", "plug").returncode == 0


def test_lessons_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hmp.lessons.library import VARIABLE, lesson_titles, listed_name, use_folder

    (tmp_path / "2-mine.md").write_text(GOOD)
    (tmp_path / "plug.md").write_text(GOOD.replace("Title", "Another"))
    (tmp_path / "broken.md").write_bytes(b"\xff")
    monkeypatch.setenv(VARIABLE, "")
    use_folder(str(tmp_path))
    titles = dict(lesson_titles())
    assert list(titles)[:6] == lesson_names()[:6] and len(titles) == 8
    assert (titles["mine"], titles["plug"]) == ("Title", "Another")
    assert titles["broken"] == "can't be read: line 1 is not UTF-8"
    assert listed_name("7") == "mine"
    done = run("", "--lessons", str(tmp_path / "none"))
    assert done.stderr.endswith("none: No such file or directory\n") and done.returncode == 1
    assert run("", "--lessons", str(tmp_path), "--check-lesson", "mine").returncode == 0
    assert (LESSONS_DIR / "1-plug.md").exists()
