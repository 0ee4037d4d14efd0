"""Signals and the end of the terminal: what ends the program, and what it leaves behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pexpect
import pytest

from tests.e2e.terminal import on_terminal, usual_environment
from tests.keyboard import CTRL_C, CTRL_D, END_OF_PASTE, PASTE
from tests.support import ROOT

CTRL_R, CTRL_S, CTRL_Z, CTRL_BACKSLASH = "\x12", "\x13", "\x1a", "\x1c"
PROMPT = "(qemu)"
PREALLOC = "object_add memory-backend-ram,id=large,size=16G,prealloc=on\r"
RUNNING = "VM status: running"
BESIDE = ("-monitor", "stdio", "-qmp", "unix:qmp,server=on,wait=off", "-pidfile", "pid")
FILES = ("qmp", "pid", "fleet/0.qmp", "fleet/0.hmp", "fleet/1.qmp", "fleet/1.hmp")


def test_ctrl_c_between_pasted_lines_ends_only_those(tmp_path: Path) -> None:
    with on_terminal(folder=tmp_path) as at:
        at.until(PROMPT)
        for _turn in range(3):
            at.type(PASTE + "info status\n" * 300 + END_OF_PASTE)
            at.until(RUNNING)
            at.type(CTRL_C)
            at.type("info uuid\r")
            at.until("00000000-0000-0000-0000-000000000000")
        at.type(CTRL_D)
        assert (at.faults_after_end(), at.process.returncode) == ([], 0)


def test_an_interrupt_from_elsewhere_is_ctrl_c(tmp_path: Path) -> None:
    with on_terminal(folder=tmp_path) as at:
        at.until(PROMPT)
        at.type("nonsense")
        at.until("nonsense")
        at.process.send_signal(signal.SIGINT)
        at.until(PROMPT)
        at.type(CTRL_R)
        at.until("(reverse-i-search)")
        at.process.send_signal(signal.SIGINT)
        at.until(PROMPT)
        at.type("quit\r")
        assert (at.faults_after_end(), at.process.returncode) == ([], 0)


def test_ctrl_c_while_the_console_starts_does_not_end_it(tmp_path: Path) -> None:
    with on_terminal(*BESIDE, folder=tmp_path) as at:
        at.until_file("pid")
        at.type(CTRL_C)
        at.until(PROMPT)
        at.type("info status\rquit\r")
        at.until(RUNNING)
        assert (at.faults_after_end(*FILES), at.process.returncode) == ([], 0)


def test_ctrl_backslash_ends_a_shell_command_and_not_the_console(tmp_path: Path) -> None:
    with on_terminal(folder=tmp_path) as at:
        at.until(PROMPT)
        at.type("info status | ulimit -c 0; echo begun; exec sleep 60\r")
        at.until("begun\r\n")
        at.type(CTRL_BACKSLASH)
        at.until("the command ended with status -3")
        at.until(PROMPT)
        at.type(PREALLOC)
        at.until("(Ctrl-C stops)")
        at.type(CTRL_BACKSLASH + CTRL_C)
        at.until("cancelled; all pages released")
        at.until(PROMPT)
        at.type("quit\r")
        assert (at.faults_after_end(), at.process.returncode) == ([], 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(number: signal.Signals, tmp_path: Path) -> None:
    with on_terminal(*BESIDE, folder=tmp_path) as at:
        at.until(PROMPT)
        at.type("nonsense")
        at.until("nonsense")
        at.process.send_signal(number)
        assert (at.faults_after_end(*FILES), at.process.returncode) == ([], 0)


def test_a_signal_ends_what_the_console_runs(tmp_path: Path) -> None:
    with on_terminal(*BESIDE, folder=tmp_path) as at:
        at.until(PROMPT)
        at.type("info status | stty raw -echo; echo begun; exec sleep 60\r")
        at.until("begun")
        at.process.send_signal(signal.SIGTERM)
        assert (at.faults_after_end(*FILES), at.process.returncode) == ([], 0)
    with on_terminal(folder=tmp_path) as at:
        at.until(PROMPT)
        at.type(PREALLOC)
        at.until("(Ctrl-C stops)")
        at.process.send_signal(signal.SIGHUP)
        assert (at.faults_after_end(), at.process.returncode) == ([], 0)


def test_a_signal_ends_a_lesson_that_plays(tmp_path: Path) -> None:
    with on_terminal("--play", "plug", "--speed", "9", folder=tmp_path) as at:
        at.until("This machine: hmp -m 1G,slots=2,maxmem=4G")
        at.process.send_signal(signal.SIGTERM)
        assert (at.faults_after_end(), at.process.returncode) == ([], 0)


def test_a_signal_ends_a_console_whose_output_is_stopped(tmp_path: Path) -> None:
    with on_terminal("--pager", "off", folder=tmp_path) as at:
        at.until(PROMPT)
        at.type(PASTE + "help\n" * 40 + END_OF_PASTE)
        at.until("system_wakeup")
        # Nobody reads the output: it fills the terminal meanwhile.
        time.sleep(0.3)
        at.process.send_signal(signal.SIGTERM)
        assert at.process.wait(10) == 0
    with on_terminal(*BESIDE, folder=tmp_path, TERM="dumb") as at:
        at.until(PROMPT)
        at.type(CTRL_S + "x")
        at.process.send_signal(signal.SIGTERM)
        assert (at.faults_after_end(*FILES), at.process.returncode) == ([], 0)


def test_an_error_of_the_console_gives_the_terminal_back(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "from hmp.console.console import Console\n"
        "def fail(console, line):\n"
        "    raise RuntimeError(line)\n"
        "Console.run_line = fail\n"
    )
    with on_terminal(folder=tmp_path, PYTHONPATH=f"{ROOT}:{tmp_path}") as at:
        at.until(PROMPT)
        at.type("info status\r")
        at.until("RuntimeError")
        assert (at.faults_after_end(), at.process.returncode) == ([], 1)


@pytest.mark.parametrize(
    ("arguments", "shown", "status"),
    [
        (BESIDE, PROMPT, 0),
        (("--fleet", "2", "fleet", "-pidfile", "pid"), "2 machines in fleet", 0),
        (("-qmp", "unix:qmp,server=on"), "waiting for connection", -signal.SIGHUP),
    ],
    ids=["console", "fleet", "waiting"],
)
def test_a_terminal_that_is_closed_ends_the_program(
    arguments: tuple[str, ...], shown: str, status: int, tmp_path: Path
) -> None:
    with on_terminal(*arguments, folder=tmp_path) as at:
        at.until(shown)
        at.hang_up()
        assert (at.faults_after_end(*FILES), at.process.returncode) == ([], status)


@pytest.mark.parametrize(
    ("arguments", "term"), [(BESIDE, "xterm"), (("--plain",), "xterm"), ((), "dumb")]
)
def test_a_terminal_that_is_closed_ends_a_console_without_a_signal(
    arguments: tuple[str, ...], term: str, tmp_path: Path
) -> None:
    with on_terminal(*arguments, folder=tmp_path, controls=False, TERM=term) as at:
        at.until(PROMPT)
        at.hang_up()
        assert (at.faults_after_end(*FILES), at.process.returncode) == ([], 0)


def test_a_terminal_for_output_that_is_closed_ends_the_console(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    with on_terminal(folder=tmp_path, stdout=theirs) as at:
        while b"(qemu)" not in os.read(ours, 1 << 16):
            pass
        os.close(ours)
        at.type("help\r")
        assert (at.faults_after_end(), at.process.returncode) == ([], 0)
    os.close(theirs)


def test_a_shell_stops_and_continues_the_console(tmp_path: Path) -> None:
    shell = pexpect.spawn(
        "sh",
        ["-i"],
        cwd=str(ROOT),
        env={**usual_environment(tmp_path), "PS1": "shell> "},
        encoding="utf-8",
        timeout=15,
    )
    shell.delaybeforesend = None
    try:
        shell.expect_exact("shell> ")
        shell.sendline(f"{sys.executable} -m hmp -m 256M,slots=2,maxmem=4G")
        for before, line in (("", ""), (PREALLOC, "(Ctrl-C stops)")):
            shell.expect_exact(PROMPT)
            shell.send(before)
            shell.expect_exact(line)
            shell.send(CTRL_Z)
            shell.expect_exact("shell> ")
            shell.sendline("stty -a")
            shell.expect_exact(" icanon ")
            shell.expect_exact(" echo ")
            shell.expect_exact("shell> ")
            shell.sendline("fg")
        shell.expect_exact("(Ctrl-C stops)")
        shell.send(CTRL_C)
        shell.expect_exact("cancelled; all pages released")
        shell.send(CTRL_Z)
        shell.expect_exact("shell> ")
        shell.sendline("kill %1; wait; echo ended")
        shell.expect_exact("\r\nended")
    finally:
        shell.close(force=True)
