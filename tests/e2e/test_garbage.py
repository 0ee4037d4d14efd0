"""Garbage on every socket of one process: the others are served meanwhile, and memory stays within
bounds.
"""

from __future__ import annotations

import os
import random
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hmp.testing import ProcessMachine, process_machine
from tests.e2e.program import connected

MIB = 1 << 20


@pytest.fixture(scope="module")
def process() -> Iterator[ProcessMachine]:
    with process_machine("-m 128M") as machine:
        yield machine


def resident(machine: ProcessMachine) -> int:
    text = Path(f"/proc/{machine.process.pid}/statm").read_text()
    return int(text.split()[1]) * resource.getpagesize()


def open_descriptors(machine: ProcessMachine) -> int:
    return len(os.listdir(f"/proc/{machine.process.pid}/fd"))


def client(path: str) -> socket.socket:
    connection = connected(Path(path))
    connection.recv(1000)
    return connection


def round_trip(machine: ProcessMachine) -> float:
    begin = time.monotonic()
    assert machine.qmp("query-status")["running"]
    return time.monotonic() - begin


def send(connection: socket.socket, data: bytes, machine: ProcessMachine) -> None:
    """Send much while another client is served; what is answered is thrown away."""
    connection.setblocking(False)
    view = memoryview(data)
    while view:
        with suppress(BlockingIOError):
            view = view[connection.send(view[: 1 << 18]) :]
        with suppress(BlockingIOError):
            connection.recv(1 << 16)
        if random.random() < 0.02:
            round_trip(machine)


GARBAGE = {
    "a word without an end": b"a" * (100 * MIB),
    "a string without an end": b'{"execute": "' + b"a" * (100 * MIB),
    "digits without an end": b"1" * (20 * MIB),
    "brackets without an end": b"[" * (MIB // 2),
    "braces with keys": b'{"a":' * (MIB // 16),
    "a list without an end": b"[" + b"1," * (MIB // 8),
    "random bytes": random.Random(1).randbytes(MIB // 8),
    "requests without a negotiation": b'{"execute": "query-status"}' * 20000,
}


@pytest.mark.parametrize("what", GARBAGE)
def test_garbage_on_qmp(what: str, process: ProcessMachine) -> None:
    before = resident(process)
    with client(process.qmp_path) as connection:
        send(connection, GARBAGE[what], process)
        assert resident(process) < before + 300 * MIB
        round_trip(process)
    assert round_trip(process) < 10


@pytest.mark.parametrize("what", ["a word without an end", "random bytes"])
def test_garbage_on_hmp(what: str, process: ProcessMachine) -> None:
    before = resident(process)
    with client(process.hmp_path) as connection:
        send(connection, GARBAGE[what][: 256 << 10], process)
        assert resident(process) < before + 200 * MIB


def test_no_leaks_of_vanished_clients(process: ProcessMachine) -> None:
    before = open_descriptors(process)
    for path in (process.qmp_path, process.hmp_path):
        for _index in range(100):
            connection = client(path)
            connection.sendall(
                b'{"execute": "qmp_capabilities"} {"execute": "query-qmp-schema"}\n' * 5
            )
            connection.close()
    round_trip(process)
    deadline = time.monotonic() + 5
    while open_descriptors(process) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert open_descriptors(process) <= before


def test_500_connections_at_once(process: ProcessMachine) -> None:
    connections = []
    for _index in range(500):
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        with suppress(BlockingIOError):
            connection.connect(process.qmp_path)
        connections.append(connection)
    round_trip(process)
    for connection in connections:
        connection.close()
    with client(process.qmp_path) as connection:
        connection.sendall(b'{"execute": "qmp_capabilities"}')
        assert connection.recv(1000) == b'{"return": {}}\r\n'


def test_slow_reader_loses_nothing_and_blocks_no_other(process: ProcessMachine) -> None:
    before = resident(process)
    with client(process.qmp_path) as connection:
        count = 150
        connection.sendall(b'{"execute": "qmp_capabilities"}')
        connection.sendall(b'{"execute": "query-qmp-schema"}' * count)
        for _index in range(20):
            round_trip(process)
        assert resident(process) < before + 6 * MIB
        received, lines = b"", 0
        while lines < count + 1:
            data = connection.recv(1 << 20)
            assert data
            lines += data.count(b"\n")
            received = data
        assert received.endswith(b"}\r\n")
