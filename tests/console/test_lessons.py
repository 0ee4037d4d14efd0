"""Lessons at the keyboard: mistakes, hints, ways back and on, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.keyboard import RIGHT, Keyboard, keyboard
from tests.support import backend_mappings

MEM1 = "object_add memory-backend-ram,id=mem1,size=512M"


def reply_of(terminal: Keyboard, line: str) -> str:
    """Return a reply with each paragraph on one line."""
    return terminal.reply(line).replace("\n", " ").strip()


def test_a_lesson(terminal: Keyboard) -> None:
    before = backend_mappings()
    assert "1 plug       Plug a DIMM\n" in terminal.reply("learn")
    terminal.enter("learn plug")
    terminal.until("Plug a DIMM 1/3 · slots 0/2")
    assert reply_of(terminal, "object_add memory-backend-ram,id=mem1,size=512") == (
        "mem1 is there with 512 bytes, 512M is wanted: object_del mem1 and again"
    )
    assert terminal.reply("object_del mem1").startswith(
        "there is no backend with size 512M yet\nhint: object_add takes a type"
    )
    terminal.enter("info status")
    assert "✓ done\n\n2/3 Plug it\n" in terminal.reply(
        "object_add memory-backend-memfd,id=mem1,size=0x20000000"
    )
    assert terminal.reply("learn show").startswith("  device_add pc-dimm,id=dimm1,memdev=mem1\n")
    assert backend_mappings() > before
    terminal.enter("learn stop")
    terminal.until("slots 0/4")
    assert backend_mappings() == before
    assert terminal.reply("learn nothing").startswith("Error: there is no lesson 'nothing'")


@pytest.mark.parametrize("verb", ["hint", "show", "again", "undo", "skip"])
def test_without_a_lesson(verb: str, terminal: Keyboard) -> None:
    message = "Error: no lesson in progress; `learn` lists them\n"
    assert terminal.reply(f"learn {verb}") == message


def test_hints_go_from_a_nudge_to_the_answer(terminal: Keyboard) -> None:
    terminal.enter("learn unplug")
    assert (
        terminal.reply("learn hint")
        == "hint: Read the error of object_del, then stop the machine.\n"
    )
    assert terminal.reply("learn hint") == "hint: object_del …\nhint: stop\n"
    assert terminal.reply("learn hint") == "hint: object_del mem1\nhint: stop\n"
    assert terminal.reply("learn hint") == "hint: object_del mem1\nhint: stop\n"


def test_undo_takes_lines_of_the_step_back(terminal: Keyboard) -> None:
    terminal.enter("learn plug", MEM1)
    terminal.until("2/3 Plug it")
    assert "nothing was done in this step" in terminal.reply("learn undo")
    terminal.enter("object_add memory-backend-ram,id=x,size=1G", "info memdev")
    assert terminal.reply("learn undo") == (
        "taken back: object_add memory-backend-ram,id=x,size=1G\n"
    )
    assert "memory backend: x" not in terminal.reply("info memdev")
    assert "memory backend: mem1" in terminal.text
    assert "nothing was done in this step" in terminal.reply("learn undo")


def test_again_begins_the_step_anew(terminal: Keyboard) -> None:
    terminal.enter("learn plug", MEM1, "stop", "object_del mem1", "learn again")
    terminal.until("2/3 Plug it")
    assert "mem1" in terminal.reply("info memdev")
    assert "VM status: running" in terminal.reply("info status")


def test_skip_does_the_step(terminal: Keyboard) -> None:
    terminal.enter("learn plug", "object_add memory-backend-ram,id=mem1,size=1G", "learn skip")
    terminal.until("2/3 Plug it")
    assert "size:  536870912" in terminal.reply("info memdev")
    terminal.enter("learn skip")
    terminal.until("3/3 Choose an address")
    terminal.enter("learn skip")
    terminal.until("That was “Plug a DIMM”.")
    assert terminal.reply("learn skip") == (
        "Error: the lesson is finished: learn next begins the next one, learn stop ends this one\n"
    )


def test_skip_does_the_step_also_where_things_are_called_otherwise(terminal: Keyboard) -> None:
    terminal.enter("learn plug", "object_add memory-backend-ram,id=own,size=512M")
    terminal.until("2/3 Plug it")
    assert terminal.reply("learn show").endswith(
        "  (mem1: so the lesson calls it, take your own name)\n"
    )
    assert "The lesson's own lines do not fit what you made" in terminal.reply("learn skip")
    assert 'dimm]: "dimm1"' in terminal.reply("info memory-devices")


def test_a_step_that_is_done_already_is_passed(terminal: Keyboard) -> None:
    terminal.enter("learn unplug", "stop", "device_del dimm1")
    shown = terminal.reply("object_del mem1")
    assert "“Request the unplug” is done already.\n\n3/4 Let the guest answer\n" in shown


def test_what_is_undone_was_of_the_step(terminal: Keyboard) -> None:
    """What is left of the step's own lines is still judged after one of them was taken back."""
    terminal.enter("learn plug", "object_add memory-backend-ram,id=a,size=1G", "stop", "learn undo")
    assert (
        reply_of(terminal, "cont") == "a is there with 1G, 512M is wanted: object_del a and again"
    )


def test_next_begins_the_next_lesson(terminal: Keyboard) -> None:
    terminal.enter("learn next")
    terminal.until("Plug a DIMM 1/3")
    terminal.enter("learn next")
    terminal.until("Why did the plug fail? 1/5")
    terminal.enter("learn virtio-mem")
    assert "this is the last lesson" in terminal.reply("learn next")
    assert terminal.reply("learn stop") == "This is the machine that you started with.\n"
    terminal.until("slots 0/4")


