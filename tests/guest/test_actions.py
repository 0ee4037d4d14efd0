"""Actions of the guest and injected faults: as lines, over QMP and as methods."""

from __future__ import annotations

import pytest

from hmp.testing import CommandError, InProcessMachine, QmpError, machine
from tests.support import resident

GIB, MIB = 1 << 30, 1 << 20


def plug(double: InProcessMachine, name: str = "d", size: str = "256M") -> None:
    double.execute(f"object_add memory-backend-ram,id=m{name},size={size}")
    double.execute(f"device_add pc-dimm,id={name},memdev=m{name}")


def codes(double: InProcessMachine) -> list[object]:
    """The status codes of the events, `-` for DEVICE_DELETED."""
    return [
        "-" if event.name == "DEVICE_DELETED" else event.data["info"]["status"]
        for event in double.events
    ]


def test_info_guest_shows_a_table() -> None:
    with machine("-m 512M,slots=4,maxmem=8G") as double:
        plug(double)
        plug(double, "small", "64M")
        double.guest.refuse("d", 2)
        double.faults.fail_host("mmap", "ENOMEM", 3)
        assert double.execute("info guest") == (
            "guest: linux, up\n"
            "policy: linux,online=movable\n"
            "MemTotal: 677136 kB\n"
            "unplug of d: refuse, 2 more\n"
            "fault: mmap, 3 more\n"
            "BLOCKS  DEVICE  NODE  STATE   ZONE     SIZE\n"
            "0-3     -       0     online  DMA32    512 MiB\n"
            "32-33   d       0     online  Movable  256 MiB\n"
        )
        assert double.qmp("x-hmp-query-guest")["blocks"][1] == {
            "first": 32,
            "last": 33,
            "device": "d",
            "node": 0,
            "state": "online",
            "zone": "Movable",
            "size": 256 * MIB,
        }


def test_hold_and_release() -> None:
    with machine() as double:
        double.guest.hold()
        plug(double)
        double.execute("device_del d")
        assert codes(double) == [] and "waits: insertion and removal" in double.execute(
            "info guest"
        )
        double.guest.release()
        assert codes(double) == [0]
        double.execute("device_del d")
        assert codes(double) == [0, 132, "-", 0]


def test_masked_interrupts_are_lost_but_requests_stay() -> None:
    with machine() as double:
        double.execute("guest silence")
        plug(double)
        double.execute("guest listen")
        assert codes(double) == []
        plug(double, "e")
        assert codes(double) == [0, 0]


def test_refuse_hang_and_release() -> None:
    with machine() as double:
        plug(double)
        double.qmp("x-hmp-guest-refuse", device="d")
        double.qmp("x-hmp-guest-hang", device="d")
        double.execute("device_del d")
        double.execute("device_del d")
        assert codes(double) == [0, 132, 130, 132]
        plug(double, "e")
        assert len(codes(double)) == 4, "what comes after a removal that hangs waits"
        assert "slot 0 (d): the removal hangs, and what comes after it waits\n" in double.execute(
            "info guest"
        )
        double.guest.release()
        assert codes(double) == [0, 132, 130, 132, "-", 0, 0]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("online=kernel", [0, 132, 130]),
        ("online=offline", [0, 132, "-", 0]),
        ("unplug=refuse", [0, 132, 130]),
        ("unplug=hang", [0, 132]),
        ("online=kernel,unplug=release", [0, 132, "-", 0]),
        ("none", []),
    ],
)
def test_policies(policy: str, expected: list[object]) -> None:
    with machine(f"-m 1G,slots=4,maxmem=8G --guest {policy}") as double:
        plug(double)
        double.execute("device_del d")
        assert codes(double) == expected


def test_latency_by_the_clock() -> None:
    with machine("-m 1G,slots=4,maxmem=8G --guest linux,latency=20ms,boot=1.5") as double:
        double.advance(2)
        plug(double)
        double.advance(0.03)
        assert codes(double) == []
        double.advance(0.02)
        assert codes(double) == [0]
        double.execute("stop")
        double.execute("device_del d")
        double.advance(1)
        double.clear_events()
        double.execute("cont")
        double.advance(0.03)
        assert [event.name for event in double.events] == ["RESUME", "ACPI_DEVICE_OST"]


def test_blocks_go_offline_and_online() -> None:
    with machine("-m 512M,slots=4,maxmem=8G") as double:
        plug(double)
        before = double.guest_info.total
        double.guest.offline(32)
        assert double.guest_info.total == before - 128 * MIB
        assert [(run.first, run.state) for run in double.guest_info.blocks[1:]] == [
            (32, "offline"),
            (33, "online"),
        ]
        double.guest.online(32, "kernel")
        assert double.guest_info.total == before
        double.execute("device_del d")
        assert codes(double) == [0, 132, 130], "kernel memory can't go"
        for line, message in (
            ("offline 32", "Error: memory32: Offline failed."),
            ("offline 0", "Error: memory0: Offline failed."),
            ("online 33 kernel", "Error: memory33 is online already"),
            ("offline nope", "Error: the guest has no memory block or device 'nope'"),
            ("online d sideways", "Error: Parameter 'zone' does not accept value 'sideways'"),
        ):
            with pytest.raises(CommandError, match=f"^{message}$"):
                double.execute(f"guest {line}")
        assert double.guest_info.total == before


