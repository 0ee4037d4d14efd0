"""Guest-physical memory: one address space over RAM, DIMMs, nvdimm data, virtio memory, and its
holes.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmp.commands.guest_memory.dump import update_checksum
from hmp.machine.backends.base import MemoryBackend
from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor

MIB = 1 << 20
BASE = 1 << 32
DEVICES = (
    "object_add memory-backend-ram,id=a,size=4M",
    "device_add pc-dimm,id=da,memdev=a",
    "object_add memory-backend-file,id=b,size=4M,mem-path={0}/b,share=on",
    "device_add nvdimm,id=db,memdev=b,label-size=1M",
    "object_add memory-backend-memfd,id=c,size=4M",
    "device_add virtio-pmem-pci,id=dc,memdev=c",
    "object_add memory-backend-ram,id=d,size=8M",
    "device_add virtio-mem-pci,id=dd,memdev=d,memaddr=0x101000000",
)
# What is shown of each backend: its name, guest-physical address and bytes.
SHOWN = (
    ("a", BASE, 4 * MIB),
    ("b", BASE + 4 * MIB, 3 * MIB),
    ("c", BASE + 7 * MIB, 4 * MIB),
    ("d", BASE + 16 * MIB, 8 * MIB),
)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[Monitor, bytes]]:
    """A machine with one device of each kind, every mapping full of its letter, and how 32 MiB
    should look.
    """
    with start_monitor("-M pc,nvdimm=on -m 16M,slots=4,maxmem=8G") as monitor:
        assert run_lines(monitor, *(line.format(tmp_path) for line in DEVICES)) == ""
        expected = bytearray(32 * MIB)
        for name, addr, size in SHOWN:
            backend = monitor.machine.objects.children[name]
            assert isinstance(backend, MemoryBackend) and backend.mapping
            ctypes.memset(backend.mapping.address, ord(name), backend.mapping.length)
            expected[addr - BASE : addr - BASE + size] = name.encode() * size
        yield monitor, bytes(expected)


def test_pmemsave_crosses_devices_and_holes(filled: tuple[Monitor, bytes], tmp_path: Path) -> None:
    monitor, expected = filled
    assert run_lines(monitor, f'pmemsave 0x100000000 {len(expected)} "{tmp_path}/out"') == ""
    assert (tmp_path / "out").read_bytes() == expected


def test_pmemsave_of_main_memory_with_the_hole_of_the_video_memory(tmp_path: Path) -> None:
    with start_monitor("-m 16M") as monitor:
        ram = monitor.machine.objects.children["pc.ram"]
        assert isinstance(ram, MemoryBackend) and ram.mapping
        ctypes.memset(ram.mapping.address, 0x52, ram.mapping.length)
        assert run_lines(monitor, f'pmemsave 0 {16 * MIB} "{tmp_path}/out"') == ""
        expected = b"R" * 0xA0000 + bytes(0x60000) + b"R" * (15 * MIB)
        assert (tmp_path / "out").read_bytes() == expected


def test_dumps_end_at_holes(filled: tuple[Monitor, bytes]) -> None:
    monitor, _expected = filled
    assert run_lines(monitor, f"xp/2cb 0x{BASE + 4 * MIB - 1:x}") == "1003fffff: 'a' 'b'\n"
    assert run_lines(monitor, f"xp/3cb 0x{BASE + 7 * MIB - 2:x}") == "1006ffffe: 'b' 'b' 'c'\n"
    assert (
        run_lines(monitor, f"xp/2cb 0x{BASE + 11 * MIB - 1:x}")
        == "100afffff: Cannot access memory\n"
    )
    assert run_lines(monitor, f"xp/1cb 0x{BASE + 11 * MIB - 1:x}") == "100afffff: 'c'\n"
    assert run_lines(monitor, f"xp/1cb 0x{BASE + 24 * MIB - 1:x}") == "1017fffff: 'd'\n"
    assert run_lines(monitor, f"x/1cb 0x{BASE + 16 * MIB:x}") == "0000000101000000: 'd'\n"


def test_virtual_and_physical_addresses_show_the_same(
    filled: tuple[Monitor, bytes], tmp_path: Path
) -> None:
    monitor, expected = filled
    assert run_lines(monitor, f'memsave 0x{BASE + 3 * MIB:x} {2 * MIB} "{tmp_path}/out"') == ""
    assert (tmp_path / "out").read_bytes() == expected[3 * MIB : 5 * MIB]
    assert run_lines(monitor, f'memsave 0x{BASE + 10 * MIB:x} {2 * MIB} "{tmp_path}/out"') == (
        f"Error: Invalid addr 0x{BASE + 10 * MIB:016x}/size {2 * MIB} specified\n"
    )
    assert (tmp_path / "out").read_bytes() == b"c" * MIB


def test_sum_agrees_with_its_definition() -> None:
    with start_monitor("-m 16M") as monitor:
        ram = monitor.machine.objects.children["pc.ram"]
        assert isinstance(ram, MemoryBackend) and ram.mapping
        pattern = bytes(index * 7 % 251 for index in range(5000))
        ctypes.memmove(ram.mapping.address + MIB, pattern, len(pattern))
        total = 0
        for byte in pattern:
            total = ((total >> 1 | (total & 1) << 15) + byte) & 0xFFFF
        assert run_lines(monitor, f"sum {MIB} {len(pattern)}") == f"{total:05d}\n"
        assert update_checksum(total, bytes(100)) == update_checksum(total, bytes(116))


def test_gpa2hva_gives_the_address_of_the_bytes(filled: tuple[Monitor, bytes]) -> None:
    monitor, _expected = filled
    for name, addr, _size in SHOWN:
        reply = run_lines(monitor, f"gpa2hva 0x{addr + 5:x}")
        assert reply.startswith(f"Host virtual address for 0x{addr + 5:x} ({name}) is 0x")
        assert ctypes.string_at(int(reply.split()[-1], 16), 1) == name.encode()


def test_saving_into_a_pipe_and_into_a_full_disk(
    filled: tuple[Monitor, bytes], tmp_path: Path
) -> None:
    monitor, expected = filled
    os.mkfifo(tmp_path / "pipe")
    # pmemsave does not wait for a reader, so the pipe has one before; without a writer it is at its
    # end, as it is at the end.
    pipe = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(pipe, True)
    received = bytearray()

    def read() -> None:
        while len(received) < len(expected):
            received.extend(os.read(pipe, 1 << 16))

    reader = threading.Thread(target=read)
    reader.start()
    assert run_lines(monitor, f'pmemsave 0x100000000 {len(expected)} "{tmp_path}/pipe"') == ""
    reader.join()
    os.close(pipe)
    assert received == expected
    assert run_lines(monitor, 'pmemsave 0x100000000 4096 "/dev/full"') == (
        "Error: writing to the file failed: No space left on device\n"
    )
    assert run_lines(monitor, 'memsave 0x100000000 4096 "/dev/full"') == (
        "Error: writing to the file failed: No space left on device\n"
    )


def test_unplugged_memory_is_gone_from_the_address_space(filled: tuple[Monitor, bytes]) -> None:
    monitor, _expected = filled
    run_lines(monitor, "device_del da", "device_del dd")
    assert run_lines(monitor, "xp 0x100000000", "xp 0x101000000") == (
        "100000000: Cannot access memory\n101000000: Cannot access memory\n"
    )
    assert run_lines(monitor, "xp/1cb 0x100400000") == "100400000: 'b'\n"
