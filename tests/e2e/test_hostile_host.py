"""The program with closed, full and broken streams, few descriptors, locked files and FIFOs."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.program import connected, exchange, program, read_until
from tests.support import PROGRAM, ROOT

HMP = " ".join(PROGRAM)
QMP_ON_STDIO = "-chardev stdio,id=c -mon c,mode=control"
QUIT = """printf '{"execute": "qmp_capabilities"}{"execute": "quit"}'"""


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a shell command; `hmp` is the program."""
    return subprocess.run(
        ["bash", "-c", f'hmp() {{ {HMP} "$@"; }}; {command}'],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )


@pytest.mark.parametrize(
    ("command", "status", "stdout", "error"),
    [
        ("hmp </dev/null >/dev/full", 1, "", "can't write to stdout: No space left on device"),
        ("hmp -version >/dev/full", 1, "", "can't write to stdout: No space left on device"),
        ("echo info status | hmp >&-", 1, "", "can't write to stdout: Bad file descriptor"),
        ("hmp <&- | tail -n 1", 0, "(qemu) \n", ""),
        ("yes info status | hmp | head -n 1 | wc -l", 0, "1\n", ""),
        ("echo info name | hmp -name x -M pc-q35-7.1 2>&- | tail -n 2", 0, "x\n(qemu) \n", ""),
        ("hmp -foo 2>&-", 1, "", ""),
        ("hmp -foo 2>/dev/full", 1, "", ""),
        ("hmp <&- >&- 2>&-", 1, "", ""),
    ],
)
def test_unusable_streams(command: str, status: int, stdout: str, error: str) -> None:
    done = shell(command)
    assert (done.returncode, done.stdout) == (status, stdout)
    assert done.stderr.partition(": ")[2].rstrip("\n") == error


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full", "2> >(true)"])
def test_warnings_that_cannot_be_written_end_nothing(stderr: str) -> None:
    done = shell(f"{QUIT} | hmp -S -M pc-q35-7.1 {QMP_ON_STDIO} {stderr}")
    assert done.returncode == 0
    assert done.stdout.count('{"return": {}}') == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_signals_end_a_server_without_stderr(
    number: signal.Signals, stderr: str, tmp_path: Path
) -> None:
    path = tmp_path / "qmp"
    arguments = f"-S -M none -display none -qmp unix:{path},server=on,wait=off"
    with subprocess.Popen(["bash", "-c", f"exec {HMP} {arguments} {stderr}"], cwd=ROOT) as process:
        with connected(path) as client:
            read_until(client, b"\r\n")
            process.send_signal(number)
            assert read_until(client, b"never") == b""
        assert process.wait(30) == 0
    assert not path.exists()


MANY_REQUESTS = b'{"execute": "qmp_capabilities"}' + b'{"execute": "query-qmp-schema"}' * 40
SOCKET = "unix:socket,server=on,wait=off"


