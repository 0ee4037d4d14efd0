"""What QEMU answers to the test protocol: sessions of lines on a socket, beside QMP.

A step is a line of the protocol, or `hmp LINE`. QEMU must take `-accel qtest`: run it with
REFERENCE_QEMU naming one that is not told its accelerator.
"""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from scripts.lib import QEMU, RECORDINGS

FILE = RECORDINGS / "qtest.json"
TIMEOUT_S = 5.0
SESSIONS: dict[str, tuple[str, ...]] = {
    "-M pc -m 64M,slots=2,maxmem=1G -nodefaults": (
        *("endianness", " ", "foo", "READB 0", "rtas a 0 0 0 0", "module_load a b"),
        *("module_load accel- qtest", "clock_step 0", "clock_step", "clock_step"),
        *("clock_step", "clock_step 100", "clock_step 0x10", "clock_step -5", "clock_step 010"),
        *("clock_set 5", "clock_set 100000000", "clock_set 100000000", "clock_set -1"),
        *("clock_step 9223372036854775807", "clock_step 1000000000", "clock_step"),
        *("readb 0x1000", "writeb 0x1000 0xab", "readb 0x1000", "writew 0x1000 0x1234"),
        *("readw 0x1000", "readl 0x1000", "writel 0x1002 0x89abcdef"),
        *("writeq 0x1008 0x1122334455667788", "readq 0x1008", "read 0x1000 16"),
        *("b64read 0x1000 8", "b64read 0x1000 0", "writeb 0x1000 -1", "writeb 0x1000 0x1ff"),
        *("readw 0x1000", "write 0x2000 4 0x01020304", "read 0x2000 8", "write 0x2000 4 0x0506"),
        *("read 0x2000 8", "write 0x2000 2 0x01020304", "write 0x2000 4 01020304"),
        *("read 0x2000 8", "write 0x2000 4 0xzz0z0g00", "read 0x2000 8", "write 0x2000 0 0x"),
        *("write 0x2000 4 0xz0", "read 0x2000 8", "memset 0x2000 16 0xee"),
        *("b64write 0x2000 8 AQIDBA==", "read 0x2000 16", "b64write 0x2000 2 BQYHCA=="),
        *("b64write 0x2000 4 !!!!", "b64write 0x2000 4 CQo", "b64write 0x2000 0 AQ=="),
        *("b64write 0x2000 3 AQ", "b64write 0x2000 9 AQ=IAAAA", "read 0x2000 8"),
        *("b64write 0x2000 9 =A==DDDDEE==", "read 0x2000 8", "b64write 0x2000 9 ====FFF="),
        *("read 0x2000 8",),
        *("read 0x2000 16", "memset 0x2000 0 1", "memset 0x1fff 4 -1", "read 0x1ff8 16"),
        *("memset 0x3fffffe 4 7", "read 0x3fffff8 16", "write 0x3fffffe 4 0x01020304"),
        *("read 0x3fffff8 16", "readq 0xfffffffffffffffc", "writeq 0xfffffffffffffffc 1"),
        *(
            "readb -1",
            "memset 0 8 0x5a",
            "b64read -8 16",
            "memset -2 4 0x5b",
            "read -4 8",
            "readw 010",
            "readb 0x1000 0 0",
            "read 0xffffffffffffffff 4",
        ),
        *("outb 0x80 1", "outb 0x80 0xfff", "outw 0x80 0xfffff", "outl 0x80 0xfffffffff"),
        *("inl 0xae10", "inl 0xae00", "inb 0xae00", "inw 0xae02", "inl 0xae0c", "inl 0xffff"),
        *("hmp object_add memory-backend-ram,id=m,size=64M",),
        *("hmp device_add pc-dimm,id=d,memdev=m", "outl 0xa00 0", "inl 0xa04", "inl 0xa08"),
        *("inb 0xa14", "write 0x100000000 4 0xcafe0001", "read 0x100000000 4", "outb 0xa14 2"),
        *("inb 0xa14", "hmp device_del d", "hmp info memory-devices", "inb 0xa14"),
        *("outb 0xa14 8", "inb 0xa14", "hmp info memory-devices", "read 0x100000000 4"),
        *("hmp info status", "hmp info accelerators", "hmp info kvm", "hmp system_reset"),
        *("clock_step", "hmp stop", "clock_step", "clock_step 1000", "clock_step 100000000"),
        *("hmp cont", "clock_step", "clock_step", "hmp system_powerdown", "hmp info status"),
        *("hmp object_add qtest,id=q,chardev=qmp", "hmp object_del qtest"),
        *("hmp object_add qtest,id=q,chardev=nope", "hmp info chardev"),
    ),
    "-M q35 -m 64M -nodefaults": (
        *("irq_intercept_in nope", "irq_intercept_in ioapic", "irq_intercept_in ioapic"),
        *("irq_intercept_out ioapic", "irq_intercept_in /machine/q35/ioapic"),
        *("irq_intercept_in /machine/unattached/device[0]", "clock_step 30000000"),
        *("clock_step 100000000", "set_irq_in ioapic unnamed-gpio-in 5 1"),
        *("set_irq_in ioapic unnamed-gpio-in 5 1", "set_irq_in ioapic unnamed-gpio-in 5 0"),
        *("set_irq_in ioapic unnamed-gpio-in 5 7", "set_irq_in nope unnamed-gpio-in 5 1"),
        *("hmp system_reset", "clock_step", "clock_step"),
    ),
    "-M pc -m 64M -nodefaults -S": (
        *("clock_step", "clock_step 50000000", "hmp info status", "irq_intercept_out ioapic"),
        *("irq_intercept_in ioapic", "hmp cont", "clock_step", "clock_step"),
        *("hmp info status",),
    ),
    "-M pc,pit=off -m 64M -nodefaults": (
        *("clock_step", "clock_step 9223372036854775807", "clock_step 1", "clock_set -1"),
        *("irq_intercept_in /machine/unattached/device[0]",),
    ),
    "-M microvm -m 64M -nodefaults": ("irq_intercept_in /machine/ioapic", *("clock_step",) * 3),
    "-M none -nodefaults": (
        *("clock_step", "clock_step 5", "inb 0x80", "outb 0x80 1", "irq_intercept_in ioapic"),
        *("endianness", "hmp info status"),
    ),
    "-M isapc -m 64M -nodefaults": ("irq_intercept_in ioapic", *("clock_step",) * 3, "readb 0"),
}


