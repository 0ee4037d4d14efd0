"""The headers and notes of QEMU's dumps of guest memory, of several machines."""

from __future__ import annotations

import json
import shlex
import struct
import subprocess
import tempfile
from pathlib import Path

from scripts.lib import QEMU, RECORDINGS

HEADERS = RECORDINGS / "dump_headers.json"
EVERYTHING = "0 0x200000000"
# Arguments, and what to dump.
MACHINES = {"-M none -m 4G": "0 4096"} | dict.fromkeys(
    (
        "-M none -m 64",
        "-M microvm -m 64",
        "-M isapc -m 64",
        "-M q35 -m 64 -cpu max",
        "-M pc -m 64 -smp 3",
        "-M pc -m 64 -cpu EPYC",
        "-M pc -m 64 -vga none",
        "-M pc,nvdimm=on -m 64,slots=4,maxmem=8G -object memory-backend-ram,id=a,size=64M "
        "-device nvdimm,memdev=a,label-size=256K -object memory-backend-ram,id=b,size=64M "
        "-device pc-dimm,memdev=b -object memory-backend-ram,id=c,size=64M "
        "-device virtio-mem-pci,memdev=c,requested-size=32M "
        "-object memory-backend-ram,id=d,size=64M -device virtio-pmem-pci,memdev=d",
    ),
    EVERYTHING,
)


def headers_of(path: Path) -> str:
    """Return what is before the memory in a core file, in hexadecimal."""
    data = path.read_bytes()
    is_64_bit = data[4] == 2
    count = struct.unpack_from("<H", data, 56 if is_64_bit else 44)[0]
    first = struct.unpack_from("<Q" if is_64_bit else "<I", data, 32 if is_64_bit else 28)[0]
    assert count > 1, "the second program header is that of the first memory"
    at = first + (56 + 8 if is_64_bit else 32 + 4)
    return data[: struct.unpack_from("<Q" if is_64_bit else "<I", data, at)[0]].hex()


def dumped(program: str, arguments: str, wanted: str) -> str:
    """Return the headers of a dump that a program makes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump"
        words = [program, "-display", "none", "-S", *shlex.split(arguments), "-monitor", "stdio"]
        script = f"dump-guest-memory {path} {wanted}\nquit\n"
        subprocess.run(words, input=script.encode(), capture_output=True, timeout=60, check=True)
        return headers_of(path)


def record() -> None:
    """Dump each machine with QEMU, and store the headers."""
    found = {arguments: dumped(QEMU, arguments, wanted) for arguments, wanted in MACHINES.items()}
    HEADERS.write_text(json.dumps(found, indent=1) + "\n", encoding="ascii")
    print(f"{len(found)} dumps")
