"""Completion: what is offered at the cursor, by the grammar and by the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.assist.completion.completions import Completion, completions
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from tests.support import run_lines, start_machine, start_monitor

RAM = "object_add memory-backend-ram,"


def completed(machine: Machine, text: str, after: str = "") -> list[Completion]:
    return completions(
        machine, CONSOLE_COMMANDS, parse_console_line(text + after).parsed, len(text)
    )


def words(machine: Machine, text: str, after: str = "") -> list[str]:
    return [choice.text for choice in completed(machine, text, after)]


def test_commands_and_subjects(machine: Machine) -> None:
    assert words(machine, "obj") == ["object_add ", "object_del "]
    assert words(machine, "info mem") == ["mem", "memdev", "memory-devices", "memory_size_summary"]
    assert words(machine, "help object_d") == ["object_del "]
    assert words(machine, "help info memd") == ["memdev"]
    assert words(machine, "help device_add pcie") == ["pcie-root-port"]
    assert words(machine, "help quit ") == []
    assert words(machine, "guest policy online=k") == ["online=kernel"]
    assert words(machine, "guest policy online=kernel,unp") == [
        "online=kernel,unplug=release",
        "online=kernel,unplug=refuse",
        "online=kernel,unplug=hang",
    ]
    assert words(machine, "info map") == ["mappings"]
    assert words(machine, "events ") == ["on", "off"]
    assert words(machine, "learn plu") == ["plug"]
    assert words(machine, "map -") == ["--svg"]
    assert words(machine, "nothing ") == []


def test_missing_keys_required_ones_first(machine: Machine) -> None:
    found = completed(machine, "object_add memory-backend-file,")
    assert [choice.text for choice in found][:3] == ["id=", "size=", "mem-path="]
    assert [choice.kind for choice in found][:3] == [
        "id, required",
        "size, required",
        "string, required",
    ]
    keys = words(machine, "object_add memory-backend-file,size=1G,")
    assert keys[:2] == ["id=", "mem-path="] and "size=" not in keys
    assert "id=" not in words(machine, "object_add memory-backend-ram,", ",id=mem1")
    assert words(machine, "device_add pc-dimm,")[:2] == ["id=", "memdev="]
    assert words(machine, "object_add memory-backend-ram,pre") == [
        "prealloc=",
        "prealloc-threads=",
        "prealloc-context=",
    ]
    assert words(machine, "object_add backend-f") == ["memory-backend-file,"]
    assert words(machine, "object_add qom-type=thre") == ["thread-context,"]
    assert words(machine, "object_add qom-type=secret,i") == ["id=", "iv="]
    assert "x-use-canonical-path-for-ramblock-id=" not in words(
        machine, "object_add memory-backend-ram,"
    )
    assert words(machine, "object_add memory-backend-ram,x") == [
        "x-use-canonical-path-for-ramblock-id="
    ]


def test_values_by_type_and_free_memory() -> None:
    with start_monitor("-m 1G,slots=3,maxmem=4G") as monitor:
        run_lines(
            monitor,
            RAM + "id=m1,size=1G",
            RAM + "id=m2,size=512M",
            "device_add pc-dimm,id=d1,memdev=m1",
        )
        here = monitor.machine
        assert words(here, RAM + "share=") == ["on", "off"]
        assert words(here, RAM + "policy=") == ["default", "preferred", "bind", "interleave"]
        assert words(here, RAM + "size=") == ["128M", "256M", "512M", "1G", "2G"]
        assert words(here, RAM + "size=3") == ["3M"]
        assert completed(here, RAM + "size=2G")[0].description == "all that is left"
        assert words(here, "device_add pc-dimm,memdev=") == ["m2"]
        assert words(here, "device_add pc-dimm,slot=") == ["1", "2"]
        assert words(here, "device_add pc-dimm,memdev=m2,addr=") == ["0x140000000"]
        assert words(here, "device_add virtio-mem-pci,bus=") == ["pci.0"]
        assert words(here, "device_add virtio-mem-pci,memdev=m2,requested-size=") == [
            "0",
            "128M",
            "256M",
            "512M",
        ]
        assert words(here, "device_add virtio-mem-pci,addr=")[:2] == ["04", "05"]
        assert words(here, "object_del ") == ["m2"]
        assert words(here, "device_del ") == ["d1"]
        assert words(here, "guest refuse ") == ["d1"]
        assert words(here, "guest fail-host mm") == ["mmap"]
        assert words(here, "cpu ") == ["0"]


def test_paths(monitor: Monitor) -> None:
    run_lines(monitor, RAM + "id=m1,size=1G", "device_add pc-dimm,id=d1,memdev=m1")
    here = monitor.machine
    assert words(here, "qom-get /machine/peripheral/") == ["/machine/peripheral/d1"]
    assert words(here, "qom-get /machine/periph") == [
        "/machine/peripheral",
        "/machine/peripheral-anon",
    ]
    assert words(here, "qom-get d1 sl") == ["slot"]
    assert words(here, "qom-set m1 ") and "size" not in words(here, "qom-set m1 ")
    assert words(here, "qom-set m1 merge ") == ["on", "off"]
    assert words(here, "info qom-tree /obj") == ["/objects"] or words(here, "info qom-tree /obj")


def test_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"x" * 2048)
    with start_machine() as machine:
        found = completed(machine, f"object_add memory-backend-file,mem-path={tmp_path}/f")
        assert {(choice.text, choice.kind, choice.description) for choice in found} == {
            (f"{tmp_path}/folder/", "directory", ""),
            (f"{tmp_path}/file", "file", "2K"),
        }
        assert words(machine, f"map --svg {tmp_path}/fi") == [f"{tmp_path}/file"]
        assert words(machine, f"pmemsave 0 1 {tmp_path}/fi") == [f'"{tmp_path}/file']
        assert words(machine, f'pmemsave 0 1 "{tmp_path}/fi') == [f'{tmp_path}/file"']
        assert words(machine, f'pmemsave 0 "{tmp_path}/fi') == []


def test_hugetlbfs_mounts_are_completed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from hmp.assist.completion import candidates
    from hmp.machine.memory.host import HugetlbfsMount

    monkeypatch.setattr(
        candidates, "hugetlbfs_mounts", lambda: [HugetlbfsMount("/huge-pages", 2 << 20, 7)]
    )
    with start_machine() as machine:
        found = completed(machine, "object_add memory-backend-file,mem-path=/hug")
        assert [(choice.text, choice.kind, choice.description) for choice in found] == [
            ("/huge-pages", "hugetlbfs", "2M pages, 7 free")
        ]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("imd", ["info memory-devices"]),
        ("IMD", ["info memory-devices"]),
        ("dadd", ["drive_add ", "device_add "]),
        ("object_add mbr", ["memory-backend-ram,"]),
        (f"{RAM}policy=itl", ["interleave"]),
        ("info hpc", ["hotpluggable-cpus"]),
        # What begins with the letters or contains them is meant first.
        ("dev", ["device_add ", "device_del "]),
        ("mem-", ["info memory-devices"]),
        ("zz", []),
        ("z", []),
    ],
)
def test_letters_in_order(machine: Machine, typed: str, offered: list[str]) -> None:
    assert words(machine, typed) == offered


def test_devices_without_an_effect_on_memory() -> None:
    arguments = (
        "-M q35 -m 64M -nodefaults -blockdev null-co,node-name=disk -drive if=none,id=empty "
        "-blockdev null-co,node-name=taken -device virtio-blk-pci,drive=taken "
        "-netdev hubport,hubid=0,id=net -chardev null,id=line -device virtio-scsi-pci,id=vs "
        "-device virtio-serial-pci,id=ports"
    )
    with start_machine(arguments) as machine:
        assert "drive=" in words(machine, "device_add virtio-blk-pci,")
        assert words(machine, "device_add virtio-blk-pci,drive=") == ["empty", "disk"]
        assert words(machine, "device_add e1000,netdev=") == ["net"]
        assert words(machine, "device_add virtserialport,chardev=") == ["line"]
        assert words(machine, "device_add scsi-hd,bus=") == ["vs.0"]
        assert words(machine, "device_add virtserialport,bus=") == ["ports.0"]
        assert words(machine, "device_add e1000,rombar") == ["rombar="]
        assert words(machine, "device_add nothing,") == []
        assert words(machine, "eject ") == ["empty"]
