"""The balloon: real memory goes back to the host and comes again, as the guest's driver does it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hmp.assist.status import status_line
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.memory.mapping import Mapping
from hmp.machine.memory.smaps import read_smaps, residency
from hmp.monitor import Monitor
from tests.support import free_pages, run, run_lines, start_monitor

MIB = 1 << 20
BALLOON = "-device virtio-balloon,id=b"
TOTAL_OF_512 = 414992
"""MemTotal of a guest with 512 MiB, in kB."""


def backing(monitor: Monitor, identifier: str = "") -> Mapping:
    """The memory of a backend, or of the machine."""
    found = (
        monitor.machine.objects.children[identifier]
        if identifier
        else monitor.machine.machine_object.memory_backend
    )
    assert isinstance(found, MemoryBackend) and found.mapping
    return found.mapping


def resident(monitor: Monitor, identifier: str = "") -> int:
    """Resident MiB of a backend, from smaps; None of the pages that its file keeps unmapped."""
    memory = backing(monitor, identifier)
    return residency(memory.address, memory.length, read_smaps()).resident // MIB


def actual(monitor: Monitor) -> int:
    """MiB that the balloon leaves to the guest."""
    text = run_lines(monitor, "info balloon")
    assert text.startswith("balloon: actual=")
    return int(text.partition("=")[2])


def changes(monitor: Monitor) -> list[int]:
    """A list that collects the sizes of BALLOON_CHANGE, in MiB."""
    found: list[int] = []

    def listen(event: Any) -> None:
        if event.name == "BALLOON_CHANGE":
            found.append(event.data["actual"] // MIB)

    monitor.machine.events.listeners.append(listen)
    return found


def stats(monitor: Monitor) -> dict[str, Any]:
    return dict(json.loads(run_lines(monitor, "qom-get b guest-stats")))


class Clock:
    """A clock for a machine's timers that stands still."""

    def __init__(self, monitor: Monitor) -> None:
        self.seconds, self._machine = monitor.machine.timers.clock(), monitor.machine
        monitor.machine.timers.clock = lambda: self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
        self._machine.run_guest()


def test_a_touched_machine_of_1_gib_shrinks_to_256_mib() -> None:
    with start_monitor(f"-m 1G {BALLOON}") as monitor:
        run_lines(monitor, "guest touch 0", "guest touch 0x100000")
        assert resident(monitor) >= 1020
        found = changes(monitor)
        assert run_lines(monitor, "balloon 256") == ""
        assert actual(monitor) == 256
        assert 250 <= resident(monitor) <= 257
        assert found == [256]
        # Pages that came back are free: they are resident once the guest uses them.
        assert run_lines(monitor, "balloon 1024") == ""
        assert actual(monitor) == 1024
        assert resident(monitor) <= 257
        run_lines(monitor, "guest touch 0x100000")
        assert resident(monitor) >= 1020


@pytest.mark.parametrize(
    "kind", ["ram,share=on", "memfd", "shm", "file,mem-path={0}/f,share=on", "file,mem-path={0}/f"]
)
def test_every_kind_of_small_pages_goes_back(kind: str, tmp_path: Path) -> None:
    backend = f"-object memory-backend-{kind.format(tmp_path)},id=r,size=256M"
    with start_monitor(f"{backend} -m 256M -M pc,memory-backend=r {BALLOON}") as monitor:
        run_lines(monitor, "guest touch 0x100000", "balloon 200")
        assert actual(monitor) == 200
        assert resident(monitor) <= 201
        if "file" in kind:
            assert (tmp_path / "f").stat().st_blocks * 512 <= 201 * MIB


def test_what_went_back_reads_as_zeros(tmp_path: Path) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"\xaa" * (256 * MIB))
    backend = f"-object memory-backend-file,id=r,size=256M,mem-path={image},share=on"
    with start_monitor(f"{backend} -m 256M -M pc,memory-backend=r {BALLOON}") as monitor:
        look = "xp /4xb 0xfffff000", "xp /4xb 0x0ffff000", "xp /4xb 0x1000000"
        before = run_lines(monitor, *look[1:])
        assert before.count("0xaa") == 8
        run_lines(monitor, "balloon 192", f'pmemsave 0x8000000 0x8000000 "{tmp_path}/saved"')
        after = run_lines(monitor, *look[1:])
        assert after.count("0xaa") == 4 and after.count("0x00 0x00 0x00 0x00") == 1
        saved = (tmp_path / "saved").read_bytes()
        assert saved == b"\xaa" * (64 * MIB) + bytes(64 * MIB)


