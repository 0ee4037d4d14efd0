"""The console on a real terminal: prompt, editing keys, history, completion, and leaving it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.support import ROOT

PROMPT = r"\(qemu\)"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[pexpect.spawn]:
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn(sys.executable, ["-m", "hmp", "-m", "1G,slots=2,maxmem=4G"], cwd=str(ROOT),
                          env=environment, encoding="utf-8", timeout=15, dimensions=(40, 160))
    child.expect_exact("QEMU 11.1.3 monitor - type 'help' for more information")
    child.expect(PROMPT)
    yield child
    child.close(force=True)


def test_a_session_on_the_terminal(console: pexpect.spawn, tmp_path: Path) -> None:
    console.send("object_add memory-backend-ram,id=mem1,size=64M\r")
    console.send("device_add pc-dimm,id=dimm1,memdev=mem1\r")
    console.send("info memory-devices\r")
    console.expect_exact('Memory device [dimm]: "dimm1"')
    console.expect_exact("addr: 0x100000000")
    console.send("info history\r")
    console.expect_exact("3: 'info history'")
    console.send("quit\r")
    console.expect(pexpect.EOF)
    console.close()
    assert console.exitstatus == 0
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
    console.expect(pexpect.EOF)
    console.close()
    assert console.exitstatus == 0


def test_tab_completes_a_command_name(console: pexpect.spawn) -> None:
    console.send("memory_nothing\r")
    console.expect_exact("unknown command: 'memory_nothing'")
    console.send("info memory_s\t")
    console.expect_exact("ummary")
    console.send("\r")
    console.expect_exact("base memory: 1073741824")
