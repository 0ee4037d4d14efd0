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
    ("memdev", "it is a subject of info: `info memdev`", True),
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
    ("object_del m1", "d1 uses it: `device_del d1` first", False),
    ("balloon 1", "plug a balloon first: `device_add virtio-balloon-pci,id=balloon0`", True),
    ("object_del d1", "d1 is a device: `device_del d1`", True),
    ("object_del m9", "there are pc.ram, m1, m2, odd, big", False),
    ("object_del pc.ram", "the machine uses it until it is shut down", False),
    ("object_del zzzz", "there are pc.ram, m1, m2, odd, big", False),
    ("device_del d9", "there is no device d9; there are d1", False),
    ("device_del", "usage: device_del device", False),
    ("device_add pc-dimm,id=d1,memdev=m2", "d1 is taken; free: d2", True),
    ("device_add pc-dimm,id=d2,memdev=m1", "m1 is used by d1; free: m2, odd, big", True),
    ("device_add pc-dimm,id=d2,memdev=big", "2 slots and 1G left; m2 (0.5G) fits", True),
    (
        "device_add pc-dimm,id=d2,memdev=odd",
        "sizes are multiples of 2M, so 512M or 514M; m2 (512M) fits",
        True,
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
    ("device_add pc-dimm,id=d2", "add memdev=m2; free: m2, odd, big", True),
    (
        "device_add nvdimm,id=d2,memdev=m2",
        "start with -M pc,nvdimm=on; virtio-pmem-pci works without",
        True,
    ),
    (
        "device_add virtio-mem-pci,id=v,memdev=m2,requested-size=1M",
        "it is a multiple of 2M, at most 512M",
        False,
    ),
    ("device_add virtio-mem-pci,id=v,memdev=m2,bus=pci.7", "buses with a free slot: pci.0", True),
    ("qom-get d1 adr", "did you mean addr?", True),
    ("qom-get pcram size", "did you mean pc.ram?", True),
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
    ("ls", "`help` lists the commands", False),
    ("system_rest", "`help` lists the commands", False),
    ("sotp", "`help` lists the commands", False),
    ("exit", "here it is `quit`", True),
    (":q", "here it is `quit`", True),
    ("\\q", "here it is `quit`", True),
    ("memory", "here it is `info memory-devices`", True),
    ("info memory", "here it is `info memory-devices`", True),
    ("replay_seek 1", "QEMU has replay_seek, hmp does not: `help` lists what there is", False),
    ("info lapic", "QEMU has info lapic, hmp does not: `info` lists what there is", False),
    ("device_add dimm,id=d2,memdev=m2", "the type is called pc-dimm", True),
    ("device_add virtio-mem,id=d2,memdev=m2", "the device to plug is virtio-mem-pci", True),
    ("object_add ram,id=x,size=1G", "the type is called memory-backend-ram", True),
    ("device_add pc-dimm id=d2 memdev=m2", "options are joined by commas, without blanks", True),
    (RAM.replace(",", " ") + "id=x, size=1G", "options are joined by commas, without blanks", True),
    (RAM.replace(",", " ") + "id=x size=1GB", "options are joined by commas, without blanks", True),
    ("device_add pc-dimmid=d2,memdev=m2", "a comma is missing", True),
    ("device_add pc-dimm,id=d2memdev=m2", "a comma is missing", True),
    (RAM + "id=xsize=1G", "a comma is missing", True),
    (RAM + "id=x,szie=1G", "did you mean size?", True),
    (RAM + "name=x,size=1G", "did you mean id?", True),
    ("device_add pc-dimm", "add memdev=m2; free: m2, odd, big", True),
    ("device_del m1", "m1 is a backend, which d1 uses: `device_del d1`", True),
    ("device_del m2", "m2 is no device but an object: `object_del m2`", True),
    # Several mistakes are mended together.
    ("device_ad pc-dim,id=d2,memdv=m2", "did you mean device_add?", True),
]


POLICY = "online, unplug, latency, boot, power-button, virtio-mem, cpus, balloon"


def suggestion_for(monitor: Monitor, line: str) -> Suggestion:
    """What is suggested after a line, which may succeed."""
    parsed = parse_console_line(line).parsed
    error = monitor.execute(parsed.text).error
    if error is None:
        return Suggestion()
    return suggest(error, SuggestionContext(monitor.machine, CONSOLE_COMMANDS, parsed))


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


@pytest.mark.parametrize("pipe", ["|grep size", "|less", ">/dev/null", ">>x"])
def test_glued_redirection(pipe: str) -> None:
    with start_monitor() as monitor:
        found = suggestion_for(monitor, f"info memdev{pipe}")
        operator = pipe.rstrip("abcdefghijklmnopqrstuvwxyz /")
        assert found.text == f"`{operator}` stands between blanks"
        assert found.line == f"info memdev {operator} {pipe.removeprefix(operator)}"


def test_anonymous_devices_are_named_by_their_paths() -> None:
    with start_monitor() as monitor:
        run_lines(monitor, RAM + "id=m,size=512M")
        assert suggestion_for(monitor, "device_del dimm1").text == "no device is plugged"
        run_lines(monitor, "device_add pc-dimm,memdev=m")
        path = "/machine/peripheral-anon/device[0]"
        found = suggestion_for(monitor, "device_del dimm1")
        assert found.text == (
            f"the plugged devices have no id; by its path one goes: `device_del {path}`"
        )
        assert suggestion_for(monitor, "object_del m").text == (
            f"{path} uses it: `device_del {path}` first"
        )
        assert not monitor.execute(found.line).failed