def test_the_private_file_is_named_once(tmp_path: Path) -> None:
    backend = f"-object memory-backend-file,id=r,size=256M,mem-path={tmp_path}/f"
    with start_monitor(f"{backend} -m 256M -M pc,memory-backend=r {BALLOON}") as monitor:
        lines: list[str] = []
        monitor.machine.emit_output = lines.append
        run_lines(monitor, "balloon 200", "balloon 256", "balloon 190")
        assert lines == [
            "warning: ram_block_discard_shared_range: Discarding RAM in private file mappings is "
            "possibly dangerous, because it will modify the underlying file and will affect other "
            "users of the file"
        ]


@pytest.mark.skipif(free_pages() < 16, reason="needs 32 MiB of free huge pages")
def test_huge_pages_stay() -> None:
    backend = "-object memory-backend-memfd,hugetlb=on,hugetlbsize=2M,id=m,size=32M"
    with start_monitor(f"-m 512M,maxmem=1G {backend} {BALLOON}") as monitor:
        lines: list[str] = []
        monitor.machine.emit_output = lines.append
        run_lines(
            monitor,
            "device_add virtio-mem-pci,id=v,memdev=m,requested-size=32M",
            "guest touch 0x100000",
            "balloon 448",
        )
        # The guest gives the 32 MiB of the virtio-mem first.
        assert (actual(monitor), resident(monitor), resident(monitor, "m")) == (448, 480, 32)
        assert lines == [
            "warning: Balloon used with backing page size > 4kiB, this may not be reliable"
        ]


def test_a_guest_keeps_what_it_needs() -> None:
    with start_monitor(f"-m 512M {BALLOON}") as monitor:
        run_lines(monitor, "balloon 1")
        assert actual(monitor) == 512 - (TOTAL_OF_512 - 16 * 1024) // 1024 - 1
        assert "MemTotal: 16384 kB\n" in run_lines(monitor, "info guest")


def test_plugged_memory_relieves_a_short_guest() -> None:
    with start_monitor(f"-m 512M,slots=1,maxmem=1G {BALLOON}") as monitor:
        run_lines(
            monitor,
            "balloon 1",
            "object_add memory-backend-ram,id=m,size=128M",
            "device_add pc-dimm,id=d,memdev=m",
        )
        # The target was 511 MiB in the balloon.
        assert actual(monitor) == 640 - 511


def test_movable_memory_goes_first() -> None:
    with start_monitor(f"-m 512M,slots=1,maxmem=1G {BALLOON}") as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=128M",
            "device_add pc-dimm,id=d,memdev=m",
            "guest touch d",
            "guest touch 0x100000",
            "balloon 576",
        )
        assert (resident(monitor, "m"), resident(monitor)) == (64, 512)


def test_a_dimm_with_pages_in_the_balloon_leaves_when_there_are_others() -> None:
    with start_monitor(f"-m 512M,slots=1,maxmem=1G {BALLOON}") as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=128M",
            "device_add pc-dimm,id=d,memdev=m",
            "guest touch 0x100000",
            "balloon 576",
        )
        found = changes(monitor)
        run_lines(monitor, "device_del d")
        assert run_lines(monitor, "info memory-devices", "object_del m") == ""
        # Other pages replace them: the balloon stays as large, and the guest loses the DIMM.
        assert (actual(monitor), found) == (448, [])
        assert resident(monitor) == 448


def test_a_dimm_stays_when_the_guest_can_not_spare_it() -> None:
    with start_monitor(f"-m 512M,slots=1,maxmem=1G {BALLOON}") as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=128M",
            "device_add pc-dimm,id=d,memdev=m",
            "balloon 200",
            "device_del d",
        )
        assert "the removal hangs" in run_lines(monitor, "info guest")
        assert '"d"' in run_lines(monitor, "info memory-devices")


def test_virtio_mem_and_the_balloon_share_the_guest() -> None:
    with start_monitor(f"-m 512M,maxmem=2G {BALLOON}") as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=512M",
            "device_add virtio-mem-pci,id=v,memdev=m,requested-size=512M",
            "guest touch v",
            "balloon 256",
        )
        # QEMU's balloon does not count a virtio-mem; the guest takes its pages first.
        assert (actual(monitor), resident(monitor, "m")) == (256, 256)
        run_lines(monitor, "qom-set v requested-size 0")
        assert (actual(monitor), resident(monitor, "m")) == (256, 0)
        run_lines(
            monitor, "qom-set v requested-size 512M", "balloon 1", "qom-set v requested-size 0"
        )
        size = int(run_lines(monitor, "qom-get v size"))
        assert size == 122 * MIB and actual(monitor) == 1


