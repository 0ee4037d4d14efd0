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
INT_LIMIT = 1 << 31
CACHES = ("l1d", "l1i", "l2", "l3")


def _on_off_auto(help: str, default: str = "auto") -> Property[str]:
    return Property(Enumeration("OnOffAuto", "auto", "on", "off"), help, default)


class MachineObject(Object):
    """The object at /machine; this class is that of machine none."""

    ancestors: ClassVar[tuple[str, ...]] = ("machine",)

    memory: Property[object] = Property(
        Structure("MemorySizeConfiguration"), "initial memory, maximum and slots"
    )
    memory_backend: Property[Object | None] = Property(
        Link("memory-backend"), "backend of the initial memory"
    )
    smp: Property[object] = Property(
        Structure("SMPConfiguration"), "number and topology of the CPUs"
    )
    boot: Property[dict[str, object]] = Property(
        Structure("BootConfiguration"), "boot order and menu (no effect)"
    )
    smp_cache: Property[list[dict[str, object]]] = Property(
        Structure("SmpCachePropertiesWrapper"), "levels of the caches"
    )
    confidential_guest_support: Property[Object | None] = Property(
        Link("confidential-guest-support"), "object that protects the guest from the host"
    )
    phandle_start = Property(
        Integer(64, label="int"), "first number of a device tree node", default=0
    )
    kernel = Property(HostPath(), "file of a Linux kernel (not booted)", default="")
    initrd = Property(HostPath(), "file of its RAM disk", default="")
    append = Property(Text(), "its command line", default="")
    firmware = Property(HostPath(), "file of the firmware (not run)", default="")
    dtb = Property(HostPath(), "file of its device tree", default="")
    dumpdtb = Property(HostPath(), "write the device tree to a file and leave", default="")
    dt_compatible = Property(Text(), "`compatible` of the root of the device tree", default="")
    shim = Property(HostPath(), "file of shim.efi", default="")
    memory_encryption = Property(Text(), "object that encrypts memory (deprecated)", default="")
    graphics = Property(Boolean(), "have a display", default=True)
    mem_merge = Property(Boolean(), "default of merge= of backends", default=True)
    dump_guest_core = Property(Boolean(), "default of dump= of backends", default=True)
    spcr = Property(Boolean(), default=True, listed=False)
    usb = Property(Boolean(), "have a USB controller", default=False)
    aux_ram_share = Property(Boolean(), "share the board's other RAM", default=False)
    suppress_vmdesc = Property(
        Boolean(), "leave out the description of the machine in migration", default=False
    )
    x_change_vmfd_on_reset = Property(
        Boolean(), "take a new KVM descriptor at a reset, for tests", default=False
    )

    def __init__(self, board: Board) -> None:
        self.type_name = board.type_name
        super().__init__()
        self.boot = {"order": "cad"} if board.chipset else {}
        self.smp_cache = [{"topology": "default", "cache": cache} for cache in CACHES]

    @phandle_start.setter
    def _set_phandle_start(self, value: int) -> None:
        # An int of C, whatever the number (experiment: 4294967296 gives 0).
        self.phandle_start = (value + INT_LIMIT) % (2 * INT_LIMIT) - INT_LIMIT

    def set_memory(self, size: int, slots: int, maxmem: int) -> None:
        """Set the `memory` property, in bytes: slots and maxmem only if there are slots
        (docs/qemu-behaviour/startup.md §7).
        """
        self.memory = {"size": size} | ({"slots": slots, "max-size": maxmem} if slots else {})


