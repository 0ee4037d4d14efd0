"""Suggestions after an error; a suggested line works."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.assist.suggestions import Suggestion, SuggestionContext, suggest
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor

RAM = "object_add memory-backend-ram,"
USUAL = "-m 1G,slots=3,maxmem=3G"
SETUP = (
    RAM + "id=m1,size=1G",
    RAM + "id=m2,size=512M",
    RAM + "id=odd,size=513M",
    RAM + "id=big,size=4G",
    "device_add pc-dimm,id=d1,memdev=m1",
)

# The line that is refused, the advice, and whether a mended line comes with it.
CASES = [
    ("infoo status", "did you mean info?", True),
    ("info memdve", "did you mean info memdev?", True),
    ("info", "", False),
    ("info xyz", "`info` lists what can be shown", False),
    ("memdev", "it is a subject of info: info memdev", True),
    ("zzz", "`help` lists the commands", False),
    (RAM.replace("-ram", "-rm") + "id=x,size=1G", "did you mean memory-backend-ram?", True),
    ("object_add pc-dimm,id=x", "pc-dimm is made with device_add", False),
    ("device_add memory-backend-ram,id=x", "memory-backend-ram is made with object_add", False),
    ("device_add pc-dim,memdev=m2", "did you mean pc-dimm?", True),
    ("device_add pc-dimm,memdv=m2,id=d2", "did you mean memdev?", True),
    (RAM + "id=x,size=1G,shar=on", "did you mean share?", True),
    ("device_add pc-dimm,id=d2,memdev=m3", "no backend m3; free: m2, odd, big", True),
    (RAM + "id=m1,size=1G", "m1 is taken; free: m3", True),
    (RAM + "size=1G", "add id=mem1: The name by which other commands know it", True),
    (RAM + "id=x", "add size=1G: Size of the memory, in bytes or with a suffix such as 1G", True),
    (RAM + "id=x,size=1GB", "write 1G: one letter, K M G or T, after the number", True),
    (
        RAM + "id=x,size=much",
        "size is a number with K, M, G or T after it, such as 512M or 1G",
        False,
    ),
    (
        "object_add memory-backend-file,id=x,size=1M,mem-path=/dev/shm,rom=offf",
        "did you mean off? rom is auto or on or off",
        True,
    ),
    (RAM + "id=x,size=1G,share=maybe", "share is on or off", True),
    (
        RAM + "id=x,size=1G,policy=bind",
        "the host has node 0: host-nodes=N together with policy=bind, preferred or interleave",
        False,
    ),
    (
        RAM + "id=x,size=1G,prealloc=on,reserve=off",
        "leave one of them out: preallocated memory is reserved memory",
        False,
    ),
    (
        RAM + "id=1x,size=1G",
        "an id begins with a letter and has letters, digits, `-`, `.` and `_`",
        False,
    ),
    (RAM + "id=x,size", "write size=VALUE", False),
    (
        "object_add memory-backend-file,id=x,size=1M,mem-path=/nowhere/x",
        "there is no directory /nowhere; a directory alone means a temporary file in it",
        False,
    ),
    ("object_del m1", "d1 uses it: device_del d1 first", False),
    ("balloon 1", "plug a balloon first: device_add virtio-balloon-pci,id=balloon0", False),
    ("object_del d1", "d1 is a device: device_del d1", True),
    ("object_del m9", "there are pc.ram, m1, m2, odd, big", False),
    ("object_del pc.ram", "the machine uses it until it is shut down", False),
    ("object_del zzzz", "there are pc.ram, m1, m2, odd, big", False),
    ("device_del d9", "there is no device d9; there are d1", False),
    ("device_del", "usage: device_del device", False),
    ("device_add pc-dimm,id=d1,memdev=m2", "d1 is taken; free: d2", True),
    ("device_add pc-dimm,id=d2,memdev=m1", "m1 is used by d1; free: m2, odd, big", True),
    ("device_add pc-dimm,id=d2,memdev=big", "2 slots and 1G left; m2 (512M) fits", True),
    (
        "device_add pc-dimm,id=d2,memdev=odd",
        "2 slots and 1G left; the next size that fits is a multiple of 2M: 512M, 514M",
        False,
    ),
    (
        "device_add pc-dimm,id=d2,memdev=m2,slot=0",
        "free slots: 1, 2; without slot= the lowest is taken",
        True,
    ),
    (
        "device_add pc-dimm,id=d2,memdev=m2,slot=7",
        "free slots: 1, 2; without slot= the lowest is taken",
        True,
    ),
    (
        "device_add pc-dimm,id=d2,memdev=m2,addr=0x140000001",
        "the first address that fits is 0x140000000; without addr= it is taken",
        True,
    ),
    (
        "device_add pc-dimm,id=d2,memdev=m2,addr=0x100000000",
        "the first address that fits is 0x140000000; without addr= it is taken",
        True,
    ),
    (
        "device_add pc-dimm,id=d2,memdev=m2,node=4",
        "the only node is 0; -numa node,... adds some at the start",
        True,
    ),
    ("device_add pc-dimm,id=d2", "no backend ; free: m2, odd, big", True),
    (
        "device_add nvdimm,id=d2,memdev=m2",
        "start with -M pc,nvdimm=on; virtio-pmem-pci works without",
        False,
    ),
    (
        "device_add virtio-mem-pci,id=v,memdev=m2,requested-size=1M",
        "it is a multiple of 2M, at most 512M",
        False,
    ),
    ("device_add virtio-mem-pci,id=v,memdev=m2,bus=pci.7", "buses with a free slot: pci.0", True),
    ("qom-get d1 adr", "did you mean addr?", True),
    ("qom-get dd1 addr", "did you mean d1?", True),
    (
        "qom-set m1 size 3G",
        "it is fixed once the backend has its memory: object_del it and make another",
        False,
    ),
    (
        "qom-set d1 slot 2",
        "it is fixed once the device is plugged: unplug it and plug it with other properties",
        False,
    ),
    ("xp", "usage: xp /fmt addr", False),
]


def suggestion_for(monitor: Monitor, line: str) -> Suggestion:
    """What is suggested after a line, which may succeed."""
    error = monitor.execute(line).error
    if error is None:
        return Suggestion()
    return suggest(
        error, SuggestionContext(monitor.machine, CONSOLE_COMMANDS, parse_console_line(line).parsed)
    )


@pytest.mark.parametrize(("line", "advice", "is_mended"), CASES, ids=[case[0] for case in CASES])
def test_suggestion(line: str, advice: str, is_mended: bool) -> None:
    with start_monitor(USUAL) as monitor:
        run_lines(monitor, *SETUP)
        found = suggestion_for(monitor, line)
        assert found.text == advice
        assert bool(found.line) is is_mended
        if is_mended:
            again = monitor.execute(found.line)
            assert not again.failed, (found.line, again.text)


def advice_after(arguments: str, *lines: str) -> str:
    """The advice after the last line, which is refused."""
    with start_monitor(arguments) as monitor:
        run_lines(monitor, *lines[:-1])
        return suggestion_for(monitor, lines[-1]).text


def test_suggestions_without_device_memory() -> None:
    plug = "device_add pc-dimm,id=d,memdev=m"
    assert advice_after("-m 1G", RAM + "id=m,size=1G", plug) == (
        "the machine has no slots: start with -m 1G,slots=4,maxmem=8G, or plug a virtio-mem-pci, "
        "which needs none"
    )
    assert advice_after(
        "-m 1G", RAM + "id=m,size=1G", "device_add virtio-mem-pci,id=d,memdev=m"
    ) == ("start with maxmem: -m 1G,slots=4,maxmem=8G")
    assert advice_after(
        "-m 1G,slots=1,maxmem=8G",
        RAM + "id=m,size=1G",
        RAM + "id=n,size=1G",
        plug,
        "device_add pc-dimm,id=e,memdev=n",
    ) == ("the only slot is taken: device_del d frees one; virtio-mem-pci needs none")
    assert advice_after(
        "-M q35 -m 1G,maxmem=8G", RAM + "id=m,size=1G", "device_add virtio-mem-pci,memdev=m"
    ) == ("start with a port to plug into: -device pcie-root-port,id=rp, then bus=rp")


def test_suggestions_for_a_pending_unplug() -> None:
    plug = (RAM + "id=m,size=1G", "device_add pc-dimm,id=d,memdev=m")
    assert advice_after(USUAL, *plug, "stop", "device_del d", "object_del m") == (
        "the unplug of d is pending: `cont` lets the guest run"
    )
    assert advice_after(
        USUAL, *plug, "guest policy unplug=hang", "device_del d", "object_del m"
    ) == ("the unplug of d is pending; `info guest` shows why")
    assert (
        advice_after(
            USUAL,
            RAM + "id=m,size=1G",
            "device_add virtio-mem-pci,id=v,memdev=m,requested-size=2M",
            "device_del v",
        )
        == "let the guest give it back first: qom-set v requested-size 0"
    )


def test_suggestion_for_fragmented_memory() -> None:
    lines = (
        RAM + "id=a,size=1G",
        RAM + "id=b,size=1G",
        RAM + "id=c,size=2G",
        "device_add pc-dimm,id=a,memdev=a,addr=0x140000000",
        "device_add pc-dimm,id=b,memdev=b,addr=0x200000000",
        "device_add pc-dimm,id=c,memdev=c,addr=0x900000000",
    )
    assert advice_after("-m 1G,slots=3,maxmem=8G", *lines) == (
        "the first address that fits is 0x180000000; without addr= it is taken"
    )


def test_suggestions_for_files(tmp_path: Path) -> None:
    line = f"object_add memory-backend-file,id=x,size=3M,mem-path={tmp_path}"
    assert advice_after(USUAL, "guest fail-host mmap ENOMEM", line).startswith("the host has ")
    assert advice_after(
        USUAL,
        "guest fail-host mmap ENOMEM",
        "object_add memory-backend-memfd,id=x,size=2M,hugetlb=on,hugetlbsize=2M",
    ).startswith("free huge pages: ")