def test_offline_memory_can_not_stay_in_the_balloon() -> None:
    with start_monitor(f"-m 512M,slots=1,maxmem=1G {BALLOON}") as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-ram,id=m,size=128M",
            "device_add pc-dimm,id=d,memdev=m",
            "guest touch 0x100000",
            "balloon 576",
            "guest offline d",
        )
        assert (actual(monitor), resident(monitor)) == (576, 448)


def test_the_policy_limits_and_refuses() -> None:
    with start_monitor(f"-m 512M {BALLOON} --guest linux,balloon=100M") as monitor:
        assert "policy: linux,online=movable,balloon=104857600\n" in run_lines(
            monitor, "info guest"
        )
        run_lines(monitor, "balloon 256")
        assert actual(monitor) == 412
        run_lines(monitor, "guest policy balloon=refuse", "balloon 512")
        assert actual(monitor) == 412
        assert "balloon=refuse" in run_lines(monitor, "info guest")
        run_lines(monitor, "guest policy balloon=follow")
        assert actual(monitor) == 512
        assert "balloon" not in run_lines(monitor, "info guest")


def test_a_wrong_policy_changes_nothing(monitor: Monitor) -> None:
    run_lines(monitor, "guest policy balloon=1M")
    assert (
        run_lines(monitor, "guest policy balloon=x") == "Error: Parameter 'balloon' expects size\n"
    )
    assert "balloon=1048576" in run_lines(monitor, "info guest")


def test_each_step_takes_the_latency_and_one_event_a_second_tells() -> None:
    with start_monitor(f"-m 1G {BALLOON} --guest linux,latency=0.3") as monitor:
        clock, found = Clock(monitor), changes(monitor)
        for _step in range(4):
            clock.advance(0.3)
        run_lines(monitor, "balloon 512")
        assert actual(monitor) == 1024
        sizes = []
        for _step in range(6):
            clock.advance(0.3)
            sizes.append(actual(monitor))
        assert sizes == [896, 768, 640, 512, 512, 512]
        assert found == [896, 512]


def test_a_stopped_guest_keeps_the_balloon_as_it_is() -> None:
    with start_monitor(f"-S -m 512M {BALLOON},guest-stats-polling-interval=1") as monitor:
        clock = Clock(monitor)
        run_lines(monitor, "balloon 256")
        clock.advance(5)
        assert actual(monitor) == 512
        assert stats(monitor)["last-update"] == 0
        run_lines(monitor, "cont")
        assert actual(monitor) == 256
        run_lines(monitor, "stop", "balloon 300")
        assert actual(monitor) == 256
        run_lines(monitor, "cont")
        assert actual(monitor) == 300


def test_without_a_system_nobody_answers() -> None:
    with start_monitor(f"-m 512M {BALLOON} --guest none") as monitor:
        run_lines(monitor, "balloon 256")
        assert actual(monitor) == 512
        assert stats(monitor)["last-update"] == 0


def test_a_reset_keeps_the_size_until_the_guest_has_booted() -> None:
    with start_monitor(f"-m 512M {BALLOON}") as monitor:
        run_lines(monitor, "guest touch 0x100000", "balloon 256", "stop", "balloon 384")
        run_lines(monitor, "system_reset")
        assert actual(monitor) == 256
        assert stats(monitor)["last-update"] == 0
        found = changes(monitor)
        run_lines(monitor, "cont")
        # The kernel that boots finds the last target.
        assert actual(monitor) == 384
        assert "MemTotal: 283920 kB\n" in run_lines(monitor, "info guest")
        assert resident(monitor) <= 256
        monitor.machine.timers.clock = lambda: float("inf")
        monitor.machine.run_guest()
        assert found == [384]


