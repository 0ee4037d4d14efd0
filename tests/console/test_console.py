"""The console at a keyboard: keys typed, and the screen afterwards."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from hmp.console.line import parse_console_line
from tests.keyboard import (
    CTRL_C,
    CTRL_R,
    END_OF_PASTE,
    ENTER,
    ESCAPE,
    F2,
    F4,
    PASTE,
    RIGHT,
    TAB,
    UP,
    Keyboard,
    keyboard,
    without_blanks,
)

BACKEND = "object_add memory-backend-ram,id=mem1,size=1G"
PLUG = "device_add pc-dimm,id=dimm1,memdev=mem1"


def test_the_screen_at_the_start() -> None:
    with keyboard() as terminal:
        text = terminal.until("host RSS")
    lines = text.split("\n")
    assert lines[:2] == ["QEMU 11.1.3 monitor - type 'help' for more information", "(qemu)"]
    assert lines[-2] == "Tab complete  F1 keys  F2 as you type: off  F4 emacs keys  learn lessons"
    assert lines[-1].startswith("slots 0/4 · 0/7G plugged · host RSS ")


def test_tab_shows_a_menu_with_types_and_meanings(terminal: Keyboard) -> None:
    terminal.type("object_add ", TAB)
    text = terminal.until("memory-backend-shm")
    assert " memory-backend-ram         type · Anonymous memory of the host" in text
    terminal.type(TAB, ENTER, TAB)
    text = terminal.until("id, required")
    assert "(qemu) object_add memory-backend-ram,\n" in text
    rows = [line.split()[0] for line in text.split("\n") if " · " in line and line.startswith(" ")]
    assert rows[:2] == ["id=", "size="]


def test_a_low_screen_has_room_for_a_line_and_a_menu() -> None:
    with keyboard(rows=7) as terminal:
        terminal.type("object_add ", TAB)
        text = terminal.until("memory-backend-memfd")
        assert "Window too small" not in text and "host RSS" not in text


def test_what_is_free_is_offered(terminal: Keyboard) -> None:
    terminal.enter(BACKEND, "object_add memory-backend-ram,id=mem2,size=512M", PLUG)
    terminal.type("device_add pc-dimm,memdev=", TAB)
    terminal.until("(qemu) device_add pc-dimm,memdev=mem2")
    terminal.type("\x15object_del ", TAB)
    terminal.until("(qemu) object_del mem2")
    terminal.type("\x15device_del ", TAB)
    terminal.until("(qemu) device_del dimm1")


def test_as_you_type_by_f2(terminal: Keyboard) -> None:
    terminal.type(F2)
    terminal.until("F2 as you type: on")
    terminal.type("object_add memory-backend-ram,pol")
    terminal.until("policy=  default/preferred/bind/interleave")
    terminal.type("icy=")
    text = terminal.until("interleave  word · from host-nodes in turn")
    assert "bind        word · from host-nodes only" in text


def test_colours_and_faults_while_typing(terminal: Keyboard) -> None:
    terminal.type("object_add memory-backend-ram,size=1G,nothing=3,")
    terminal.until("Parameter 'nothing' is unexpected")
    assert terminal.letter("object_add memory").bold
    assert terminal.letter("memory-backend-ram,size").fg == "cyan"
    assert terminal.letter("size=1G").fg == "magenta"
    assert terminal.letter("1G,nothing").fg == "green"
    wrong = terminal.letter("nothing=3")
    assert (wrong.fg, wrong.underscore) == ("red", True)
    assert not terminal.letter("size=1G").underscore


def test_what_is_not_finished_is_no_fault(terminal: Keyboard) -> None:
    terminal.type("object_a")
    terminal.until("(qemu) object_a")
    assert not terminal.letter("object_a").underscore
    terminal.type(" ")
    terminal.until("unknown command: 'object_a'")
    assert terminal.letter("object_a").underscore


def test_the_parameters_of_what_is_typed(terminal: Keyboard) -> None:
    terminal.type("pmemsave ")
    terminal.until("pmemsave addr size file — save memory at a physical address to a file")
    terminal.type("\x15object_add memory-backend-file,id=a,size=")
    terminal.until(
        "size=<size>, required — Size of the memory, in bytes or with a suffix such as 1G"
    )
    terminal.type("1G,")
    terminal.until(
        "memory-backend-file — A file, a temporary file in a directory, or huge pages from a "
        "hugetlbfs; need…"
    )


def test_grey_suggestion_prefix_search_and_search(terminal: Keyboard) -> None:
    terminal.enter("info status", "info memdev", "stop")
    terminal.type("info s")
    terminal.wait(lambda: terminal.text.count("(qemu) info status") == 2)
    assert terminal.letter("tatus").fg == "default"
    terminal.type(RIGHT, ENTER)
    terminal.until("VM status: paused")
    terminal.enter("cont")
    terminal.type("info", UP)
    terminal.until_line("info status")
    terminal.type(UP)
    terminal.until_line("info memdev")
    terminal.type(CTRL_C, CTRL_R, "top")
    terminal.until("(reverse-i-search)`top': stop")


def test_vi_keys_by_f4(terminal: Keyboard) -> None:
    terminal.type(F4)
    text = terminal.until("vi insert")
    assert "F4 vi keys" in text
    terminal.type("info stats", ESCAPE)
    terminal.until("vi normal")
    terminal.type("iu", ENTER)
    terminal.until("VM status: running")
    terminal.type(F4)
    terminal.until("F4 emacs keys")


def test_a_paste_of_lines_runs_line_by_line(terminal: Keyboard) -> None:
    terminal.type(PASTE, "stop\ninfo status\ncont\ninfo st", END_OF_PASTE)
    text = terminal.until("info [subcommand]")
    assert "(qemu) stop\n· the machine stopped\n(qemu) info status\nVM status: paused\n" in text
    assert "(qemu) cont\n· the machine resumed\n(qemu) info st" in text
    terminal.type("atus", ENTER)
    terminal.until("VM status: running")


def test_ctrl_c_right_after_enter_stops_the_command(terminal: Keyboard) -> None:
    """It comes as a key, since the terminal is still the prompt's."""
    terminal.type("object_add memory-backend-ram,id=large,size=4G,prealloc=on", ENTER, CTRL_C)
    terminal.type("info st")
    text = terminal.until("cancelled; all pages released")
    assert "Interrupted system call" in text
    terminal.until_line("info st")
    terminal.type(CTRL_C, PASTE, "stop\ninfo status\ncont\ninfo status\n", END_OF_PASTE, CTRL_C)
    assert terminal.reply("info status") == "VM status: paused\n"
    assert terminal.text.count("VM status") == 1


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (24, 1), (3, 5), (1, 80)])
def test_tiny_screens(rows: int, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with keyboard(rows=rows, columns=columns) as terminal:
        written: list[str] = []
        monkeypatch.setattr(terminal.console.output, "write", written.append)
        terminal.enter("learn plug", "learn", "map", "help", BACKEND, "learn hint", "nonsense")
        terminal.type("object_add ", TAB, TAB, F2, "memory-backend-ram,", CTRL_C)
        terminal.enter("info status")
        terminal.wait(lambda: "VM status: running\n" in written)
        assert "internal error" not in "".join(written)


def test_replies_go_to_files_and_shell_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file, other = Path("a b"), Path("c")
    with keyboard() as terminal:
        assert terminal.reply(f"info status > {file}") == ""
        assert file.read_text() == "VM status: running\n"
        terminal.enter(f"info name >> {file}", "object_del nothing > /nowhere/x")
        assert "Error: object 'nothing' not found\n" in terminal.text
        assert (
            terminal.reply("info status > /nowhere/x")
            == "Error: can't write /nowhere/x: No such file or directory\n"
        )
        assert terminal.reply(f"info status | tr a-z A-Z > {other}") == ""
        assert other.read_text() == "VM STATUS: RUNNING\n"
        assert terminal.reply("info status | false") == "the command ended with status 1\n"
        assert terminal.reply("p 1 | 2") == "0x3\n"
        assert terminal.reply("info status |") == "Error: a command is missing after |\n"


def test_suggestion_after_an_error() -> None:
    with keyboard() as terminal:
        terminal.enter(BACKEND)
        assert terminal.reply("device_add pc-dimm,id=dimm1,memdev=mem2") == (
            "Error: Device 'mem2' not found\n→ no backend mem2; free: mem1\n"
        )
        assert terminal.reply("infoo status") == "unknown command: 'infoo'\n→ did you mean info?\n"
    with keyboard() as terminal:
        terminal.enter("infoo status")
        terminal.until_line("info status")
        terminal.type(RIGHT, ENTER)
        terminal.until("VM status: running")
        terminal.enter("infoo status", "p 1")
        terminal.until_line("")
    with keyboard(advice="off") as terminal:
        assert terminal.reply("infoo status") == "unknown command: 'infoo'\n"


def test_a_mended_line_is_not_broken_inside_a_word() -> None:
    other = "object_add memory-backend-ram,id=odd,size=513M"
    with keyboard(columns=40) as terminal:
        terminal.enter(BACKEND, other, "device_add pc-dimm,id=dimm7,memdev=odd")
        shown = terminal.until("\npc-dimm,id=dimm7").rpartition("Error: ")[2]
        assert shown.split("\n")[2:6] == [
            "→ sizes are multiples of 2M, so 512M or",
            "  514M; mem1 (1024M) fits",
            "(qemu) device_add",
            "pc-dimm,id=dimm7,memdev=mem1",
        ]
        terminal.type(RIGHT, ENTER)
        terminal.until("dimm7: online in the guest")
    with keyboard(columns=40, suggestions="off") as terminal:
        terminal.enter(BACKEND, other)
        assert terminal.reply("infoo status").endswith("→ did you mean info?\n  info status\n")
        terminal.until_line("")


def test_a_redirection_is_kept_in_a_mended_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with keyboard() as terminal:
        terminal.enter("infoo status > x")
        terminal.until_line("info status > x")
        terminal.type(RIGHT, ENTER)
        terminal.wait((tmp_path / "x").exists)
        terminal.enter("info status|grep run")
        terminal.until_line("info status | grep run")


def test_explain_and_map() -> None:
    with keyboard("-m 1G,slots=2,maxmem=4G") as terminal:
        terminal.enter(BACKEND, PLUG)
        assert (
            terminal.reply("explain")
            == """\
dimm1 (pc-dimm) was plugged at 0x100000000 in slot 0
  slots: 0 of 2 busy, free: 0, 1; slot 0 was chosen
  size: 1G; 3G of 3G were left
  address: a multiple of 2M
  device memory region: 0x100000000-0x23fffffff (5G)
  gap                      size  first aligned  verdict
  0x100000000-0x23fffffff  5G    0x100000000    chosen
"""
        )
        assert (
            terminal.reply("map")
            == """\
guest-physical memory, one column about 92.2M
0          1G                               4G         5G
RAM                                         dimm1      free
███████████                                 ▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
···········                                 ···········
■ resident  · mapped, not resident
free for devices: 2G, in 4G of address space
  from         size  what           slot  backend  resident
█ 0x000000000  1G    RAM                  pc.ram   0 of 1G
  0x040000000  3G    no memory
▓ 0x100000000  1G    dimm1          0     mem1     0 of 1G
░ 0x140000000  4G    address space
"""
        )


def test_a_picture_as_a_file_and_the_mappings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with keyboard() as terminal:
        terminal.enter(BACKEND, PLUG)
        assert terminal.reply("map --svg memory.svg") == ""
        assert "dimm1, slot 0, mem1" in (tmp_path / "memory.svg").read_text()
        ElementTree.parse(tmp_path / "memory.svg")
        assert (
            terminal.reply("map --svg /nowhere/x")
            == "Error: can't write /nowhere/x: No such file or directory\n"
        )
        head, ram, backend = terminal.reply("info mappings").splitlines()
        assert head.split() == [
            "backend",
            "host",
            "address",
            "size",
            "resident",
            "pages",
            "sharing",
            "file",
        ]
        assert (ram.split()[0], backend.split()[0], backend.split()[2:]) == (
            "pc.ram",
            "mem1",
            ["1G", "0", "4K", "private", "(anonymous)"],
        )


def test_errors_of_builtins(terminal: Keyboard) -> None:
    assert terminal.reply("map there") == "Error: usage: map [--svg FILE]\n"
    assert terminal.reply("events perhaps") == "Error: usage: events [on|off]\n"
    assert terminal.reply("explain it") == (
        'explain: extraneous characters at the end of line\nTry "help explain" for more '
        "information\n"
    )
    assert terminal.reply("info mappings x") == (
        'mappings: extraneous characters at the end of line\nTry "help info mappings" for more '
        "information\n"
    )
    assert terminal.reply("explain") == "nothing was plugged yet\n"


def test_events_above_the_prompt_while_typing() -> None:
    with keyboard(suggestions="off") as terminal:
        terminal.enter("guest policy latency=100ms,unplug=refuse", BACKEND, PLUG)
        terminal.type("device_d")
        terminal.until("· dimm1: online in the guest\n(qemu) device_d\n")
        terminal.type("el dimm1", ENTER, "info st")
        terminal.until(
            "· dimm1: unplug in progress in the guest\n"
            "· dimm1: unplug rejected by the guest\n(qemu) info st"
        )
        terminal.type("\x15")
        terminal.enter("events off", "stop")
        assert terminal.reply("events") == "events are off\n"
        assert "the machine stopped" not in terminal.text


def test_the_state_in_the_toolbar(terminal: Keyboard) -> None:
    terminal.enter(BACKEND, PLUG, "guest policy unplug=hang", "device_del dimm1")
    terminal.until("slots 1/4 · 1G/7G plugged · 1 unplug pending · host RSS")
    terminal.enter("stop")
    terminal.until("1 unplug pending · paused · host RSS")


def test_help_with_examples_and_the_table_of_a_type() -> None:
    with keyboard(rows=60) as terminal:
        _read_help(terminal)


def _read_help(terminal: Keyboard) -> None:
    reply = terminal.reply("help device_add pc-dimm")
    assert reply.startswith("device_add driver[,prop=value][,...] -- plug a device")
    assert (
        "  device_add pc-dimm,id=dimm1,memdev=mem1                          plug a backend as "
        "a DIMM\n" in reply
    )
    assert (
        "  memdev  memory-backend  needed. The backend that holds the memory; it can serve one "
        "device\n" in reply
    )
    assert (
        terminal.reply("help map")
        == "map [--svg FILE] -- draw the guest's memory to scale, or into a file\n"
    )
    mentioned = "\n\nOn this console also:\n  info mappings  the host's mapping of every backend\n"
    terminal.type("\x0c")
    assert terminal.reply("info").endswith(mentioned)
    terminal.type("\x0c")
    assert terminal.reply("help info").endswith(mentioned)
    assert terminal.reply("? learn").startswith("learn [LESSON")
    assert (
        terminal.reply("help info mappings")
        == "info mappings  -- the host's mapping of every backend\n"
    )
    assert "Types (help object_add TYPE lists the options of one):\n" in terminal.reply(
        "help object_add"
    )


def test_own_lesson(tmp_path: Path, terminal: Keyboard) -> None:
    mine, broken = tmp_path / "mine.md", tmp_path / "broken.md"
    mine.write_text(
        "# Mine\n\nMachine: `-m 128M`\n\nHello.\n\n## Stop it\n\nType *stop*.\n\n"
        "```hmp\nstop\n```\n\n```check\nstopped\n```\n\n> stop\n"
    )
    broken.write_text("# Broken\n\n## One\n\n```hmp\nstop\n```\n\n```check\nwhatever it is\n```\n")
    terminal.enter(f"learn {mine}", "")
    terminal.until("Type stop.")
    assert "✓ done\nThat was “Mine”.\nLook around as long as you like" in terminal.reply("stop")
    assert terminal.reply("info status") == "VM status: paused\n"
    terminal.until("Mine done · nothing can be plugged")
    assert "Error: the lesson is finished: learn next" in terminal.reply("learn show")
    assert terminal.reply("learn").startswith("Lessons\n")
    assert terminal.reply("learn stop") == "This is the machine that you started with.\n"
    assert terminal.reply("info status") == "VM status: running\n"
    refusal = without_blanks(terminal.reply(f"learn {broken}"))
    assert without_blanks("'whatever it is' is no check") in refusal
    assert "No such file" in terminal.reply("learn ./nothing.md")


def test_a_line_is_parsed_once_for_each_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours, diagnostics, signature, completion and redirection read one result."""
    import pyparsing as pp

    parsed: list[str] = []
    original = pp.ParserElement.parse_string

    def counted(self: pp.ParserElement, text: str, *more: bool) -> pp.ParseResults:
        parsed.append(text)
        return original(self, text, *more)

    monkeypatch.setattr(pp.ParserElement, "parse_string", counted)
    parse_console_line.cache_clear()
    line = "object_add memory-backend-ram,id=m7,si"
    with keyboard() as terminal:
        for letter in line:
            terminal.type(letter)
        terminal.until_line(line)
        terminal.type(TAB)
        terminal.until("size=")
    assert line in parsed
    assert len(parsed) == len(set(parsed)) <= len(line)


def test_options_without_effect_are_named_once() -> None:
    options = "-m 128M -display none -vnc :41 -netdev user,id=n0 -usb -device e1000,netdev=n0"
    with keyboard(options) as terminal:
        text = terminal.until("host RSS")
    assert "\nno effect here: -vnc :41, -netdev user,id=n0, -usb, -device e1000\n(qemu)" in text
