"""Monitors that a script adds: they are served while it runs, as by QEMU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.program import BANNER, connected, read_until
from tests.support import PROGRAM, ROOT

ADD = "chardev-add socket,id=c,path={},server=on,wait=off\nobject_add monitor-hmp,id=m,chardev=c\n"


@pytest.mark.parametrize("options", [(), ("--quiet",), ("-S",)])
def test_they_are_served_while_stdin_is_open(tmp_path: Path, options: tuple[str, ...]) -> None:
    path = tmp_path / "s"
    with subprocess.Popen(
        [*PROGRAM, "-monitor", "stdio", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        process.stdin.write(ADD.format(path))
        process.stdin.flush()
        with connected(path) as client:
            assert read_until(client, b"(qemu) ") == BANNER
            process.stdin.write("object_add memory-backend-ram,id=late,size=1M\ninfo status\n")
            process.stdin.flush()
            expected = "VM status: paused" if "-S" in options else "VM status: running"
            assert process.stdout
            while expected not in process.stdout.readline():
                pass
            client.sendall(b"info memdev\n")
            assert b"memory backend: late\r\n" in read_until(client, b"\r\n\r\n(qemu) ")
            client.sendall(b"quit\n")
            assert read_until(client, b"never").endswith(b"quit\x1b[K\r\n")
        assert process.wait(10) == 0
    assert not path.exists()


def test_the_script_goes_on_to_its_end(tmp_path: Path) -> None:
    text = "info name\n" + ADD.format(tmp_path / "s") + "bad\n" + "info status\n" * 200
    done = subprocess.run(
        [*PROGRAM, "-monitor", "stdio"], cwd=ROOT, input=text, capture_output=True, text=True
    )
    assert done.stdout.count("VM status: running\n(qemu) ") == 200
    assert (done.returncode, done.stderr) == (1, "")
    assert not (tmp_path / "s").exists()


def test_only_what_needs_it_loads_asyncio() -> None:
    text = "chardev-add null,id=n\nchardev-add ringbuf,id=r\ninfo chardev\n"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *PROGRAM[1:], "-monitor", "stdio"],
        cwd=ROOT,
        input=text,
        capture_output=True,
        text=True,
    )
    assert "r: filename=ringbuf" in done.stdout
    assert "hmp.serve.scripting.runner" in done.stderr
    assert "asyncio" not in done.stderr
