"""Random command lines of options about everything but memory, composed key by key: most are right,
some have one wrong key or value.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

from hmp.machine.catalogue import records

# Options with arguments that are right, and others with something wrong.
OPTIONS: dict[str, dict[str, list[str]]] = json.loads(
    Path(__file__).with_name("options.json").read_text(encoding="utf-8")
)
FLAGS = (
    *("-usb", "-snapshot", "-nodefaults", "-no-reboot", "-no-shutdown", "-no-user-config"),
    *("-win2k-hack", "-no-fd-bootchk", "-full-screen", "-only-migratable", "-enable-sync-profile"),
)
MACHINES = (
    *("pc", "q35", "pc", "q35", "microvm", "isapc", "none", "pc,usb=on", "q35,smbus=off"),
    *("pc,hpet=off", "pc,acpi=off", "microvm,pcie=on", "q35,i8042=off", "pc,vmport=off"),
)
GLOBAL_VALUES = ("0", "1", "on", "off", "x", "16", "4096", "0x10", "1G", "-1", "auto")
GLOBAL_TYPES = (
    *("i440FX-pcihost", "fw_cfg_io", "mc146818rtc", "PIIX4_PM", "ICH9-LPC", "mch", "q35-pcihost"),
    *("hpet", "i8042", "isa-fdc", "isa-pcspk", "vmmouse", "smbus-eeprom", "ich9-ahci", "VGA"),
    *(
        "e1000",
        "e1000e",
        "rtl8139",
        "isa-serial",
        "pc-dimm",
        "virtio-mem-pci",
        "x86_64-cpu",
        "apic",
    ),
    *("qemu64-x86_64-cpu", "virtio-balloon-pci", "intel-iommu", "piix3-ide", "ide-cd", "floppy"),
)
# Links, and what QEMU aborts for.
NOT_SET = ("realized", "addr", "drive", "netdev", "chardev", "audiodev", "apic-id", "dma_enabled")
RARE = 0.12


def option_line(chance: random.Random) -> str:
    """Return a command line."""
    parts = [f"-M {chance.choice(MACHINES)}"]
    if chance.random() < 0.5:
        parts.append("-m 256M,slots=2,maxmem=1G")
    for name in chance.sample(sorted(OPTIONS), chance.randint(1, 6)):
        right, wrong = OPTIONS[name]["right"], OPTIONS[name]["wrong"]
        if chance.random() < RARE:
            parts.append(f"{name} {chance.choice(wrong)}")
        elif right:
            parts.append(f"{name} {chance.choice(right)}")
    parts += chance.sample(FLAGS, chance.randint(0, 2))
    if chance.random() < 0.3:
        parts.append(_global_option(chance))
    chance.shuffle(parts)
    return " ".join(parts)


def _global_option(chance: random.Random) -> str:
    """Return a -global of a known property, more often than not with a value that fits none."""
    name = chance.choice(GLOBAL_TYPES)
    known = [
        item.name
        for record in records.lineage(name)
        for item in record.shown
        if item.name not in NOT_SET and not item.type.startswith(("child<", "link<"))
    ]
    key = chance.choice(known or ["foo"])
    return f"-global {name}.{key}={chance.choice(GLOBAL_VALUES)}"