def results(state_home: Path) -> object:
    return json.loads((state_home / "hmp" / "lessons.json").read_text())


def test_progress_is_kept(state_home: Path) -> None:
    with keyboard() as terminal:
        terminal.enter("learn plug", MEM1, "device_add pc-dimm,memdev=mem1", "learn stop")
        assert "  1 plug       Plug a DIMM, 2 of 3 done\n" in terminal.reply("learn")
    assert results(state_home) == {"plug": {"steps": 2, "of": 3, "finished": False}}
    with keyboard() as terminal:
        terminal.enter("learn plug")
        shown = terminal.until("3/3 Choose an address")
        assert "The steps before are done, as you left it" in shown
        terminal.enter("learn skip", "learn stop")
        assert "✓ 1 plug       Plug a DIMM\n" in terminal.reply("learn")
        terminal.enter("learn plug")
        terminal.until("Plug a DIMM 1/3")
        terminal.enter("learn skip", "learn stop")
        assert "✓ 1 plug       Plug a DIMM\n" in terminal.reply("learn")
        terminal.enter("learn plug 1")
        terminal.until("1/3 Make a backend")
    assert results(state_home) == {"plug": {"steps": 1, "of": 3, "finished": True}}
    assert (state_home / "hmp" / "lessons.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"plug": 3}', '{"plug": {"steps": -1}}', "\xff"])
def test_a_broken_file_of_results_counts_as_empty(text: str, state_home: Path) -> None:
    (state_home / "hmp").mkdir(parents=True)
    (state_home / "hmp" / "lessons.json").write_text(text, encoding="latin-1")
    with keyboard() as terminal:
        terminal.enter("learn plug")
        terminal.until("Plug a DIMM 1/3")
        terminal.enter("learn skip")
    assert results(state_home) == {"plug": {"steps": 1, "of": 3, "finished": False}}


def test_results_that_cannot_be_kept_are_reported_once(state_home: Path) -> None:
    state_home.write_text("a file")
    with keyboard() as terminal:
        terminal.enter("learn plug", "learn skip")
        terminal.until("the progress is not kept: can't write")
        terminal.enter("learn skip")
        terminal.until("3/3 Choose")
        assert terminal.text.count("is not kept") == 1


def test_no_suggestion_after_an_error_that_was_wanted(terminal: Keyboard) -> None:
    terminal.enter("learn refused", "object_add memory-backend-ram,id=mem1,size=1G")
    terminal.enter("device_add pc-dimm,id=dimm1,memdev=mem1,slot=0")
    terminal.until("2/5 An address")
    terminal.type(RIGHT)
    terminal.until_line("")


def test_the_files_of_the_user_stay_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a machine is made anew, what was typed runs in the user's folder again."""
    monkeypatch.chdir(tmp_path)
    with keyboard() as terminal:
        terminal.enter("learn plug", "pmemsave 0 16 mine", "stop", "learn undo")
        terminal.until("taken back: stop")
    assert (tmp_path / "mine").exists()


def test_a_mistake_is_not_told_again_after_another_error(terminal: Keyboard) -> None:
    terminal.enter("learn plug", "object_add memory-backend-ram,id=a,size=1G")
    assert "512M is wanted" not in terminal.reply("object_add memory-backend-ram,size=512M")
    assert "512M is wanted" in terminal.reply("object_add memory-backend-ram,id=b,size=2G")


def test_the_text_of_a_lesson_needs_no_pager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGER", f"tee {tmp_path}/paged")
    with keyboard("-m 1G,slots=4,maxmem=8G", rows=12, columns=40, pager="on") as terminal:
        terminal.enter("learn")
        shown = terminal.until("own: learn ./file.md")
        assert "\n  1 plug       Plug a DIMM\n" in shown
        assert "\n  4 unplug     Unplug: a guest that re…\n" in shown
        terminal.enter("learn plug")
        assert "1/3 Make a backend" in terminal.until("terminal takes a ? and Enter.")
        assert not (tmp_path / "paged").exists()
        terminal.enter("help keys")
        assert (tmp_path / "paged").exists()


def test_a_narrow_screen_breaks_no_words() -> None:
    with keyboard("-m 1G,slots=4,maxmem=8G", rows=60, columns=40) as terminal:
        shown = terminal.reply("learn")
        assert "  4 unplug     Unplug: a guest that\n               releases memory\n" in shown
        terminal.enter("learn virtio-mem", "learn hint")
        shown = terminal.reply("learn hint")
        assert "hint: device_add virtio-mem-pci,id=…,\n  memdev=…,requested-size=…\n" in shown
        assert "  device_add virtio-mem-pci,id=vm0,\n  memdev=vmem,requested-size=128M\n" in (
            terminal.reply("learn show")
        )
        shown = terminal.reply("learn undo")
        assert "Error: nothing was done in this step;\n`learn again` begins it anew\n" in shown
        terminal.until("virtio-mem: mem… 1/4 · 0/3G plugged")
        blocks = terminal.reply("info guest").split("BLOCKS")[1]
        assert blocks.split("\n")[2:4] == [
            "0-7     -       0     online  DMA32",
            "    1024 MiB",
        ]
        terminal.enter("learn refused 3")
        shown = terminal.until("3/5 A size that does not fit the\nalignment\n")
        terminal.enter("learn pages")
        assert "info\nmappings shows that it is mapped" in terminal.until("1/5 Memory")
