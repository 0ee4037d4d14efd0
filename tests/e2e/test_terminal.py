"""The program on a real terminal: start, editing keys, interrupts, resizing, leaving; with and
without what we add.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.e2e.terminal import usual_environment
from tests.support import PROGRAM, ROOT

PROMPT = r"\(qemu\)"
BANNER = "QEMU 11.1.3 monitor - type 'help' for more information"
SESSION = (
    "object_add memory-backend-ram,id=mem1,size=64M",
    "device_add pc-dimm,id=dimm1,memdev=mem1",
    "info memory-devices",
    "object_del mem1",
    "infoo",
    "info mappings",
    "map",
    "device_del dimm1",
    "object_del mem1",
    "help object_add",
    "p 1 | 2",
    "info status",
    "quit",
)
Start = Callable[..., pexpect.spawn]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the program on a terminal, with arguments and environment variables; with
    `file_bytes` a file may have no more, as if the disk were full.
    """
    children: list[pexpect.spawn] = []

    def begin(*arguments: str, file_bytes: int = 0, **environment: str) -> pexpect.spawn:
        def limit_files() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

        child = pexpect.spawn(
            sys.executable,
            ["-m", "hmp", "-m", "1G,slots=2,maxmem=4G", *arguments],
            cwd=str(ROOT),
            env={**usual_environment(tmp_path), **environment},
            encoding="utf-8",
            timeout=15,
            dimensions=(40, 160),
            preexec_fn=limit_files if file_bytes else None,
        )
        children.append(child)
        return child

    yield begin
    for child in children:
        child.close(force=True)


@pytest.fixture
def console(start: Start) -> pexpect.spawn:
    child = start()
    child.expect_exact(BANNER)
    child.expect(PROMPT)
    return child


def end_of(child: pexpect.spawn) -> int | None:
    child.expect(pexpect.EOF)
    child.close()
    status: int | None = child.exitstatus
    return status


def test_a_session_on_the_terminal(console: pexpect.spawn, tmp_path: Path) -> None:
    console.send("object_add memory-backend-ram,id=mem1,size=128M\r")
    console.send("device_add pc-dimm,id=dimm1,memdev=mem1\r")
    console.expect_exact("dimm1: online in the guest")
    console.send("info memory-devices\r")
    console.expect_exact('Memory device [dimm]: "dimm1"')
    console.expect_exact("addr: 0x100000000")
    console.send("info history\r")
    console.expect_exact("3: 'info history'")
    console.send("quit\r")
    assert end_of(console) == 0
    assert "info memory-devices" in (tmp_path / "hmp" / "history").read_text()


def test_ctrl_c_cancels_a_line_and_ctrl_d_leaves(console: pexpect.spawn) -> None:
    console.send("nonsense")
    console.expect_exact("nonsense")
    console.sendintr()
    console.expect(PROMPT)
    console.send("info status\r")
    console.expect_exact("VM status: running")
    console.expect(PROMPT)
    console.sendeof()
    assert end_of(console) == 0


