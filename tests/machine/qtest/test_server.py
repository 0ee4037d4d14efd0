"""The object qtest without a socket: what a client gets, the log, and bad lines."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmp.machine.machine import Machine
from hmp.machine.qtest import clock
from tests.support import start_machine

OPTIONS = "-m 64M,slots=1,maxmem=1G -nodefaults -accel qtest -chardev null,id=c"


class Client:
    """A client of the machine's qtest."""

    def __init__(self, machine: Machine) -> None:
        self.sent: list[bytes] = []
        assert machine.qtest
        self.qtest = machine.qtest
        self.qtest.opened(self.sent.append)

    def ask(self, line: str) -> str:
        return "".join(self.qtest.answer(line))


@pytest.fixture
def machine() -> Iterator[Machine]:
    with start_machine(f"{OPTIONS} -object qtest,chardev=c,id=t,log=none") as built:
        yield built


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("inb", "inb takes 1 words, not 0"),
        ("inb zz", "'zz' is no number of 64 bits"),
        ("inb 0x10000", "there is no I/O port 0x10000"),
        ("outb 0x80", "outb takes 2 words, not 1"),
        ("readb  0", "'' is no number of 64 bits"),
        ("readb 0x1000\r", "'0x1000\r' is no number of 64 bits"),
        ("readb 18446744073709551616", "'18446744073709551616' is no number of 64 bits"),
        ("read 0 0", "0 bytes are not from 1 to 1073741824"),
        ("read 0 -1", "18446744073709551615 bytes are not from 1 to 1073741824"),
        ("memset 0 0x40000001 1", "1073741825 bytes are not from 0 to 1073741824"),
        ("clock_step x", "'x' is no signed number of 64 bits"),
        ("clock_set 9223372036854775808", "'9223372036854775808' is no signed number of 64 bits"),
        ("irq_intercept_in /machine", "No intercepts installed"),
        ("set_irq_in ioapic foo 0 1", "ioapic has no interrupt line foo[0]"),
        (
            "set_irq_in ioapic unnamed-gpio-in 24 1",
            "ioapic has no interrupt line unnamed-gpio-in[24]",
        ),
    ],
)
def test_what_makes_qemu_abort_is_an_error(machine: Machine, line: str, answer: str) -> None:
    assert Client(machine).ask(line) == f"FAIL {answer}\n"


def test_machine_without_a_cpu_has_nobody_to_use_its_memory() -> None:
    options = "-M none -m 16M -accel qtest -chardev null,id=c"
    with start_machine(f"{options} -object qtest,chardev=c,id=t,log=none") as machine:
        assert Client(machine).ask("readb 0") == "FAIL there is no CPU that could use memory\n"


def test_long_memory_comes_and_goes_in_parts(machine: Machine) -> None:
    client = Client(machine)
    size = 3 << 20
    text = bytes(range(256)).hex() * (size >> 8)
    assert client.ask(f"write 0x100000 {size} 0x{text}") == "OK\n"
    parts = list(client.qtest.answer(f"read 0x100000 {size}"))
    assert len(parts) == 5
    assert "".join(parts) == f"OK 0x{text}\n"
    encoded = client.ask(f"b64read 0x100000 {size}").split()[1]
    assert client.ask(f"b64write 0x200000 {size} {encoded}") == "OK\n"
    assert client.ask(f"read 0x200000 {size}") == f"OK 0x{text}\n"


def test_read_only_memory_and_what_is_none_take_nothing(machine: Machine) -> None:
    client = Client(machine)
    assert client.ask("write 0xffff0 2 0x0102") == "OK\n"
    assert client.ask("read 0xffff0 2") == "OK 0x0000\n"
    assert client.ask("write 0x3ffffff 2 0x0102") == "OK\n"
    assert client.ask("read 0x3fffffe 4") == "OK 0x00010000\n"


def test_host_that_cannot_write_is_an_error(machine: Machine) -> None:
    backend = machine.backends[0]
    assert backend.mapping
    address, backend.mapping.address = backend.mapping.address, 4096
    try:
        answers = [Client(machine).ask(line) for line in ("writeb 0x1000 1", "readb 0x1000")]
    finally:
        backend.mapping.address = address
    assert answers == [
        "FAIL memory at 0x1000 can't be written: Bad address\n",
        "FAIL memory at 0x1000 can't be read\n",
    ]


def test_guest_does_nothing_and_unplug_waits(machine: Machine) -> None:
    from hmp.monitor import Monitor

    monitor = Monitor(machine)
    for line in (
        "object_add memory-backend-ram,id=m,size=64M",
        "device_add pc-dimm,id=d,memdev=m",
        "device_del d",
        "system_powerdown",
    ):
        assert monitor.execute(line).text == ""
        machine.run_guest()
    assert [device.identifier for device in machine.memory_devices] == ["d"]
    assert Client(machine).ask("inb 0xa14") == "OK 0x0007\n"


def test_interrupts_that_nobody_can_wait_for_are_skipped(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(machine)
    monkeypatch.setattr(clock, "MAX_EDGES", 4)
    assert client.ask("irq_intercept_in ioapic") == "OK\n"
    assert client.ask("clock_step 100000000") == "OK 100000000\n"
    assert client.sent == [b"IRQ raise 0\n", b"IRQ lower 0\n"]
    assert client.ask("clock_set 9000000000000000000") == "OK 9000000000000000000\n"
    assert len(client.sent) <= 2 + 4


def test_without_a_listener_any_step_is_quick(machine: Machine) -> None:
    start = time.monotonic()
    assert Client(machine).ask("clock_set 9000000000000000000") == "OK 9000000000000000000\n"
    assert time.monotonic() - start < 1


def test_clock_commands_need_the_accelerator() -> None:
    options = OPTIONS.replace("-accel qtest", "")
    with start_machine(f"{options} -object qtest,chardev=c,id=t,log=none") as machine:
        client = Client(machine)
        assert client.ask("clock_step") == "FAIL Unknown command 'clock_step'\n"
        assert client.ask("clock_set 1") == "FAIL Unknown command 'clock_set'\n"
        assert client.ask("endianness") == "OK little\n"


def test_timers_of_the_machine_are_on_the_clock(machine: Machine) -> None:
    done: list[int] = []
    client, found = Client(machine), machine.virtual_clock
    assert found
    machine.guest_timers.call_later(2, lambda: done.append(found.now))
    assert client.ask("clock_step 1999999999") == "OK 1999999999\n"
    assert done == []
    assert client.ask("clock_step 5000000000") == "OK 6999999999\n"
    assert done == [2_000_000_000]


def test_log_that_cannot_be_opened_is_none(tmp_path: Path) -> None:
    with start_machine(f"{OPTIONS} -object qtest,chardev=c,id=t,log={tmp_path}/no/log") as machine:
        assert Client(machine).ask("endianness") == "OK little\n"
    assert list(tmp_path.iterdir()) == []


def test_log_is_on_stderr_by_default(capfd: pytest.CaptureFixture[str]) -> None:
    with start_machine(f"{OPTIONS} -object qtest,chardev=c,id=t") as machine:
        client = Client(machine)
        client.ask("endianness")
        client.qtest.closed()
    seen = re.sub(r"\+\d+\.\d{6}\]", "+T]", capfd.readouterr().err)
    assert seen == "[I 0.000000] OPENED\n[R +T] endianness\n[S +T] OK little\n[I +T] CLOSED\n"
