"""Every system call of every command that makes one fails, with each of several errors: the reply
is an error, machine, mappings, descriptors and files are as before, and the next command works.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmp.cmdline.errors import StartupError
from hmp.errors import HostError
from hmp.machine import system_calls
from hmp.monitor import Monitor
from hmp.testing.snapshot import take_snapshot
from tests.support import backend_mappings, descriptors, start_machine, start_monitor

ERRORS = (
    *(errno.ENOMEM, errno.ENOSPC, errno.EMFILE, errno.EACCES),
    *(errno.EROFS, errno.EINTR, errno.EAGAIN, errno.EIO),
)
ARGUMENTS = (
    "-m 1G,slots=4,maxmem=8G -M pc,nvdimm=on "
    "-object memory-backend-ram,id=free,size=128M "
    "-object memory-backend-memfd,id=shared,size=64M "
    "-object memory-backend-ram,id=back,size=128M "
    "-device virtio-mem-pci,id=v,memdev=back,requested-size=8M -device virtio-balloon "
    "-object memory-backend-ram,id=dimm,size=128M -device pc-dimm,id=d,memdev=dimm"
)
START_ARGUMENTS = (
    ARGUMENTS,
    "-M microvm",
    "-M isapc -m 64 -mem-prealloc",
    "-M q35 -drive if=pflash,file=existing,format=raw -M max-fw-size=16M",
    "-M q35 -m 64M,slots=2,maxmem=1G -mem-path . -object secret,id=s,file=secret",
)
# munmap at the end, the guest that grows its virtio-mem, and what an option's default is found by.
MAY_FAIL_AT_START = {"munmap", "madvise", "open", "read"}
COMMANDS = (
    "object_add memory-backend-ram,id=new,size=2M",
    "object_add memory-backend-ram,id=new,size=2M,prealloc=on",
    "object_add memory-backend-ram,id=new,size=2M,prealloc=on,prealloc-threads=4",
    "object_add memory-backend-ram,id=new,size=2M,policy=bind,host-nodes.0=0",
    "object_add memory-backend-memfd,id=new,size=2M",
    "object_add memory-backend-memfd,id=new,size=2M,prealloc=on,share=off",
    "object_add memory-backend-shm,id=new,size=2M",
    "object_add memory-backend-file,id=new,size=2M,mem-path=created",
    "object_add memory-backend-file,id=new,size=2M,mem-path=existing,prealloc=on",
    "object_add memory-backend-file,id=new,size=2M,mem-path=existing,readonly=on",
    "object_add memory-backend-file,id=new,size=2M,mem-path=.",
    "object_add secret,id=new,file=secret",
    "object_add thread-context,id=new,cpu-affinity.0=0",
    "object_add thread-context,id=new,node-affinity.0=0",
    "object_del free",
    "object_del shared",
    "chardev-add socket,id=new,path=made,server=on,wait=off",
    "chardev-add socket,id=new,host=127.0.0.1,port=0,server=on,wait=off",
    "chardev-add socket,id=new,path=listening",
    "chardev-add udp,id=new,host=127.0.0.1,port=9,localaddr=127.0.0.1,localport=0",
    "chardev-add file,id=new,path=created,logfile=saved",
    "chardev-add file,id=new,path=created,input-path=secret",
    "chardev-add pipe,id=new,path=fifo",
    "chardev-add pty,id=new,path=link",
    "chardev-add null,id=new,mux=on,logfile=saved",
    "drive_add 0 if=none,id=new,file=existing,format=raw",
    "drive_add -n 0 driver=file,filename=existing,node-name=new",
    "change ide1-cd0 existing raw",
    "netdev_add socket,id=new,listen=127.0.0.1:0",
    "netdev_add socket,id=new,udp=127.0.0.1:9,localaddr=127.0.0.1:0",
    "netdev_add stream,id=new,server=on,addr.type=unix,addr.path=made",
    "netdev_add user,id=new,hostfwd=tcp:127.0.0.1:0-:22",
    "device_add pc-dimm,id=new,memdev=free",
    "device_add nvdimm,id=new,memdev=free,label-size=128K",
    "device_add virtio-mem-pci,id=new,memdev=free",
    "device_add virtio-mem-pci,id=new,memdev=shared",
    "device_add virtio-pmem-pci,id=new,memdev=shared",
    "device_del d",
    "qom-set v requested-size 16M",
    "qom-set free prealloc on",
    "memsave 0 4096 saved",
    "pmemsave 0 1048576 saved",
    "pmemsave 0x200000000 4096 saved",
    "dump-guest-memory saved 0 0x100000",
    "dump-guest-memory -d saved 0 0x100000",
    "x /8xg 0",
    "sum 0 4096",
    "gpa2hpa 0",
    "guest touch d",
    "guest touch 0x1000 1M",
    "balloon 512",
    "system_reset",
    "info memory-devices",
    "info memdev",
    "info mtree -f",
)
# QEMU prints why it can't extend an empty file, and maps it nevertheless
# (docs/qemu-behaviour/backends.md §8); a new file stays when a later step fails; a reply shows what
# memory could be read, and what is saved before an error stays in the file.
FILES_THAT_MAY_STAY = {"created", "saved"}
RETRIED = {"madvise", "read", "write"}
# What can't be looked at is taken for a plain file, and opened.
MAY_SUCCEED = {"ftruncate", "lseek", "process_vm_readv", "stat"}
# A virtio-mem asks for the size of huge pages, where none are as good an answer; a reset and a
# balloon go on when they can't discard memory.
ALSO_MAY_SUCCEED = ("device_add virtio-mem", "balloon", "system_reset")


class Injection:
    """Counts the system calls, and lets one of them fail."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failing, self.errno = -1, 0

    def __call__(self, call: str) -> int:
        self.calls.append(call)
        return self.errno if len(self.calls) - 1 == self.failing else 0


