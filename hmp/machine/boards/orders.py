"""The devices that each board always has, in the order in which QEMU makes them (experiment:
qom-list /machine/unattached, and -global with an unknown property of each type).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# The virtio-mmio devices of microvm with one I/O APIC, and with two.
FEW_TRANSPORTS, ALL_TRANSPORTS = 8, 24
# It belongs to power management.
SMBUS = "i2c"
_EEPROMS = ("smbus-eeprom",) * 8
# In each list, what begins with a star stands for devices that options decide about; what begins
# with a plus is a part of another device, or of the machine.
ORDERS = {
    "pc-i440fx": (
        *("kvmvapic", "i440FX", "+mc146818rtc", "+piix3-ide", "PIIX3", "+i8257", "+PIIX4_PM"),
        *("*uhci", "*ide", "isa-i8259", "isa-i8259", "+ioapic", "*display", "hpet", "isa-pit"),
        *("isa-pcspk", "*serial", "*parallel", "isa-fdc", "*floppy", "+ps2-kbd", "+ps2-mouse"),
        *("i8042", "vmport", "vmmouse", "port92", "*nics", *_EEPROMS),
    ),
    "pc-q35": (
        *("kvmvapic", "+mc146818rtc", "ICH9-LPC", "+i8257", "isa-i8259", "isa-i8259", "+ioapic"),
        *("hpet", "isa-pit", "isa-pcspk", "*serial", "*parallel", "*fdc", "*floppy"),
        *("+ps2-kbd", "+ps2-mouse", "i8042", "vmport", "vmmouse", "port92", "ich9-ahci", "*ide"),
        *("*ehci", "ICH9-SMB", *_EEPROMS, "*display", "*nics"),
    ),
    "isapc": (
        *(
            "kvmvapic",
            "isabus-bridge",
            "mc146818rtc",
            "+i8257",
            "isa-i8259",
            "isa-i8259",
            "*display",
        ),
        *("isa-pit", "isa-pcspk", "*serial", "*parallel", "isa-fdc", "*floppy", "+ps2-kbd"),
        *("+ps2-mouse", "i8042", "vmport", "vmmouse", "port92", "*nics"),
        *("isa-ide", "*ide0", "isa-ide", "*ide1"),
    ),
    "microvm": (
        *("kvmvapic", "isabus-bridge", "*ioapic2", *("virtio-mmio",) * FEW_TRANSPORTS, "acpi-ged"),
        *("+gpex-root", "+gpex-pcihost", "isa-i8259", "isa-i8259", "isa-pit", "mc146818rtc"),
        *("*serial", "*nics"),
    ),
    "none": (),
}
# What a property of the machine leaves out when it is off.
_PARTS = {
    "hpet": ("hpet",),
    "pit": ("isa-pit", "isa-pcspk"),
    "pic": ("isa-i8259",),
    "i8042": ("ps2-kbd", "ps2-mouse", "i8042", "vmport", "vmmouse", "port92"),
    "vmport": ("vmport", "vmmouse"),
    "rtc": ("mc146818rtc",),
    "sata": ("ich9-ahci",),
}


def absent_types(machine: Machine) -> set[str]:
    """Return the types of fixed devices that properties of the machine leave out."""
    target = machine.machine_object
    found: set[str] = set()
    for name, types in _PARTS.items():
        item = target.property(name)
        if item is not None and item.get(target) in (False, "off"):
            found.update(types)
    if machine.board.root_bus_kind == "PCIE" and target.get("smbus") is False:
        found |= {"ICH9-SMB", "smbus-eeprom"}
    if not machine.has_generic_pcie:
        found |= {"gpex-root", "gpex-pcihost"}
    if not machine.acpi:
        found.add("acpi-ged")
    if not machine.cpu.has_apic or machine.parts.value("apic", "vapic") is False:
        found.add("kvmvapic")
    if not machine.has_power_management:
        found |= {"PIIX4_PM", "smbus-eeprom"}
    return found


def absent_buses(machine: Machine) -> set[str]:
    """Return the names of buses of the board that properties of the machine leave out."""
    found = set() if machine.has_power_management else {SMBUS}
    if machine.lacks_second_io_apic:
        found |= {f"virtio-mmio-bus.{number}" for number in range(FEW_TRANSPORTS, ALL_TRANSPORTS)}
    return found