@pytest.mark.parametrize(
    ("arguments", "typed"),
    [
        (("-qmp", "stdio"), MANY_REQUESTS),
        (("-qmp", "stdio", "-monitor", SOCKET), MANY_REQUESTS),
        (("-monitor", "stdio"), b"help\n" * 300),
        (("-monitor", "stdio", "-qmp", SOCKET), b"help\n" * 300),
    ],
    ids=["qmp", "qmp and socket", "script", "script and socket"],
)
def test_a_stdout_that_nobody_reads_holds_up_nobody(
    arguments: tuple[str, ...], typed: bytes, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*PROGRAM, "-S", "-M", "none", "-display", "none", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(typed)
        process.stdin.flush()
        begun = process.stdout.read(64)
        time.sleep(0.5)
        if SOCKET in arguments:
            with connected(tmp_path / "socket") as client:
                assert client.recv(1 << 16)
        process.terminate()
        assert process.wait(30) == 0
        assert b"terminating on signal 15 from pid" in process.stderr.read()
        # What the pipe held can be read.
        assert begun + process.stdout.read(1 << 15)
        assert not os.listdir(tmp_path)


def test_a_slow_reader_of_stdout_gets_everything() -> None:
    quits = MANY_REQUESTS + b'{"execute": "quit"}'
    with subprocess.Popen(
        [*PROGRAM, "-S", "-M", "none", "-qmp", "stdio"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(quits)
        process.stdin.flush()
        data = b""
        while piece := os.read(process.stdout.fileno(), 1 << 15):
            data += piece
            time.sleep(0.001)
        messages = [json.loads(line) for line in data.splitlines()]
    assert sum("return" in message for message in messages) == 42
    assert len({str(message) for message in messages if len(str(message)) > 1000}) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_script_as_it_ends_qemu(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*PROGRAM, "-S"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(b"info status\n")
        process.stdin.flush()
        while b"prelaunch" not in process.stdout.readline():
            pass
        # While memory is populated, too.
        process.stdin.write(b"object_add memory-backend-ram,id=m,size=8G,prealloc=on\n")
        process.stdin.flush()
        time.sleep(0.2)
        process.send_signal(number)
        assert process.wait(30) == 0
        said = process.stderr.read().decode().partition(": ")[2]
        assert said.startswith(f"terminating on signal {number.value} from pid {os.getpid()} (")


def test_a_closed_stderr_is_no_client(tmp_path: Path) -> None:
    # The socket must not become descriptor 2, to which warnings are written.
    path = tmp_path / "qmp"
    arguments = f"-S -M pc-q35-7.1 -display none -qmp unix:{path},server=on,wait=off"
    with subprocess.Popen(["bash", "-c", f"exec {HMP} {arguments} 2>&-"], cwd=ROOT) as process:
        with connected(path) as client:
            assert read_until(client, b"\r\n").startswith(b'{"QMP"')
            exchange(client, '{"execute": "qmp_capabilities"}')
            text = (
                '{"execute": "human-monitor-command", "arguments": {"command-line": '
                '"device_add foo,share"}}'
            )
            assert "return" in exchange(client, text)[-1]
            exchange(client, '{"execute": "quit"}')
        assert process.wait(30) == 0


def test_output_that_is_read_during_the_end(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with program("-display", "none", "-qmp", f"unix:{path},server=on,wait=off") as process:
        with connected(path) as client:
            request = '{"execute": "query-qmp-schema"}'
            client.sendall(f'{{"execute": "qmp_capabilities"}}{request * 40}'.encode())
            # More than the socket's buffers hold is waiting.
            client.recv(100)
            process.terminate()
            assert process.stderr
            assert b"terminating on signal 15" in process.stderr.readline()
            while client.recv(1 << 16):
                pass
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


def test_pid_file_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text("an old one, longer than a number\n")
    first = ("-display", "none", "-qmp", f"unix:{tmp_path / 'qmp'},server=on,wait=off")
    with program(*first, "-pidfile", str(path)) as process:
        # Clients are served once the pid file is there.
        with connected(tmp_path / "qmp") as client:
            read_until(client, b"\r\n")
        assert path.read_text() == f"{process.pid}\n"
        second = shell(f"hmp -S -M none -pidfile {path} </dev/null")
        assert second.stderr.partition(": ")[2] == (
            "cannot create PID file: Cannot lock pid file: Resource temporarily unavailable\n"
        )
        assert (second.returncode, path.read_text()) == (1, f"{process.pid}\n")
        process.terminate()
        assert process.wait(30) == 0
    assert not path.exists()


def test_fleet_says_how_many_machines_fit(tmp_path: Path) -> None:
    limit = f"ulimit -n 100; hmp -M none --fleet 50 {tmp_path / 'fleet'}"
    done = shell(limit)
    assert done.stderr.partition(": ")[2] == (
        "--fleet: the limit of 100 open files is enough for 34 machines (ulimit -n)\n"
    )
    assert (done.returncode, os.listdir(tmp_path)) == (1, [])


def test_fleet_does_not_follow_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    done = shell(f"hmp -M none --fleet 1 {tmp_path / 'link'}")
    assert done.returncode == 1
    assert "is a link, or belongs to somebody else" in done.stderr
    assert os.listdir(tmp_path / "real") == []


def test_commands_without_descriptors(tmp_path: Path) -> None:
    path = tmp_path / "hmp"
    with (
        program("-display", "none", "-monitor", f"unix:{path},server=on,wait=off") as process,
        connected(path) as client,
    ):
        read_until(client, b"(qemu) ")
        number = max(map(int, os.listdir(f"/proc/{process.pid}/fd"))) + 1
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (number, 4096))
        # Neither a module that is first needed now nor a file can be opened.
        for line in (b"info qtree", b"cont", b"object_add memory-backend-memfd,id=m,size=2M"):
            client.sendall(line + b"\n")
            assert b"internal error" not in read_until(client, b"\r\n(qemu) ")
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (4096, 4096))
        client.sendall(b"object_add memory-backend-memfd,id=m,size=2M\n")
        assert b"rror" not in read_until(client, b"\r\n(qemu) ")
        client.sendall(b"info qtree\n")
        assert b"bus: main-system-bus" in read_until(client, b"\r\n(qemu) ")


def test_fifos_hold_up_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    fifo = tmp_path / "fifo"
    lines = (
        f"object_add memory-backend-file,id=m,size=1M,mem-path={fifo}",
        f"object_add memory-backend-file,id=m,size=1M,mem-path={fifo},readonly=on",
        f'pmemsave 0 4096 "{fifo}"',
        f"object_add secret,id=s,file={fifo}",
        "info name",
    )
    done = subprocess.run(
        [*PROGRAM, "-S", "-name", "guest"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert f"Could not open '{fifo}': No such device or address" in done.stdout
    assert done.stdout.endswith("(qemu) info name\nguest\n(qemu) \n")


def test_long_reply_does_not_hold_up_others(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with (
        program(
            *("-display", "none", "-monitor", f"unix:{one},server=on,wait=off"),
            *("-monitor", f"unix:{two},server=on,wait=off"),
        ),
        connected(one) as first,
        connected(two) as second,
    ):
        read_until(first, b"(qemu) ")
        read_until(second, b"(qemu) ")
        # The reply would take about 2 GiB, and is not read to its end.
        first.sendall(b"xp /99999999xb 0\n")
        assert b"00000000: 0x" in first.recv(1 << 16) + first.recv(1 << 16)
        second.sendall(b"info status\n")
        assert b"VM status: paused (prelaunch)" in read_until(second, b"\r\n(qemu) ")
        first.recv(1 << 16)
        second.sendall(b"sum 0 0x7ffffff\n")
        assert b"00000" in read_until(second, b"\r\n(qemu) ")


def slowest_answer(client: socket.socket, work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of some work, and of the slowest answer to another client."""
    slowest, start = 0.0, time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        while not done.done():
            asked = time.monotonic()
            exchange(client, '{"execute": "query-status"}')
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(0.002)
        done.result()
    return time.monotonic() - start, slowest


@pytest.mark.parametrize("is_fleet", [False, True])
def test_long_work_over_qmp_does_not_hold_up_others(is_fleet: bool, tmp_path: Path) -> None:
    sockets = [tmp_path / name for name in (("0.qmp", "1.qmp") if is_fleet else ("0", "1"))]
    options = (
        ["--fleet", "2", str(tmp_path)]
        if is_fleet
        else [word for path in sockets for word in ("-qmp", f"unix:{path},server=on,wait=off")]
    )
    options += ["-display", "none", "-M", "pc", "-m", "2G"]
    human = '{"execute": "human-monitor-command", "arguments": {"command-line": "%s"}}'
    save = '{"execute": "pmemsave", "arguments": {"val": 0, "size": %d, "filename": "%s"}}'
    requests = (
        human % "xp /200000xb 0",
        human % "sum 0 0x3fffffff",
        save % (1 << 28, tmp_path / "saved"),
    )
    with program(*options), connected(sockets[0]) as busy, connected(sockets[1]) as other:
        for client in (busy, other):
            read_until(client, b"\n")
            exchange(client, '{"execute": "qmp_capabilities"}')
        for request in requests:
            took, slowest = slowest_answer(other, lambda: exchange(busy, request))  # noqa: B023
            # On a quiet host it is less than 20 ms.
            assert slowest < max(0.1, took / 3), request


def test_read_only_checkout(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a read-only view needs root")
    if not list((ROOT / ".venv").glob(".installed*")):
        pytest.skip("the scripts have not made their environment here")
    bind = f"mount --bind {ROOT} {tmp_path} && mount -o remount,ro,bind {tmp_path}"
    command = f"{bind} && cd / && echo info name | {tmp_path}/scripts/hmp -name x"
    project = ROOT / "pyproject.toml"
    before = project.stat()
    try:
        # Newer than what is installed, and yet not to be installed again.
        os.utime(project)
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", command], capture_output=True, text=True
        )
    finally:
        os.utime(project, ns=(before.st_atime_ns, before.st_mtime_ns))
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("this host does not let us mount")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("x\n(qemu) \n")


def test_virtio_mem_grows_as_far_as_the_control_group_allows(tmp_path: Path) -> None:
    group = Path(f"/sys/fs/cgroup/memory/hmp-test-{os.getpid()}")
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(600 << 20))
    except OSError:
        pytest.skip("making a memory control group needs root and version 1 of them")
    lines = (
        "object_add memory-backend-ram,id=m,size=4G\n"
        "device_add virtio-mem-pci,id=v,memdev=m,requested-size=4G\nqom-get v size\n"
    )
    try:
        done = subprocess.run(
            ["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec {HMP} -m 128M,maxmem=8G"],
            input=lines,
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
    finally:
        group.rmdir()
    assert done.returncode == 0
    assert 128 << 20 <= int(done.stdout.splitlines()[-2]) <= 400 << 20
