"""undo and redo: the machine as it was, made anew."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from hmp.machine.memory.prealloc import Preallocation
from tests.keyboard import ENTER, Keyboard, keyboard, without_blanks

BACKEND = "object_add memory-backend-ram,id=m,size=64M"
PLUG = "device_add pc-dimm,id=d,memdev=m"


def mapped(path: Path) -> int:
    return Path("/proc/self/maps").read_text().count(str(path))


def test_lines_are_undone_and_done_again(terminal: Keyboard) -> None:
    terminal.enter(BACKEND, PLUG, "info status", "p 1")
    before = terminal.reply("info memory-devices")
    assert terminal.reply("undo") == f"undone: {PLUG}\n"
    assert terminal.reply("info memory-devices") == ""
    assert terminal.reply("undo") == f"undone: {BACKEND}\n"
    assert terminal.reply("info memdev | cat") == ""
    assert terminal.reply("undo").startswith("Error: nothing was changed here that could be")
    terminal.enter("redo", "redo")
    terminal.until("slots 1/4")
    assert terminal.reply("info memory-devices") == before
    assert terminal.reply("redo").startswith("Error: no line was undone since the last change")


def test_a_change_after_undo_ends_what_can_be_done_again(terminal: Keyboard) -> None:
    terminal.enter(BACKEND, "undo", "object_add memory-backend-ram,id=n,size=64M")
    assert terminal.reply("redo").startswith("Error: no line was undone")


def test_what_is_undone_is_not_saved(terminal: Keyboard, tmp_path: Path) -> None:
    terminal.enter(BACKEND, "info status", PLUG, "undo", f"save {tmp_path}/s.hmp")
    text = (tmp_path / "s.hmp").read_text()
    assert text == (f"#!/usr/bin/env -S hmp -m 1G,slots=4,maxmem=8G\n{BACKEND}\ninfo status\n")


def test_the_machine_is_that_of_the_same_time(terminal: Keyboard) -> None:
    """An unplug that takes a minute is as far as it was; the guest is asked no second time."""
    terminal.enter(BACKEND, PLUG, "guest policy latency=60s", "device_del d", "stop", "undo")
    assert "unplug pending" in terminal.until("unplug pending")
    timers = terminal.console.context.machine.timers
    assert 50 < (timers.time_to_next() or 0) < 60
    terminal.enter("undo")
    terminal.until_gone("1 unplug pending")


def test_refused_lines_and_histories_are_no_part(terminal: Keyboard) -> None:
    terminal.enter(BACKEND, "device_add pc-dimm,id=d", "undo")
    assert "0: 'object_add" in terminal.reply("info history")
    assert "m" not in terminal.console.context.machine.objects.children


def test_memory_of_the_old_machine_is_unmapped(tmp_path: Path) -> None:
    file = tmp_path / "file"
    with keyboard(columns=300) as terminal:
        terminal.enter(
            f"object_add memory-backend-file,id=m,size=64M,mem-path={file},share=on", PLUG
        )
        assert mapped(file) == 1
        terminal.enter("undo")
        assert mapped(file) == 1
        terminal.enter("undo")
        terminal.until(f"→ the file {file} stays")
        assert mapped(file) == 0 and file.exists()
        terminal.enter("redo")
        assert mapped(file) == 1
        terminal.enter("undo", "redo")
    # The test closes only the machine that it began with.
    assert mapped(file) == 0


def test_a_file_keeps_its_contents(tmp_path: Path) -> None:
    """Also where the machine discards them at its own end."""
    file = tmp_path / "file"
    file.write_bytes(b"x" * (64 << 20))
    line = f"object_add memory-backend-file,id=m,size=64M,mem-path={file},share=on,discard-data=on"
    with keyboard(columns=300) as terminal:
        terminal.enter(line, PLUG, "undo", "undo")
        assert file.read_bytes()[:4] == b"xxxx"
        terminal.enter("redo")
        terminal.enter("object_del m")
        assert file.read_bytes()[:4] == bytes(4)
        terminal.enter("undo")
        terminal.until(f"→ the contents of {file} are gone: discard-data=on")
        file.write_bytes(b"y" * (64 << 20))
    assert file.read_bytes()[:4] == bytes(4)


def test_an_image_that_is_locked(tmp_path: Path) -> None:
    image = tmp_path / "d"
    image.write_bytes(bytes(1 << 20))
    drive = f"-m 1G,slots=4,maxmem=8G -drive if=virtio,format=raw,file={image}"
    with keyboard(drive, columns=300) as terminal:
        terminal.enter("stop")
        assert terminal.reply("undo") == (
            f"Error: undo is not possible while the machine keeps the image {image} for itself: "
            "with file.locking=off its drive does not\n"
        )
    with keyboard(f"{drive},file.locking=off") as terminal:
        terminal.enter("stop")
        assert terminal.reply("undo") == "undone: stop\n"


def test_what_was_written_stays(terminal: Keyboard, tmp_path: Path) -> None:
    file = tmp_path / "file"
    terminal.enter(BACKEND, f'pmemsave 0 8192 "{file}"')
    machine = terminal.console.context.machine
    assert terminal.reply("undo").startswith("→ what pmemsave wrote stays in its file\nundone: ")
    assert file.stat().st_size == 8192
    assert terminal.console.context.machine is machine
    file.unlink()
    terminal.enter("undo")
    assert not file.exists()


def test_a_machine_that_can_not_be_made_again_stays(terminal: Keyboard, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(64 << 20))
    line = f"object_add memory-backend-file,id=m,size=64M,mem-path={file},share=on,readonly=on"
    terminal.enter(line, PLUG)
    machine = terminal.console.context.machine
    file.unlink()
    reply = terminal.reply("undo")
    assert reply.startswith("Error: nothing was undone, since object_add memory-backend-file")
    refusal = without_blanks("is refused now: Error: can't open backing store")
    assert refusal in without_blanks(reply)
    assert terminal.console.context.machine is machine
    assert "d" in machine.peripheral.children
    terminal.enter("device_del d")
    assert terminal.reply("info memory-devices") == ""


def test_a_command_line_that_fails_now(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(64 << 20))
    backend = f"memory-backend-file,id=m,size=64M,mem-path={file},readonly=on,share=on"
    with keyboard(f"-m 1G,slots=4,maxmem=8G -object {backend}") as terminal:
        terminal.enter(PLUG)
        file.unlink()
        reply = terminal.reply("undo")
        assert reply.startswith("Error: nothing was undone, since the machine can't be made again:")
        assert "d" in terminal.console.context.machine.peripheral.children


def test_ctrl_c_stops_it_and_the_machine_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    fill = Preallocation._fill

    def fill_slowly(self: Preallocation, index: int) -> None:
        time.sleep(1.5)
        fill(self, index)

    with keyboard() as terminal:
        terminal.enter(f"{BACKEND},prealloc=on", PLUG)
        monkeypatch.setattr(Preallocation, "_fill", fill_slowly)
        terminal.type("undo", ENTER)
        terminal.until("(Ctrl-C stops)")
        terminal.interrupt()
        terminal.until("Error: nothing was undone, since object_add")
        terminal.until_line("")
        monkeypatch.undo()
        assert "d" in terminal.console.context.machine.peripheral.children
        assert terminal.reply("undo") == f"undone: {PLUG}\n"


def test_other_monitors_keep_their_machine(tmp_path: Path) -> None:
    with keyboard(
        f"-m 1G,slots=4,maxmem=8G -qmp unix:{tmp_path}/qmp,server=on,wait=off"
    ) as terminal:
        terminal.enter(BACKEND)
        reply = terminal.reply("undo")
        assert reply.startswith("Error: undo is not possible while the character device compat_mon")
        assert "m" in terminal.console.context.machine.objects.children
        assert (tmp_path / "qmp").exists()


@pytest.mark.parametrize("options", ["-nographic", "-S", "-monitor stdio", "-M microvm", ""])
def test_boards_and_stdio(options: str) -> None:
    with keyboard(f"-m 1G,slots=4,maxmem=8G {options}") as terminal:
        terminal.enter(BACKEND)
        status = terminal.reply("info status")
        assert terminal.reply("undo") == f"undone: {BACKEND}\n"
        assert terminal.reply("info status") == status


def test_in_a_lesson_it_is_that_of_the_lesson(terminal: Keyboard) -> None:
    terminal.enter(BACKEND, "learn plug", "object_add memory-backend-ram,id=mem1,size=512K", "undo")
    terminal.until("1/3")
    assert "mem1" not in terminal.console.context.machine.objects.children
    terminal.enter("learn stop", "undo")
    terminal.until(f"undone: {BACKEND}")


QUERIES = (
    "info status",
    "info memory-devices",
    "info memdev",
    "info qtree",
    "info qom-tree",
    "info mtree",
)


def state(terminal: Keyboard) -> list[str]:
    monitor = terminal.console.context.monitor
    return [monitor.execute(query).text for query in QUERIES]


def random_line(random: Random) -> str:
    name, other, size = (random.choice("abc") for _ in range(3))
    return random.choice(
        (
            f"object_add memory-backend-ram,id={name},size={64 * (ord(size) - 96)}M",
            f"device_add pc-dimm,id=d{name},memdev={other}",
            f"device_add virtio-mem-pci,id=v{name},memdev={other},requested-size=32M",
            f"qom-set v{name} requested-size 16M",
            f"device_del d{name}",
            f"device_del v{name}",
            f"object_del {name}",
            f"guest refuse d{name}",
            "guest policy unplug=refuse",
            "guest policy unplug=release",
            "stop",
            "cont",
            "system_reset",
        )
    )


@pytest.mark.parametrize("seed", range(4))
def test_each_undo_goes_back_to_the_state_before(seed: int) -> None:
    random = Random(seed)
    with keyboard(events="off", advice="off") as terminal:
        states = [state(terminal)]
        for _ in range(30):
            before = len(terminal.console.context.session.accepted)
            terminal.enter(random_line(random))
            if len(terminal.console.context.session.accepted) > before:
                states.append(state(terminal))
        assert len(states) > 8
        states.pop()
        while states:
            terminal.enter("undo")
            assert state(terminal) == states.pop()
        assert terminal.reply("undo").startswith("Error: nothing was changed here")