class X86MachineObject(MachineObject):
    """What all x86 machines add."""

    sgx_epc: Property[object] = Property(Structure("SgxEPC"), "memory of SGX enclaves")
    rtc_time: Property[object] = Property(Structure("struct tm"), settable=False, listed=False)
    bus_lock_ratelimit = Property(
        Integer(64, label="uint64_t"), "most bus locks a second", default=0
    )
    # Fields of ACPI tables, of 6 and 8 bytes.
    x_oem_id = Property(Text(), "OEM ID of ACPI tables, up to 6 bytes", default="BOCHS ")
    x_oem_table_id = Property(
        Text(), "OEM table ID of ACPI tables, up to 8 bytes", default="BXPC    "
    )
    hmat = Property(Boolean(), default=False, listed=False)
    acpi = _on_off_auto("have ACPI, which hotplug needs")
    smm = _on_off_auto("have system management mode")
    pic = _on_off_auto("have an i8259 interrupt controller")
    pit = _on_off_auto("have an i8254 timer")

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

    pcspk_audiodev = Property(Text("str"), default="", listed=False)
    hpet = Property(Boolean(), "have an HPET timer", default=True)
    i8042 = Property(Boolean(), "have a PS/2 controller", default=True)
    sata = Property(Boolean(), "have a SATA controller", default=True)
    smbus = Property(Boolean(), "have an SMBus", default=True)
    fd_bootchk = Property(Boolean(), "check the boot signature of floppy disks", default=True)
    nvdimm = Property(Boolean(), default=False, listed=False)
    default_bus_bypass_iommu = Property(Boolean(), default=False)
    vmport = _on_off_auto("have a VMware port", "on")
    max_ram_below_4g = Property(Size("size"), "most RAM below 4 GiB", default=0)
    max_fw_size = Property(Size("size"), "most bytes of firmware", default=8 * MIB)
    smbios_entry_point_type = Property(
        Enumeration("str", "32", "64", "auto"),
        "entry point of SMBIOS: 32, 64 or auto",
        default="auto",
    )
    nvdimm_persistence = Property(Text(), default="", listed=False)

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
    cxl = Property(Boolean(), default=False, listed=False)
    cxl_fmw: Property[object] = Property(Structure("CXLFixedMemoryWindow"), listed=False)
    acpi_device: Property[Object | None] = Property(Link("hotplug-handler"), listed=False)
    smram: Property[Object | None] = Property(Link("memory-region"), listed=False)
    pflash0 = Property(Text("str"), "drive or node of the firmware", default="", listed=False)
    pflash1 = Property(Text("str"), "drive or node of its variables", default="", listed=False)

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self.cxl_fmw = []
        self.firmware = "bios-256k.bin"
        self.smbios_entry_point_type = board.smbios


class PcObject(_PciMachineObject):
    """pc, all versions."""

    x_south_bridge = Property(
        Enumeration("PCSouthBridgeOption", "PIIX3", "piix4-isa"),
        "another south bridge than PIIX3",
        default="PIIX3",
    )


class Q35Object(_PciMachineObject):
    """q35, all versions."""

    default_max_ram_below_4g = FOUR_GIB
    wdat = Property(Boolean(), "have an ACPI watchdog table", default=False)


class MicrovmObject(X86MachineObject):
    """microvm."""

    ioapic2 = _on_off_auto("have a second I/O APIC")
    pcie = _on_off_auto("have PCI Express")
    rtc = _on_off_auto("have a real-time clock")
    auto_kernel_cmdline = Property(
        Boolean(), "name virtio-mmio devices on the kernel's command line", default=True
    )
    isa_serial = Property(Boolean(), "have a serial port", default=True)
    x_option_roms = Property(Boolean(), "load option ROMs", default=True)

    @property
    def has_pcie(self) -> bool:
        """Whether there is a PCI Express bus: it is described to the guest by ACPI."""
        return self.pcie == "on" and self.acpi != "off"

    @property
    def has_second_io_apic(self) -> bool:
        """Whether there are two I/O APICs, and so 24 virtio-mmio devices instead of 8 (experiment:
        info qtree with acpi=off, and with ioapic2=off).
        """
        return self.ioapic2 != "off" and self.acpi != "off"


def machine_object_of(board: Board) -> MachineObject:
    """Return a new /machine for a machine type."""
    if board.root_bus:
        return PcObject(board) if board.root_bus_kind == "PCI" else Q35Object(board)
    return {"isapc": PcMachineObject, "microvm": MicrovmObject}.get(board.name, MachineObject)(
        board
    )
