"""/machine in the object tree: the declared properties of a machine (spec/startup.md section 8).

What follows from them is decided in `machine.py` and at startup.
"""

from __future__ import annotations

from typing import ClassVar

from hmp.machine.boards import Board
from hmp.machine.objects import Object
from hmp.machine.properties import Boolean, Enumeration, Link, Property, Size, Structure, Text

_STRINGS = ("kernel", "initrd", "append", "firmware", "dtb", "dumpdtb", "dt-compatible", "shim", "x-oem-id",
            "x-oem-table-id", "pcspk-audiodev")
_ON = ("graphics", "mem-merge", "dump-guest-core", "hpet", "i8042", "sata", "smbus", "fd-bootchk")
_OFF = ("nvdimm", "hmat", "cxl", "usb", "aux-ram-share", "suppress-vmdesc", "default-bus-bypass-iommu", "spcr",
        "x-change-vmfd-on-reset")
_AUTO = ("acpi", "smm", "vmport", "pic", "pit")


class MachineObject(Object):
    """The object at /machine."""

    ancestors: ClassVar[tuple[str, ...]] = ("machine",)
    declared: ClassVar[tuple[Property, ...]] = (
        Property("memory", Structure("MemorySizeConfiguration")),
        Property("memory-backend", Link("memory-backend")),
        Property("smp", Structure("SMPConfiguration")),
        Property("boot", Structure("BootConfiguration")),
        Property("smp-cache", Structure("SmpCachePropertiesWrapper")),
        Property("sgx-epc", Structure("SgxEPC")),
        *(Property(name, Text(), default="") for name in _STRINGS),
        *(Property(name, Boolean(), default=True) for name in _ON),
        *(Property(name, Boolean(), default=False) for name in _OFF),
        *(Property(name, Enumeration("OnOffAuto", "auto", "on", "off"), default="auto") for name in _AUTO),
        Property("max-ram-below-4g", Size("size"), default=0),
        Property("max-fw-size", Size("size"), default=8 << 20),
        Property("smbios-entry-point-type", Enumeration("str", "32", "64", "auto"), default="auto"),
        Property("nvdimm-persistence", Text(), default=""),
    )

    def __init__(self, board: Board) -> None:
        self.type_name = board.type_name
        super().__init__()
        self.values["boot"] = {"order": "cad"}

    def show_memory(self, ram: int, slots: int, maximum: int) -> None:
        """Set what the `memory` property shows: slots and maximum only if there are slots."""
        shown = {"size": ram}
        if slots:
            shown.update({"slots": slots, "max-size": maximum})
        self.values["memory"] = shown
