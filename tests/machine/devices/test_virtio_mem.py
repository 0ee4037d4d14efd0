"""virtio-mem with the simulated guest: real memory follows the size, events as recorded."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from hmp.errors import HostError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.events import Event
from hmp.machine.memory import host
from hmp.machine.memory.mapping import Mapping
from hmp.monitor import Monitor
from tests.support import free_pages, run, run_lines, start_monitor

MIB = 1 << 20
KINDS = (
    "ram",
    "ram,share=on",
    "memfd",
    "shm",
    "file,mem-path={0}/f,share=on",
    "file,mem-path={0}/f",
    "file,mem-path={0}",
)


def backing(monitor: Monitor, identifier: str) -> Mapping:
    backend = monitor.machine.objects.children[identifier]
    assert isinstance(backend, MemoryBackend) and backend.mapping
    return backend.mapping


def resident(monitor: Monitor, identifier: str) -> int:
    """Resident bytes of a backend's mappings, from smaps."""
    memory = backing(monitor, identifier)
    total, inside = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        span = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
        if span:
            inside = memory.address <= int(span[1], 16) < memory.address + memory.length
        elif inside and line.startswith("Rss:"):
            total += int(line.split()[1]) << 10
    return total


def plug(monitor: Monitor, kind: str = "ram", size: str = "512M", options: str = "") -> str:
    return run_lines(
        monitor,
        f"object_add memory-backend-{kind},id=m,size={size}",
        f"device_add virtio-mem-pci,id=v,memdev=m{options}",
    )


