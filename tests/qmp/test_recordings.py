"""Every recorded QMP exchange gives the same messages: in this process, without a socket."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hmp.machine.machine import Machine
from hmp.serve.protocols import QmpProtocol
from scripts.lib import RECORDINGS
from scripts.lib.recordings.qmp import Message, by_step, load, recorded, run
from tests import support

FILES = sorted((RECORDINGS / "qmp").glob("*.qmp"))


class DirectConnection:
    """A connection without a socket."""

    def __init__(self, machine: Machine) -> None:
        self._machine, self._closed = machine, False
        self._sent: list[bytes] = []
        self._protocol = QmpProtocol(machine, self._sent.append)
        self._sent.append(self._protocol.greeting())

    def send(self, data: bytes) -> None:
        for piece in self._protocol.feed(data.decode("latin-1")):
            self._sent.append(piece.data)
            if not piece.is_partial:
                self._machine.run_guest()
        self._closed = self._machine.run_state.ended

    def receive(self, expected: int | None) -> list[Message]:
        found = [
            json.loads(line.replace(b"[inf,", b'["inf",'))
            for line in b"".join(self._sent).splitlines()
        ]
        self._sent.clear()
        if self._closed:
            self._closed = False
            found.append({"closed": True})
        return found

    def end(self) -> None:
        self._protocol.closed()
        self._closed = True


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_exchange(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange, expected = load(path), recorded(path)
    monkeypatch.chdir(tmp_path)
    folder = str(tmp_path)
    arguments = exchange.arguments.replace("@TMP@", folder)
    with support.start_machine(f"{arguments} {support.MONITOR}") as machine:
        found = run(exchange, lambda: DirectConnection(machine), folder, [0] * len(expected))
    assert by_step(exchange, found) == by_step(exchange, expected)
