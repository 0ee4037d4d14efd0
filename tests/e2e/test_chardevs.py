"""Character devices with real clients: descriptors, muxes, late servers, datagrams, pipes.

What is expected is what QEMU 11.1.3 sends in the same dialogue (docs/qemu-behaviour/chardevs.md).
"""

from __future__ import annotations

import json
import os
import re
import socket
from array import array
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import BANNER, connected, free_port, program, read_until

PROMPT = b"(qemu) "
SERVER = "server=on,wait=off"


def say(client: socket.socket, line: bytes, end: bytes = PROMPT) -> bytes:
    """Send a line to a human monitor, and return the reply."""
    client.sendall(line + b"\n")
    return read_until(client, b"\r\n" + end).partition(b"\r\n")[2].removesuffix(end)


class Qmp:
    """A client that may send descriptors with a command."""

    def __init__(self, client: socket.socket) -> None:
        self.socket = client
        read_until(self.socket, b"\r\n")
        self("qmp_capabilities")

    def __call__(
        self, command: str, descriptors: tuple[int, ...] = (), /, **arguments: object
    ) -> Any:
        members = {key.replace("_", "-"): value for key, value in arguments.items()}
        message = json.dumps({"execute": command, "arguments": members}).encode()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", descriptors))]
        self.socket.sendmsg([message], rights if descriptors else [])
        reply = json.loads(read_until(self.socket, b"\r\n").splitlines()[-1])
        return reply.get("return", reply.get("error", {}).get("desc"))

    def add_file(self, label: str, path: str) -> Any:
        backend = {"type": "file", "data": {"out": path}}
        return self("chardev-add", id=label, backend=backend)


ConnectQmp = Callable[[], Qmp]


@pytest.fixture
def connect_qmp(tmp_path: Path) -> Iterator[ConnectQmp]:
    with ExitStack() as stack:
        yield lambda: Qmp(stack.enter_context(connected(tmp_path / "q")))


def test_descriptors_have_names(tmp_path: Path, connect_qmp: ConnectQmp) -> None:
    missing = "No file descriptor supplied via SCM_RIGHTS"
    ours, theirs = socket.socketpair()
    with program("-qmp", f"unix:{tmp_path}/q,{SERVER}"), ours, theirs:
        qmp = connect_qmp()
        given = theirs.fileno()
        assert qmp("getfd", fdname="a") == missing
        assert qmp("getfd", (given,), fdname="a") == {}
        assert (
            qmp("getfd", (given,), fdname="1a")
            == "Parameter 'fdname' expects a name not starting with a digit"
        )
        assert qmp("closefd", fdname="a") == {}
        assert qmp("closefd", fdname="a") == "File descriptor named 'a' not found"
        # A message is good for one descriptor, and the next message replaces what none took.
        assert qmp("getfd", (given, given), fdname="a") == {}
        assert qmp("getfd", fdname="b") == missing
        assert qmp("query-name", (given,)) == {}
        assert qmp("getfd", fdname="late") == {}
        address = {"type": "fd", "data": {"str": "late"}}
        backend = {"type": "socket", "data": {"server": False, "addr": address}}
        assert qmp("chardev-add", id="s", backend=backend) == {}
        assert qmp("object-add", **{"qom-type": "monitor-hmp"}, id="m", chardev="s") == {}
        ours.settimeout(10)
        assert read_until(ours, PROMPT) == BANNER
        assert b"s: filename=unix:\r\n" in say(ours, b"info chardev")


def test_a_set_stays_empty_while_it_is_used(tmp_path: Path, connect_qmp: ConnectQmp) -> None:
    target = tmp_path / "target"
    with program("-qmp", f"unix:{tmp_path}/q,{SERVER}"), target.open("wb") as file:
        qmp, given = connect_qmp(), (file.fileno(),)

        def sets() -> list[tuple[int, int]]:
            return [(item["fdset-id"], len(item["fds"])) for item in qmp("query-fdsets")]

        assert qmp("add-fd", given, fdset_id=5)["fdset-id"] == 5
        assert qmp("add-fd", given)["fdset-id"] == 0
        assert qmp.add_file("f", "/dev/fdset/5") == {}
        for name, problem in (
            ("/dev/fdset/9", "No such file or directory"),
            ("/dev/fdset/x", "Invalid argument"),
            ("/dev/fdset/4294967301", "Invalid argument"),
        ):
            expected = f"Failed to add chardev 'g': Could not open '{name}': {problem}"
            assert qmp.add_file("g", name) == expected
        assert qmp("remove-fd", fdset_id=5) == {}
        assert sets() == [(5, 0), (0, 1)]
        assert qmp("remove-fd", fdset_id=5) == {}
        assert qmp.add_file("g", "/dev/fdset/5").endswith("Permission denied")
        assert qmp("chardev-remove", id="f") == {}
        assert sets() == [(0, 1)]


