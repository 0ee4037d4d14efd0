"""Memory is real: pages, files, huge pages, errors of the host, and no leaks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from tests.support import (
    backend_mappings,
    descriptors,
    free_pages,
    resident,
    run_lines,
    start_monitor,
)

HUGE = 2 << 20


def address(machine: Machine, identifier: str) -> int:
    backend = machine.objects.children[identifier]
    assert isinstance(backend, MemoryBackend) and backend.mapping
    return backend.mapping.address


def test_bytes_written_by_another_process_are_visible(tmp_path: Path, monitor: Monitor) -> None:
    path = tmp_path / "m.img"
    assert (
        run_lines(
            monitor,
            f"object_add memory-backend-file,id=m,size=128M,mem-path={path},share=on",
            "device_add pc-dimm,id=d,memdev=m",
        )
        == ""
    )
    subprocess.run(["dd", f"of={path}", "conv=notrunc", "status=none"], input=b"Hello", check=True)
    assert run_lines(monitor, "xp/5cb 0x100000000") == "100000000: 'H' 'e' 'l' 'l' 'o'\n"


def test_a_private_mapping_does_not_change_its_file(tmp_path: Path, monitor: Monitor) -> None:
    path = tmp_path / "m.img"
    path.write_bytes(b"A" * 4096)
    assert (
        run_lines(
            monitor, f"object_add memory-backend-file,id=m,size=4K,mem-path={path},prealloc=on"
        )
        == ""
    )
    import ctypes

    ctypes.memset(address(monitor.machine, "m"), 0x42, 4096)
    assert path.read_bytes() == b"A" * 4096


@pytest.mark.parametrize("threads", [1, 3])
def test_prealloc_makes_pages_resident(threads: int, monitor: Monitor) -> None:
    run_lines(
        monitor,
        f"object_add memory-backend-ram,id=p,size=64M,prealloc=on,prealloc-threads={threads}",
        "object_add memory-backend-ram,id=q,size=64M",
    )
    assert resident(address(monitor.machine, "p"), 64 << 20) == 64 << 20
    assert resident(address(monitor.machine, "q"), 64 << 20) == 0
    run_lines(monitor, "qom-set q prealloc on")
    assert resident(address(monitor.machine, "q"), 64 << 20) == 64 << 20


def test_enomem_of_the_host_is_reported(monitor: Monitor) -> None:
    before = backend_mappings()
    assert run_lines(monitor, "object_add memory-backend-ram,id=m,size=64T") == (
        "Error: cannot set up guest memory 'm': Cannot allocate memory\n"
    )
    assert backend_mappings() == before
    assert (
        run_lines(
            monitor, "object_add memory-backend-ram,id=m,size=64T,reserve=off", "object_del m"
        )
        == ""
    )
    assert backend_mappings() == before


def test_no_leaks_by_type_and_error(tmp_path: Path, monitor: Monitor) -> None:
    run_lines(monitor, "object_add memory-backend-ram,id=warm,size=2M", "object_del warm")
    before = backend_mappings(), descriptors()
    for kind in (
        "ram",
        "ram,share=on",
        "memfd",
        "shm",
        f"file,mem-path={tmp_path}",
        f"file,mem-path={tmp_path}/f",
    ):
        for _ in range(20):
            assert (
                run_lines(
                    monitor,
                    f"object_add memory-backend-{kind},id=m,size=2M",
                    "device_add pc-dimm,id=d,memdev=m",
                    "device_del d",
                    "object_del m",
                )
                == ""
            )
    refused = (
        "size=1M,policy=bind",
        "size=1M,host-nodes.0=0",
        "size=1M,align=1",
        "size=1M,offset=1",
        "size=5000",
        "size=1M,id=pc.ram",
        "size=1M,mem-path=/none/f",
        "size=1M,rom=on",
    )
    for bad in refused:
        assert run_lines(
            monitor, f"object_add memory-backend-file,id=m,mem-path={tmp_path}/n,{bad}"
        ).startswith("Error: ")
    assert (backend_mappings(), descriptors()) == before
    assert sorted(os.listdir("/dev/shm")) == [
        name for name in sorted(os.listdir("/dev/shm")) if "hmp-" not in name
    ]


def test_truncated_file_is_an_error_and_no_signal(tmp_path: Path, monitor: Monitor) -> None:
    path = tmp_path / "m.img"
    run_lines(
        monitor,
        f"object_add memory-backend-file,id=m,size=2M,mem-path={path},share=on",
        "device_add pc-dimm,memdev=m",
    )
    os.truncate(path, 0)
    assert run_lines(monitor, "xp/4xb 0x100000000") == "100000000: Cannot access memory\n"
    unreadable = "Error: memory at 0x100000000 can't be read: Bad address\n"
    assert run_lines(monitor, f'pmemsave 0x100000000 4096 "{tmp_path}/out"') == unreadable
    assert run_lines(monitor, f'memsave 0x100000000 4096 "{tmp_path}/out"') == (
        "Error: Invalid addr 0x0000000100000000/size 4096 specified\n"
    )
    os.truncate(path, 4096)
    assert run_lines(monitor, f'pmemsave 0x100000000 8192 "{tmp_path}/out"') == unreadable.replace(
        "0000 can", "1000 can"
    )
    assert (tmp_path / "out").read_bytes() == bytes(4096)


def test_missing_huge_page_is_an_error_and_no_signal(huge: Path) -> None:
    with start_monitor() as monitor:
        run_lines(
            monitor,
            "object_add memory-backend-memfd,id=m,size=64G,hugetlb=on,hugetlbsize=2M,reserve=off",
            "info memdev",
        )
        with start_monitor("-m 1G,slots=2,maxmem=128G") as other:
            assert (
                run_lines(
                    other,
                    "object_add "
                    "memory-backend-memfd,id=m,size=64G,hugetlb=on,hugetlbsize=2M,reserve=off",
                    "device_add pc-dimm,memdev=m",
                )
                == ""
            )
            taken = free_pages()
            run_lines(
                other,
                "object_add "
                f"memory-backend-memfd,id=n,size={taken * 2}M,hugetlb=on,hugetlbsize=2M,"
                "prealloc=on",
            )
            assert run_lines(other, "xp 0x100000000") == "100000000: Cannot access memory\n"


def test_huge_pages_are_taken_from_the_pool_and_returned(huge: Path, monitor: Monitor) -> None:
    before = free_pages()
    assert (
        run_lines(
            monitor,
            f"object_add memory-backend-file,id=m,size=8M,mem-path={huge},prealloc=on",
            "device_add pc-dimm,id=d,memdev=m",
        )
        == ""
    )
    assert free_pages() == before - 4
    assert (
        run_lines(monitor, "object_add memory-backend-memfd,id=n,size=4M,hugetlb=on,hugetlbsize=2M")
        == ""
    )
    assert free_pages() == before - 6
    assert run_lines(monitor, f"object_add memory-backend-file,id=o,size=3M,mem-path={huge}") == (
        "Error: backend 'memory-backend-file' memory size must be multiple of 2 MiB\n"
    )
    assert run_lines(monitor, f"object_add memory-backend-file,id=o,size=1G,mem-path={huge}") == (
        "Error: unable to map backing store for guest RAM: Cannot allocate memory\n"
    )
    assert run_lines(monitor, "device_del d", "object_del m", "object_del n") == ""
    assert free_pages() == before


def test_preallocating_threads_run_on_the_cpus_of_their_context(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[set[int]] = []
    before = os.sched_getaffinity(0)
    monkeypatch.setattr(os, "sched_setaffinity", lambda who, cpus: asked.append(cpus))
    with start_monitor() as monitor:
        assert (
            run_lines(
                monitor,
                "object_add thread-context,id=t,cpu-affinity.0=0",
                "object_add memory-backend-ram,id=a,size=4M,prealloc=on,prealloc-context=t",
                "object_add "
                "memory-backend-ram,id=b,size=4M,prealloc=on,prealloc-context=t,prealloc-threads=2",
                "object_add memory-backend-ram,id=c,size=4M,prealloc=on",
            )
            == ""
        )
    assert asked == [{0}] * 3
    assert os.sched_getaffinity(0) == before


def test_no_leaks_without_free_descriptors(tmp_path: Path, monitor: Monitor) -> None:
    import resource

    before = backend_mappings(), descriptors()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open("/dev/null", os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 2, hard))
    try:
        reply = run_lines(
            monitor, f"object_add memory-backend-file,id=m,size=1M,mem-path={tmp_path}/f"
        )
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(taken[0])
    assert reply.startswith("Error: ") and reply.endswith("Too many open files\n")
    assert (backend_mappings(), descriptors()) == before
    assert not (tmp_path / "f").exists()
