"""Thousands of random plugs and unplugs leave no mapping, descriptor or file."""

from __future__ import annotations

import os
import random
from pathlib import Path

from tests.support import backend_mappings, descriptors, run_lines, start_monitor

ROUNDS = 3_000
BACKENDS = (
    "ram,size=4M",
    "ram,size=2M,share=on",
    "memfd,size=4M",
    "shm,size=2M",
    "file,size=4M,mem-path={0}/f,share=on",
    "file,size=2M,mem-path={0}",
    "file,size=4M,mem-path={0}/g",
    "ram,size=1M",
    "file,size=3M,mem-path={0}/no/f",
    "memfd,size=2M,hugetlbsize=3",
    "ram,size=64T",
    "ram,size=2M,policy=bind",
    "ram,size=4M,prealloc=on",
)
DEVICES = (
    "pc-dimm,memdev=m{1}",
    "pc-dimm,memdev=m{1},slot=1",
    "virtio-mem-pci,memdev=m{1},requested-size=2M",
    "virtio-mem-pci,memdev=m{1},requested-size=3M",
    "virtio-mem-pci,memdev=m{1},bus=rp",
    "pc-dimm,memdev=m{1},node=9",
    "virtio-mem-pci,memdev=m{1},addr=1",
    "pc-dimm,memdev=m{1},addr=0x100000001",
    "nvdimm,memdev=m{1}",
    "virtio-mem-pci,memdev=m{1},dynamic-memslots=on,requested-size=2M",
)


def test_no_leaks(tmp_path: Path) -> None:
    chance = random.Random(20)
    with start_monitor("-m 64M,slots=4,maxmem=256M -device pcie-root-port,id=rp") as monitor:
        run_lines(monitor, "object_add memory-backend-ram,id=warm,size=2M", "object_del warm")
        assert backend_mappings() >= 64 << 20
        before = backend_mappings(), descriptors(), sorted(os.listdir("/dev/shm"))
        plugged = 0
        for _ in range(ROUNDS):
            number = chance.randrange(6)
            backend = chance.choice(BACKENDS).format(tmp_path)
            device = chance.choice(DEVICES).format(tmp_path, number)
            run_lines(monitor, f"object_add memory-backend-{backend},id=m{number}")
            plugged += run_lines(monitor, f"device_add {device},id=d{number}") == ""
            if chance.random() < 0.7:
                gone = chance.randrange(6)
                run_lines(
                    monitor,
                    f"qom-set d{gone} requested-size 0",
                    f"device_del d{gone}",
                    f"object_del m{gone}",
                )
        assert plugged > ROUNDS // 10
        for number in range(6):
            run_lines(
                monitor,
                f"qom-set d{number} requested-size 0",
                f"device_del d{number}",
                f"object_del m{number}",
            )
        assert run_lines(monitor, "info memory-devices") == ""
        assert (backend_mappings(), descriptors(), sorted(os.listdir("/dev/shm"))) == before
    assert sorted(os.listdir(tmp_path)) == ["f", "g"]


def test_names_of_removed_objects_are_forgotten() -> None:
    with start_monitor("-m 64M,slots=4,maxmem=256M") as monitor:
        run_lines(monitor, "object_add memory-backend-ram,id=m,size=2M")
        before = len(monitor.machine.root.child_names)
        for number in range(20):
            run_lines(
                monitor,
                f"object_add memory-backend-ram,id=m{number},size=2M",
                f"device_add pc-dimm,id=d{number},memdev=m{number}",
                f"device_del d{number}",
                f"object_del m{number}",
                "device_add pc-dimm,memdev=nothing",
                f"device_add pc-dimm,id=e{number},memdev=m,addr=1",
            )
        assert len(monitor.machine.root.child_names) == before
