"""KVM as the host has it or not; what QEMU says of other accelerators is recorded
(tests/recordings/hmp/startup/accel.json).
"""

from __future__ import annotations

import errno

import pytest

from hmp.cmdline.errors import StartupError
from hmp.errors import HostCallError
from hmp.machine import accelerator
from hmp.machine.accelerator import is_kvm_in_use
from hmp.machine.memory import host
from hmp.machine.memory.host import HostCpu
from hmp.monitor import Monitor
from tests.support import StderrCapture, run_lines, start_machine

MISSING = (
    "Could not access KVM kernel module: No such file or directory",
    "failed to initialize kvm: No such file or directory",
)


@pytest.fixture
def host_with_kvm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host whose CPU has 48 bits, and that lets us use KVM."""
    monkeypatch.setattr(host, "host_cpu", lambda: HostCpu("GenuineIntel", 48))
    monkeypatch.setattr(accelerator, "open_file", lambda path, flags: -1)
    monkeypatch.setattr(accelerator, "close", lambda descriptor: None)


@pytest.fixture
def host_without_kvm(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: bytes, flags: int) -> int:
        raise HostCallError("open", errno.ENOENT)

    monkeypatch.setattr(host, "host_cpu", lambda: HostCpu("GenuineIntel", 48))
    monkeypatch.setattr(accelerator, "open_file", refuse)


@pytest.mark.usefixtures("host_with_kvm")
@pytest.mark.parametrize("arguments", ["-enable-kvm", "-accel kvm -accel tcg", "-M accel=kvm:tcg"])
def test_kvm_in_use(arguments: str) -> None:
    with start_machine(arguments) as machine:
        assert is_kvm_in_use(machine.accelerator)
        shown = run_lines(Monitor(machine), "info kvm", "info accelerators")
    assert shown == "kvm support: enabled\n[kvm] mshv qtest tcg\n"


@pytest.mark.usefixtures("host_without_kvm")
def test_kvm_that_is_not_there_is_taken_if_nothing_else_is_asked_for() -> None:
    stderr = StderrCapture()
    with start_machine("-enable-kvm -cpu host", stderr) as machine:
        assert not is_kvm_in_use(machine.accelerator)
        shown = run_lines(Monitor(machine), "info kvm", "info accelerators")
    assert shown == "kvm support: disabled\n[kvm] mshv qtest tcg\n"
    assert stderr == []


@pytest.mark.usefixtures("host_without_kvm")
def test_fallback_from_kvm() -> None:
    stderr = StderrCapture()
    with start_machine("-M accel=kvm:tcg", stderr) as machine:
        assert machine.accelerator.accel_name == "tcg"
    assert stderr == [*MISSING, "falling back to tcg"]


@pytest.mark.usefixtures("host_with_kvm")
@pytest.mark.parametrize(
    ("cpu", "limit"),
    [
        ("host", "0xffffffffffff"),
        ("max", "0xffffffffffff"),
        ("host,host-phys-bits-limit=42", "0x3ffffffffff"),
        ("host,host-phys-bits-limit=99", "0xffffffffffff"),
        ("host,host-phys-bits=off", "0xffffffffff"),
        ("qemu64", "0xffffffffff"),
        ("qemu64,host-phys-bits=on", "0xffffffffffff"),
        ("qemu64,phys-bits=48", "0xffffffffffff"),
        ("pentium", "0xffffffff"),
    ],
)
def test_width_under_kvm(cpu: str, limit: str) -> None:
    # The values that QEMU gave on a host of 48 bits.
    with (
        pytest.raises(StartupError) as raised,
        start_machine(f"-enable-kvm -M q35 -cpu {cpu} -m 1G,slots=1,maxmem=400000G"),
    ):
        pass
    assert raised.value.lines[0].startswith(f"Address space limit {limit} < ")


@pytest.mark.usefixtures("host_with_kvm")
@pytest.mark.parametrize("cpu", ["", "-cpu qemu64"])
def test_vendor_under_kvm_is_the_hosts(cpu: str) -> None:
    # No HyperTransport hole on an Intel host, whatever the model.
    with start_machine(f"-enable-kvm -M q35 -m 1G,slots=1,maxmem=980G {cpu}") as machine:
        assert not machine.cpu.is_amd
        assert machine.layout.high_start == 4 << 30


@pytest.mark.usefixtures("host_with_kvm")
def test_another_width_than_the_hosts_gives_a_warning() -> None:
    stderr = StderrCapture()
    with start_machine("-enable-kvm -cpu host,phys-bits=46", stderr) as machine:
        assert machine.cpu.phys_bits == 48
    assert stderr == ["warning: Host physical bits (48) does not match phys-bits property (46)"]
