"""Lessons of strangers: what they must not do is found when they are read, with file and line."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from hmp.cmdline.factory import create_machine
from hmp.console.line import CONSOLE_COMMANDS
from hmp.errors import HmpError, InputError
from hmp.lessons.confinement import SHARED_MEMORY, check_line, check_machine, check_path
from hmp.lessons.folder import LessonFolder
from hmp.lessons.lesson import LessonError, parse_lesson
from hmp.lessons.library import listed_name
from hmp.lessons.load import LessonFileError, load_lesson
from hmp.machine import system_calls
from hmp.machine.backends.create import MEMORY_TYPES, OBJECT_TYPES
from hmp.machine.qom.property import HostPath, Text
from hmp.monitor import Monitor
from tests.support import run_lines

FILE_BACKEND = "memory-backend-file,id=a,size=1M,mem-path="


def lesson(line: str = "stop", machine: str = "-m 128M") -> str:
    return (
        f"# Title\n\nMachine: `{machine}`\n\n## Step\n\ntext\n\n"
        f"```hmp\nstop\n{line}\n```\n\n```check\nstopped\n```\n"
    )


MACHINE_LINE, COMMAND_LINE = 3, 11


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("info status | touch x", "a lesson writes no files and runs no shell commands: |"),
        ("info status > file", "a lesson writes no files and runs no shell commands: >"),
        ("info status >> file", "a lesson writes no files and runs no shell commands: >>"),
        ("info status |", "no shell commands: |"),
        # As keys these would change the line, or enter it.
        ("info status\x0f| touch x", "has a control character"),
        ("p 1\tp 2", "has a control character"),
        ("p 1\x1bOQ", "has a control character"),
        ("p 1\rp 2", "has a control character"),
        ("p 1\u202e2", "has a control character"),
        ('pmemsave 0 1 "/home/u/x"', "'/home/u/x' is outside of the lesson's folder"),
        ('memsave 0 1 "/home/u/x"', "'/home/u/x' is outside"),
        (r'memsave 0 1 "\"/../x"', "'\"/../x' is outside"),
        ("pmemsave 0 1 ../x", "'../x' is outside"),
        ("pmemsave 0 1 a/../../x", "'a/../../x' is outside"),
        ("pmemsave 0 1 ~/x", "'~/x' is outside"),
        ("map --svg /home/u/x.svg", "'/home/u/x.svg' is outside"),
        ("map --svg ~u/x.svg", "'~u/x.svg' is outside"),
        (f"object_add {FILE_BACKEND}/home/u/x,discard-data=on,share=on", "'/home/u/x' is outside"),
        (f"object_add {FILE_BACKEND}x,mem-path=/home/u/x", "'/home/u/x' is outside"),
        (f"object_add {FILE_BACKEND}/dev/shm/x", "'/dev/shm/x' is outside"),
        (f"object_add {FILE_BACKEND}/dev/shm/", "'/dev/shm/' is outside"),
        (f"object_add {FILE_BACKEND}/dev/shm/..", "'/dev/shm/..' is outside"),
        (f"object_add {FILE_BACKEND}/tmp", "'/tmp' is outside"),
        (f"object_add {FILE_BACKEND}/", "'/' is outside"),
        (
            'object_add {"qom-type": "memory-backend-file", "id": "a", "size": 1048576,'
            r' "mem\u002dpath": "\/home/u/x"}',
            "'/home/u/x' is outside",
        ),
        ("object_add secret,id=s,file=/etc/shadow", "'/etc/shadow' is outside"),
        ("object_add rng-random,id=r", "a lesson makes no rng-random"),
        ('object_add {"qom-type": "input-barrier", "id": "i"}', "a lesson makes no input-barrier"),
        ("learn /home/u/x.md", "a lesson begins and ends no lesson"),
        ("learn stop", "a lesson begins and ends no lesson"),
        ("source a.hmp", "a lesson runs no other files"),
        ("save /home/u/x", "'/home/u/x' is outside"),
        ("chardev-add file,id=a,path=x", "a lesson opens no files, sockets and terminals"),
        ("chardev-add null,id=a,logfile=x", "a lesson opens no files, sockets and terminals"),
        ("chardev-add null,id=a,backend=pty", "a lesson opens no files, sockets and terminals"),
        ("chardev-change serial0 pty", "a lesson opens no files, sockets and terminals"),
        ("gdbserver", "a lesson opens no files, sockets and terminals"),
        ("gdbserver tcp::1234", "a lesson opens no files, sockets and terminals"),
        ("drive_add 0 file=x,if=none", "a lesson uses no networks, disks and other hosts"),
        ("netdev_add user,id=n", "a lesson uses no networks, disks and other hosts"),
        ("hostfwd_add tcp::5555-:22", "a lesson uses no networks, disks and other hosts"),
        ("migrate_incoming tcp:0:1", "a lesson uses no networks, disks and other hosts"),
        ("migrate -d exec:x", "a lesson uses no networks, disks and other hosts"),
    ],
)
def test_a_line_that_a_lesson_must_not_type(line: str, reason: str) -> None:
    with pytest.raises(LessonError) as caught:
        parse_lesson(lesson(line), CONSOLE_COMMANDS)
    assert reason in caught.value.message
    assert caught.value.line == COMMAND_LINE


@pytest.mark.parametrize(
    "line",
    [
        "p 1 | 2",
        "chardev-add null,id=a",
        "gdbserver none",
        'pmemsave 0 1 "a > b"',
        "pmemsave 0 1 file",
        "map --svg map.svg",
        f"object_add {FILE_BACKEND}file",
        f"object_add {FILE_BACKEND}.",
        f"object_add {FILE_BACKEND}{SHARED_MEMORY}",
        "learn",
        # What the monitor can't parse opens nothing; here a slash divides.
        "pmemsave 0 1 /home/u/x",
        "no command /home/u/x",
    ],
)
def test_a_line_that_a_lesson_may_type(line: str) -> None:
    assert parse_lesson(lesson(line), CONSOLE_COMMANDS).steps[0].lines == ["stop", line]


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (f"-object {FILE_BACKEND}/home/u/x", "'/home/u/x' is outside"),
        ("-object can-bus,id=c", "a lesson makes no can-bus"),
        ("-accel kvm,device=/home/u/x", "'/home/u/x' is outside"),
        ("-nic socket,listen=:5", "a lesson's machine has no network"),
        (f'-object "{FILE_BACKEND}/home/u/x"', "'/home/u/x' is outside"),
        (
            """-object '{"qom-type":"memory-backend-file","id":"a","size":1,"mem-path":"/x"}'""",
            "'/x' is outside",
        ),
        ("-object secret,id=s,file=../x", "'../x' is outside"),
        ("-mem-path /home/u", "'/home/u' is outside"),
        ("-mem-path ../x", "'../x' is outside"),
        ("--mem-path /tmp", "'/tmp' is outside"),
        ("-M pc,firmware=/home/u/x", "'/home/u/x' is outside"),
        ("-M q35,kernel=/home/u/x", "'/home/u/x' is outside"),
        ("-D /home/u/log", "a lesson's machine has no -D"),
        ("-drive file=/home/u/x,format=raw", "a lesson's machine has no -drive"),
        ("-kernel /home/u/x", "a lesson's machine has no -kernel"),
        ("-qmp unix:/home/u/x,server=on", "a lesson's machine has no -qmp"),
        ("--pidfile x", "a lesson's machine has no --pidfile"),
        ("/home/u/disk", "a lesson's machine has no /home/u/disk"),
        ("-m lots", "Parameter 'size' expects"),
        ("-nothing", "-nothing: invalid option"),
        ("-help", "a lesson's machine has no -help"),
        ("-object secret,help", "it makes no machine, but prints a text"),
        ("-m '1", "No closing quotation"),
    ],
)
def test_a_machine_that_a_lesson_must_not_have(machine: str, reason: str) -> None:
    with pytest.raises(LessonError) as caught:
        parse_lesson(lesson(machine=machine), CONSOLE_COMMANDS)
    assert reason in caught.value.message
    assert caught.value.line == MACHINE_LINE


@pytest.mark.parametrize(
    "machine",
    [
        "-M q35,nvdimm=on -m 1G,slots=2,maxmem=4G -smp 2 -S -nodefaults -guest linux,unplug=hang",
        "-object memory-backend-ram,id=n,size=128M -numa node,memdev=n -name x",
        f"-mem-path {SHARED_MEMORY} -mem-prealloc",
        f"-object {FILE_BACKEND}inside -device pc-dimm,memdev=a",
    ],
)
def test_a_machine_that_a_lesson_may_have(machine: str) -> None:
    assert parse_lesson(lesson(machine=machine), CONSOLE_COMMANDS).machine == machine


def test_mounted_hugetlbfs_are_allowed_as_directories(monkeypatch: pytest.MonkeyPatch) -> None:
    from hmp.machine.memory.host import HugetlbfsMount

    mounts = [HugetlbfsMount("/mnt/huge", 2 << 20, 8)]
    monkeypatch.setattr("hmp.lessons.confinement.hugetlbfs_mounts", lambda: mounts)
    check_line(f"object_add {FILE_BACKEND}/mnt/huge", CONSOLE_COMMANDS)
    check_machine("-mem-path /mnt/huge")
    with pytest.raises(InputError):
        check_path("/mnt/huge/file")


def test_shared_memory_is_allowed_only_where_it_is_a_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os.path, "isdir", lambda path: False)
    with pytest.raises(InputError):
        check_path(SHARED_MEMORY)


@pytest.mark.parametrize("qom_type", MEMORY_TYPES)
def test_every_property_whose_value_is_opened_is_declared_as_a_path(
    qom_type: str, monkeypatch: pytest.MonkeyPatch, monitor: Monitor
) -> None:
    opened: list[bytes] = []

    def open_file(path: bytes, flags: int, mode: int = 0) -> int:
        opened.append(path)
        raise HmpError("no")

    monkeypatch.setattr(system_calls, "open_file", open_file)
    monkeypatch.setattr(system_calls, "open_temporary", open_file)
    declared = {item.name: item for item in OBJECT_TYPES[qom_type].declared if item.settable}
    for name, item in declared.items():
        if not isinstance(item.type, Text):
            continue
        opened.clear()
        needed = "".join(
            f",{other}=1M" for other in declared if declared[other].required and other != name
        )
        run_lines(monitor, f"object_add {qom_type},id=id-{name}{needed},{name}=/nowhere/x")
        assert (b"/nowhere/x" in opened) == isinstance(item.type, HostPath), name


def test_errors_name_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "evil.md"
    file.write_text(lesson("info status | touch x"))
    with pytest.raises(LessonFileError) as caught:
        load_lesson(str(file), CONSOLE_COMMANDS)
    assert caught.value.message.startswith(f"{file}:{COMMAND_LINE}: a lesson writes no files")
    file.write_text("# Title\n\n## Step\n\n```hmp\nstop\n```\n\n```check\n\nwhatever\n```\n")
    with pytest.raises(LessonFileError, match=f"{file}:11: 'whatever' is no check"):
        load_lesson(str(file), CONSOLE_COMMANDS)
    file.write_text("# Title\n\n## Step\n\n```hmp\nstop\n")
    with pytest.raises(LessonFileError, match=f"{file}:5: the block has no end"):
        load_lesson(str(file), CONSOLE_COMMANDS)
    file.write_text(lesson().replace("text", f"Needs: {'9' * 5000} pages of 2M"))
    with pytest.raises(LessonFileError, match=f"{file}:7: '99*…9*' is no number of pages"):
        load_lesson(str(file), CONSOLE_COMMANDS)


def test_what_is_no_small_file_of_text_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.md")
    (tmp_path / "large.md").write_text("# Title\n" * (1 << 18))
    for name, reason in (
        (f"{tmp_path}/fifo.md", "it is no regular file"),
        ("/dev/zero", "it is no regular file"),
        (f"{tmp_path}/", "Is a directory"),
        (f"{tmp_path}/large.md", "it is larger than 1024 KiB"),
        (f"{tmp_path}/\0.md", "null"),
    ):
        with pytest.raises(HmpError, match=f"can't read .*: .*{reason}"):
            load_lesson(name, CONSOLE_COMMANDS)


@pytest.mark.parametrize(
    "text", ["```hmp\n", "```check\n", "> x\n", "Needs: 1 pages of 2M\n", "`*", "## a\n", "# "]
)
def test_a_large_lesson_is_read_in_time_that_grows_with_its_size(text: str) -> None:
    markdown = "# Title\n\n## Step\n\n" + text * ((1 << 19) // len(text))
    start = time.process_time()
    with pytest.raises(LessonError):
        parse_lesson(markdown, CONSOLE_COMMANDS)
    assert time.process_time() - start < 3


def test_the_folder_of_a_lesson_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = LessonFolder()
    with folder.entered():
        inside = Path.cwd()
        machine, _runs = create_machine(f"-m 64M -object {FILE_BACKEND}file", lambda *_lines: None)
        machine.close()
        assert os.listdir() == ["file"]
    assert Path.cwd() == tmp_path and inside.exists()
    folder.remove()
    assert not inside.exists()


def test_only_names_and_numbers_are_in_the_list() -> None:
    from hmp.lessons.library import LESSONS_DIR

    assert listed_name("plug") == listed_name("1") == "plug"
    assert not any(
        map(listed_name, (str(LESSONS_DIR / "1-plug.md"), "./plug", "0", "7", "²", "1" * 9999))
    )