def test_a_log_file_comes_from_a_set(tmp_path: Path, connect_qmp: ConnectQmp) -> None:
    target = tmp_path / "target"
    with program("-qmp", f"unix:{tmp_path}/q,{SERVER}"), target.open("wb") as file:
        qmp = connect_qmp()
        qmp("add-fd", (file.fileno(),), fdset_id=2)

        def add(path: str) -> Any:
            backend = {"type": "null", "data": {"logfile": path}}
            return qmp("chardev-add", id="l", backend=backend)

        failed = "Failed to add chardev 'l': "
        assert add("/dev/fdset/9") == f"{failed}Failed to find fdset /dev/fdset/9"
        assert add("/dev/fdset/x") == f"{failed}Could not parse fdset /dev/fdset/x"
        assert add("/dev/fdset/2") == {}


def test_keys_of_a_mux_and_the_front_end_of_the_next_client(tmp_path: Path) -> None:
    chardev = f"socket,id=s,path={tmp_path}/s,{SERVER},mux=on"
    with program("-chardev", chardev, "-serial", "chardev:s", "-monitor", "chardev:s") as process:
        with connected(tmp_path / "s") as client:
            # The serial line came last, and has the input.
            client.sendall(b"dropped\n\x01h")
            assert b"C-a c    switch between console and monitor" in read_until(
                client, b"sends C-a\n\r"
            )
            client.sendall(b"\x01c")
            assert read_until(client, PROMPT) == BANNER
            assert say(client, b"info name") == b""
            client.sendall(b"\x01c\x01c")
            assert read_until(client, PROMPT) == b"\r\n(qemu) "
        with connected(tmp_path / "s") as client:
            assert read_until(client, PROMPT) == BANNER
            client.sendall(b"\x01x")
            assert read_until(client, b"never") == b"QEMU: Terminated\n\r"
        assert process.wait(10) == 0


def test_a_server_that_comes_late_goes_and_returns(tmp_path: Path, connect_qmp: ConnectQmp) -> None:
    chardev = f"socket,id=s,path={tmp_path}/s,reconnect-ms=50"
    with program("-chardev", chardev, "-mon", "s", "-qmp", f"unix:{tmp_path}/q,{SERVER}"):
        qmp = connect_qmp()

        def filename() -> str:
            return next(
                str(item["filename"]) for item in qmp("query-chardev") if item["label"] == "s"
            )

        assert filename() == f"disconnected:unix:{tmp_path}/s"
        for _turn in range(2):
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(tmp_path / "s"))
                server.listen()
                server.settimeout(10)
                client, _address = server.accept()
                with client:
                    client.settimeout(10)
                    assert read_until(client, PROMPT) == BANNER
                    assert filename() == f"unix:{tmp_path}/s"
            (tmp_path / "s").unlink()


def test_datagrams() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        ours.settimeout(10)
        local = free_port()
        where = f"host=127.0.0.1,port={ours.getsockname()[1]}"
        with program(
            *("-chardev", f"udp,id=u,{where},localaddr=127.0.0.1,localport={local}", "-mon", "u")
        ) as process:
            assert ours.recv(1000) == BANNER
            ours.sendto(b"quit\n", ("127.0.0.1", local))
            assert process.wait(10) == 0


