"""What comes last of a program that can't start."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

from tests.support import PROGRAM


def test_error_precedes_end_of_monitor(tmp_path: Path) -> None:
    # libvirt reads stderr as soon as the monitor closes, in QEMU and here.
    path = str(tmp_path / "monitor")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        server.settimeout(10)
        arguments = ["-m", "64", "-qmp", f"unix:{path}", "-device", "vfio-pci,host=0000:99:00.0"]
        with subprocess.Popen([*PROGRAM, *arguments], stderr=subprocess.PIPE) as process:
            assert process.stderr
            connection = server.accept()[0]
            with connection:
                connection.settimeout(10)
                while connection.recv(4096):
                    pass
            # Without a wait for the end: what is in the pipe now.
            os.set_blocking(process.stderr.fileno(), False)
            message = os.read(process.stderr.fileno(), 4096)
    assert b"vfio-pci,host=0000:99:00.0: " in message
    assert process.returncode == 1
