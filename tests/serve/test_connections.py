"""Listening sockets when the host is short of descriptors, and exceptions in the event loop."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from pathlib import Path

from hmp.serve.channel import Channel
from hmp.serve.connections import Listener
from hmp.serve.event_loop import report_exceptions
from hmp.serve.protocols import SinkProtocol
from hmp.serve.server import MachineServer
from tests.support import StderrCapture, start_machine


class ShortSocket:
    """A listening socket that can't accept a client at first."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening, self.refused, self.is_short = listening, 0, True

    def fileno(self) -> int:
        return self._listening.fileno()

    def accept(self) -> tuple[socket.socket, object]:
        if self.is_short:
            self.refused += 1
            raise OSError(errno.EMFILE, "")
        return self._listening.accept()


def test_accept_without_descriptors_waits(tmp_path: Path) -> None:
    async def serve() -> int:
        with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
            listening.bind(str(tmp_path / "s"))
            listening.listen(1)
            listening.setblocking(False)
            short = ShortSocket(listening)
            with start_machine("-S -M none") as machine:
                server = MachineServer(machine)
                listener = Listener(
                    short,  # type: ignore[arg-type]
                    lambda stream: Channel(SinkProtocol(), stream, server.run_guest),
                )
                listener.start()
                client.connect(str(tmp_path / "s"))
                # Were it tried at each turn of the loop, it would be tried ten thousand times.
                for _ in range(10_000):
                    await asyncio.sleep(0)
                tried = short.refused
                short.is_short = False
                while listener.connection is None:
                    await asyncio.sleep(0.01)
                listener.connection.abort()
                await server.close()
                return tried

    assert 1 <= asyncio.run(serve()) < 100


def test_exceptions_in_the_loop_are_one_line() -> None:
    stderr = StderrCapture()

    async def fail() -> None:
        report_exceptions(stderr)
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: 1 // 0)
        loop.call_soon(os.stat, "/nowhere")
        await asyncio.sleep(0.01)

    asyncio.run(fail())
    assert stderr[0].startswith("hmp: internal error: ZeroDivisionError(")
    assert stderr[1:] == ["the host refused a call: No such file or directory"]


def test_guest_turn_ends_nothing() -> None:
    stderr = StderrCapture()
    with start_machine(stderr=stderr) as machine:
        machine.guest.run = lambda: 1 // 0  # type: ignore[method-assign,assignment]
        machine.run_guest()
        assert stderr == [
            "the guest stopped: hmp: internal error: ZeroDivisionError('integer division or modulo "
            "by zero'); the machine may not have done what you asked"
        ]
        del machine.guest.run
        machine.run_guest()
