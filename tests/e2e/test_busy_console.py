"""Sockets beside a console are served, whatever the console or its terminal is busy with."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.program import connected, exchange, read_until
from tests.e2e.terminal import TerminalProcess, on_terminal
from tests.keyboard import CTRL_C

BESIDE = ("-monitor", "stdio", "-qmp", "unix:qmp,server=on,wait=off", "-S")
CTRL_Q, CTRL_S = "\x11", "\x13"
PROMPT = "(qemu)"
LONG = "xp /200000xb 0"
STATUS = [{"return": {"running": False, "status": "prelaunch"}}]


class Busy:
    """A console with a client of a socket beside it."""

    def __init__(self, at: TerminalProcess) -> None:
        self.at, self._client = at, connected(at.folder / "qmp")
        read_until(self._client, b"\r\n")
        exchange(self._client, '{"execute": "qmp_capabilities"}')

    def is_served(self) -> bool:
        """Return whether the client gets an answer."""
        return exchange(self._client, '{"execute": "query-status"}') == STATUS

    def execute(self, command: str) -> None:
        exchange(self._client, f'{{"execute": "{command}"}}')

    def close(self) -> None:
        self._client.close()


@contextmanager
def busy(folder: Path, *arguments: str, pager: str = "cat", term: str = "xterm") -> Iterator[Busy]:
    with on_terminal(*BESIDE, *arguments, folder=folder, PAGER=pager, TERM=term) as at:
        at.until(PROMPT)
        console = Busy(at)
        try:
            yield console
        finally:
            console.close()


def test_while_a_shell_command_runs(tmp_path: Path) -> None:
    with busy(tmp_path) as console:
        console.at.type(f"{LONG} | read line; echo begun; exec sleep 60\r")
        console.at.until("begun\r\n")
        assert console.is_served()
        console.at.type(CTRL_C)
        console.at.until("the command ended with status -2")
        console.at.type(f"{LONG} | cksum\rquit\r")
        console.at.until(" 1250000\r\n")
        assert (console.at.faults_after_end("qmp"), console.at.process.returncode) == ([], 0)


def test_while_a_pager_shows_a_reply(tmp_path: Path) -> None:
    pager = "sh -c 'head -1; echo paged; exec sleep 60'"
    with busy(tmp_path, pager=pager) as console:
        console.at.type("xp /2000xb 0\r")
        console.at.until("paged")
        assert console.is_served()
        # The pager does not keep a machine that somebody else ends.
        console.execute("quit")
        assert (console.at.faults_after_end("qmp"), console.at.process.returncode) == ([], 0)


def test_while_a_fifo_takes_no_reply(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with busy(tmp_path) as console:
        console.at.type(f"{LONG} > fifo\r")
        console.at.until("can't write fifo: No such device or address")
        reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        console.at.type(f"{LONG} > fifo\r")
        console.at.wait(lambda: bool(select.select([reader], [], [], 0)[0]))
        assert console.is_served()
        console.at.type(CTRL_C)
        console.at.until("Error: interrupted")
        os.close(reader)
        console.at.type("map --svg fifo\r")
        console.at.until("can't write fifo: it is no regular file")
        console.at.type("info name > plain\rinfo name >> plain\rinfo version > /dev/full\r")
        console.at.until("can't write /dev/full: No space left on device")
        console.at.type("quit\r")
        assert (console.at.faults_after_end("qmp"), console.at.process.returncode) == ([], 0)


def test_while_a_long_reply_is_shown(tmp_path: Path) -> None:
    with busy(tmp_path, "--pager", "off") as console:
        console.at.type("xp /20000000xb 0\r")
        console.at.until("00001000:")
        assert console.is_served()
        console.at.type(CTRL_C)
        console.at.type("info status\r")
        at = console.at
        assert at.wait(lambda: b"VM status: paused" in at.shown[-1000:])
        console.at.type("quit\r")
        assert (console.at.faults_after_end("qmp"), console.at.process.returncode) == ([], 0)


def test_while_the_terminal_takes_no_output(tmp_path: Path) -> None:
    with busy(tmp_path, "--pager", "off") as console:
        for line in ("xp /20000000xb 0\r", "info name\r"):
            # Nobody reads what is shown.
            console.at.type(line)
            assert all(console.is_served() for _ in range(50))
        console.at.type(CTRL_C)
        console.at.until(PROMPT)
    with busy(tmp_path, term="dumb") as console:
        console.at.type(CTRL_S)
        console.at.type("info name\r")
        assert all(console.is_served() for _ in range(50))
        console.at.type(CTRL_Q)
        console.at.until("info name")


def test_a_terminal_that_takes_no_output_is_given_back(tmp_path: Path) -> None:
    for key in (CTRL_S, ""):
        with busy(tmp_path, "--pager", "off") as console:
            console.at.type("xp /20000000xb 0\r")
            console.at.until("00001000:")
            # Nobody reads any more, whether the key stops the output or not.
            console.at.type(key)
            assert all(console.is_served() for _ in range(50))
            console.at.process.send_signal(signal.SIGTERM)
            assert console.at.process.wait(10) == 0
            assert console.at.faults_after_end("qmp") == []
