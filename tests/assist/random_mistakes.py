"""Random lines with mistakes, as people make them, for machines of many kinds."""

from __future__ import annotations

import random
import string

MACHINES = (
    "-m 128M",
    "-m 128M,slots=1,maxmem=1G",
    "-m 128M,slots=2,maxmem=1152M",
    "-m 1G,slots=3,maxmem=3G",
    "-m 1G,maxmem=4G",
    "-m 1G,slots=4,maxmem=8G -S",
    "-M q35 -m 256M,slots=2,maxmem=2G",
    "-M q35,nvdimm=on -m 256M,slots=4,maxmem=4G -device pcie-root-port,id=rp",
    "-M microvm -m 128M",
    "-M isapc -m 64M",
)
IDS = ("m1", "m2", "m3", "mem1", "mem2", "odd", "d1", "d2", "dimm1", "vm0", "pc.ram", "1x")
SIZES = (
    *("1G", "512M", "512M", "64M", "64M", "513M", "2G", "100G", "0", "4K", "1GB", "much"),
    *("256MiB", "3M", "-1", "1e3", "999T"),
)
BACKENDS = (
    *("memory-backend-ram",) * 8,
    *("memory-backend-memfd", "memory-backend-shm"),
    *("memory-backend-file", "ram", "memfd", "memory-backend-rm", "pc-dimm", "nothing", "iothread"),
)
DEVICES = (
    *("pc-dimm",) * 8,
    *("nvdimm", "virtio-mem-pci", "virtio-mem-pci", "virtio-pmem-pci"),
    *("virtio-balloon-pci", "dimm", "virtio-mem", "pc-dim", "memory-backend-ram", "e1000", "xyz"),
)
BACKEND_OPTIONS = {
    "share": ("on", "off", "maybe", "yes"),
    "prealloc": ("on", "off", "of"),
    "reserve": ("on", "off"),
    "policy": ("bind", "default", "prefered"),
    "host-nodes": ("0", "7"),
    "mem-path": ("/dev/shm", "/nowhere/x", "/dev/null", "/etc/hostname"),
    "hugetlb": ("on", "off"),
    "merge": ("on", "offf"),
    "szie": SIZES,
    "nothing": ("1",),
}
DEVICE_OPTIONS = {
    "slot": ("0", "1", "7", "-1", "x"),
    "addr": ("0x100000000", "0x140000000", "0x140000001", "5", "31.7"),
    "memaddr": ("0x140000000", "0x240000000", "1M"),
    "node": ("0", "1", "9"),
    "bus": ("pci.0", "pcie.0", "rp", "nowhere"),
    "requested-size": ("0", "64M", "3M", "100G"),
    "label-size": ("128K", "1K"),
    "block-size": ("2M", "3M", "1G"),
    "unarmed": ("on",),
    "memdv": IDS,
    "mem": IDS,
}
WORDS = (
    *("info memdve", "info memory", "info status", "info dimm", "infoo status", "info lapic"),
    *("exit", ":q", "\\q", "ls", "memory", "savevm x", "memdev", "zzz", "sotp", "system_rest"),
    *(
        "info memdev|grep size",
        "info mtree -f|less",
        "info status>/dev/null",
        "balloon 1",
        "baloon 5",
    ),
    *("cont", "stop", "guest policy unplug=refuse", "guest policy unplug=release", "device_del"),
    *("help device_ad", "xp", "xp /4xw 0x100000000", "gpa2hva 0x90000000000", "qom-list /nowhere"),
    *(
        "guest silence",
        "guest listen",
        "guest policy unplug=hang",
        "system_powerdown",
        "info slots",
    ),
    *("qom-get d1 adr", "qom-get /machine typ", "qom-set d1 slot 2", "qom-set m1 size 3G", "hlep"),
    *("qom-set vm0 requested-size 3M", "qom-set vm0 requested-size 0", "qom-set m1 merge offf"),
)


def mistaken_line(chance: random.Random) -> str:
    """Return a line that may be right, and often is not."""
    kind = chance.random()
    if kind < 0.35:
        line = _add(chance, "object_add", BACKENDS, BACKEND_OPTIONS, {"id": IDS, "size": SIZES})
    elif kind < 0.75:
        line = _add(chance, "device_add", DEVICES, DEVICE_OPTIONS, {"id": IDS, "memdev": IDS})
    elif kind < 0.85:
        line = f"{chance.choice(('device_del', 'object_del'))} {chance.choice(IDS)}"
    else:
        line = chance.choice(WORDS)
    # A mistyped path would make a file, anywhere.
    is_mistyped = chance.random() < 0.25 and "mem-path" not in line
    return _mistyped(chance, line) if is_mistyped else line


def _add(
    chance: random.Random,
    command: str,
    types: tuple[str, ...],
    options: dict[str, tuple[str, ...]],
    usual: dict[str, tuple[str, ...]],
) -> str:
    items = [f"{key}={chance.choice(usual[key])}" for key in usual if chance.random() < 0.9]
    if chance.random() < 0.4:
        key = chance.choice(list(options))
        items.append(f"{key}={chance.choice(options[key])}")
    parts = [chance.choice(types), *items]
    separator = "," if chance.random() < 0.93 else " "
    return f"{command} {separator.join(parts)}"


def _mistyped(chance: random.Random, line: str) -> str:
    """Return a line with one letter too many, too few, changed or in the wrong place."""
    at = chance.randrange(len(line))
    letter = chance.choice(string.ascii_lowercase + ",= -")
    swapped = line[:at] + line[at : at + 2][::-1] + line[at + 2 :]
    return chance.choice(
        (line[:at] + line[at + 1 :], line[:at] + letter + line[at:], swapped, swapped)
    )
