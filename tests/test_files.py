"""Opening what should be a regular file: nothing waits, and everything else is an error."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hmp.files import open_regular, read_text


def test_text_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes("ä\r\nb\n".encode())
    assert read_text(file, 10) == "ä\nb\n"
    with pytest.raises(OSError, match="it is larger than 0 KiB"):
        read_text(file, 4)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "other", 10)
    file.write_bytes(b"a\nb\n\xff")
    with pytest.raises(OSError, match="line 3 is not UTF-8"):
        read_text(file, 10)


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    for name, flags, message in (
        (str(tmp_path / "fifo"), os.O_RDONLY, "it is no regular file"),
        (str(tmp_path / "fifo"), os.O_WRONLY, "it is no regular file"),
        ("/dev/zero", os.O_RDONLY, "it is no regular file"),
        ("/dev/null", os.O_WRONLY | os.O_CREAT, "it is no regular file"),
        (str(tmp_path), os.O_RDONLY, "Is a directory"),
        (str(tmp_path / "link"), os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, "a symbolic link"),
        (f"{tmp_path}/\0", os.O_RDONLY, "null"),
    ):
        with pytest.raises(OSError, match=message):
            open_regular(name, flags)
    assert not (tmp_path / "target").exists()


def test_a_file_that_is_exchanged_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "fifo")
    before = os.listdir("/proc/self/fd")
    opened = os.open
    monkeypatch.setattr(
        os, "open", lambda _path, flags, mode: opened(tmp_path / "fifo", flags, mode)
    )
    with pytest.raises(OSError, match="it is no regular file"):
        open_regular(tmp_path / "file", os.O_RDONLY)
    assert len(os.listdir("/proc/self/fd")) == len(before)
