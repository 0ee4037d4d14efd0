"""/machine in the object tree: the declared properties of each family of machines
(docs/qemu-behaviour/startup.md §8).

What follows from them is decided in `machine.py` and at startup.
"""

from __future__ import annotations

import time
from typing import ClassVar

from hmp.machine.boards.types import Board
from hmp.machine.memory.layout import FOUR_GIB, PC
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    Integer,
    Link,
    Property,
    PropertyValueError,
    Size,
    Structure,
    Text,
)


def _switches(default: bool, *names: str) -> tuple[Property, ...]:
    return tuple(Property(name, Boolean(), default=default) for name in names)


def _texts(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name, Text(), default="") for name in names)


def _automatic(*names: str) -> tuple[Property, ...]:
    return tuple(
        Property(name, Enumeration("OnOffAuto", "auto", "on", "off"), default="auto")
        for name in names
    )


_ANY_MACHINE = (
    Property("memory", Structure("MemorySizeConfiguration")),
    Property("memory-backend", Link("memory-backend")),
    Property("smp", Structure("SMPConfiguration")),
    Property("boot", Structure("BootConfiguration")),
    Property("smp-cache", Structure("SmpCachePropertiesWrapper")),
    Property("confidential-guest-support", Link("confidential-guest-support")),
    Property("phandle-start", Integer(64, label="int"), default=0),
    *_texts(
        "kernel",
        "initrd",
        "append",
        "firmware",
        "dtb",
        "dumpdtb",
        "dt-compatible",
        "shim",
        "memory-encryption",
    ),
    *_switches(True, "graphics", "mem-merge", "dump-guest-core", "spcr"),
    *_switches(False, "usb", "aux-ram-share", "suppress-vmdesc", "x-change-vmfd-on-reset"),
)
_X86 = (
    Property("sgx-epc", Structure("SgxEPC")),
    Property("rtc-time", Structure("struct tm"), settable=False),
    Property("bus-lock-ratelimit", Integer(64, label="uint64_t"), default=0),
    Property("x-oem-id", Text(), default="BOCHS "),
    Property("x-oem-table-id", Text(), default="BXPC    "),
    *_switches(False, "hmat"),
    *_automatic("acpi", "smm", "pic", "pit"),
)
_PC = (
    *_X86,
    Property("pcspk-audiodev", Text("str"), default=""),
    *_switches(True, "hpet", "i8042", "sata", "smbus", "fd-bootchk"),
    *_switches(False, "nvdimm", "default-bus-bypass-iommu"),
    Property("vmport", Enumeration("OnOffAuto", "auto", "on", "off"), default="on"),
    Property("max-ram-below-4g", Size("size"), default=0),
    Property("max-fw-size", Size("size"), default=8 << 20),
    Property("smbios-entry-point-type", Enumeration("str", "32", "64", "auto"), default="auto"),
    *_texts("nvdimm-persistence"),
)
_PC_WITH_PCI = (
    *_PC,
    *_switches(False, "cxl"),
    Property("cxl-fmw", Structure("CXLFixedMemoryWindow")),
    Property("acpi-device", Link("hotplug-handler")),
    Property("smram", Link("memory-region")),
)
MIN_LOW_MEMORY = 1 << 20


class MachineObject(Object):
    """The object at /machine; this class is that of a machine without anything."""

    ancestors: ClassVar[tuple[str, ...]] = ("machine",)
    declared: ClassVar[tuple[Property, ...]] = _ANY_MACHINE

    most_below_4g: ClassVar[int] = PC.split

    def __init__(self, board: Board) -> None:
        self.type_name = board.type_name
        super().__init__()
        self.values.update(
            {"boot": {"order": "cad"} if board.chipset else {}, "sgx-epc": [], "cxl-fmw": []}
        )
        if board.root_bus:
            self.values["firmware"] = "bios-256k.bin"
            self.values["smbios-entry-point-type"] = board.smbios
        self.values["smp-cache"] = [
            {"topology": "default", "cache": cache} for cache in ("l1d", "l1i", "l2", "l3")
        ]

    def show(self, item: Property) -> object:
        if item.name == "rtc-time":
            now = time.gmtime()
            return {
                "tm_year": now.tm_year - 1900,
                "tm_sec": now.tm_sec,
                "tm_hour": now.tm_hour,
                "tm_min": now.tm_min,
                "tm_mon": now.tm_mon - 1,
                "tm_mday": now.tm_mday,
            }
        value = super().show(item)
        # Unset, it shows the most that the chipset can have there (experiment: qom-get on every
        # family).
        return value or self.most_below_4g if item.name == "max-ram-below-4g" else value

    def set(self, item: Property, value: object) -> None:
        if item.name == "max-ram-below-4g" and isinstance(value, int) and value > FOUR_GIB:
            raise PropertyValueError(
                item.name,
                value,
                f"Machine option 'max-ram-below-4g={value}' expects size less than or equal to 4G",
            )
        super().set(item, value)

    def setting(self, name: str) -> object:
        """The value of a property, or None for one that this machine does not have."""
        return self.values.get(name)

    def show_memory(self, ram: int, slots: int, maximum: int) -> None:
        """Set what the `memory` property shows: slots and maximum only if there are slots."""
        shown = {"size": ram}
        if slots:
            shown.update({"slots": slots, "max-size": maximum})
        self.values["memory"] = shown


class IsapcObject(MachineObject):
    """isapc."""

    declared: ClassVar[tuple[Property, ...]] = (*_ANY_MACHINE, *_PC)

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.values["hpet"] = False


class PcObject(MachineObject):
    """pc, all versions."""

    declared: ClassVar[tuple[Property, ...]] = (
        *_ANY_MACHINE,
        *_PC_WITH_PCI,
        Property(
            "x-south-bridge",
            Enumeration("PCSouthBridgeOption", "PIIX3", "piix4-isa"),
            default="PIIX3",
        ),
    )


class Q35Object(MachineObject):
    """q35, all versions."""

    most_below_4g = FOUR_GIB
    declared: ClassVar[tuple[Property, ...]] = (
        *_ANY_MACHINE,
        *_PC_WITH_PCI,
        *_switches(False, "wdat"),
    )


class MicrovmObject(MachineObject):
    """microvm."""

    declared: ClassVar[tuple[Property, ...]] = (
        *_ANY_MACHINE,
        *_X86,
        *_automatic("ioapic2", "pcie", "rtc"),
        *_switches(True, "auto-kernel-cmdline", "isa-serial", "x-option-roms"),
    )


def machine_object_of(board: Board) -> MachineObject:
    """The object for a type of machine."""
    if board.root_bus:
        return PcObject(board) if board.root_bus_kind == "PCI" else Q35Object(board)
    return {"isapc": IsapcObject, "microvm": MicrovmObject}.get(board.name, MachineObject)(board)
