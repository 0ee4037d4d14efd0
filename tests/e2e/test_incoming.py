"""A source that connects to a machine that waits for a migration is turned away at once."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.e2e.program import connected, program, read_until


def test_a_source_is_turned_away(tmp_path: Path) -> None:
    monitor, source = tmp_path / "m.s", tmp_path / "in.s"
    with program(
        *("-incoming", f"unix:{source}", "-monitor", f"unix:{monitor},server=on,wait=off")
    ) as process:
        client = connected(monitor)
        read_until(client, b"(qemu) ")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(source))
            assert connection.recv(1) == b""
        with client:
            client.sendall(b"info status\n")
            assert b"VM status: paused (inmigrate)" in read_until(client, b")\r\n(qemu) ")
            client.sendall(b"quit\n")
        assert process.wait(10) == 0
        assert process.stderr
        assert process.stderr.read().endswith(
            b": load of migration failed: the state of another machine can't be loaded here; "
            b"its stream is not opened\n"
        )
    assert not source.exists()