def test_touching_makes_pages_resident() -> None:
    with machine() as double:
        plug(double)
        memory = double.machine.memory_devices[0].backend.mapping
        assert memory and resident(memory.address, memory.length) == 0
        double.guest.touch("d", 8 * MIB)
        assert resident(memory.address, memory.length) == 8 * MIB
        double.execute(f"guest touch {4 * GIB + 32 * MIB:#x} 4K")
        assert resident(memory.address + 32 * MIB, 2 * MIB) >= 4096
        for line, message in (
            ("touch nope", "there is no memory device 'nope'"),
            ("touch 0x90000000000", "there is no memory at 0x90000000000"),
            ("touch 12x", "'12x' is no address"),
        ):
            with pytest.raises(CommandError, match=message):
                double.execute(f"guest {line}")


def test_power_off_and_reboot() -> None:
    with machine("-no-shutdown -m 1G,slots=4,maxmem=8G") as double:
        plug(double)
        double.clear_events()
        double.guest.reboot()
        assert (
            double.event_names() == ["RESET", "RESET"]
            and double.guest_info.blocks[1].state == "offline"
        )
        double.execute("guest power-off")
        assert double.event_names()[2:] == ["SHUTDOWN", "STOP"] and double.status == "shutdown"
        assert double.guest_info.blocks == [] and double.guest_info.total == 0
        with pytest.raises(CommandError, match="the guest is not running"):
            double.execute("guest reboot")
        with pytest.raises(CommandError, match="Error: Resetting the Virtual Machine is required"):
            double.execute("cont")
        double.execute("system_reset")
        double.execute("cont")
        assert double.guest_info.state == "up" and double.status == "running"


def test_the_power_button() -> None:
    with machine("-m 1G --guest linux,power-button=shutdown") as double:
        double.execute("system_powerdown")
        assert double.event_names() == ["POWERDOWN", "SHUTDOWN"]
        assert double.machine.run_state.ended


def test_invalid_actions_are_rejected_and_change_nothing() -> None:
    with machine() as double:
        before = double.guest_info
        for line, message in (
            ("guest nope", "the guest knows no 'nope'; `guest` lists what it knows"),
            ("guest refuse", r"usage: guest refuse device \[times\]"),
            ("guest hold on", "usage: guest hold"),
            ("guest refuse d x", "Parameter 'times' expects integer"),
            ("guest fail-host mmap EIO -1", "Parameter 'times' expects a number from 1 on"),
            ("guest drop-connections 0", "Parameter 'times' expects a number from 1 on"),
            ("guest delay soon", "Parameter 'seconds' expects seconds"),
            ("guest policy online=x", "Parameter 'online' does not accept value 'x'"),
            ("guest fail-host nope ENOMEM", "no call 'nope' can be made to fail"),
            ("guest fail-host mmap ENOPE", "the host has no error 'ENOPE'"),
        ):
            with pytest.raises(CommandError, match=message):
                double.execute(line)
        with pytest.raises(QmpError, match="GenericError: Parameter 'device' is missing"):
            double.qmp("x-hmp-guest-refuse")
        with pytest.raises(QmpError, match="expects a number from 1 on"):
            double.qmp("x-hmp-drop-connections", {"times": -1})
        assert double.guest_info == before
        assert len(double.execute("guest").splitlines()) == 18


@pytest.mark.parametrize(
    ("call", "error", "line", "message"),
    [
        (
            "mmap",
            "ENOMEM",
            "object_add memory-backend-ram,id=m,size=1G",
            "cannot set up guest memory 'm': Cannot allocate memory",
        ),
        (
            "open",
            "EMFILE",
            "object_add memory-backend-file,id=m,size=1M,mem-path=/dev/shm",
            "can't open backing store /dev/shm for guest RAM: Too many open files",
        ),
        (
            "ftruncate",
            "ENOSPC",
            "object_add memory-backend-memfd,id=m,size=1M",
            "failed to resize memfd to 1048576: No space left on device",
        ),
        (
            "memfd_create",
            "EMFILE",
            "object_add memory-backend-memfd,id=m,size=1M",
            "failed to create memfd with flags 0x3: Too many open files",
        ),
        (
            "madvise",
            "ENOMEM",
            "object_add memory-backend-ram,id=m,size=1M,prealloc=on",
            "qemu_prealloc_mem: preallocating memory failed: Cannot allocate memory",
        ),
        (
            "mbind",
            "EPERM",
            "object_add memory-backend-ram,id=m,size=1M,policy=bind,host-nodes.0=0",
            "cannot bind memory to host NUMA nodes: Operation not permitted",
        ),
    ],
)
def test_calls_to_the_host_fail_as_often_as_asked(
    call: str, error: str, line: str, message: str
) -> None:
    with machine() as double:
        before = double.snapshot()
        double.execute(f"guest fail-host {call} {error} 2")
        for _time in range(2):
            with pytest.raises(CommandError, match=f"^Error: {message}$"):
                double.execute(line)
        assert double.snapshot() == before
        double.execute(line)


def test_injected_command_error() -> None:
    with machine() as double:
        double.faults.fail_command("query-status", "DeviceNotActive", "asleep")
        with pytest.raises(QmpError) as refused:
            double.qmp("query-status")
        assert (refused.value.error_class, refused.value.description) == (
            "DeviceNotActive",
            "asleep",
        )
        assert double.qmp("query-status")["running"]
        double.faults.fail_command("stop", "GenericError", "no", times=5)
        double.faults.clear()
        double.qmp("stop")
