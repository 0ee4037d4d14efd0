"""`info mappings`: the host's mapping of every backend."""

from __future__ import annotations

from hmp.assist.mappings import mapping_lines
from hmp.monitor import Monitor
from hmp.units import format_size_approx
from tests.support import resident, run_lines

RAM = "object_add memory-backend-ram,"


def test_mappings_as_the_kernel_reports_them(monitor: Monitor) -> None:
    run_lines(
        monitor,
        RAM + "id=full,size=32M,prealloc=on",
        RAM + "id=empty,size=32M",
        "object_add memory-backend-file,id=file,size=16M,mem-path=/dev/shm,prealloc=on,share=on",
    )
    rows = {line.split()[0]: line.split() for line in mapping_lines(monitor.machine)[1:]}
    for name, here in (("full", "32M"), ("empty", "0"), ("file", "16M")):
        memory = monitor.machine.objects.children[name].mapping  # type: ignore[attr-defined]
        assert rows[name][1] == f"0x{memory.address:x}"
        assert rows[name][3] == here == format_size_approx(resident(memory.address, memory.length))
    assert rows["file"][6:] == ["/dev/shm,", "no", "name"]
    assert rows["file"][5] == "shared" and rows["full"][5] == "private"


def test_narrow_mappings(monitor: Monitor) -> None:
    run_lines(
        monitor,
        "object_add memory-backend-file,id=file,size=16M,mem-path=/dev/shm",
        "object_add memory-backend-memfd,id=memfd,size=16M",
    )
    # pc.ram and the two, a line each.
    assert [line.split("  ")[-1].strip() for line in mapping_lines(monitor.machine, 80)[1:]] == [
        *("(anonymous)", "/dev/shm, no name", "memfd")
    ]
    for width in (40, 60, 80):
        lines = mapping_lines(monitor.machine, width)
        assert all(len(line) < width for line in lines)
        assert "private/dev/shm,noname" in "".join("".join(lines).split())
