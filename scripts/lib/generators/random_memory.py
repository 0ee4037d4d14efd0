"""Random command lines about memory, right and wrong: sizes, backends, nodes and devices that refer
to each other.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

MACHINES = (
    *("pc", "q35", "pc,nvdimm=on", "q35,nvdimm=on", "pc", "q35", "none", "microvm", "isapc"),
    *("pc,nvdimm=on,acpi=off", "pc-i440fx-8.0", "pc-q35-5.2,nvdimm=on", "pc-i440fx-5.2"),
    *("microvm,pcie=on", "q35,max-ram-below-4g=512M", "pc,max-ram-below-4g=1G,nvdimm=on"),
    *("pc,mem-merge=off", "pc,dump-guest-core=off", "pc,aux-ram-share=on", "q35,memory-backend=n0"),
)
MEMORY_SIZES = (
    *("128M", "256M", "1G", "512", "64M", "3G", "4G", "5120M", "0.5G", "1048576K", "2g", "128m"),
    *("16777216B", "4096M", "3.5G", "0x100"),
)
# What can be preallocated in a moment.
SMALL_SIZES = ("128M", "256M", "64M", "128m", "16777216B")
ODD_MEMORY_SIZES = (
    *("0", "x", "-1", "", "1Q", "1K", "16E", "99999999999999999999", "8191.5M", "1.5.5G", "1G "),
    *("4097", "1023.999M", "3K", "nan", "0x", "1e3", "+1G", "1,1"),
)
SLOTS = ("1", "2", "4", "8", "3", "256")
ODD_SLOTS = ("0", "257", "-1", "x", "1.5", "18446744073709551616", "0x4")
MAXMEM = ("2G", "4G", "8G", "6G", "8192M", "16G", "5G")
ODD_MAXMEM = (
    "0",
    "64M",
    "x",
    "1T",
    "1000T",
    "4097M",
    "8G1",
    "-1",
    "16E",
    "4294967297B",
    "5000001K",
)
BACKENDS = (
    *("memory-backend-ram", "memory-backend-ram", "memory-backend-memfd", "memory-backend-shm"),
    "memory-backend-file",
)
ODD_BACKENDS = ("memory-backend", "memory-backend-epc", "memory-backend-foo", "")
BACKEND_SIZES = ("64M", "128M", "32M", "2M", "4M", "16M", "256M", "65536K", "67108864", "1G")
ODD_BACKEND_SIZES = ("0", "x", "1", "3M", "4097", "-1", "5000", "100K", "16E", "1.5M", "")
NODE_SETS = ("host-nodes=0,policy=bind", "host-nodes=0,policy=preferred", "policy=default")
BACKEND_PROPERTIES = (
    *("share=on", "share=off", "merge=off", "dump=off", "reserve=off", "prealloc=on"),
    *("prealloc=on,prealloc-threads=2", "prealloc-threads=4", *NODE_SETS, "reserve=on"),
    "x-use-canonical-path-for-ramblock-id=on",
)
ODD_BACKEND_PROPERTIES = (
    *("share=x", "foo=1", "prealloc-threads=0", "prealloc-threads=x", "host-nodes=1,policy=bind"),
    *("host-nodes=0", "policy=bind", "policy=x", "host-nodes=128", "prealloc", "noshare"),
    *("prealloc=on,reserve=off", "reserve=off,prealloc=on", "host-nodes=x", "size=1M", "id=other"),
    *("prealloc-context=n0", "prealloc-context=tc", "host-nodes=0-3,policy=interleave", "align=3"),
    *("policy=interleave", "host-nodes=0,policy=interleave", "merge=", "dump=2", "dump=true"),
)
FILE_PROPERTIES = (
    *("align=2M", "align=4K", "offset=4K", "offset=2M", "discard-data=on", "readonly=on"),
    *("readonly=on,rom=on", "readonly=off,rom=off", "readonly=on,rom=auto", "pmem=off"),
)
ODD_FILE_PROPERTIES = (
    *("align=3", "align=1G", "align=x", "offset=3", "offset=1G", "offset=x", "rom=on", "rom=x"),
    *("pmem=on", "readonly=x", "mem-path=", "discard-data=x", "align=0", "offset=-1"),
)
MEMFD_PROPERTIES = ("seal=off", "seal=on", "hugetlb=off")
ODD_MEMFD_PROPERTIES = (
    *("hugetlbsize=2M", "hugetlb=on,hugetlbsize=3M", "seal=x", "hugetlbsize=x", "hugetlbsize=0"),
)
PATHS = ("@TMP@/{id}", "@TMP@", "@TMP@/odd", "@TMP@/readonly", "@TMP@/{id}")
ODD_PATHS = ("/nope/x", "", "@TMP@/small", "/dev/zero", "/dev/null", "/proc/1/mem", "@TMP@/a/b")
DIMM_PROPERTIES = (
    *("slot=0", "slot=1", "slot=3", "node=0", "addr=0x140000000", "addr=0x100000000"),
    *("addr=0x148000000", "slot=-1", "node=1", "addr=0x180000000"),
)
ODD_DIMM_PROPERTIES = (
    *("slot=300", "slot=x", "node=7", "node=x", "addr=1", "addr=x", "addr=0", "foo=1", "slot"),
    *("addr=0x10000000000000000", "addr=0xffffffffffffffff", "addr=0x20000000000", "slot=-2"),
    *("memdev=nope", "id=9", "bus=pci.0", "addr=0x40000000", "node=-1", "size=1M", "label-size=1M"),
)
NVDIMM_PROPERTIES = (
    *(
        "label-size=128K",
        "label-size=2M",
        "unarmed=on",
        "uuid=0f8fad5b-d9cb-469f-a165-70867728950e",
    ),
)
ODD_NVDIMM_PROPERTIES = (
    *("label-size=1K", "label-size=1G", "label-size=x", "uuid=x", "unarmed=x", "label-size=131073"),
)
VIRTIO_MEM_PROPERTIES = (
    *(
        "requested-size=2M",
        "requested-size=16M",
        "block-size=4M",
        "prealloc=on",
        "memaddr=0x140000000",
    ),
    *("node=0", "unplugged-inaccessible=on", "unplugged-inaccessible=off", "requested-size=0"),
    *(
        "dynamic-memslots=on",
        "addr=5",
        "addr=1e.0",
        "bus=pci.0",
        "bus=pcie.0",
        "bus=rp",
        "prealloc=off",
    ),
)
ODD_VIRTIO_MEM_PROPERTIES = (
    *(
        "requested-size=3M",
        "requested-size=9G",
        "requested-size=x",
        "block-size=3M",
        "block-size=1K",
    ),
    *("memaddr=1", "node=9", "addr=0", "addr=ff", "bus=nope", "foo=1", "block-size=1G", "slot=1"),
    *("memaddr=0x1000", "unplugged-inaccessible=x", "prealloc=x", "addr=1.1", "dynamic-memslots=x"),
)
VIRTIO_PMEM_PROPERTIES = ("memaddr=0x140000000", "addr=6", "memaddr=0x150000000")
ODD_VIRTIO_PMEM_PROPERTIES = ("memaddr=3", "size=1", "node=0", "addr=20", "memaddr=0x1000")
SMP = ("1", "2", "4", "2,sockets=2", "cpus=2", "4,maxcpus=8", "1,maxcpus=4")
ODD_SMP = ("0", "x", "3,sockets=2", "300", "2,maxcpus=1", "foo=1", "2,cores=3", "-1", "")
OVERCOMMIT = ("mem-lock=off", "cpu-pm=on", "cpu-pm=off,mem-lock=off")
ODD_OVERCOMMIT = ("mem-lock=x", "foo=1", "mem-lock", "x", "", "mem-lock=on-fault")
ODD_NODES = (
    *("node,nodeid=x", "node,nodeid=128", "node,nodeid=0", "node,memdev=nope", "node,memdev=n0"),
    *(
        "x",
        "",
        "node,foo=1",
        "node,cpus=99",
        "node,cpus=0",
        "node,mem=64M",
        "node,nodeid=7",
        "node,id=9",
    ),
)
SP_MEM_PROPERTIES = ("node=0", "addr=0x140000000", "addr=0x180000000", "node=1")
ODD_SP_MEM_PROPERTIES = ("node=7", "node=x", "addr=1", "addr=x", "memdev=nope", "slot=1", "size=1M")
DEVICES = (
    *("pc-dimm", "pc-dimm", "nvdimm", "virtio-mem-pci", "virtio-pmem-pci", "virtio-mem-pci"),
    "sp-mem",
)


class _Line:
    """A line in the making: at most one thing of it is odd, so that what is named is certain."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.odd_at = chance.randrange(24) if chance.random() < 0.6 else -1
        self.at = 0
        self.parts: list[str] = []
        self.backends: list[str] = []
        self.free: list[str] = []

    def pick(self, usual: Sequence[str], odd: Sequence[str]) -> str:
        """Choose, among the odd ones where the line's turn for that has come."""
        self.at += 1
        return self.chance.choice(odd if self.at == self.odd_at else usual)

    def some(self, usual: Sequence[str], odd: Sequence[str], most: int) -> list[str]:
        """Choose different ones, by their keys."""
        found: dict[str, str] = {}
        for _ in range(self.chance.choice([0, 0, *range(most + 1)])):
            text = self.pick(usual, odd)
            found.setdefault(text.partition("=")[0], text)
        return list(found.values())

    def maybe(self, probability: float) -> bool:
        return self.chance.random() < probability

    def add(self, option: str, *items: str) -> None:
        text = ",".join(items)
        self.parts.append(f"{option} '{text}'")

    def memory(self) -> None:
        """Add -m, and what else is about the initial memory."""
        size = "128M"
        if self.maybe(0.9):
            size = self.pick(MEMORY_SIZES, ODD_MEMORY_SIZES)
            items = [size]
            if self.maybe(0.75):
                items.append(f"maxmem={self.pick(MAXMEM, ODD_MAXMEM)}")
                if self.maybe(0.9):
                    items.append(f"slots={self.pick(SLOTS, ODD_SLOTS)}")
            self.add("-m", *items)
        if self.maybe(0.08):
            self.add("-mem-path", self.pick(PATHS, ODD_PATHS).format(id="main"))
        if size in SMALL_SIZES and self.maybe(0.2):
            self.parts.append("-mem-prealloc")
        if self.maybe(0.08):
            self.add("-overcommit", self.pick(OVERCOMMIT, ODD_OVERCOMMIT))
        if self.maybe(0.2):
            self.add("-smp", self.pick(SMP, ODD_SMP))

    def backend(self) -> None:
        """Add a memory backend that nothing uses yet."""
        kind = self.pick(BACKENDS, ODD_BACKENDS)
        name = f"n{len(self.backends)}"
        items = [kind, f"id={name}", f"size={self.pick(BACKEND_SIZES, ODD_BACKEND_SIZES)}"]
        if kind == "memory-backend-file":
            items.append("mem-path=" + self.pick(PATHS, ODD_PATHS).format(id=name))
            items += self.some(FILE_PROPERTIES, ODD_FILE_PROPERTIES, 2)
        if kind == "memory-backend-memfd":
            items += self.some(MEMFD_PROPERTIES, ODD_MEMFD_PROPERTIES, 1)
        items += self.some(BACKEND_PROPERTIES, ODD_BACKEND_PROPERTIES, 2)
        self.backends.append(name)
        self.free.append(name)
        self.add("-object", *items)

    def nodes(self) -> None:
        """Add NUMA nodes, some with backends of their own."""
        with_backends = self.maybe(0.3)
        for number in range(self.chance.choice((1, 1, 2, 2, 3))):
            items = ["node", *([f"nodeid={number}"] if self.maybe(0.5) else [])]
            if with_backends and self.free:
                items.append(f"memdev={self.free.pop(0)}")
            self.add("-numa", self.pick([",".join(items)], ODD_NODES))

    def device(self, number: int) -> None:
        """Add a memory device."""
        kind = self.chance.choice(DEVICES)
        memdev = self.free.pop() if self.free and self.maybe(0.9) else "n0"
        items = [kind, f"memdev={memdev}", *([f"id=d{number}"] if self.maybe(0.8) else [])]
        usual, odd = {
            "pc-dimm": (DIMM_PROPERTIES, ODD_DIMM_PROPERTIES),
            "nvdimm": (
                DIMM_PROPERTIES + NVDIMM_PROPERTIES,
                ODD_DIMM_PROPERTIES + ODD_NVDIMM_PROPERTIES,
            ),
            "virtio-mem-pci": (VIRTIO_MEM_PROPERTIES, ODD_VIRTIO_MEM_PROPERTIES),
            "virtio-pmem-pci": (VIRTIO_PMEM_PROPERTIES, ODD_VIRTIO_PMEM_PROPERTIES),
            "sp-mem": (SP_MEM_PROPERTIES, ODD_SP_MEM_PROPERTIES),
        }[kind]
        self.add("-device", *items, *self.some(usual, odd, 3))


def memory_line(chance: random.Random) -> str:
    """Return a machine with backends, nodes and memory devices; about every third does not
    start.
    """
    line = _Line(chance)
    line.parts.append(f"-M '{chance.choice(MACHINES)}'")
    line.memory()
    for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 4))):
        line.backend()
    if line.maybe(0.3):
        line.nodes()
    if line.maybe(0.1):
        line.parts.append("-device pcie-root-port,id=rp")
    for number in range(chance.choice((0, 1, 1, 2, 3))):
        if line.backends:
            line.device(number)
    chance.shuffle(line.parts)
    return " ".join(line.parts)