def sizes(monitor: Monitor) -> list[int]:
    """A list that collects the sizes of events, in MiB."""
    found: list[int] = []

    def listen(event: Event) -> None:
        if event.name == "MEMORY_DEVICE_SIZE_CHANGE":
            data = event.data
            assert (
                data["qom-path"] == "/machine/peripheral/v"
                and data["id"] == "v"
                and isinstance(data["size"], int)
            )
            found.append(data["size"] // MIB)

    monitor.machine.events.listeners.append(listen)
    return found


@pytest.fixture(autouse=True)
def every_size_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests look at each step; that events of a kind are held back is tested with the
    events.
    """
    monkeypatch.setattr("hmp.machine.events.THROTTLED", {})


@pytest.mark.parametrize("kind", KINDS)
def test_resident_memory_follows_the_size(kind: str, tmp_path: Path, monitor: Monitor) -> None:
    plug(monitor, kind.format(tmp_path), options=",requested-size=64M")
    for wanted in (64, 200, 130, 256, 6, 0, 32):
        assert run_lines(monitor, f"qom-set v requested-size {wanted}M") == ""
        assert run_lines(monitor, "qom-get v size") == f"{wanted * MIB}\n"
        assert resident(monitor, "m") == wanted * MIB


def test_discarded_memory_is_a_hole_in_the_file(tmp_path: Path, monitor: Monitor) -> None:
    path = tmp_path / "f"
    plug(monitor, f"file,mem-path={path},share=on", options=",requested-size=128M")
    full = os.stat(path).st_blocks
    assert full * 512 >= 128 * MIB
    run_lines(monitor, "qom-set v requested-size 2M")
    assert os.stat(path).st_blocks * 512 < 8 * MIB
    assert os.stat(path).st_size == 512 * MIB


def test_plug_discards_old_contents(tmp_path: Path, monitor: Monitor) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"A" * (4 * MIB))
    assert plug(monitor, f"file,mem-path={path}", "4M").startswith(
        "warning: ram_block_discard_shared_range: Discarding"
    )
    assert run_lines(monitor, "xp/4xb 0x100000000") == "100000000: 0x00 0x00 0x00 0x00\n"
    assert path.read_bytes() == bytes(4 * MIB)


def test_sizes_step_by_memory_blocks_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Mapping, "populate", lambda *arguments: None)
    with start_monitor("-m 512M,slots=4,maxmem=8G") as monitor:
        received = sizes(monitor)
        plug(monitor, size="2G", options=",requested-size=256M")
        assert received == [128, 256]
        for wanted, first in (
            (512, 384),
            (1024, 640),
            (300, 896),
            (0, 298),
            (2048, 128),
            (1024, 1920),
            (0, 896),
        ):
            received.clear()
            run_lines(monitor, f"qom-set v requested-size {wanted}M")
            assert (received[0], received[-1]) == (first, wanted)


def test_rejected_request_changes_nothing(monitor: Monitor) -> None:
    plug(monitor, options=",requested-size=64M")
    for refused, reason in (
        ("3M", "'requested-size' has to be multiples of 'block-size' (0x200000)"),
        ("1G", "'requested-size' cannot exceed the memory backend size(0x20000000)"),
    ):
        assert run_lines(monitor, f"qom-set v requested-size {refused}") == f"Error: {reason}\n"
    assert resident(monitor, "m") == 64 * MIB


def test_unplug_needs_an_empty_device(monitor: Monitor) -> None:
    received: list[tuple[str, dict[str, object]]] = []
    plug(monitor, options=",requested-size=64M")
    assert run_lines(monitor, "device_del v") == (
        "Error: virtio-mem device cannot get unplugged while some of its memory is still plugged\n"
    )
    assert (
        run_lines(monitor, "object_del m")
        == "Error: Cannot delete host memory backend 'm' which is mapped\n"
    )
    run_lines(monitor, "qom-set v requested-size 0")
    monitor.machine.events.listeners.append(lambda event: received.append((event.name, event.data)))
    assert run_lines(monitor, "device_del v", "info memory-devices", "object_del m") == ""
    assert received == [
        ("DEVICE_DELETED", {"path": "/machine/peripheral/v/virtio-backend"}),
        ("DEVICE_DELETED", {"device": "v", "path": "/machine/peripheral/v"}),
    ]


def test_stopped_guest_plugs_nothing_until_cont() -> None:
    with start_monitor("-S -m 1G,slots=1,maxmem=4G") as monitor:
        plug(monitor, options=",requested-size=64M")
        assert run_lines(monitor, "qom-get v size") == "0\n"
        assert resident(monitor, "m") == 0
        assert run_lines(monitor, "cont", "qom-get v size") == f"{64 * MIB}\n"


def test_reset_empties_the_device_and_keeps_the_request(monitor: Monitor) -> None:
    plug(monitor, options=",requested-size=128M")
    received: list[str] = []
    monitor.machine.events.listeners.append(lambda event: received.append(event.name))
    run_lines(monitor, "system_reset")
    assert received == ["MEMORY_DEVICE_SIZE_CHANGE", "RESET", "RESET"]
    assert run_lines(monitor, "qom-get v size", "qom-get v requested-size") == f"0\n{128 * MIB}\n"
    assert resident(monitor, "m") == 0


def test_guest_may_plug_less_than_requested() -> None:
    with start_monitor("-m 1G,slots=1,maxmem=4G --guest linux,virtio-mem=100M") as monitor:
        plug(monitor, options=",requested-size=256M")
        assert run_lines(monitor, "qom-get v size") == f"{100 * MIB}\n"
        assert resident(monitor, "m") == 100 * MIB
        assert "  requested-size: 268435456\n  size: 104857600\n" in run_lines(
            monitor, "info memory-devices"
        )
        assert run_lines(monitor, "qom-set v requested-size 0", "qom-get v size") == "0\n"


def test_without_guest_nothing_is_plugged() -> None:
    with start_monitor("-m 1G,slots=1,maxmem=4G --guest none") as monitor:
        plug(monitor, options=",requested-size=256M")
        assert run_lines(monitor, "qom-get v size", "device_del v") == (
            "0\nError: virtio-mem device cannot get unplugged while 'requested-size' != '0'\n"
        )


def test_guest_stops_when_the_host_runs_short(
    monkeypatch: pytest.MonkeyPatch, monitor: Monitor
) -> None:
    monkeypatch.setattr(host, "available_memory", lambda: 300 * MIB)
    plug(monitor, options=",requested-size=256M")
    assert run_lines(monitor, "qom-get v size") == f"{256 * MIB}\n"
    monkeypatch.setattr(host, "available_memory", lambda: 200 * MIB)
    assert run_lines(monitor, "qom-set v requested-size 512M", "qom-get v size") == f"{256 * MIB}\n"


def test_blocks_that_fail_to_populate_are_not_plugged(
    monkeypatch: pytest.MonkeyPatch, monitor: Monitor
) -> None:
    populate = Mapping.populate

    def refuse_after_128(
        self: Mapping, threads: int, offset: int = 0, length: int | None = None
    ) -> None:
        populate(self, threads, offset, 2 * MIB)
        if offset >= 128 * MIB:
            raise HostError("no")

    monkeypatch.setattr(Mapping, "populate", refuse_after_128)
    plug(monitor, options=",requested-size=512M")
    assert run_lines(monitor, "qom-get v size") == f"{128 * MIB}\n"
    assert resident(monitor, "m") == 2 * MIB


def test_guest_plugs_what_the_huge_page_pool_has(huge: Path, monitor: Monitor) -> None:
    pages = free_pages()
    plug(monitor, "memfd,hugetlb=on,hugetlbsize=2M,reserve=off", f"{2 * pages + 512}M")
    run_lines(monitor, f"qom-set v requested-size {2 * pages + 256}M")
    size = int(run_lines(monitor, "qom-get v size"))
    assert (
        size % (2 * MIB) == 0 and 0 < size <= 2 * pages * MIB
    )  # Others may use the pool at the same time.
    assert run_lines(monitor, "qom-set v requested-size 0", "qom-get v size") == "0\n"


def test_blocks_larger_than_memory_blocks_of_the_guest(monitor: Monitor) -> None:
    plug(monitor, size="768M", options=",block-size=256M,requested-size=512M")
    received = sizes(monitor)
    run_lines(monitor, "qom-set v requested-size 768M", "qom-set v requested-size 256M")
    assert received == [768, 512, 256]


def test_dynamic_memory_slots_show_what_is_plugged() -> None:
    with start_monitor("-S -m 1G,slots=1,maxmem=8G") as monitor:
        plug(monitor, size="2G", options=",dynamic-memslots=on")
        assert (
            run_lines(monitor, "gpa2hva 0x100000000")
            == "No memory is mapped at address 0x100000000\n"
        )
        run_lines(monitor, "cont", "qom-set v requested-size 64M")
        assert (
            run_lines(monitor, "xp 0x13ffffffc", "xp 0x140000000")
            == "13ffffffc: 0x00000000\n140000000: Cannot access memory\n"
        )
        assert "memslot-0 @m 0000000000000000-000000003fffffff" in run_lines(monitor, "info mtree")
        run_lines(monitor, "qom-set v requested-size 0")
        assert run_lines(monitor, "xp 0x100000000") == "100000000: Cannot access memory\n"


def test_invalid_guest_option_is_rejected() -> None:
    assert "Parameter 'guest' does not accept value 'bsd'" in run("", "--guest", "bsd").stderr
    assert "Parameter 'virtio-mem' expects size" in run("", "--guest", "linux,virtio-mem=x").stderr
    assert "Invalid parameter 'foo'" in run("", "--guest", "linux,foo=1").stderr
