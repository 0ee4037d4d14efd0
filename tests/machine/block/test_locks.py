"""Devices lock the images of their drives, as QEMU does (experiment: pairs of QEMUs)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.cmdline.errors import StartupError
from tests.support import descriptors, run_lines, start_machine, start_monitor

NODE = "-blockdev driver=raw,node-name=a,file.driver=file,file.filename={}"
READ_ONLY = "-blockdev driver=raw,node-name=a,read-only=on,file.driver=file,file.filename={}"
UNLOCKED = f"{NODE},file.locking=off"
DRIVE = "-drive if=none,id=a,file={},format=raw"
CD = "-drive if=none,id=a,media=cdrom,file={},format=raw"
DISK = " -device virtio-blk-pci,drive=a"
SHARING = f"{DISK},share-rw=on"
CD_DRIVE = " -device ide-cd,drive=a"
WRITE, SHARED_WRITE = 'Failed to get "write" lock', 'Failed to get shared "write" lock'
PAIRS = (
    (NODE, NODE, ""),
    (NODE + DISK, NODE, ""),
    (NODE + DISK, NODE + DISK, WRITE),
    (NODE + DISK, READ_ONLY, ""),
    (NODE + DISK, READ_ONLY + DISK, SHARED_WRITE),
    (READ_ONLY + DISK, READ_ONLY + DISK, ""),
    (READ_ONLY + DISK, NODE + DISK, WRITE),
    (NODE + SHARING, NODE + SHARING, ""),
    (NODE + SHARING, NODE + DISK, SHARED_WRITE),
    (NODE + DISK, NODE + SHARING, WRITE),
    (NODE + DISK, UNLOCKED + DISK, ""),
    (DRIVE + DISK, DRIVE, ""),
    (DRIVE + DISK, DRIVE + DISK, WRITE),
    (CD + CD_DRIVE, CD + CD_DRIVE, ""),
    (CD + CD_DRIVE, DRIVE + DISK, WRITE),
    (NODE + DISK, "-drive if=virtio,file={},format=raw", WRITE),
    (NODE + DISK, "-drive if=ide,file={},format=raw", WRITE),
    (NODE + DISK, "-cdrom {}", SHARED_WRITE),
)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "disk.img"
    path.write_bytes(bytes(1 << 20))
    return path


@pytest.mark.parametrize(("first", "second", "message"), PAIRS)
def test_two_machines(image: Path, first: str, second: str, message: str) -> None:
    with start_machine(f"-S -m 64M -nodefaults {first.format(image)}"):
        second = f"-S -m 64M -nodefaults {second.format(image)}"
        if not message:
            with start_machine(second):
                return
        with pytest.raises(StartupError) as error, start_machine(second):
            pass
    first_line, hint = error.value.lines
    assert first_line.endswith(message)
    assert hint == f"Is another process using the image [{image}]?"


def test_lock_ends_with_the_device(image: Path) -> None:
    with (
        start_machine(f"-S -m 64M -nodefaults {NODE.format(image)}{DISK}") as first,
        start_monitor(f"-m 64M -nodefaults {NODE.format(image)}") as second,
    ):
        before = descriptors()
        refused = run_lines(second, "device_add virtio-blk-pci,drive=a,id=d")
        assert refused == f"Error: {WRITE}\nIs another process using the image [{image}]?\n"
        assert descriptors() == before
        first.remove_device(first.peripheral_anon.children["device[0]"])  # type: ignore[arg-type]
        assert run_lines(second, "device_add virtio-blk-pci,drive=a,id=d") == ""
        assert run_lines(second, "info block").startswith("a: ")


def test_medium_is_locked(image: Path) -> None:
    with (
        start_machine(f"-S -m 64M -nodefaults {NODE.format(image)}{DISK}"),
        start_monitor("-m 64M -nodefaults -drive if=none,id=c -device ide-cd,drive=c") as monitor,
    ):
        before = descriptors()
        assert run_lines(monitor, f"change c {image} raw").startswith(f"Error: {SHARED_WRITE}\n")
        assert descriptors() == before
        assert "[not inserted]" in run_lines(monitor, "info block c")
