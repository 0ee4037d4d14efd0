"""Random monitor lines, plausible and broken ones mixed, that reach every command, option and
message.

Running them and comparing replies is the business of `differential.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from scripts.lib.generators import random_words as words
from scripts.lib.generators.random_cpus import plug_line


class RandomLines:
    """Makes lines; `huge` is a folder on a hugetlbfs or empty, `@TMP@` stands for the program's own
    folder.
    """

    def __init__(self, chance: random.Random, huge: bool, narrow: bool) -> None:
        self._chance, self._huge, self._narrow = chance, huge, narrow
        self._makers: tuple[tuple[int, Callable[[], str]], ...] = (
            (10, self.object_add),
            (12, self.device_add),
            (3, self.object_add_json),
            (2, self.plug_cpu),
            (3, self.unplug),
            (4, self.ports),
            (4, self.delete),
            (6, self.qom),
            (4, self.memory),
            (3, self.info),
            (2, self.expression),
            (2, self.broken),
            (1, self.help),
            (1, self.run_state),
            (7, self.seldom),
        )

    def line(self) -> str:
        """One line."""
        weights, makers = zip(*self._makers, strict=True)
        return str(self._chance.choices(makers, weights)[0]())

    def prepare(self) -> list[str]:
        """The first lines of a session, which put backends and devices there for the others to
        meet.
        """
        if self._narrow and self.often(0.5):
            return [*words.FRAGMENTING]
        if self.often(0.06):
            return self._crowd()
        backends = [
            f"object_add {self.pick(words.PREPARED_BACKENDS).format(identifier)}"
            for identifier in words.BACKENDS
        ]
        devices = [
            f"device_add {self.pick(words.PREPARED_DEVICES).format(self.pick(words.BACKENDS))}"
            for _ in range(4)
        ]
        return backends + devices + list(self._chance.choice(words.SEQUENCES))

    def _crowd(self) -> list[str]:
        """More devices than a PCI bus has slots for."""
        pairs = (
            (
                f"object_add memory-backend-ram,id=c{number},size=2M",
                f"device_add virtio-mem-pci,memdev=c{number}",
            )
            for number in range(31)
        )
        return [line for pair in pairs for line in pair]

    def seldom(self) -> str:
        """A line that gives a message which random words hardly ever give."""
        return self.pick(words.SELDOM)

    def pick(self, words: tuple[str, ...], odd: tuple[str, ...] = (), share: float = 0.12) -> str:
        """A usual word, now and then an odd one."""
        return self._chance.choice(odd if odd and self._chance.random() < share else words)

    def often(self, probability: float) -> bool:
        """True with a probability."""
        return self._chance.random() < probability

    def _backend_items(self) -> tuple[str, list[tuple[str, str]]]:
        kind = self.pick(
            ("ram", "ram", "ram", "file", "file", "memfd", "shm"), ("epc", "nope", ""), 0.04
        )
        items = [("id", self.pick(words.BACKENDS, words.ODD_IDS, 0.06))]
        on_huge = self._huge and self.often(0.25) and kind in ("file", "memfd")
        sizes = (words.HUGE_SIZES,) if on_huge else (words.SMALL_SIZES, words.ODD_SIZES, 0.25)
        items.append(("size", self.pick(*sizes)))
        if kind == "file" and self.often(0.97):
            folder = "@HUGE@" if on_huge else "@TMP@"
            items.append(
                ("mem-path", f"{folder}/{self.pick(words.FILES)}" if self.often(0.8) else folder)
            )
        if kind == "memfd" and on_huge:
            items += [
                ("hugetlb", "on"),
                ("hugetlbsize", self.pick(("2M", "2M", "2M", "3M", "0", "16M"))),
            ]
        for _ in range(self._chance.choice((0, 0, 0, 0, 1, 1, 2))):
            items.append(self._backend_option(kind))
        return f"memory-backend-{kind}" if kind else kind, items

    def _backend_option(self, kind: str) -> tuple[str, str]:
        own = {
            "file": ("align", "offset", "readonly", "rom", "pmem", "discard-data"),
            "memfd": ("hugetlb", "hugetlbsize", "seal"),
        }.get(kind, ())
        shared = (
            "share",
            "merge",
            "dump",
            "reserve",
            "policy",
            "host-nodes.0",
            "prealloc-threads",
            "prealloc-context",
            "x-use-canonical-path-for-ramblock-id",
            "prealloc",
        )
        odd = (
            "foo",
            "a b",
            "",
            "host-nodes",
            "mem-path",
            "align",
            "hugetlb",
            "qom-type",
            "size",
            "id",
            "share.x",
        )
        key = self.pick(own * 2 + shared, odd, 0.08)
        return key, self._backend_value(key)

    def _backend_value(self, key: str) -> str:
        values: dict[str, tuple[str, ...]] = {
            "policy": ("default", "bind", "preferred", "interleave", "x", ""),
            "host-nodes.0": words.NODES,
            "host-nodes": words.NODES,
            "prealloc-threads": words.NUMBERS,
            "rom": ("on", "off", "auto", "x"),
            "align": ("4K", "2M", "1M", "4M", "3", "3M", "x"),
            "offset": ("4K", "2M", "1", "x", "0"),
            "hugetlbsize": ("2M", "4K", "3M", "x", "0", "1G"),
            "prealloc-context": ("t0", "m0", "nope", "/objects/t0", ""),
            "size": words.ODD_SIZES,
            "id": words.ODD_IDS,
        }
        return self.pick(values.get(key, words.SWITCHES))

    def object_add(self) -> str:
        """A backend or a thread-context from key=value text."""
        if self.often(0.04):
            return "object_add thread-context,id=t0" + self.pick(
                ("", "", ",cpu-affinity.0=0", ",thread-id=1", ",x=1")
            )
        kind, items = self._backend_items()
        if self.often(0.03):
            items.pop(self._chance.randrange(len(items)))
        text = ",".join([kind, *(f"{key}={value}" for key, value in items)])
        return f"object_add {text}" + self.pick(
            ("",), (",", " ", ",share", ",=x", ",help", ",,"), 0.04
        )

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
            return self.pick(words.JSON_VALUES)
        if key == "size":
            return str(self._chance.choice((1 << 20, 2 << 20, 4 << 20, 5000, 0)))
        if key.startswith("host-nodes"):
            return self.pick(("[0]", "[]", "[1,0]", "[128]", "[-1]", '"0"'))
        if value in ("on", "off"):
            return "true" if value == "on" else "false"
        return value if value.isdigit() and not value.startswith("0") else f'"{value}"'

    def device_add(self) -> str:
        """A device."""
        driver = self.pick(
            ("pc-dimm",) * 4 + ("nvdimm",) * 2 + ("virtio-mem-pci",) * 4 + ("virtio-pmem-pci",) * 2,
            (
                "virtio-mem",
                "virtio-pmem",
                "nope",
                "device",
                "",
                "i440FX-pcihost",
                "pci-device",
                "PC-DIMM",
                "pcie-root-port",
            ),
            0.06,
        )
        items = [f"id={self.pick(words.DEVICES, words.ODD_IDS, 0.05)}"] if self.often(0.8) else []
        if self.often(0.97):
            items.append(f"memdev={self.pick(words.BACKENDS, words.ODD_BACKENDS, 0.06)}")
        if driver.startswith("virtio") and self.often(0.4):
            items.append(f"bus={self.pick(words.BUSES, words.ODD_BUSES, 0.2)}")
        for _ in range(self._chance.choice((0, 0, 0, 0, 1, 1, 2))):
            items.append(self._device_option(driver))
        if self.often(0.5):
            self._chance.shuffle(items)
        text = ",".join([driver, *items])
        return f"device_add {text}" + self.pick(
            ("",), (",", ",x", ",nohelp", ",noid", " x", ",help", ",,"), 0.03
        )

    def _device_option(self, driver: str) -> str:
        kinds: dict[str, tuple[str, ...]] = {
            "pc-dimm": ("slot", "addr", "node"),
            "nvdimm": ("slot", "addr", "node", "label-size", "unarmed", "uuid"),
            "virtio-mem-pci": (
                "memaddr",
                "node",
                "block-size",
                "requested-size",
                "unplugged-inaccessible",
                "prealloc",
                "dynamic-memslots",
                "addr",
            ),
            "virtio-pmem-pci": ("memaddr", "addr"),
        }
        odd = (
            "foo",
            "size",
            "hotplugged",
            "bus",
            "type",
            "id",
            "driver",
            "virtio-backend",
            "",
            "slot",
            "node",
        )
        key = self.pick(kinds.get(driver, ("addr",)), odd, 0.08)
        on_pci = driver.startswith("virtio")
        values: dict[str, tuple[str, ...]] = {
            "slot": words.NUMBERS,
            "node": ("0", "0", "1", "2", *words.NUMBERS),
            "addr": words.PCI_ADDRESSES if on_pci else words.ADDRESSES,
            "memaddr": words.ADDRESSES,
            "label-size": words.LABELS,
            "uuid": words.UUIDS,
            "unplugged-inaccessible": ("on", "off", "auto", "x"),
            "block-size": ("1M", "2M", "4M", "4K", "3M", "64M", "1G", "x", "0"),
            "bus": ("rp", "x"),
            "requested-size": ("0", "2M", "4M", "64M", "1M", "3M", "1T", "x", "-1"),
            "id": words.ODD_IDS,
        }
        return f"{key}={self.pick(values.get(key, words.SWITCHES))}"

    def plug_cpu(self) -> str:
        """A CPU."""
        return plug_line(self._chance)

    def unplug(self) -> str:
        """device_del."""
        if self.often(0.2):
            return f"device_del cpu{self._chance.randrange(4)}"
        return f"device_del {self.pick(words.DEVICES, words.QOM_PATHS, 0.3)}"

    def delete(self) -> str:
        """object_del."""
        return f"object_del {self.pick((*words.BACKENDS, 't0'), words.ODD_IDS, 0.1)}"

    def ports(self) -> str:
        """Play the guest, or look at what it would see."""
        bit = 1 << self._chance.randrange(8)
        pci = self._chance.choice((0xAE00, 0xCC0))
        cpus = 0xAF00 if pci == 0xAE00 else 0xCD8
        return self._chance.choice(
            (
                f"o /w 0xa00 {self._chance.randrange(5)}",
                f"o /b 0xa14 {self._chance.choice((1, 2, 4, 8, 8, 14, 255))}",
                "i /b 0xa14",
                f"i /w 0x{self._chance.randrange(0xA00, 0xA18, 4):x}",
                f"i /w 0x{pci + 4:x}",
                f"i /w 0x{pci:x}",
                f"i /w 0x{pci + 12:x}",
                f"i /{self.pick(('b', 'h', 'w', 'g'))} 0x{pci + self._chance.randrange(24):x}",
                f"o /w 0x{pci + 16:x} {self._chance.randrange(4)}",
                f"o /w 0x{pci + 8:x} {bit}",
                f"o /w 0x{pci + 8:x} {bit << 2}",
                f"i /b 0x{self._chance.randrange(0xA00, 0xA18):x}",
                f"o /w 0x{cpus:x} {self._chance.randrange(9)}",
                f"o /b 0x{cpus + 4:x} {self._chance.choice((1, 2, 4, 8, 8, 16, 255))}",
                f"o /b 0x{cpus + 5:x} {self._chance.randrange(5)}",
                f"o /w 0x{cpus + 8:x} {self._chance.randrange(256)}",
                f"i /{self.pick(('b', 'h', 'w'))} 0x{cpus + self._chance.randrange(13):x}",
                f"i /b 0x{cpus + 4:x}",
                "i /w 0x99",
                "o /b 0x99 1",
            )
        )

    def qom(self) -> str:
        """qom-list, qom-get, qom-set."""
        path, name = self.pick(words.QOM_PATHS), self.pick(words.QOM_PROPERTIES)
        if self.often(0.15):
            return f"qom-list {path}" if self.often(0.9) else "qom-list"
        if self.often(0.45):
            return f"qom-get {path} {name}"
        if self.often(0.35):
            size = self.pick(("0", "2M", "4M", "64M", "3M", "1G", "x", "-1", "1.5M"))
            return f"qom-set {self.pick(('v0', 'v1', 'v0/virtio-backend'))} requested-size {size}"
        if self.often(0.3):
            return f"qom-set -j {path} {name} {self.pick(words.JSON_VALUES)}"
        return f"qom-set {path} {name} {self.pick(words.QOM_VALUES)}"

    def memory(self) -> str:
        """Look at memory or save it."""
        addr, shape = self.pick(words.ADDRESSES), self.pick(words.FORMATS)
        return self._chance.choice(
            (
                f"xp{shape} {addr}",
                f"xp{shape} {addr}",
                f"x{shape} {addr}",
                f"sum {addr} {self.pick(words.SUMS)}",
                f'memsave {addr} 8 "@TMP@/s"',
                f'pmemsave {addr} 4097 "@TMP@/p"',
                f"gpa2hva {addr}",
                "gpa2hva 0x100000000",
                'memsave 0 8 "@TMP@/no/s"',
                f"gva2gpa {addr}",
            )
        )

    def info(self) -> str:
        """An info command, most often about memory."""
        return f"info {self.pick(words.INFO[:4] * 4 + words.INFO)}"

    def expression(self) -> str:
        """print."""
        return f"p{self.pick(words.FORMATS)} {self.pick(words.EXPRESSIONS)}"

    def broken(self) -> str:
        """What can't be read, and commands about absent parts."""
        return self.pick(words.BROKEN_LINES)

    def help(self) -> str:
        """Help on something."""
        about = self.pick(
            ("stop", "object_add", "nope", "info status", "info nope", "p", "info", "info mtree")
        )
        kinds = (
            "pc-dimm",
            "nvdimm",
            "virtio-mem-pci",
            "virtio-pmem-pci",
            "virtio-mem",
            "device",
            "nope",
            "container",
            "pcie-root-port",
            "virtio-pmem",
            "memory-backend-ram",
        )
        backend = self.pick(("ram", "file", "memfd", "shm"))
        return self._chance.choice(
            (
                f"help {about}",
                f"device_add {self.pick(kinds)},help",
                f"object_add memory-backend-{backend},help",
                "object_add thread-context,help",
            )
        )

    def run_state(self) -> str:
        """Only what leaves the machine stopped: QEMU's guest runs firmware, ours a
        Linux.
        """
        return self.pick(("stop", "system_powerdown", "stop x"))