def test_ctrl_c_stops_a_preallocation_and_releases_it(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "large"
    child = start("-object", "memory-backend-ram,id=small,size=1M")
    child.expect(PROMPT)
    child.send(
        f"object_add memory-backend-file,id=large,size=16G,mem-path={file},prealloc=on,share=on\r"
    )
    child.expect_exact("of 16G (Ctrl-C stops)")
    child.sendintr()
    child.expect_exact(
        "Error: qemu_prealloc_mem: preallocating memory failed: Interrupted system call"
    )
    child.expect_exact("cancelled; all pages released")
    child.expect(PROMPT)
    assert not file.exists()
    assert str(file) not in Path(f"/proc/{child.pid}/maps").read_text()
    child.send("info memdev | grep -c backend\r")
    child.expect(r"\D2\r\n")


def test_the_width_follows_the_terminal(console: pexpect.spawn) -> None:
    console.setwinsize(30, 60)
    time.sleep(0.2)
    console.send("map\r")
    console.expect_exact("one column about 153.6M")
    bar = re.search(
        r"(█.*)\r\n",
        console.readline() + console.readline() + console.readline() + console.readline(),
    )
    assert bar and len(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", bar[1]).rstrip()) == 60


def test_long_replies_go_through_the_pager(start: Start) -> None:
    child = start(PAGER="sed s/^/page:/")
    child.setwinsize(20, 100)
    child.expect(PROMPT)
    child.send("info status\r")
    child.expect(r"[^:]VM status: running")
    child.send("help\r")
    child.expect_exact("page:balloon target")
    child.expect_exact("page:system_wakeup")
    other = start("--pager", "off", PAGER="sed s/^/page:/")
    other.setwinsize(20, 100)
    other.expect(PROMPT)
    other.send("help\r")
    other.expect(r"[^:]system_wakeup")


def transcript(child: pexpect.spawn, lines: tuple[str, ...] = SESSION) -> str:
    """All that the terminal got while the lines were typed."""
    shown = ""
    for line in lines:
        child.expect_exact("(qemu) ")
        shown += child.before + child.after
        child.send(f"{line}\r")
    child.expect(pexpect.EOF)
    return shown + str(child.before)


def screen_after(
    child: pexpect.spawn, lines: tuple[str, ...], written: list[str] | None = None
) -> list[str]:
    """Return the screen after the lines were typed, each at a prompt that waits for it; what the
    terminal got is added to `written`.
    """
    written = [] if written is None else written
    terminal = pyte.Screen(160, 150)
    stream = pyte.Stream(terminal)

    def shown() -> list[str]:
        return [line.rstrip() for line in "\n".join(terminal.display).rstrip().split("\n")]

    def feed() -> None:
        text = child.read_nonblocking(4096, timeout=15)
        written.append(text)
        stream.feed(text)

    with suppress(pexpect.EOF):
        rows = 0
        for line in lines:
            while shown()[-1] != "(qemu)" or len(shown()) <= rows:
                feed()
            rows = len(shown())
            child.send(f"{line}\r")
        while True:
            feed()
    return shown()


def piped() -> str:
    """What a pipe gets for the same lines, with line ends as a terminal shows them."""
    done = subprocess.run(
        [*PROGRAM, "-m", "1G,slots=2,maxmem=4G"],
        input="\n".join(SESSION) + "\n",
        text=True,
        capture_output=True,
        cwd=ROOT,
        timeout=30,
    )
    return done.stdout.replace("\n", "\r\n")


def test_a_dumb_terminal_gets_what_a_pipe_gets(start: Start) -> None:
    """Byte for byte: neither prompt_toolkit nor hmp adds anything to QEMU's bare console."""
    child = start("--plain", TERM="dumb")
    assert transcript(child) == piped()


def test_plain_is_the_transcript_of_the_pipe(start: Start) -> None:
    child = start("--plain")
    assert screen_after(child, SESSION) == piped().replace("\r\n", "\n").rstrip().split("\n")


def test_a_dumb_terminal_has_words_and_lists_completions(start: Start) -> None:
    lines = (
        "object_add memory-backend-ram,id=mem1,size=1G",
        "device_add pc-dimm,memdev=?",
        "info memory?",
        "device_add pc-dimm,id=d,memdev=mem2",
        "device_add pc-dimm,id=d,memdev=mem1",
        "map",
        "explain",
        "learn plug",
        "learn stop",
        "device_add pc-dimm,?",
        "quit",
    )
    text = transcript(start(TERM="dumb"), lines)
    assert "\x1b" not in text
    for line in (
        "mem1  memory-backend-ram, 1G, free",
        "memory-devices       command, show the plugged memory devices",
        "→ no backend mem2; free: mem1",
        "  device_add pc-dimm,id=d,memdev=mem1",
        "· d: online in the guest",
        "1G from 0x100000000 to 0x13fffffff: d in slot 0, backend mem1, resident 0 of 1G.",
        "  gap 0x100000000-0x23fffffff, 5G, first aligned address 0x100000000: chosen",
        "1/3 Make a backend",
        # QEMU's own answer to a question mark.
        "pc-dimm options:",
    ):
        assert line in text, line


def test_no_color_takes_colours_alone(start: Start) -> None:
    child, written = (
        start("--toolbar", "off", "--suggestions", "off", NO_COLOR="1", TERM="xterm-256color"),
        list[str](),
    )
    lines = ("object_add memory-backend-ram,id=m,size=1G", "infoo status", "map", "quit")
    screen_after(child, lines, written)
    text = "".join(written)
    # Bold, dim, underlined and reverse are no colours.
    assert not re.search(r"\x1b\[(?:[0-9;]*;)?(?:3|4|9|10)[0-8](?:;[0-9;]*)?m", text)
    assert "→ did you mean info?" in text and "█" in text


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(("--ascii",), {}), ((), {"LC_ALL": "C"}), (("--ascii", "--screen-reader"), {})],
)
def test_ascii(start: Start, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
    child, written = (
        start("--toolbar", "off", "--suggestions", "off", *arguments, **environment),
        list[str](),
    )
    lines = (
        "object_add memory-backend-ram,id=m,size=1G,prealloc=off",
        "device_add pc-dimm,id=d,memdev=n",
        "device_add pc-dimm,id=d,memdev=m",
        "map",
        "learn plug",
        "learn stop",
        "help device_add",
        "quit",
    )
    screen_after(child, lines, written)
    text = "".join(written)
    assert text.isascii() and "-> no backend n; free: m" in text


def test_a_screen_reader_gets_sentences(start: Start) -> None:
    lines = ("object_add memory-backend-ram,id=m,size=1G", "infoo status", "map", "quit")
    text = "\n".join(screen_after(start("--screen-reader"), lines))
    assert "4G/" not in text and "host RSS" not in text and "█" not in text
    assert "5G from 0x100000000 to 0x23fffffff: address space for devices." in text
    assert "  info status" in text


def test_console_prints_qemus_text_unchanged(start: Start) -> None:
    """With everything on, the screen has each reply of the pipe unchanged and in order."""
    child = start("--toolbar", "off", "--events", "off", "--suggestions", "off")
    lines = tuple(line for line in SESSION if line not in ("map", "info mappings"))
    shown = screen_after(child, lines)
    wanted = subprocess.run(
        [*PROGRAM, "-m", "1G,slots=2,maxmem=4G"],
        input="\n".join(lines) + "\n",
        text=True,
        capture_output=True,
        cwd=ROOT,
        timeout=30,
    ).stdout
    at = 0
    for line in wanted.splitlines():
        at = shown.index(line.rstrip(), at) + 1


def test_a_lesson_plays_and_is_recorded(start: Start, tmp_path: Path) -> None:
    cast = tmp_path / "plug.cast"
    child = start("--play", "plug", "--speed", "300", "--record", str(cast))
    child.expect_exact("That was “Plug a DIMM”.")
    assert end_of(child) == 0
    head, *events = [json.loads(line) for line in cast.read_text().splitlines()]
    assert (head["version"], head["width"], head["height"]) == (2, 160, 40)
    assert all(kind == "o" for _seconds, kind, _text in events)
    assert [seconds for seconds, _kind, _text in events] == sorted(
        seconds for seconds, _kind, _text in events
    )
    terminal = pyte.Screen(160, 400)
    pyte.Stream(terminal).feed("".join(text for _seconds, _kind, text in events))
    shown = "\n".join(line.rstrip() for line in terminal.display)
    for text in (
        BANNER,
        "(qemu) device_add pc-dimm,id=dimm2,memdev=mem2,slot=1,addr=0x180000000\n",
        "✓ done\n\n3/3 Choose an address\n",
    ):
        assert text in shown


def test_a_session_is_recorded(start: Start, tmp_path: Path) -> None:
    cast = tmp_path / "session.cast"
    child = start("--record", str(cast))
    child.expect(PROMPT)
    child.send("info status\r")
    child.expect_exact("VM status: running")
    child.send("quit\r")
    assert end_of(child) == 0
    _head, *events = [json.loads(line) for line in cast.read_text().splitlines()]
    assert "VM status: running\r\n" in "".join(text for _seconds, _kind, text in events)
    other = start("--record", str(cast), "--plain")
    other.expect_exact("--record: the plain console is not recorded")
    assert end_of(other) == 1


def recorded(cast: Path) -> str:
    """Return the text of a recording, every line of which is whole."""
    _head, *events = [json.loads(line) for line in cast.read_text().splitlines()]
    return "".join(text for _seconds, _kind, text in events)


def test_a_recording_has_no_secrets(start: Start, tmp_path: Path) -> None:
    cast, secrets = tmp_path / "session.cast", ("Tr0ub4dor", "c0rrect7", "h0rse3", "stapler")
    child = start("--record", str(cast))
    child.expect(PROMPT)
    for key in f"object_add secret,id=s,data={secrets[0]}":
        child.send(key)
        time.sleep(0.005)
    child.send("\x1b[D\x1b[D\x1b[C\x1b[C\r")
    child.expect(PROMPT)
    # Pasted, of which the first runs at once; with a mistake, whose correction is suggested.
    line = f'object_add {{"qom-type": "secret", "id": "t", "data": "{secrets[1]}"}}'
    mistake = f"object_adds secret,id=u,data={secrets[2]}"
    child.send(f"\x1b[200~{line}\n{mistake}\n\x1b[201~")
    child.expect_exact("did you mean object_add?")
    child.expect(PROMPT)
    child.send("\x1b[C\r")
    child.expect(PROMPT)
    # An error that the toolbar would repeat.
    child.send(f"object_add secret,data=x,{secrets[3]},id=s")
    child.expect_exact("***")
    time.sleep(0.3)
    child.sendintr()
    child.expect(PROMPT)
    child.send("qom-get /objects/s data\r")
    # The terminal shows QEMU's reply, of which the recording has a part less.
    child.expect_exact(f'"{secrets[0]}"')
    child.send("info history\r")
    child.expect_exact(f"id=s,data={secrets[0]}'")
    child.send("quit\r")
    assert end_of(child) == 0
    text, history = recorded(cast), (tmp_path / "hmp" / "history").read_text()
    assert text.count("***") >= 10 and "info history" in history
    for secret in secrets:
        assert secret not in text and secret[:4] not in text and secret not in history


def test_a_recording_on_a_full_disk_ends_and_the_console_goes_on(
    start: Start, tmp_path: Path
) -> None:
    cast = tmp_path / "session.cast"
    child = start("--pager", "off", "--record", str(cast), file_bytes=4096)
    child.expect(PROMPT)
    # More than the file may hold.
    child.send("help\r")
    child.expect_exact(f"the recording has ended: can't write {cast}: File too large")
    child.expect(PROMPT)
    child.send("info status\r")
    child.expect_exact("VM status: running")
    child.expect(PROMPT)
    assert "the recording" not in str(child.before)
    child.send("quit\r")
    assert end_of(child) == 0
    assert BANNER in recorded(cast)


def test_a_play_whose_recording_fails_fails(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "--play", "plug", "--speed", "1000", "--record", "it.cast"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 1
    assert done.stderr.endswith(": the recording has ended: can't write it.cast: File too large\n")
    assert BANNER in recorded(tmp_path / "it.cast")


def test_a_recording_follows_no_link(start: Start, tmp_path: Path) -> None:
    target, link, fifo = tmp_path / "mine", tmp_path / "link.cast", tmp_path / "fifo.cast"
    target.write_text("mine")
    link.symlink_to(target)
    os.mkfifo(fifo)
    for name, reason in (
        (link, "it is a symbolic link"),
        (fifo, "it is no regular file"),
        (tmp_path, "Is a directory"),
    ):
        child = start("--record", str(name))
        child.expect_exact(f"can't write {name}: {reason}\r\n")
        assert end_of(child) == 1
    assert target.read_text() == "mine"


@pytest.mark.parametrize("name", ["refused", "pages", "unplug", "stubborn", "virtio-mem"])
def test_lessons_play_without_a_terminal_into_a_recording(name: str, tmp_path: Path) -> None:
    cast = tmp_path / "it.cast"
    done = subprocess.run(
        [*PROGRAM, "--play", name, "--speed", "1000", "--record", str(cast)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "That was" in cast.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--play", "plug"), "--play needs a terminal, or --record FILE"),
        (("--play", "nothing", "--record", "/dev/null"), "there is no lesson 'nothing'"),
        (
            ("--play", "plug", "--record", "/nowhere/x"),
            "can't write /nowhere/x: No such file or directory",
        ),
        (("--play", "plug", "-qmp", "stdio"), "--play: a lesson plays without other monitors"),
        (
            ("--play", "plug", "--record", "/dev/null"),
            "can't write /dev/null: it is no regular file",
        ),
        (("--record", "/tmp/x.cast"), "--record needs a terminal, or --play LESSON"),
        (("--play", "plug", "--speed", "0"), "--speed 0: '0' is no speed; 2 is twice as fast"),
        (
            ("--theme", "pink"),
            "--theme pink: theme is default or dark or light or mono, not 'pink'",
        ),
        (
            ("--completion", "tcsh"),
            "--completion tcsh: there is completion for bash, zsh, fish, not for 'tcsh'",
        ),
    ],
)
def test_invalid_recordings_are_rejected(arguments: tuple[str, ...], message: str) -> None:
    done = subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


LESSON = """\
# Files

Machine: `-m 64M -object memory-backend-file,id=a,size=1M,mem-path=inside`

## Step

```hmp
pmemsave 0 16 saved
{line}
stop
```

```check
stopped
```
"""


def play(lesson: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Play a lesson in a folder, into the recording it.cast, with its temporary files there."""
    (folder / "temporary").mkdir()
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "temporary")}
    return subprocess.run(
        [*PROGRAM, "--play", lesson, "--speed", "1000", "--record", "it.cast"],
        cwd=folder,
        env={**os.environ, "XDG_CONFIG_HOME": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_lesson_of_a_stranger_plays_in_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "files.md").write_text(LESSON.format(line="p 1 | 2"))
    done = play("./files.md", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = recorded(tmp_path / "it.cast")
    assert "./files.md is a lesson from elsewhere: “Files”, with 3 commands." in text
    assert "0x3\r\n" in text
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "files.md",
        "it.cast",
        "temporary",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("info status | touch evil", "./files.md:9: a lesson writes no files and runs no shell"),
        ("info status > evil", "./files.md:9: a lesson writes no files and runs no shell"),
        ('pmemsave 0 16 "/tmp/evil"', "./files.md:9: '/tmp/evil' is outside"),
        ("info status\x0f| touch evil", "./files.md:9: 'info status^O| touch evil' has a control"),
    ],
)
def test_a_lesson_of_a_stranger_that_may_not_play(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "files.md").write_text(LESSON.format(line=line))
    done = play("./files.md", tmp_path)
    assert done.returncode == 1 and message.removeprefix("./") in done.stderr
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("evil")) and not (tmp_path / "it.cast").exists()


@pytest.mark.parametrize("folder", ["a | touch evil #", "a > evil #", "a\rtouch", "a\tb"])
def test_the_name_of_a_lesson_is_not_typed_as_more_than_a_name(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "files.md").write_text(LESSON.format(line="p 1"))
    done = play(f"{folder}/files.md", tmp_path)
    assert done.returncode == 1
    assert "a lesson writes no files" in done.stderr or "has a control character" in done.stderr
    assert not (tmp_path / "evil").exists()


def test_signal_restores_the_terminal(console: pexpect.spawn) -> None:
    console.kill(signal.SIGTERM)
    assert end_of(console) == 0


def test_ascii_terminal(start: Start) -> None:
    child = start(LC_ALL="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii", PYTHONCOERCECLOCALE="0")
    child.expect(PROMPT)
    child.send("infoo\r")
    child.expect_exact("-> did you mean info?")
    child.send("map\r")
    child.expect_exact("free for devices")
    child.send("quit\r")
    assert end_of(child) == 0


def test_ctrl_c_stops_what_was_pasted_too(console: pexpect.spawn) -> None:
    console.send(
        "\x1b[200~object_add memory-backend-ram,id=large,size=16G,prealloc=on\nstop\ninfo "
        "status\n\x1b[201~"
    )
    console.expect_exact("(Ctrl-C stops)")
    console.sendintr()
    console.expect_exact("cancelled; all pages released")
    console.expect(PROMPT)
    console.send("info status\r")
    console.expect(r"VM status: (\w+)")
    assert console.match[1] == "running"


def test_ctrl_c_ends_a_shell_command_and_not_the_console(console: pexpect.spawn) -> None:
    console.send("info status | cat; sleep 60\r")
    console.expect_exact("VM status: running")
    for _turn in range(5):
        # A shell whose present command ends well in spite of Ctrl-C goes on to the next one.
        console.sendintr()
        if console.expect([PROMPT, pexpect.TIMEOUT], timeout=2) == 0:
            break
    console.send("info uuid\r")
    console.expect_exact("00000000-0000-0000-0000-000000000000")
    console.expect(PROMPT)
    console.sendeof()
    assert end_of(console) == 0


def test_ctrl_c_ends_a_lesson_that_plays(start: Start) -> None:
    child = start("--play", "plug")
    child.expect_exact("This machine: hmp -m 1G,slots=2,maxmem=4G")
    child.sendintr()
    assert end_of(child) == 0


def test_ctrl_c_on_a_dumb_terminal_gives_a_new_prompt(start: Start) -> None:
    child = start(TERM="dumb")
    child.expect_exact("(qemu) ")
    child.send("nonsense")
    child.sendintr()
    child.expect_exact("(qemu) ")
    child.send("info status\r")
    child.expect_exact("VM status: running")
    child.expect_exact("(qemu) ")
    child.sendeof()
    assert end_of(child) == 0


EVIL, SHOWN = "\x9b31m\x07\u202enope", "\\x9b31m^G\\u202enope"


@pytest.mark.parametrize("arguments", [("--plain",), ("--toolbar", "off")])
def test_control_characters_in_a_line_are_shown(start: Start, arguments: tuple[str, ...]) -> None:
    child = start(*arguments)
    child.expect(PROMPT)
    child.send(f"\x1b[200~{EVIL}\x1b[201~\r")
    child.expect_exact(f"unknown command: '{SHOWN}'")
    drawn = str(child.before)
    child.expect(PROMPT)
    child.send("clear\r")
    child.expect_exact("\x1b[H\x1b[2J\x1b[3J")
    child.expect(PROMPT)
    child.send("quit\r")
    child.expect(pexpect.EOF)
    assert not set("\x9b\x07\u202e") & set(drawn + str(child.before))


def test_control_characters_in_an_error_at_the_start_are_shown(start: Start) -> None:
    child = start(HMP_THEME=EVIL)
    child.expect_exact(f"HMP_THEME: theme is default or dark or light or mono, not '{SHOWN}'\r\n")
    assert end_of(child) == 1
    child = start("-object", f"memory-backend-file,id=x,size=1M,mem-path=/nowhere/{EVIL}")
    child.expect_exact(f"can't open backing store /nowhere/{SHOWN} for guest RAM")
    assert end_of(child) == 1


def test_ctrl_c_ends_a_wait_and_the_file_that_it_is_in(
    console: pexpect.spawn, tmp_path: Path
) -> None:
    (tmp_path / "a.hmp").write_text("wait RESET\nstop\n")
    for line in ("sleep 60", f"source {tmp_path}/a.hmp"):
        console.send(f"{line}\r")
        console.expect_exact(line.replace("source", "wait")[:4])
        time.sleep(0.3)
        console.sendintr()
        console.expect(PROMPT)
        console.send("info status\r")
        console.expect_exact("VM status: running")
        console.expect(PROMPT)


def test_watch_follows_the_size_and_gives_the_terminal_back(console: pexpect.spawn) -> None:
    console.send("watch 0.1 map\r")
    console.expect_exact("\x1b[?1049h")
    console.expect_exact("one column about")
    # Of a screen of another size everything is drawn.
    console.setwinsize(30, 60)
    console.expect_exact("every 0.1 s: map")
    console.expect_exact("one column about")
    console.send("x")
    console.expect_exact("\x1b[?1049l")
    console.expect(PROMPT)
    console.send("p 6 * 7\r")
    console.expect_exact("0x2a")
    console.send("watch info status\r")
    console.expect_exact("running")
    console.kill(signal.SIGINT)
    console.expect(PROMPT)
    console.send("watch info status\r")
    console.expect_exact("running")
    console.kill(signal.SIGTERM)
    console.expect_exact("\x1b[?1049l")
    assert end_of(console) == 0


def test_first_lines_and_aliases_are_for_the_full_console(start: Start, tmp_path: Path) -> None:
    (tmp_path / "hmp").mkdir()
    (tmp_path / "hmp" / "init.hmp").write_text("p 40 + 2\n")
    (tmp_path / "hmp" / "aliases").write_text("st = info status\n")
    child = start()
    child.expect_exact("0x2a")
    child.expect(PROMPT)
    child.send("st\r")
    child.expect_exact("VM status")
    child.send("quit\r")
    end_of(child)
    plain = start("--plain")
    plain.expect(PROMPT)
    plain.send("st\r")
    plain.expect_exact("unknown command: 'st'")
    plain.send("quit\r")
    end_of(plain)
    assert "0x2a" not in plain.before
    script = subprocess.run(
        [sys.executable, "-m", "hmp", "-S"],
        input="st\n",
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={**usual_environment(tmp_path)},
    )
    assert "unknown command: 'st'" in script.stdout and "0x2a" not in script.stdout


def test_an_editor_has_the_terminal(start: Start, tmp_path: Path) -> None:
    """Its keys are its own, Ctrl-C too, and the line is there again afterwards."""
    editor = tmp_path / "editor"
    editor.write_text(
        "#!/bin/sh\ntrap 'echo interrupted' INT\necho editing\nread typed\n"
        '[ "$typed" ] || read typed\necho "p $typed" >"$1"\n'
    )
    editor.chmod(0o755)
    child = start(VISUAL=str(editor))
    child.expect(PROMPT)
    child.send("p 1\x18\x05")
    child.expect_exact("editing")
    child.sendintr()
    child.expect_exact("interrupted")
    child.send("40 + 2\r")
    child.expect_exact("40 + 2\r\n")
    child.expect_exact("40")
    child.send("\r")
    child.expect_exact("0x2a")
    child.expect(PROMPT)
    child.send("quit\r")
    assert end_of(child) == 0