def test_a_pair_of_pipes(tmp_path: Path) -> None:
    for name in ("p.in", "p.out"):
        os.mkfifo(tmp_path / name)
    with (
        program("-chardev", f"pipe,id=p,path={tmp_path}/p", "-mon", "p") as process,
        open(tmp_path / "p.in", "wb", buffering=0) as keys,
        open(tmp_path / "p.out", "rb", buffering=0) as screen,
    ):
        assert screen.read(len(BANNER)) == BANNER
        keys.write(b"quit\n")
        assert process.wait(10) == 0


def test_a_log_has_what_every_client_got(tmp_path: Path) -> None:
    chardev = f"socket,id=s,path={tmp_path}/s,{SERVER},logfile={tmp_path}/log"
    with program("-chardev", chardev, "-mon", "s") as process:
        with connected(tmp_path / "s") as client:
            read_until(client, PROMPT)
        with connected(tmp_path / "s") as client:
            read_until(client, PROMPT)
            client.sendall(b"q\n")
            read_until(client, b"never")
        assert process.wait(10) == 0
    assert (tmp_path / "log").read_bytes() == BANNER + BANNER + b"q\x1b[K\r\n"


def test_terminals_negotiate(tmp_path: Path) -> None:
    chardev = f"socket,id=s,path={tmp_path}/s,{SERVER}"
    for kind, negotiation in (
        ("telnet", b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"),
        (
            "tn3270",
            b"\xff\xfd\x19\xff\xfb\x19\xff\xfd\x00\xff\xfb\x00\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0",
        ),
    ):
        with (
            program("-chardev", f"{chardev},{kind}=on", "-mon", "s"),
            connected(tmp_path / "s") as client,
        ):
            assert read_until(client, PROMPT) == negotiation + BANNER
            # BREAK has two bytes, other commands three.
            assert say(client, b"\xff\xf3abc") == b"unknown command: 'abc'\r\n"
            assert say(client, b"\xff\xfb\x18abc") == b"unknown command: 'abc'\r\n"


def test_the_first_free_port_of_several(tmp_path: Path, connect_qmp: ConnectQmp) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        address = f"tcp:127.0.0.1:{port},{SERVER},to="
        with program("-qmp", f"unix:{tmp_path}/q,{SERVER}", "-qmp", f"{address}{port + 9}"):
            qmp = connect_qmp()
            names = [item["filename"] for item in qmp("query-chardev")]
            (found,) = (
                re.search(r"tcp:127\.0\.0\.1:(\d+)", name) for name in names if "tcp" in name
            )
            assert found and port < int(found[1]) <= port + 9
        with program("-qmp", f"{address}{port - 1}") as process:
            assert process.wait(10) == 1 and process.stderr
            expected = b": Failed to create a socket: No such file or directory\n"
            assert process.stderr.read().endswith(expected)


def test_abstract_names(tmp_path: Path, connect_qmp: ConnectQmp) -> None:
    name = f"hmp-test-{os.getpid()}"
    chardev = f"socket,id=s,path={name},abstract=on,{SERVER}"
    with program("-chardev", chardev, "-mon", "s", "-qmp", f"unix:{tmp_path}/q,{SERVER}"):
        qmp = connect_qmp()

        def filename() -> str:
            return next(
                str(item["filename"]) for item in qmp("query-chardev") if item["label"] == "s"
            )

        assert filename() == f"disconnected:unix:{name},abstract=on,tight=on,server=on"
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(f"\0{name}")
            assert read_until(client, PROMPT) == BANNER
            assert filename() == "unix:,server=on"


def test_a_ring_buffer_keeps_the_last_bytes(tmp_path: Path, connect_qmp: ConnectQmp) -> None:
    with program("-chardev", "ringbuf,id=r,size=16", "-qmp", f"unix:{tmp_path}/q,{SERVER}"):
        qmp = connect_qmp()

        def read(size: int, **more: str) -> Any:
            return qmp("ringbuf-read", device="r", size=size, **more)

        assert qmp("ringbuf-write", device="r", data="0123456789abcdefXYZ") == {}
        assert (read(3), read(30), read(30)) == ("345", "6789abcdefXYZ", "")
        # A text ends at a NUL.
        for expected, more in (("", {}), ("AAECA/8=", {"format": "base64"})):
            qmp("ringbuf-write", device="r", data="AAECA/8=", format="base64")
            assert read(20, **more) == expected
        assert read(0) == "size must be greater than zero"
