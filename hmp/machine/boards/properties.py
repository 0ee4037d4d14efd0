"""/machine in the object tree: the declared properties of each family of machine types
(docs/qemu-behaviour/startup.md §8). The order is that of QEMU's qom-list.
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
    HostPath,
    Integer,
    Link,
    Property,
    PropertyValueError,
    Size,
    Structure,
    Text,
)
from hmp.units import MIB

MIN_LOW_MEMORY = MIB


def _on_off_auto(default: str = "auto") -> Property[str]:
    return Property(Enumeration("OnOffAuto", "auto", "on", "off"), default=default)


class MachineObject(Object):
    """The object at /machine; this class is that of machine none."""

    ancestors: ClassVar[tuple[str, ...]] = ("machine",)

    memory: Property[object] = Property(Structure("MemorySizeConfiguration"))
    memory_backend: Property[Object | None] = Property(Link("memory-backend"))
    smp: Property[object] = Property(Structure("SMPConfiguration"))
    boot: Property[dict[str, object]] = Property(Structure("BootConfiguration"))
    smp_cache: Property[object] = Property(Structure("SmpCachePropertiesWrapper"))
    confidential_guest_support: Property[Object | None] = Property(
        Link("confidential-guest-support")
    )
    phandle_start = Property(Integer(64, label="int"), default=0)
    kernel = Property(HostPath(), default="")
    initrd = Property(HostPath(), default="")
    append = Property(Text(), default="")
    firmware = Property(HostPath(), default="")
    dtb = Property(HostPath(), default="")
    dumpdtb = Property(HostPath(), default="")
    dt_compatible = Property(Text(), default="")
    shim = Property(HostPath(), default="")
    memory_encryption = Property(Text(), default="")
    graphics = Property(Boolean(), default=True)
    mem_merge = Property(Boolean(), default=True)
    dump_guest_core = Property(Boolean(), default=True)
    spcr = Property(Boolean(), default=True)
    usb = Property(Boolean(), default=False)
    aux_ram_share = Property(Boolean(), default=False)
    suppress_vmdesc = Property(Boolean(), default=False)
    x_change_vmfd_on_reset = Property(Boolean(), default=False)

    def __init__(self, board: Board) -> None:
        self.type_name = board.type_name
        super().__init__()
        self.boot = {"order": "cad"} if board.chipset else {}
        self.smp_cache = [
            {"topology": "default", "cache": cache} for cache in ("l1d", "l1i", "l2", "l3")
        ]

    def set_memory(self, size: int, slots: int, maxmem: int) -> None:
        """Set the `memory` property, in bytes: slots and maxmem only if there are slots
        (docs/qemu-behaviour/startup.md §7).
        """
        self.memory = {"size": size} | ({"slots": slots, "max-size": maxmem} if slots else {})


class X86MachineObject(MachineObject):
    """What all x86 machines add."""

    sgx_epc: Property[object] = Property(Structure("SgxEPC"))
    rtc_time: Property[object] = Property(Structure("struct tm"), settable=False)
    bus_lock_ratelimit = Property(Integer(64, label="uint64_t"), default=0)
    # Fields of ACPI tables, of 6 and 8 bytes.
    x_oem_id = Property(Text(), default="BOCHS ")
    x_oem_table_id = Property(Text(), default="BXPC    ")
    hmat = Property(Boolean(), default=False)
    acpi = _on_off_auto()
    smm = _on_off_auto()
    pic = _on_off_auto()
    pit = _on_off_auto()

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.sgx_epc = []

    @rtc_time.getter
    def _get_rtc_time(self) -> object:
        # As in C, years count from 1900 and months from 0.
        now = time.gmtime()
        return {
            "tm_year": now.tm_year - 1900,
            "tm_sec": now.tm_sec,
            "tm_hour": now.tm_hour,
            "tm_min": now.tm_min,
            "tm_mon": now.tm_mon - 1,
            "tm_mday": now.tm_mday,
        }


class PcMachineObject(X86MachineObject):
    """isapc, and what the other PCs have in common with it."""

    default_max_ram_below_4g: ClassVar[int] = PC.split

    pcspk_audiodev = Property(Text("str"), default="")
    hpet = Property(Boolean(), default=True)
    i8042 = Property(Boolean(), default=True)
    sata = Property(Boolean(), default=True)
    smbus = Property(Boolean(), default=True)
    fd_bootchk = Property(Boolean(), default=True)
    nvdimm = Property(Boolean(), default=False)
    default_bus_bypass_iommu = Property(Boolean(), default=False)
    vmport = _on_off_auto("on")
    max_ram_below_4g = Property(Size("size"), default=0)
    max_fw_size = Property(Size("size"), default=8 * MIB)
    smbios_entry_point_type = Property(Enumeration("str", "32", "64", "auto"), default="auto")
    nvdimm_persistence = Property(Text(), default="")

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.hpet = bool(board.root_bus)
        self.chosen_max_ram_below_4g = 0

    @max_ram_below_4g.getter
    def _get_max_ram_below_4g(self) -> int:
        # Unset, it is the most that the chipset can have there (experiment: qom-get on every
        # family).
        return self.chosen_max_ram_below_4g or self.default_max_ram_below_4g

    @max_ram_below_4g.setter
    def _set_max_ram_below_4g(self, value: int) -> None:
        if value > FOUR_GIB:
            raise PropertyValueError(
                "max-ram-below-4g",
                value,
                f"Machine option 'max-ram-below-4g={value}' expects size less than or equal to 4G",
            )
        self.chosen_max_ram_below_4g = value


class _PciMachineObject(PcMachineObject):
    cxl = Property(Boolean(), default=False)
    cxl_fmw: Property[object] = Property(Structure("CXLFixedMemoryWindow"))
    acpi_device: Property[Object | None] = Property(Link("hotplug-handler"))
    smram: Property[Object | None] = Property(Link("memory-region"))

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.cxl_fmw = []
        self.firmware = "bios-256k.bin"
        self.smbios_entry_point_type = board.smbios


class PcObject(_PciMachineObject):
    """pc, all versions."""

    x_south_bridge = Property(
        Enumeration("PCSouthBridgeOption", "PIIX3", "piix4-isa"), default="PIIX3"
    )


class Q35Object(_PciMachineObject):
    """q35, all versions."""

    default_max_ram_below_4g = FOUR_GIB
    wdat = Property(Boolean(), default=False)


class MicrovmObject(X86MachineObject):
    """microvm."""

    ioapic2 = _on_off_auto()
    pcie = _on_off_auto()
    rtc = _on_off_auto()
    auto_kernel_cmdline = Property(Boolean(), default=True)
    isa_serial = Property(Boolean(), default=True)
    x_option_roms = Property(Boolean(), default=True)


def machine_object_of(board: Board) -> MachineObject:
    """Return a new /machine for a machine type."""
    if board.root_bus:
        return PcObject(board) if board.root_bus_kind == "PCI" else Q35Object(board)
    return {"isapc": PcMachineObject, "microvm": MicrovmObject}.get(board.name, MachineObject)(
        board
    )
