"""Random monitor lines, plausible and broken ones mixed, that reach every command, option and message.

Running them and comparing replies is the business of `differential.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

BACKENDS = ("m0", "m1", "m2", "m3", "m4", "m5")
DEVICES = ("d0", "d1", "d2", "d3", "v0", "v1", "n0")
ODD_BACKENDS = ("nope", "/objects/m0", "objects/m1", "", "/machine", "d0")
BUSES, ODD_BUSES = ("rp", "rp2", "pci.0", "pcie.0"), ("isa.0", "main-system-bus", "x", "", "virtio-bus")
ODD_IDS = ("nope", "pc.ram", "9x", "", "type", "a b", "rp", "compat_monitor0")
SMALL_SIZES = ("64M", "64M", "128M", "2M", "4M", "16M", "256M", "1M", "6M")
ODD_SIZES = ("4K", "3M", "5000", "0", "-1", "x", "1.5M", "0x4000000", "1KB", "", "64T", "2.5k", ".5M", "+4M", " 4M",
             "1e3", "0x", "99999999999999999999", "16777215T", "1G", "8G", "129K")
HUGE_SIZES = ("2M", "4M", "3M", "6M", "8M", "64G")
SWITCHES = ("on", "off", "on", "off", "yes", "no", "true", "false", "y", "n", "x", "", "ON", "1")
NUMBERS = ("0", "1", "2", "3", "4", "-1", "7", "x", "", "0x1", "010", "0b1", "4294967296", "2147483648", "300", "1 ",
           "18446744073709551616", "-4294967296", "99999999999999999999")
ADDRESSES = ("0", "0x100000000", "0x108000000", "0x140000000", "0x200000", "0x100200000", "0x100001000", "0x180000000",
             "0x3ffffffc", "-1", "0xa0000", "1k", "4294967296", "0x17fe00000", "0xffffffffffe00000", "x", "0x2bfe00000")
UUIDS = ("0f8fad5b-d9cb-469f-a165-70867728950e", "0F8FAD5B-D9CB-469F-A165-70867728950E", "x", "",
         "0f8fad5bd9cb469fa16570867728950e")
NODES = ("0", "0", "1", "127", "128", "65536", "-1", "x", "", "0-1", "3-1")
FILES = ("f1", "f2", "f3", "f4", "no/f", "", "small", "odd", "readonly")
QOM_VALUES = (*SWITCHES, *NUMBERS, "2M", "bind", "default", "m0", "t0", "0-1", *NODES)
SUMS = ("16", "4096", "-1", "0")
LABELS = ("128K", "256K", "1M", "3M", "129K", "0", "127K", "64M", "x", "-1", "0x20001")
PCI_ADDRESSES = ("4", "5", "4.0", "05.1", "1f", "1f.7", "2", "0", "32", "x", "", "-1", "5.8", "0x6.0x0", "3", "1")
INFO = ("memory-devices", "memdev", "memory_size_summary", "numa", "status", "name", "uuid", "nope", "status x", "kvm",
        "qom-tree /objects", "qom-tree nope", "history", "name  ", "balloon", "mem", "tlb", "iothreads", "dump",
        "vm-generation-id", "hotpluggable-cpus", "numa 1", "qtree -x", "mtree -", "mtree -d -f", "qtree x", "/x", "")
EXPRESSIONS = ("1+2*3", "9-1|2", "~0", "(1", "1/0", "0x10", "09", "'a'", "foo", "-7/2", "1 2", "",
               "18446744073709551616",
               "$foo", "7%3", "7%0", "1<<2", "'ab", "0x", "0b11", "017", "6^3&5", "--1", "+ 1", "((2))", ")", "'\\n'",
               "9223372036854775807+1", "1-", "'", "- 1 -1", "0xg", "1|", "\"1\"", "2147483648*4")
FORMATS = ("", "/x", "/d", "/o", "/c", "/u", "/4xb", "/2xw", "/2xg", "/z", "/0x", "/3uh", "/3ch", "/16db", "/x x",
           "/xx",
           "/wx", "/4", "/g")
QOM_PATHS = ("m0", "m1", "d0", "v0", "n0", "/objects/m0", "/machine", "/machine/peripheral/d0", "/objects", "nope", "/",
             "d0/memdev", "memdev", "m0/m0[0]", "objects/m1", "//objects//m0/", '""', "v0/virtio-backend", "v1", "d1",
             "/machine/peripheral-anon/device[0]", "/machine/peripheral/v0", "n0/nvdimm-memory[0]", "virtio-backend",
             "/machine/unattached/device[0]", "/machine/peripheral", "v0/memdev", "rp", "/machine/", "machine")
QOM_PROPERTIES = ("size", "share", "dump", "merge", "policy", "prealloc", "host-nodes", "addr", "slot", "node",
                  "memdev",
                  "type", "nope", "mem-path", "rom", "reserve", "hotplugged", "hotpluggable", "prealloc-threads",
                  "container", "requested-size", "block-size", "memaddr", "label-size", "uuid", "unarmed", "align",
                  "offset", "readonly", "pmem", "discard-data", "hugetlb", "hugetlbsize", "seal", "prealloc-context",
                  "unplugged-inaccessible", "dynamic-memslots", "parent_bus", "virtio-backend", "m0[0]", "priority",
                  "x-use-canonical-path-for-ramblock-id", "multifunction", "addr", "memory", "memory-backend")
JSON_VALUES = ("true", "false", "1", "0", "-1", "[0]", "[128]", "[65536]", '["x"]', '"x"', "x", "{", "null", '"on"',
               "[1,",
               "{}", '{"a":1}', '"\\q"', "1 2", "07", '"abc', "4194304", "3", '"/objects/m1"', "{1:2}", '{"a" 1}',
               "[1 2]",
               '{"a":1,"a":2}', "%", "1.5", "2097152", "'x'", "tru")
BROKEN_LINES = ("foo", "stop x", "", "  info status  ", 'qom-get "a', "info/x", "object_add", "device_add", "qom-get",
                'qom-get "a\\q" b', "object_del", "device_del", "sum", "sum 0", "xp", "memsave 0 1", "i", "o /b 1",
                "cpu",
                "qom-set m0", "qom-set -", "qom-set -k m0 size 1", "device_del d0 d1", "object_del m0 m1", "help",
                'device_add "pc-dimm', 'device_add "pc-dimm\\x"', "device_add pc-dimm x", "STOP", "?", "qom-list a b",
                "sum 0x100000000 1", "cpu 99", "cpu 0", "balloon 1", "gva2gpa 0x1000", "exit_preconfig", "clear",
                "system_wakeup", "help x \"", "help info nope", "memsave 0 4294967296 f", "pmemsave x 1 f", "info")


PREPARED_BACKENDS = (
    "memory-backend-ram,id={0},size=64M", "memory-backend-ram,id={0},size=64M",
    "memory-backend-ram,id={0},size=128M,share=on",
    "memory-backend-memfd,id={0},size=64M", "memory-backend-file,id={0},size=64M,mem-path=@TMP@/{0}",
    "memory-backend-file,id={0},size=16M,mem-path=@TMP@/{0},share=on", "memory-backend-shm,id={0},size=64M",
    "memory-backend-ram,id={0},size=4M,prealloc=on",
    "memory-backend-file,id={0},size=64M,mem-path=@TMP@/readonly,readonly=on",
    "memory-backend-file,id={0},size=64M,mem-path=@TMP@/readonly,readonly=on,rom=off",
    "memory-backend-ram,id={0},size=256M",
    "memory-backend-memfd,id={0},size=8M,hugetlb=on,hugetlbsize=2M", "memory-backend-ram,id={0},size=6M",
    "memory-backend-file,id={0},size=64M,mem-path=@TMP@/{0},align=64M",
)
PREPARED_DEVICES = (
    "virtio-mem-pci,id=v0,memdev={0}", "virtio-mem-pci,id=v0,memdev={0},requested-size=4M", "pc-dimm,id=d0,memdev={0}",
    "nvdimm,id=n0,memdev={0},label-size=128K", "virtio-pmem-pci,id=v1,memdev={0}",
    "virtio-mem-pci,id=v1,memdev={0},bus=rp",
    "virtio-mem-pci,id=v0,memdev={0},unplugged-inaccessible=off", "virtio-mem-pci,id=v0,memdev={0},dynamic-memslots=on",
    "pc-dimm,memdev={0}", "pc-dimm,id=d1,memdev={0},slot=1", "virtio-mem-pci,id=v1,memdev={0},bus=rp,addr=1",
)
FRAGMENTING = (
    "object_add memory-backend-ram,id=mq,size=32M", "device_add virtio-pmem-pci,memdev=mq,memaddr=0x101000000",
    "object_add memory-backend-ram,id=mr,size=32M", "device_add virtio-pmem-pci,memdev=mr",
)
SEQUENCES = (
    (), (), (),
    ("object_add memory-backend-memfd,id=mh,size=8M,hugetlb=on,hugetlbsize=2M",
     "device_add virtio-mem-pci,memdev=mh,block-size=1M"),
    ("object_add memory-backend-ram,id=mz,size=4M",
     "device_add virtio-mem-pci,memdev=mz,unplugged-inaccessible=off,dynamic-memslots=on"),
    ("device_add pcie-root-port,id=rf,chassis=9,addr=9.1", "device_add pcie-root-port,id=rg,chassis=10,addr=9"),
    ("object_add memory-backend-ram,id=my,size=6M", "device_add virtio-mem-pci,memdev=my,block-size=4M",
     "device_add virtio-mem-pci,id=vy,memdev=my,block-size=4K", "device_add virtio-mem-pci,id=vy,memdev=my",
     "qom-set vy requested-size 2M", "device_del vy"),
)
SELDOM = (
    "qom-set -j /machine memory [0]", "qom-set -j /machine smp 1",
    "object_add memory-backend-shm,id=mx,size=4M,share=off", "object_add memory-backend-ram,id=mx,size=64T",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/ox,offset=1", "qom-get m0 prealloc-threads",
    "qom-get v0 vectors", "qom-list v0", "qom-get pc.ram prealloc-threads",
    "object_add thread-context,id=tx,cpu-affinity.0=999", "object_add thread-context,id=tx,node-affinity.0=77",
    "object_add thread-context,id=tx,cpu-affinity.0=0,node-affinity.0=0", "qom-get tx node-affinity",
    "object_add thread-context,id=tx,cpu-affinity.0=0", "object_del tx", "qom-get tx cpu-affinity", "qom-list tx",
    "object_add {\"qom-type\":\"thread-context\",\"id\":\"ty\",\"cpu-affinity\":[]}",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/rx,rom=on", "device_add virtio-mem-pci,memdev=ms",
    "object_add memory-backend-memfd,id=mx,size=9223372036854775808", "object_add memory-backend-ram,id=ms,size=3M",
    "device_add virtio-mem-pci,memdev=ms,block-size=1M,requested-size=1M",
    "object_add memory-backend-file,id=mu,size=3M,mem-path=@TMP@/mu", "device_add virtio-mem-pci,memdev=mu",
    "device_add virtio-mem-pci,memdev=mu,requested-size=1M",
    "device_add pcie-root-port,id=rf,chassis=9,addr=9.1", "device_add pcie-root-port,id=rg,chassis=10,addr=9",
    "object_add memory-backend-memfd,id=mh,size=8M,hugetlb=on,hugetlbsize=2M", "info status",
    "system_wakeup",
    "device_add virtio-mem-pci,memdev=mh,block-size=1M", "object_add memory-backend-ram," + "a" * 130 + "=1,id=x",
    "object_add memory-backend-memfd,id=mx,size=2M,hugetlb=on,hugetlbsize=3M",
    "qom-set -j m0 dump {\"a\":" + "[" * 1100,
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/ax,align=3", "object_add {\"a\":" + "[" * 1100,
    "object_add memory-backend-ram,id=mx,size=4M,host-nodes.0=0", "device_add virtio-pmem-pci,memdev=mr",
    "object_add memory-backend-file,id=mx,size=1M,mem-path=@HUGE@", "object_add memory-backend-ram,id=mq,size=32M",
    "object_add memory-backend-ram,id=mr,size=32M", "device_add virtio-pmem-pci,memdev=mq,memaddr=0x101000000",
    "device_del /machine/unattached/device[2]", "gpa2hpa 0x100000000", "gpa2hpa 0x140000000", "xp/2i 0",
    "info mtree -f -d",
    "qom-set v0 block-size 4M", "qom-set v0 memdev m1", "qom-set v0 memaddr 0", "device_del v0/virtio-backend",
    "device_del v1",
    "qom-set -j v0 requested-size 4194304", "device_del v0", "qom-set v0 requested-size 3M",
    "qom-set v0 requested-size 0",
    "device_add virtio-mem-pci,memdev=m0,addr=4", "device_add virtio-mem-pci,memdev=m1,addr=4.1", "gpa2hva 0xfec00000",
    "device_add virtio-mem,memdev=m0", "device_add virtio-pmem,memdev=m0,bus=virtio-bus", "gpa2hva 0xfd00000000",
    "device_add virtio-mem-pci,memdev=m0,bus=rp,addr=2", "device_add virtio-mem-pci,memdev=m1,bus=rp",
    "gpa2hpa 0xfd00000000",
    "device_add pcie-root-port,id=rq,chassis=1", "device_add pcie-root-port,id=rs,chassis=7", "qom-set m0 size 1M",
    "qom-set m0 share on", "qom-set m0 reserve off", "qom-set d0 addr 5", "qom-set d0 memdev m0",
    "qom-set n0 label-size 1M",
    "qom-set m0 host-nodes x", "qom-set m0 host-nodes 3-1", "qom-set m1 mem-path x", "qom-set m2 rom on",
    "qom-set m3 align 2M",
    "object_add memory-backend-ram,id=mx,size=4M,policy=bind,host-nodes.0=101", 'pmemsave 0 4096 "/dev/full"',
    "object_add memory-backend-ram,id=mx,size=4M,prealloc=on,reserve=off", "object_add memory-backend-ram,id.x=1,id=m0",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/px,pmem=on,share=on", "object_del mx", "device_del n0",
    "object_add memory-backend-file,id=mx,size=64M,mem-path=@TMP@/readonly,readonly=on,share=on,rom=off",
    "qom-set m0 pmem on",
    "object_add memory-backend-memfd,id=mx,size=64G,hugetlb=on,hugetlbsize=2M,prealloc=on", "object_add " + "[" * 1100,
    "object_add memory-backend-ram,size=1M,id.1=x,id.0=y",
    "object_add memory-backend-ram,id=" + "a" * 130 + "=1,size=1M",
    "object_add memory-backend-ram,id=mx,size=1M,host-nodes.1=0",
    "object_add memory-backend-ram,id=mx,size=1M,a.b=1,a=2",
    "device_add virtio-mem-pci,memdev=m0,block-size=1M",
    "device_add virtio-mem-pci,memdev=m3,block-size=1M,requested-size=1M",
    "device_add virtio-mem-pci,memdev=m0,unplugged-inaccessible=off,dynamic-memslots=on", "info qtree -b x",
    "info mtree -d x",
    "device_add virtio-mem-pci,memdev=m1,requested-size=3M", "device_add nvdimm,memdev=m2",
    "device_add nvdimm,memdev=m4",
    "device_add nvdimm,memdev=m3,label-size=1", "device_add pc-dimm,memdev=m2,slot=0", "cpu 1",
    "info hotpluggable-cpus",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/ax,align=3M", "qom-get /machine max-ram-below-4g",
    "memsave 0xfd00000000 16 \"@TMP@/s\"", "object_add {\"qom-type\":\"memory-backend-ram\",\"id\":\"9\",\"size\":1}",
    "device_add virtio-mem-pci,memdev=m5,node=7", "device_add pc-dimm,memdev=m5,node=7", "qom-set v0 node 1",
    "qom-set n0 uuid x",
    "qom-set n0 uuid 0f8fad5b-d9cb-469f-a165-70867728950e", "qom-get n0 uuid", "qom-get v0 addr",
    "device_del compat_monitor0",
    "object_del compat_monitor0", "object_add memory-backend-ram,id=mx,size=4M,host-nodes.0=0,policy=bind",
    "info mtree -D x",
)


class RandomLines:
    """Makes lines; `huge` is a folder on a hugetlbfs or empty, `@TMP@` stands for the program's own folder."""

    def __init__(self, chance: random.Random, huge: bool, narrow: bool) -> None:
        self._chance, self._huge, self._narrow = chance, huge, narrow
        self._makers: tuple[tuple[int, Callable[[], str]], ...] = (
            (10, self.object_add), (12, self.device_add), (3, self.object_add_json), (3, self.unplug), (4, self.ports),
            (4, self.delete), (6, self.qom), (4, self.memory), (3, self.info), (2, self.expression), (2, self.broken),
            (1, self.help), (1, self.run_state), (7, self.seldom),
        )

    def line(self) -> str:
        """One line."""
        weights, makers = zip(*self._makers, strict=True)
        return str(self._chance.choices(makers, weights)[0]())

    def prepare(self) -> list[str]:
        """The first lines of a session, which put backends and devices there for the others to meet."""
        if self._narrow and self.often(0.5):
            return [*FRAGMENTING]
        if self.often(0.06):
            return self._crowd()
        backends = [f"object_add {self.pick(PREPARED_BACKENDS).format(identifier)}" for identifier in BACKENDS]
        devices = [f"device_add {self.pick(PREPARED_DEVICES).format(self.pick(BACKENDS))}" for _ in range(4)]
        return backends + devices + list(self._chance.choice(SEQUENCES))

    def _crowd(self) -> list[str]:
        """More devices than a PCI bus has slots for."""
        pairs = ((f"object_add memory-backend-ram,id=c{number},size=2M", f"device_add virtio-mem-pci,memdev=c{number}")
                 for number in range(31))
        return [line for pair in pairs for line in pair]

    def seldom(self) -> str:
        """A line that gives a message which random words hardly ever give."""
        return self.pick(SELDOM)

    def pick(self, words: tuple[str, ...], odd: tuple[str, ...] = (), share: float = 0.12) -> str:
        """A usual word, now and then an odd one."""
        return self._chance.choice(odd if odd and self._chance.random() < share else words)

    def often(self, probability: float) -> bool:
        """True with a probability."""
        return self._chance.random() < probability

    def _backend_items(self) -> tuple[str, list[tuple[str, str]]]:
        kind = self.pick(("ram", "ram", "ram", "file", "file", "memfd", "shm"), ("epc", "nope", ""), 0.04)
        items = [("id", self.pick(BACKENDS, ODD_IDS, 0.06))]
        on_huge = self._huge and self.often(0.25) and kind in ("file", "memfd")
        items.append(("size", self.pick(HUGE_SIZES) if on_huge else self.pick(SMALL_SIZES, ODD_SIZES, 0.25)))
        if kind == "file" and self.often(0.97):
            folder = "@HUGE@" if on_huge else "@TMP@"
            items.append(("mem-path", f"{folder}/{self.pick(FILES)}" if self.often(0.8) else folder))
        if kind == "memfd" and on_huge:
            items += [("hugetlb", "on"), ("hugetlbsize", self.pick(("2M", "2M", "2M", "3M", "0", "16M")))]
        for _ in range(self._chance.choice((0, 0, 0, 0, 1, 1, 2))):
            items.append(self._backend_option(kind))
        return f"memory-backend-{kind}" if kind else kind, items

    def _backend_option(self, kind: str) -> tuple[str, str]:
        own = {"file": ("align", "offset", "readonly", "rom", "pmem", "discard-data"),
               "memfd": ("hugetlb", "hugetlbsize", "seal")}.get(kind, ())
        shared = ("share", "merge", "dump", "reserve", "policy", "host-nodes.0", "prealloc-threads", "prealloc-context",
                  "x-use-canonical-path-for-ramblock-id", "prealloc")
        odd = ("foo", "a b", "", "host-nodes", "mem-path", "align", "hugetlb", "qom-type", "size", "id", "share.x")
        key = self.pick(own * 2 + shared, odd, 0.08)
        return key, self._backend_value(key)

    def _backend_value(self, key: str) -> str:
        values: dict[str, tuple[str, ...]] = {
            "policy": ("default", "bind", "preferred", "interleave", "x", ""), "host-nodes.0": NODES,
            "host-nodes": NODES,
            "prealloc-threads": NUMBERS, "rom": ("on", "off", "auto", "x"), "align": ("4K", "2M", "1M", "4M", "3",
            "3M", "x"),
            "offset": ("4K", "2M", "1", "x", "0"), "hugetlbsize": ("2M", "4K", "3M", "x", "0", "1G"),
            "prealloc-context": ("t0", "m0", "nope", "/objects/t0", ""), "size": ODD_SIZES, "id": ODD_IDS,
        }
        return self.pick(values.get(key, SWITCHES))

    def object_add(self) -> str:
        """A backend or a thread-context from key=value text."""
        if self.often(0.04):
            return "object_add thread-context,id=t0" + self.pick(("", "", ",cpu-affinity.0=0", ",thread-id=1", ",x=1"))
        kind, items = self._backend_items()
        if self.often(0.03):
            items.pop(self._chance.randrange(len(items)))
        text = ",".join([kind, *(f"{key}={value}" for key, value in items)])
        return f"object_add {text}" + self.pick(("",), (",", " ", ",share", ",=x", ",help", ",,"), 0.04)

    def object_add_json(self) -> str:
        """A backend from JSON, with numbers and booleans as JSON has them, or not."""
        kind, items = self._backend_items()
        members = [f'"qom-type":"{kind}"'] if self.often(0.97) else []
        for key, value in dict(items).items():
            members.append(f'"{key}":{self._json_value(key, value)}')
        text = "{" + ",".join(members) + "}"
        if self.often(0.06):
            at = self._chance.randrange(len(text))
            text = text[:at] + self.pick(("", "x", ",", "}", '"', "\\", "%", "1")) + text[at + 1 :]
        return f"object_add {text}"

    def _json_value(self, key: str, value: str) -> str:
        if self.often(0.05):
            return self.pick(JSON_VALUES)
        if key == "size":
            return str(self._chance.choice((1 << 20, 2 << 20, 4 << 20, 5000, 0)))
        if key.startswith("host-nodes"):
            return self.pick(("[0]", "[]", "[1,0]", "[128]", "[-1]", '"0"'))
        if value in ("on", "off"):
            return "true" if value == "on" else "false"
        return value if value.isdigit() and not value.startswith("0") else f'"{value}"'

    def device_add(self) -> str:
        """A device."""
        driver = self.pick(("pc-dimm",) * 4 + ("nvdimm",) * 2 + ("virtio-mem-pci",) * 4 + ("virtio-pmem-pci",) * 2,
                           ("virtio-mem", "virtio-pmem", "nope", "device", "", "i440FX-pcihost", "pci-device",
                           "PC-DIMM",
                            "pcie-root-port"), 0.06)
        items = [f"id={self.pick(DEVICES, ODD_IDS, 0.05)}"] if self.often(0.8) else []
        if self.often(0.97):
            items.append(f"memdev={self.pick(BACKENDS, ODD_BACKENDS, 0.06)}")
        if driver.startswith("virtio") and self.often(0.4):
            items.append(f"bus={self.pick(BUSES, ODD_BUSES, 0.2)}")
        for _ in range(self._chance.choice((0, 0, 0, 0, 1, 1, 2))):
            items.append(self._device_option(driver))
        if self.often(0.5):
            self._chance.shuffle(items)
        text = ",".join([driver, *items])
        return f"device_add {text}" + self.pick(("",), (",", ",x", ",nohelp", ",noid", " x", ",help", ",,"), 0.03)

    def _device_option(self, driver: str) -> str:
        kinds: dict[str, tuple[str, ...]] = {
            "pc-dimm": ("slot", "addr", "node"), "nvdimm": ("slot", "addr", "node", "label-size", "unarmed", "uuid"),
            "virtio-mem-pci": ("memaddr", "node", "block-size", "requested-size", "unplugged-inaccessible", "prealloc",
                               "dynamic-memslots", "addr"),
            "virtio-pmem-pci": ("memaddr", "addr"),
        }
        odd = ("foo", "size", "hotplugged", "bus", "type", "id", "driver", "virtio-backend", "", "slot",
        "node")
        key = self.pick(kinds.get(driver, ("addr",)), odd, 0.08)
        on_pci = driver.startswith("virtio")
        values: dict[str, tuple[str, ...]] = {
            "slot": NUMBERS, "node": ("0", "0", "1", "2", *NUMBERS), "addr": PCI_ADDRESSES if on_pci else ADDRESSES,
            "memaddr": ADDRESSES, "label-size": LABELS, "uuid": UUIDS, "unplugged-inaccessible": ("on", "off", "auto",
            "x"),
            "block-size": ("1M", "2M", "4M", "4K", "3M", "64M", "1G", "x", "0"), "bus": ("rp", "x"),
            "requested-size": ("0", "2M", "4M", "64M", "1M", "3M", "1T", "x", "-1"), "id": ODD_IDS,
        }
        return f"{key}={self.pick(values.get(key, SWITCHES))}"

    def unplug(self) -> str:
        """device_del."""
        return f"device_del {self.pick(DEVICES, QOM_PATHS, 0.3)}"

    def delete(self) -> str:
        """object_del."""
        return f"object_del {self.pick((*BACKENDS, 't0'), ODD_IDS, 0.1)}"

    def ports(self) -> str:
        """Play the guest, or look at what it would see."""
        bit = 1 << self._chance.randrange(8)
        pci = self._chance.choice((0xAE00, 0xCC0))
        return self._chance.choice((
            f"o /w 0xa00 {self._chance.randrange(5)}", f"o /b 0xa14 {self._chance.choice((1, 2, 4, 8, 8, 14, 255))}",
            "i /b 0xa14", f"i /w 0x{self._chance.randrange(0xA00, 0xA18, 4):x}", f"i /w 0x{pci + 4:x}",
            f"i /w 0x{pci:x}",
            f"i /w 0x{pci + 12:x}", f"i /{self.pick(('b', 'h', 'w', 'g'))} 0x{pci + self._chance.randrange(24):x}",
            f"o /w 0x{pci + 16:x} {self._chance.randrange(4)}", f"o /w 0x{pci + 8:x} {bit}",
            f"o /w 0x{pci + 8:x} {bit << 2}",
            f"i /b 0x{self._chance.randrange(0xA00, 0xA18):x}", "i /w 0x99", "o /b 0x99 1",
        ))

    def qom(self) -> str:
        """qom-list, qom-get, qom-set."""
        path, name = self.pick(QOM_PATHS), self.pick(QOM_PROPERTIES)
        if self.often(0.15):
            return f"qom-list {path}" if self.often(0.9) else "qom-list"
        if self.often(0.45):
            return f"qom-get {path} {name}"
        if self.often(0.35):
            size = self.pick(("0", "2M", "4M", "64M", "3M", "1G", "x", "-1", "1.5M"))
            return f"qom-set {self.pick(('v0', 'v1', 'v0/virtio-backend'))} requested-size {size}"
        if self.often(0.3):
            return f"qom-set -j {path} {name} {self.pick(JSON_VALUES)}"
        return f"qom-set {path} {name} {self.pick(QOM_VALUES)}"

    def memory(self) -> str:
        """Look at memory or save it."""
        addr, shape = self.pick(ADDRESSES), self.pick(FORMATS)
        return self._chance.choice((
            f"xp{shape} {addr}", f"xp{shape} {addr}", f"x{shape} {addr}", f"sum {addr} {self.pick(SUMS)}",
            f'memsave {addr} 8 "@TMP@/s"', f'pmemsave {addr} 4097 "@TMP@/p"', f"gpa2hva {addr}", "gpa2hva 0x100000000",
            'memsave 0 8 "@TMP@/no/s"', f"gva2gpa {addr}",
        ))

    def info(self) -> str:
        """An info command, most often about memory."""
        return f"info {self.pick(INFO[:4] * 4 + INFO)}"

    def expression(self) -> str:
        """print."""
        return f"p{self.pick(FORMATS)} {self.pick(EXPRESSIONS)}"

    def broken(self) -> str:
        """What can't be read, and commands about absent parts."""
        return self.pick(BROKEN_LINES)

    def help(self) -> str:
        """Help on something."""
        about = self.pick(("stop", "object_add", "nope", "info status", "info nope", "p", "info", "info mtree"))
        kinds = ("pc-dimm", "nvdimm", "virtio-mem-pci", "virtio-pmem-pci", "virtio-mem", "device", "nope", "container",
                 "pcie-root-port", "virtio-pmem", "memory-backend-ram")
        backend = self.pick(("ram", "file", "memfd", "shm"))
        return self._chance.choice((f"help {about}", f"device_add {self.pick(kinds)},help",
                                    f"object_add memory-backend-{backend},help", "object_add thread-context,help"))

    def run_state(self) -> str:
        """Only what leaves the machine stopped: the reference's guest runs firmware, ours a Linux."""
        return self.pick(("stop", "system_powerdown", "stop x"))