def test_nothing_fits() -> None:
    plug = "device_add pc-dimm,id=d,memdev=odd"
    assert advice_after("-m 1G,slots=2,maxmem=2G", RAM + "id=odd,size=513M", plug) == (
        "sizes are multiples of 2M, so 512M or 514M"
    )
    assert advice_after("-m 1G,slots=2,maxmem=2G", plug) == (
        "no backend odd, and none is free: `object_add memory-backend-ram,id=odd,size=512M` makes "
        "one"
    )


@pytest.mark.parametrize(
    ("arguments", "plugged", "size", "option"),
    [
        ("-m 128M", "", "1G", "-m 128M,slots=4,maxmem=2G"),
        ("-m 128M,slots=2,maxmem=1G", "", "1G", "-m 128M,slots=4,maxmem=2G"),
        ("-m 128M,slots=1,maxmem=640M", "512M", "256M", "-m 128M,slots=4,maxmem=1G"),
        ("-m 1G,slots=6,maxmem=3G", "1G", "2G", "-m 1G,slots=6,maxmem=4G"),
        ("-m 1G,maxmem=8G", "", "16G", "-m 1G,slots=4,maxmem=17G"),
    ],
)
def test_the_machine_to_start_with_takes_the_device(
    arguments: str, plugged: str, size: str, option: str
) -> None:
    lines = [RAM + f"id=m,size={size},reserve=off", "device_add pc-dimm,id=d,memdev=m"]
    if plugged:
        lines = [RAM + f"id=p,size={plugged}", "device_add pc-dimm,memdev=p", *lines]
    assert f"start with {option}" in advice_after(arguments, *lines)
    with start_monitor(option) as monitor:
        assert run_lines(monitor, *lines) == ""


def test_no_slots_are_counted_for_a_device_that_needs_none() -> None:
    lines = (RAM + "id=m,size=2G,reserve=off", "device_add virtio-mem-pci,memdev=m")
    assert advice_after("-m 1G,maxmem=2G", *lines).startswith("1G left; 1G fit at most, or start ")


def test_no_machine_is_named_where_none_takes_the_device() -> None:
    lines = (RAM + "id=m,size=1G", "device_add pc-dimm,id=d,memdev=m")
    assert advice_after("-M microvm -m 1G", *lines) == (
        "the board microvm has no memory hotplug: start with -M pc or -M q35"
    )
    assert advice_after("-cpu qemu64,phys-bits=33 -m 1G", *lines) == "the machine has no slots"


def advice_after(arguments: str, *lines: str) -> str:
    """The advice after the last line, which is refused."""
    with start_monitor(arguments) as monitor:
        run_lines(monitor, *lines[:-1])
        return suggestion_for(monitor, lines[-1]).text


def test_suggestions_without_device_memory() -> None:
    plug = "device_add pc-dimm,id=d,memdev=m"
    assert advice_after("-m 1G", RAM + "id=m,size=1G", plug) == (
        "the machine has no slots: start with -m 1G,slots=4,maxmem=2G"
    )
    assert advice_after("-m 1G,maxmem=2G", RAM + "id=m,size=1G", plug) == (
        "the machine has no slots; virtio-mem-pci needs none"
    )
    assert advice_after(
        "-m 1G", RAM + "id=m,size=1G", "device_add virtio-mem-pci,id=d,memdev=m"
    ) == ("the machine has no maxmem: start with -m 1G,maxmem=2G")
    # Not less than there is.
    lines = RAM + "id=m,size=64M", RAM + "id=v,size=64M", "device_add virtio-mem-pci,memdev=m"
    assert advice_after("-m 1G,maxmem=4G", *lines, "device_add pc-dimm,memdev=m") == (
        "the machine has no slots: start with -m 1G,slots=4,maxmem=4G"
    )
    assert advice_after(
        "-m 1G,slots=1,maxmem=8G",
        RAM + "id=m,size=1G",
        RAM + "id=n,size=1G",
        plug,
        "device_add pc-dimm,id=e,memdev=n",
    ) == ("the only slot is taken; virtio-mem-pci needs none")
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
        == "let the guest give it back first: `qom-set v requested-size 0`"
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


def test_an_address_for_a_backend_that_is_plugged() -> None:
    lines = RAM + "id=m,size=64M", "device_add pc-dimm,id=d,memdev=m"
    assert advice_after(USUAL, *lines, "device_add pc-dimm,memdev=m,addr=0x140000800") == (
        "m is used by d: plug another backend"
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "guest policy online=kernal",
            "did you mean kernel? online is movable or kernel or offline",
        ),
        ("guest policy unplug=accept", "unplug is release or refuse or hang"),
        ("guest policy onlin=kernel", f"a policy has {POLICY}"),
        ("guest policy", f"options are {POLICY}, such as unplug=refuse"),
    ],
)
def test_a_wrong_policy_of_the_guest(line: str, text: str) -> None:
    assert advice_after(USUAL, line) == text


def test_a_size_that_is_only_read() -> None:
    with start_monitor(USUAL) as monitor:
        run_lines(monitor, RAM + "id=m,size=1G", "device_add virtio-mem-pci,id=v,memdev=m")
        found = suggestion_for(monitor, "qom-set v size 256M")
        assert found.text == "requested-size is what can be set"
        assert found.line == "qom-set v requested-size 256M"


def test_no_file_is_proposed_where_there_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 4096)
    line = f"object_add memory-backend-file,id=m,size=2MiB,mem-path={tmp_path}"
    with start_monitor(USUAL) as monitor:
        assert suggestion_for(monitor, f"{line}/file/x").line == ""
        assert suggestion_for(monitor, f"{line}/nothing/x").line == ""
    # The trial makes none either.
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
