"""Monitors on every kind of chardev, with the program run as a user runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from tests.e2e.program import BANNER, connected, exchange, free_port, program, read_until
from tests.support import PROGRAM, ROOT

NEGOTIATION = (
    b'{"QMP": {"version": {"qemu": {"micro": 3, "minor": 1, "major": 11}, "package": "hmp 0.1.0"}, '
    b'"capabilities": ["oob"]}}\r\n'
)


def test_several_monitors_see_one_machine_and_quit_ends_all(tmp_path: Path) -> None:
    one, two, human = tmp_path / "one", tmp_path / "two", tmp_path / "human"
    port = free_port()
    with program(
        "-qmp",
        f"unix:{one},server=on,wait=off",
        "-qmp-pretty",
        f"unix:{two},server=on,wait=off",
        "-monitor",
        f"unix:{human},server,nowait",
        "-monitor",
        f"tcp:127.0.0.1:{port},server=on,wait=off",
    ) as process:
        with (
            connected(one) as first,
            connected(two) as second,
            connected(human) as line,
            connected(("127.0.0.1", port)) as other,
        ):
            assert read_until(first, b"\r\n") == NEGOTIATION
            assert read_until(second, b"\r\n}\r\n").startswith(
                b'{\r\n    "QMP": {\r\n        "version": {\r\n'
            )
            assert read_until(line, b"(qemu) ") == read_until(other, b"(qemu) ") == BANNER
            exchange(first, '{"execute": "qmp_capabilities"}')
            line.sendall(b"cont\n")
            assert read_until(line, b"\r\n(qemu) ").endswith(b"cont\x1b[K\r\n(qemu) ")
            assert [item.get("event") for item in exchange(first, '{"execute": "query-name"}')] == [
                "RESUME",
                None,
            ]
            other.sendall(b"q\n")
            assert read_until(other, b"never") == b"q\x1b[K\r\n"
            assert json.loads(read_until(first, b"\r\n"))["data"] == {
                "guest": False,
                "reason": "host-qmp-quit",
            }
            assert first.recv(10) == second.recv(10) == b""
        assert process.wait(10) == 0
        assert list(tmp_path.iterdir()) == []


def test_next_client_waits_and_gets_a_new_session(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with program("-qmp", f"unix:{path},server=on,wait=off"):
        with connected(path) as first:
            read_until(first, b"\r\n")
            with connected(path) as second:
                second.sendall(b'{"execute": "query-status", "id": 2}')
                first.sendall(b'{"execute": "qmp_capabilities"} {"exec')
                assert read_until(first, b"\r\n") == b'{"return": {}}\r\n'
                second.settimeout(0.1)
                with pytest.raises(TimeoutError):
                    second.recv(1)
                first.close()
                second.settimeout(10)
                both = read_until(second, b"2}\r\n")
        greeting, reply = both.splitlines()
        assert greeting + b"\r\n" == NEGOTIATION
        assert json.loads(reply) == {
            "error": {
                "class": "CommandNotFound",
                "desc": "Expecting capabilities negotiation with 'qmp_capabilities'",
            },
            "id": 2,
        }


def test_half_closed_client_gets_all_answers_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "hmp"
    with program("-monitor", f"unix:{path},server=on,wait=off"), connected(path) as client:
        client.sendall(b"info status\ninfo name\n")
        client.shutdown(socket.SHUT_WR)
        text = read_until(client, b"never")
        assert b"VM status: paused (prelaunch)\r\n(qemu) " in text and text.endswith(
            b"info name\x1b[K\r\n(qemu) "
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_with_an_event_and_removes_files(
    number: signal.Signals, tmp_path: Path
) -> None:
    path = tmp_path / "qmp"
    with program("-qmp", f"unix:{path},server=on,wait=off") as process:
        with connected(path) as client:
            read_until(client, b"\r\n")
            exchange(client, '{"execute": "qmp_capabilities"}')
            process.send_signal(number)
            event = json.loads(read_until(client, b"\r\n"))
            assert event["event"] == "SHUTDOWN" and event["data"] == {
                "guest": False,
                "reason": "host-signal",
            }
            assert client.recv(1) == b""
        assert process.wait(10) == 0 and not path.exists()
        assert process.stderr
        assert re.fullmatch(
            rf".*: terminating on signal {number.value} from pid {os.getpid()} \(.*\)\n",
            process.stderr.read().decode(),
        )


@pytest.mark.parametrize("is_fleet", [False, True])
def test_sigquit_ends_a_server_in_order_and_by_the_signal(is_fleet: bool, tmp_path: Path) -> None:
    path, pid_file = tmp_path / "0.qmp", tmp_path / "pid"
    server = ("--fleet", "2", str(tmp_path)) if is_fleet else ("-qmp", f"unix:{path},server,nowait")
    with program(*server, "-pidfile", str(pid_file)) as process, connected(path) as client:
        read_until(client, b"\r\n")
        process.send_signal(signal.SIGQUIT)
        assert process.wait(10) == -signal.SIGQUIT
        assert process.stderr and process.stderr.read() == b""
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_while_the_start_waits_is_what_the_program_dies_of(
    number: signal.Signals, tmp_path: Path
) -> None:
    path = tmp_path / "qmp"
    with program("-qmp", f"unix:{path},server=on") as process:
        assert process.stderr and b"waiting for connection" in process.stderr.readline()
        process.send_signal(number)
        assert (process.wait(10), process.stderr.read()) == (-number, b"")
        assert not path.exists()


def test_ctrl_c_early_in_the_start_is_what_the_program_dies_of(tmp_path: Path) -> None:
    backend = "memory-backend-ram,id=m,size=1G,prealloc=on"
    with program("-object", backend, "-monitor", "none") as it:
        maps = Path(f"/proc/{it.pid}/maps")
        # The interpreter itself would print a traceback until it runs the program.
        while "_ctypes" not in maps.read_text():
            time.sleep(0.01)
        it.send_signal(signal.SIGINT)
        assert it.wait(10) == -signal.SIGINT
        assert it.stderr and it.stderr.read() == b""


def test_a_listening_socket_of_the_parent(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "mine"))
        listening.listen(1)
        number = listening.fileno()
        arguments = (
            "-chardev",
            f"socket,id=c,fd={number},server=on,wait=off",
            "-mon",
            "chardev=c,id=monitor,mode=control",
        )
        with program(*arguments, pass_fds=(number,)), connected(tmp_path / "mine") as client:
            assert read_until(client, b"\r\n") == NEGOTIATION
            exchange(client, '{"execute": "qmp_capabilities"}')
            children = exchange(
                client, '{"execute": "qom-list", "arguments": {"path": "/objects"}}'
            )[0]["return"]
            assert {"name": "monitor", "type": "child<monitor-qmp>"} in children


def test_the_start_waits_for_the_first_client(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with program("-qmp", f"unix:{path},server=on") as process, connected(path) as client:
        assert read_until(client, b"\r\n") == NEGOTIATION
        process.terminate()
        assert process.stderr
        assert (
            process.stderr.readline()
            .decode()
            .endswith(
                f": -qmp unix:{path},server=on: info: QEMU waiting for connection on: "
                f"disconnected:unix:{path},server=on\n"
            )
        )


def test_monitor_as_a_client(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "manager"))
        listening.listen(1)
        with program("-qmp", f"unix:{tmp_path}/manager"):
            client, _address = listening.accept()
            with client:
                assert read_until(client, b"\r\n") == NEGOTIATION


def test_a_pseudo_terminal() -> None:
    with program("-monitor", "pty") as process:
        assert process.stdout
        found = re.fullmatch(
            r"char device redirected to (\S+) \(label compat_monitor0\)\n",
            process.stdout.readline().decode(),
        )
        assert found
        terminal = os.open(found[1], os.O_RDWR | os.O_NOCTTY)
        text = b""
        while not text.endswith(b"(qemu) "):
            text += os.read(terminal, 1000)
        assert text == BANNER
        os.write(terminal, b"info status\r")
        while not text.endswith(b"(prelaunch)\r\n(qemu) "):
            text += os.read(terminal, 1000)
        os.close(terminal)


def test_qmp_on_stdio_goes_on_after_the_end_of_input(tmp_path: Path) -> None:
    requests = tmp_path / "requests"
    requests.write_text('{"execute": "qmp_capabilities"}{"execute": "query-name", "id": 1}')
    with program("-qmp", "stdio", "-monitor", f"unix:{tmp_path}/hmp,server=on,wait=off") as process:
        assert process.stdout and process.stdout.readline() == NEGOTIATION
        with connected(tmp_path / "hmp") as client:
            read_until(client, b"(qemu) ")
            client.sendall(b"quit\n")
        assert process.wait(10) == 0
    with requests.open("rb") as stdin:
        process = subprocess.Popen(
            [*PROGRAM, "-S", "-m", "128M", "-qmp", "stdio"],
            cwd=ROOT,
            stdin=stdin,
            stdout=subprocess.PIPE,
        )
    assert process.stdout
    lines = [process.stdout.readline() for _index in range(3)]
    assert lines == [NEGOTIATION, b'{"return": {}}\r\n', b'{"return": {}, "id": 1}\r\n']
    time.sleep(0.1)
    assert process.poll() is None
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


def test_console_and_socket_at_once(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    console = pexpect.spawn(
        PROGRAM[0],
        [
            *PROGRAM[1:],
            "-S",
            "-m",
            "128M",
            "-monitor",
            "stdio",
            "-qmp",
            f"unix:{path},server=on,wait=off",
        ],
        cwd=str(ROOT),
        timeout=20,
        env={**os.environ, "TERM": "xterm", "HOME": str(tmp_path)},
    )
    console.expect_exact("(qemu)")
    with connected(path) as client:
        read_until(client, b"\r\n")
        exchange(client, '{"execute": "qmp_capabilities"}')
        exchange(client, '{"execute": "cont"}')
        console.expect_exact("the machine resumed")
        console.send("info statsu\r")
        console.expect_exact("did you mean info status?")
        console.send("stop\r")
        assert json.loads(read_until(client, b"\r\n"))["event"] == "STOP"
        console.send("quit\r")
        assert json.loads(read_until(client, b"\r\n"))["event"] == "SHUTDOWN"
    console.expect(pexpect.EOF)


def test_a_daemon_can_be_reached_when_its_parent_ends(tmp_path: Path) -> None:
    """As libvirt probes: it reads the pid file and connects as soon as the parent is gone."""
    path, pid_file = tmp_path / "qmp", tmp_path / "pid"
    words = [
        "-S",
        "-no-user-config",
        "-nodefaults",
        "-nographic",
        "-machine",
        "none,accel=kvm:tcg",
        "-daemonize",
        "-qmp",
        f"unix:{path},server=on,wait=off",
        "-pidfile",
        str(pid_file),
    ]
    started = subprocess.run(
        [*PROGRAM, *words], cwd=ROOT, capture_output=True, text=True, timeout=20
    )
    assert (started.returncode, started.stdout, started.stderr) == (0, "", "")
    pid = int(re.fullmatch(r"(\d+)\n", pid_file.read_text())[1])  # type: ignore[index]
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(path))
        assert read_until(client, b"\r\n") == NEGOTIATION
        exchange(client, '{"execute": "qmp_capabilities"}')
        for request in (
            '{"execute": "query-qmp-schema"}',
            '{"execute": "query-machines"}',
            '{"execute": "qom-list-properties", "arguments": {"typename": "max-x86_64-cpu"}}',
        ):
            assert "return" in exchange(client, request)[-1]
        os.kill(pid, signal.SIGTERM)
        assert json.loads(read_until(client, b"\r\n"))["event"] == "SHUTDOWN"
    deadline = time.monotonic() + 10
    while (pid_file.exists() or path.exists()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(tmp_path.iterdir()) == []


def test_daemon_reports_why_it_failed_to_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "-daemonize", "-m", "1G,slots=1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1 and done.stderr.endswith(": slots specified but no max-size\n")


def test_a_server_takes_the_first_free_port_of_a_range() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        first = taken.getsockname()[1]
        with program(
            "-qmp", f"tcp:127.0.0.1:{first},server=on,wait=off,to={first + 20},ipv4=on"
        ) as process:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                for port in range(first + 1, first + 21):
                    with socket.socket() as client:
                        if (
                            client.connect_ex(("127.0.0.1", port)) == 0
                            and read_until(client, b"\r\n") == NEGOTIATION
                        ):
                            return
                assert process.poll() is None
                time.sleep(0.05)
            raise AssertionError("no port of the range answers")


REFUSED = {
    "-qmp unix:/nope/x,server=on,wait=off": "{}: Failed to bind socket to /nope/x: No such file or "
    "directory",
    "-qmp unix:/nope/x": "{}: Failed to connect to '/nope/x': No such file or directory",
    "-qmp tcp:127.0.0.1:1": "{}: Failed to connect to '127.0.0.1:1': Connection refused",
    "-qmp tcp:127.0.0.1": "{}: parse error: tcp:127.0.0.1",
    "-qmp unix:/x,server=on,wait=maybe": "{}: Parameter 'wait' expects 'on' or 'off'\n"
    "{}: parse error: unix:/x,server=on,wait=maybe",
    "-qmp unix:/x,foo=bar": "{}: Invalid parameter 'foo'\n{}: parse error: unix:/x,foo=bar",
    "-qmp foo": "{}: 'foo' is not a valid char driver\n{}: parse error: foo",
    f"-qmp unix:{'a' * 110},server=on": f"{{}}: UNIX socket path '{'a' * 110}' is too long\n"
    "Path must be less than 108 bytes",
    "-qmp unix:/proc,server=on,wait=off": "{}: Failed to unlink socket /proc: Is a directory",
    "-qmp tcp:127.0.0.1:5,server=on,wait=off,ipv6=on": "{}: address resolution failed for "
    "127.0.0.1:5: Address family for hostname "
    "not supported",
    "-qmp unix:/x,server=on,reconnect-ms=5": "{}: 'reconnect-ms' option is incompatible with "
    "socket in server listen mode",
    "-action reboot=never": "{}: Parameter 'reboot' does not accept value 'never'",
    "--guest linux,online=maybe": "{}: Parameter 'online' does not accept value 'maybe'",
    "--guest linux,latency=soon": "{}: Parameter 'latency' expects seconds, such as 0.5 or 20ms",
    "-daemonize -monitor stdio": "-monitor stdio: cannot use stdio with -daemonize",
    "-qmp stdio -monitor stdio": "-monitor stdio: cannot use stdio by multiple character devices",
    "-monitor none -pidfile "
    "/nope/x": "cannot create PID file: Could not create '/nope/x': No such file or directory",
    "-machine none,accel=foo": "invalid accelerator foo",
    "-accel tcg -machine "
    "none,accel=tcg": 'The -accel and "-machine accel=" options are incompatible',
    "--fleet 1 /dev/null/x": "can't make the folder /dev/null/x: Not a directory",
    "--fleet 0 /nope": "{}: '0' is no number of machines from 1 to 100000",
}


@pytest.mark.parametrize("option", REFUSED)
def test_startup_errors(option: str) -> None:
    done = subprocess.run(
        [*PROGRAM, *option.split(" ")],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert done.returncode == 1
    shown = re.sub(r"^\S*__main__\.py: ", "", done.stderr, flags=re.M)
    assert shown == REFUSED[option].replace("{}", option) + "\n"


@pytest.mark.parametrize(
    ("arguments", "cause", "events", "ends"),
    [
        (
            "-no-reboot",
            '{"execute": "system_reset"}',
            [("SHUTDOWN", "host-qmp-system-reset")],
            True,
        ),
        (
            "-no-shutdown",
            '{"execute": "x-hmp-guest-power-off"}',
            [("SHUTDOWN", "guest-shutdown"), ("STOP", "")],
            False,
        ),
        (
            "-action reboot=shutdown",
            '{"execute": "x-hmp-guest-reboot"}',
            [("SHUTDOWN", "guest-reset")],
            True,
        ),
        ("-name x", '{"execute": "x-hmp-guest-power-off"}', [("SHUTDOWN", "guest-shutdown")], True),
    ],
)
def test_ends_of_the_machine(
    arguments: str, cause: str, events: list[tuple[str, str]], ends: bool, tmp_path: Path
) -> None:
    path = tmp_path / "qmp"
    with program(*arguments.split(" "), "-qmp", f"unix:{path},server=on,wait=off") as process:
        with connected(path) as client:
            read_until(client, b"\r\n")
            exchange(client, '{"execute": "qmp_capabilities"}')
            exchange(client, '{"execute": "cont"}')
            *received, reply = exchange(client, cause)
            assert reply == {"return": {}}
            assert [
                (event["event"], event.get("data", {}).get("reason", "")) for event in received
            ] == events
            if not ends:
                assert exchange(client, '{"execute": "query-status"}') == [
                    {"return": {"status": "shutdown", "running": False}}
                ]
                assert exchange(client, '{"execute": "cont"}')[0]["error"]["desc"] == (
                    "Resetting the Virtual Machine is required"
                )
                process.terminate()
            while client.recv(1000):
                pass
        assert process.wait(10) == 0