class ProgramUnderTest:
    """A program that has connected to this end's sockets, as QEMU's own tests start it."""

    def __init__(self, command: str, arguments: str, folder: str) -> None:
        servers = [self._listen(folder, name) for name in ("qtest", "qmp")]
        words = [
            *shlex.split(command),
            *("-qtest", f"unix:{folder}/qtest", "-qtest-log", "/dev/null"),
            *("-chardev", f"socket,path={folder}/qmp,id=qmp", "-mon", "chardev=qmp,mode=control"),
            *("-display", "none", "-audio", "none", *shlex.split(arguments), "-accel", "qtest"),
        ]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._qtest, self._qmp = (self._accept(server) for server in servers)
        self._messages = self._qmp.makefile("rw", encoding="utf-8", newline="\n")
        self._messages.readline()
        self.execute("qmp_capabilities")

    @staticmethod
    def _listen(folder: str, name: str) -> socket.socket:
        server = socket.socket(socket.AF_UNIX)
        server.settimeout(TIMEOUT_S)
        server.bind(f"{folder}/{name}")
        server.listen()
        return server

    @staticmethod
    def _accept(server: socket.socket) -> socket.socket:
        client, _address = server.accept()
        client.settimeout(TIMEOUT_S)
        server.close()
        return client

    def execute(self, name: str, **arguments: object) -> Any:
        """Return what a QMP command returns; AssertionError with what is wrong with it."""
        request = json.dumps({"execute": name, "arguments": arguments})
        self._messages.write(request + "\n")
        self._messages.flush()
        while "event" in (message := json.loads(self._messages.readline())):
            pass
        assert "return" in message, message
        return message["return"]

    def run(self, step: str) -> str:
        """Do one step, and return what came, interrupts included."""
        word, _blank, line = step.partition(" ")
        if word == "hmp":
            reply = self.execute("human-monitor-command", **{"command-line": line})
            return str(reply)
        self._qtest.sendall(f"{step}\n".encode())
        seen = b""
        while not self._is_answered(seen):
            seen += self._qtest.recv(1 << 16)
        return seen.decode()

    @staticmethod
    def _is_answered(seen: bytes) -> bool:
        return seen.endswith(b"\n") and not seen.splitlines()[-1].startswith(b"IRQ ")

    def finish(self) -> None:
        """End the program."""
        self.process.terminate()
        self.process.wait()
        for connection in (self._messages, self._qmp, self._qtest):
            connection.close()


def play(command: str, arguments: str, steps: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the steps with what came of each; paths of sockets are those of any folder."""
    with tempfile.TemporaryDirectory(prefix="hmp") as folder:
        program = ProgramUnderTest(command, arguments, folder)
        try:
            return [(step, program.run(step).replace(folder, "FOLDER")) for step in steps]
        finally:
            program.finish()


def record() -> None:
    """Record every session."""
    sessions = {key: play(QEMU, key, steps) for key, steps in SESSIONS.items()}
    Path(FILE).write_text(json.dumps(sessions, indent=1) + "\n", encoding="ascii")