@pytest.fixture
def injection(monkeypatch: pytest.MonkeyPatch) -> Injection:
    found = Injection()
    monkeypatch.setattr(system_calls, "injected_errno", found)
    return found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "existing").open("wb") as existing:
        existing.truncate(2 << 20)
    (tmp_path / "secret").write_text("x")
    for name in ("fifo.in", "fifo.out"):
        os.mkfifo(tmp_path / name)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("listening")
        listening.listen(100)
        yield tmp_path


def state(monitor: Monitor, folder: Path) -> tuple[object, ...]:
    """Return what a command that fails must not change."""
    # They are made when something first looks at them.
    monitor.machine.onboard.ensure()
    from hmp.qmp.session import Session

    session = Session(monitor.machine)
    session.context.negotiate([])

    def query(command: str) -> object:
        return session.answer({"execute": command}).message["return"]

    files = {name: (folder / name).stat().st_size for name in os.listdir(folder)}
    return (
        take_snapshot(query),
        [item.path for item in monitor.machine.root.walk()],
        [(item.start, item.size) for item in monitor.machine.address_space.ranges],
        backend_mappings(),
        descriptors(),
        {name: size for name, size in files.items() if name not in FILES_THAT_MAY_STAY},
    )


@pytest.mark.parametrize("line", COMMANDS)
def test_each_call_fails(line: str, injection: Injection, folder: Path) -> None:
    with start_monitor(ARGUMENTS) as monitor:
        monitor.machine.onboard.ensure()
        injection.calls.clear()
        monitor.execute(line)
        count = len(injection.calls)
    cases = [(failing, code) for failing in range(count) for code in ERRORS]
    while cases:
        # A machine serves until a command succeeds in spite of an error.
        with start_monitor(ARGUMENTS) as monitor:
            before = state(monitor, folder)
            while cases and _fails(monitor, line, injection, *cases.pop()):
                assert state(monitor, folder) == before, line
                _check_next_command(monitor)


def _fails(monitor: Monitor, line: str, injection: Injection, failing: int, code: int) -> bool:
    """Run a line with one failing call; return whether it failed, as it must for most calls."""
    for name in FILES_THAT_MAY_STAY:
        Path(name).unlink(missing_ok=True)
    injection.calls.clear()
    injection.failing, injection.errno = failing, code
    error = monitor.execute(line).error
    injection.failing = -1
    call = injection.calls[failing]
    case = f"{line}: {call} (call {failing}) fails with {errno.errorcode[code]}"
    if error is None:
        is_retried = call in RETRIED and code in (errno.EINTR, errno.EAGAIN)
        assert is_retried or call in MAY_SUCCEED or line.startswith(ALSO_MAY_SUCCEED), case
        monitor.machine.run_guest()
        _check_next_command(monitor)
        return False
    assert isinstance(error, HostError), (case, error)
    return True


@pytest.mark.parametrize("arguments", START_ARGUMENTS)
def test_each_call_of_the_start_fails(arguments: str, injection: Injection, folder: Path) -> None:
    before = backend_mappings(), descriptors()
    with start_machine(arguments):
        count = len(injection.calls)
    for failing in range(count):
        injection.calls.clear()
        injection.failing, injection.errno = failing, errno.ENOMEM
        try:
            with start_machine(arguments):
                assert injection.calls[failing] in MAY_SUCCEED | MAY_FAIL_AT_START
        except StartupError as error:
            assert "internal" not in error.lines[0]
        assert (backend_mappings(), descriptors()) == before


def _check_next_command(monitor: Monitor) -> None:
    for line in ("object_add memory-backend-ram,id=next,size=2M", "object_del next"):
        assert monitor.execute(line).error is None
