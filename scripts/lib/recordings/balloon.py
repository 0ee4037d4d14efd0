"""What QEMU's balloon answers to a driver: this plays one, by the legacy form of virtio, with the
monitor's `o` and `i` on ports and with queues in a RAM that is a shared file.

The steps are `hmp LINE`, `target` (pages that the guest is asked for), `pages N` (the guest reports
so many), `stats TAG=VALUE ...`, `write ADDR` and `give ADDR COUNT` (pages, from an address on).
"""

from __future__ import annotations

import json
import mmap
import struct
import tempfile
from pathlib import Path

from scripts.lib import QEMU, RECORDINGS
from scripts.lib.recordings.hmp import LiveProgram

FILE = RECORDINGS / "balloon_driver.json"
RAM_BYTES, PAGE_BYTES = 64 << 20, 4096
ARGUMENTS = (
    "-nodefaults -m 64M,slots=1,maxmem=1G -M pc,memory-backend=ram"
    f" -object memory-backend-file,id=ram,size={RAM_BYTES},mem-path=ram,share=on"
    " -device virtio-balloon,id=b,addr=4"
)
STEPS = (
    "hmp info balloon",
    "target",
    "hmp balloon 48",
    "target",
    "hmp balloon 100",
    "target",
    "hmp balloon 1",
    "target",
    "write 0x3000000",
    "write 0x30ff000",
    "write 0x3100000",
    "give 0x3000000 256",
    "hmp xp /1xw 0x3000000",
    "hmp xp /1xw 0x30ff000",
    "hmp xp /1xw 0x3100000",
    "hmp info balloon",
    "pages 256",
    "hmp info balloon",
    "pages 300",
    "hmp info balloon",
    "hmp object_add memory-backend-ram,id=m,size=128M",
    "hmp device_add pc-dimm,id=d,memdev=m",
    "hmp info balloon",
    "hmp balloon 100",
    "target",
    "pages 32768",
    "hmp info balloon",
    "hmp o/b 0xa14 8",
    "hmp info balloon",
    "target",
    "pages 256",
    "hmp qom-get b guest-stats",
    "stats 4=1 5=2",
    "stats 0=10 1=11 2=12 3=13 6=16 7=17 8=18 9=19 10=20 11=21 12=22 13=23 14=24 15=25 99=1",
    "stats 5=3",
    "hmp qom-set b guest-stats-polling-interval 100",
    "hmp system_reset",
    "hmp info balloon",
    "hmp qom-get b guest-stats",
    "hmp qom-get b guest-stats-polling-interval",
    "target",
)
# The device's place in the configuration space, and where its ports are put.
CONFIG_ADDRESS, CONFIG_DATA, DEVICE, PORTS = 0xCF8, 0xCFC, 0x80000000 | 4 << 11, 0xC000
GUEST_FEATURES, QUEUE_PAGE, QUEUE_SELECT, NOTIFY, STATUS = 0x04, 0x08, 0x0E, 0x10, 0x12
TARGET, ACTUAL = 0x14, 0x18
INFLATE, STATS, QUEUE_LENGTH, QUEUES_START = 0, 2, 128, 0x100000
STATS_FEATURE = 1 << 1
WIDTHS = {1: "b", 2: "h", 4: "w"}


class PlayedDriver:
    """The driver of a balloon that a program has."""

    def __init__(self, program: LiveProgram, ram: mmap.mmap) -> None:
        self._program, self._ram = program, ram
        self.start()

    def start(self) -> None:
        """Reset the device, and set up its queues."""
        self._used = {INFLATE: 0, STATS: 0}
        self._configure(0x10, PORTS | 1, 4)
        self._configure(0x04, 7, 2)
        for status in (0, 1, 3):
            self._write(STATUS, status, 1)
        self._write(GUEST_FEATURES, STATS_FEATURE, 4)
        for queue in self._used:
            self._write(QUEUE_SELECT, queue, 2)
            self._write(QUEUE_PAGE, self._queue(queue) // PAGE_BYTES, 4)
            self._ram[self._queue(queue) : self._queue(queue + 1)] = bytes(0x10000)
        self._write(STATUS, 7, 1)

    @staticmethod
    def _queue(number: int) -> int:
        return QUEUES_START + number * 0x10000

    def _port(self, port: int, value: int, width: int) -> None:
        self._program.line(f"o/{WIDTHS[width]}x 0x{port:x} 0x{value:x}")

    def _write(self, register: int, value: int, width: int) -> None:
        self._port(PORTS + register, value, width)

    def _configure(self, register: int, value: int, width: int) -> None:
        self._port(CONFIG_ADDRESS, DEVICE | register, 4)
        self._port(CONFIG_DATA, value, width)

    def _send(self, queue: int, data: bytes) -> None:
        start = self._queue(queue)
        buffer, available = start + 0x8000, start + 16 * QUEUE_LENGTH
        self._ram[buffer : buffer + len(data)] = data
        self._ram[start : start + 16] = struct.pack("<QIHH", buffer, len(data), 0, 0)
        # Every request is in the first descriptor.
        self._used[queue] += 1
        self._ram[available + 2 : available + 4] = struct.pack("<H", self._used[queue])
        self._write(NOTIFY, queue, 2)

    def run(self, step: str) -> object:
        """Do one step, and return what was seen."""
        word, *arguments = step.split()
        if word == "hmp":
            return self._program.line(step.removeprefix("hmp "))
        if word == "target":
            reply = self._program.line(f"i/wx 0x{PORTS + TARGET:x}")
            return int(reply.partition("=")[2], 16)
        if word == "pages":
            self._write(ACTUAL, int(arguments[0]), 4)
        elif word == "write":
            address = int(arguments[0], 16)
            self._ram[address : address + 4] = b"xxxx"
        elif word == "give":
            first, count = int(arguments[0], 16) // PAGE_BYTES, int(arguments[1])
            self._send(INFLATE, struct.pack(f"<{count}I", *range(first, first + count)))
        elif word == "stats":
            pairs = (map(int, item.split("=")) for item in arguments)
            self._send(STATS, b"".join(struct.pack("<HQ", *pair) for pair in pairs))
            stats = json.loads(self._program.line("qom-get b guest-stats"))
            return {"stats": stats["stats"], "is-updated": stats["last-update"] > 0}
        return None


def record() -> None:
    """Record every step."""
    with tempfile.TemporaryDirectory() as folder:
        program = LiveProgram(QEMU, ARGUMENTS, folder)
        with (Path(folder) / "ram").open("r+b") as file, mmap.mmap(file.fileno(), RAM_BYTES) as ram:
            driver = PlayedDriver(program, ram)
            seen = [{"step": step, "seen": driver.run(step)} for step in STEPS[:-1]]
            # The reset has taken the ports away.
            driver.start()
            seen.append({"step": STEPS[-1], "seen": driver.run(STEPS[-1])})
        program.finish()
    FILE.write_text(json.dumps(seen, indent=1) + "\n", encoding="ascii")
