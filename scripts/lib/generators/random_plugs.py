"""Random lines that make backends and plug them, rightly or not."""

from __future__ import annotations

import random
from collections.abc import Iterator

RAM = "-object memory-backend-ram"
MACHINES = (
    "-m 1G,slots=6,maxmem=12G",
    "-M q35,nvdimm=on -m 2G,slots=4,maxmem=16G -device pcie-root-port,id=r1,chassis=1 "
    "-device pcie-root-port,id=r2,chassis=2,hotplug=off",
    f"-m 2G,slots=5,maxmem=8G {RAM},id=n0,size=1G {RAM},id=n1,size=1G "
    "-numa node,memdev=n0 -numa node,memdev=n1",
)
SIZES = ("64M", "128M", "256M", "512M", "1G", "2G", "100M", "3M")
KINDS = ("pc-dimm",) * 4 + ("virtio-mem-pci",) * 3 + ("nvdimm", "virtio-pmem-pci")
OPTIONS = {
    "pc-dimm": ("slot=1", "slot=7", "node=1", "addr=0x140000000", "addr=0x148000000", "slot=x"),
    "nvdimm": ("label-size=128K", "label-size=1K", "slot=0", "unarmed=on"),
    "virtio-mem-pci": (
        *("requested-size=64M", "requested-size=1M", "block-size=4M", "block-size=3M"),
        *("memaddr=0x150000000", "addr=5", "node=1", "bus=r1", "bus=r2", "prealloc=on"),
    ),
    "virtio-pmem-pci": ("memaddr=0x160000000", "addr=0x6", "bus=r1", "foo=1"),
}


def random_plugs(chance: random.Random, count: int) -> Iterator[str]:
    """Yield lines with `count` plugs among them."""
    for number in range(count):
        if number % 2 == 0:
            shared = chance.choice(("", "", ",share=on"))
            size = chance.choice(SIZES)
            yield f"object_add memory-backend-ram,id=m{number},size={size}{shared}"
        yield _plug(chance, number, count)
        if chance.random() < 0.1:
            yield f"object_del m{chance.randrange(number + 1)}"


def _plug(chance: random.Random, number: int, count: int) -> str:
    kind = chance.choice(KINDS)
    backend = number if chance.random() < 0.8 else chance.randrange(number + 1)
    parts = [f"device_add {kind}", f"memdev=m{backend // 2 * 2}"]
    if chance.random() < 0.9:
        parts.append(f"id=d{chance.randrange(count)}")
    parts += chance.sample(OPTIONS[kind], chance.choice((0, 0, 1, 1, 2)))
    return ",".join(parts)
