"""Files of -readconfig that are no regular files, and the form of errors in them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support import PROGRAM, ROOT, run

CONFIG = b'[memory]\n  size = "1G"\n  maxmem = "4G"\n  slots = "4"\n'


def test_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, CONFIG)
    os.close(writer)
    done = subprocess.run(
        [*PROGRAM, "-readconfig", f"/dev/fd/{reader}"],
        cwd=ROOT,
        input=b"info memory_size_summary\n",
        capture_output=True,
        pass_fds=(reader,),
        check=True,
    )
    os.close(reader)
    assert b"base memory: 1073741824\n" in done.stdout


def test_stdin_is_read_to_its_end_before_the_script() -> None:
    done = run(CONFIG.decode(), "-readconfig", "/dev/stdin")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_place_of_an_error_follows_the_name_without_a_blank(tmp_path: Path) -> None:
    path = tmp_path / "vm.cfg"
    path.write_text('[object "m"]\n  qom-type = "memory-backend-ram"\n\n')
    done = run("", "-readconfig", str(path))
    program = done.stderr.partition(f":{path}:2: ")[0]
    assert done.returncode == 1
    assert done.stderr == f"{program}:{path}:2: Parameter 'size' is missing\n"
    assert not program.endswith((" ", ":"))