def test_statistics_come_at_the_boot_and_then_when_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.5
    monkeypatch.setattr("time.time", lambda: now)
    with start_monitor(f"-m 512M {BALLOON}") as monitor:
        clock = Clock(monitor)
        monitor.machine.run_guest()
        first = stats(monitor)
        total = first["stats"]["stat-total-memory"]
        assert (first["last-update"], total) == (1000, TOTAL_OF_512 << 10)
        assert first["stats"]["stat-free-memory"] == total - 16 * MIB
        assert first["stats"]["stat-oom-kills"] == (1 << 64) - 1
        now = 1001
        clock.advance(10)
        assert stats(monitor)["last-update"] == 1000
        run_lines(monitor, "qom-set b guest-stats-polling-interval 2")
        assert stats(monitor)["last-update"] == 1001
        now = 1002
        run_lines(monitor, "balloon 256")
        clock.advance(1.9)
        assert stats(monitor)["last-update"] == 1001
        clock.advance(0.2)
        second = stats(monitor)
        assert second["last-update"] == 1002
        assert second["stats"]["stat-total-memory"] == total - 256 * MIB
        now = 1003
        run_lines(monitor, "qom-set b guest-stats-polling-interval 0")
        clock.advance(10)
        assert stats(monitor)["last-update"] == 1002
        assert monitor.machine.timers.time_to_next() is None


def test_deflate_on_oom_lets_go_what_is_needed() -> None:
    with start_monitor(f"-m 512M {BALLOON},deflate-on-oom=on") as monitor:
        run_lines(monitor, "balloon 256")
        # MemTotal does not shrink: the guest can have the pages at any time.
        assert f"MemTotal: {TOTAL_OF_512} kB\n" in run_lines(monitor, "info guest")
        run_lines(monitor, "guest touch 0x18000000 64M")
        assert (actual(monitor), resident(monitor)) == (320, 64)


def test_without_it_the_guest_does_not_touch_what_it_gave_back() -> None:
    with start_monitor(f"-m 512M {BALLOON}") as monitor:
        run_lines(monitor, "balloon 256", "guest touch 0x0c000000")
        assert (actual(monitor), resident(monitor)) == (256, 64)


def test_unplug_empties_the_balloon_first() -> None:
    with start_monitor(f"-m 512M {BALLOON}") as monitor:
        run_lines(monitor, "balloon 256")
        events: list[str] = []
        monitor.machine.timers.clock = lambda: float("inf")
        monitor.machine.run_guest()
        monitor.machine.events.listeners.append(lambda event: events.append(event.name))
        run_lines(monitor, "device_del b")
        assert events == ["BALLOON_CHANGE", "DEVICE_DELETED", "DEVICE_DELETED"]
        assert f"MemTotal: {TOTAL_OF_512} kB\n" in run_lines(monitor, "info guest")
        run_lines(monitor, "device_add virtio-balloon,id=b")
        assert actual(monitor) == 512


def test_a_device_that_is_taken_out_is_forgotten() -> None:
    with start_monitor(f"-m 512M {BALLOON},guest-stats-polling-interval=1") as monitor:
        run_lines(monitor, "balloon 256", "qom-set b realized off")
        assert run_lines(monitor, "info balloon") == (
            "Error: No balloon device has been activated\n"
        )
        assert f"MemTotal: {TOTAL_OF_512} kB\n" in run_lines(monitor, "info guest")
        # Only the event that is held back is still to come.
        monitor.machine.timers.clock = lambda: float("inf")
        monitor.machine.run_guest()
        assert monitor.machine.timers.time_to_next() is None


def test_a_host_that_takes_nothing_back_is_no_error() -> None:
    with start_monitor(f"-m 512M {BALLOON}") as monitor:
        run_lines(monitor, "guest touch 0x100000", "guest fail-host madvise EINVAL 100")
        assert run_lines(monitor, "balloon 256") == ""
        assert (actual(monitor), resident(monitor)) == (256, 512)


def test_a_silent_guest_gives_nothing() -> None:
    with start_monitor(f"-m 512M {BALLOON}") as monitor:
        run_lines(monitor, "guest silence", "balloon 256")
        assert actual(monitor) == 512
        run_lines(monitor, "guest listen")
        assert actual(monitor) == 256


def test_a_script_sees_the_balloon() -> None:
    done = run("info balloon\nballoon 300\ninfo balloon\n", "-m", "512M", *BALLOON.split())
    assert [line for line in done.stdout.splitlines() if line.startswith("balloon")] == [
        "balloon: actual=512",
        "balloon: actual=300",
    ]


def test_the_console_tells_of_the_balloon() -> None:
    with start_monitor(f"-m 1G {BALLOON} --guest linux,balloon=256M") as monitor:
        assert "balloon 1G/1G · " in status_line(monitor.machine)
        assert "balloon:" not in run_lines(monitor, "info guest")
        run_lines(monitor, "balloon 512")
        assert "balloon 768M/1024M · " in status_line(monitor.machine)
        assert "balloon: 256M given back, 512M asked for\n" in run_lines(monitor, "info guest")
