"""The machine types: names, versions, chipset, buses, and whether memory can be hotplugged
(docs/qemu-behaviour/startup.md §8, docs/qemu-behaviour/devices.md §9).
"""

from __future__ import annotations

from hmp.machine.memory.layout import PC, Q35, Chipset
from hmp.record import Record

VERSIONS = (
    "11.1",
    "11.0",
    "10.2",
    "10.1",
    "10.0",
    "9.2",
    "9.1",
    "9.0",
    "8.2",
    "8.1",
    "8.0",
    "7.2",
    "7.1",
    "7.0",
    "6.2",
    "6.1",
    "6.0",
    "5.2",
)
ALIASES = {"pc": f"pc-i440fx-{VERSIONS[0]}", "q35": f"pc-q35-{VERSIONS[0]}"}
DEFAULT = "pc"
# Machine types of QEMU that are not made here, with what they are.
NOT_HERE = {
    "nitro": "an enclave of the AWS Nitro System",
    "x-remote": "serves devices to another QEMU (experimental)",
}
MAIN_BUS = "main-system-bus"
# In the order in which QEMU looks for one: the newest device first (experiment: info qtree).
PC_BUSES = {
    MAIN_BUS: "System",
    "pci.0": "PCI",
    "i2c": "i2c-bus",
    "ide.1": "IDE",
    "ide.0": "IDE",
    "isa.0": "ISA",
    "floppy-bus.0": "floppy-bus",
}
Q35_BUSES = {
    MAIN_BUS: "System",
    "pcie.0": "PCIE",
    "i2c": "i2c-bus",
    **{f"ide.{port}": "IDE" for port in reversed(range(6))},
    "isa.0": "ISA",
}
MICROVM_BUSES = {
    MAIN_BUS: "System",
    **{f"virtio-mmio-bus.{number}": "virtio-mmio-bus" for number in reversed(range(24))},
    "isa.0": "ISA",
}
ISAPC_BUSES = {
    MAIN_BUS: "System",
    "isa.0": "ISA",
    "ide.1": "IDE",
    "ide.0": "IDE",
    "floppy-bus.0": "floppy-bus",
}


_DESCRIPTIONS = {
    "pc-i440fx": "a PC with PCI (i440FX, PIIX)",
    "pc-q35": "a PC with PCI Express (Q35, ICH9)",
    "isapc": "a PC without PCI",
    "microvm": "a small machine without PCI",
    "none": "no board: memory on request, and no CPU",
}


class PciChipset(Record):
    """The PCI root bus of a family of machines; `ports` and `cpu_ports` are the first ones of the
    hotplug registers for PCI and for CPUs.
    """

    ports: int
    cpu_ports: int
    bridge: str
    bridge_type: str
    chipset_devices: dict[int, str]
    network: str


_PCI = {
    "PCI": PciChipset(
        0xAE00, 0xAF00, "i440fx", "i440FX-pcihost", {0: "i440FX", 1: "PIIX3"}, "e1000"
    ),
    "PCIE": PciChipset(0xCC0, 0xCD8, "q35", "q35-pcihost", {0: "mch", 31: "ICH9-LPC"}, "e1000e"),
}


class Board(Record):
    """A machine type; `hotplug`: whether it supports memory hotplug at all.

    isapc does, by QEMU's errors: what it lacks is ACPI (docs/qemu-behaviour/devices.md §9).
    """

    name: str
    chipset: Chipset | None
    hotplug: bool
    buses: dict[str, str]
    max_cpus: int
    deprecated: bool = False
    avoids_hypertransport_hole: bool = True
    limits_32_bit_cpus: bool = True
    prefers_sockets: bool = False
    smbios: str = "auto"

    @property
    def family(self) -> str:
        """The name without a version."""
        return self.name.rpartition("-")[0] or self.name

    @property
    def description(self) -> str:
        """What kind of machine it is."""
        return _DESCRIPTIONS[self.family]

    @property
    def root_bus(self) -> str:
        """The name of the PCI root bus, empty when there is none."""
        return next((name for name, kind in self.buses.items() if kind in _PCI), "")

    @property
    def root_bus_kind(self) -> str:
        """PCI or PCIE, empty when there is no PCI."""
        return self.buses.get(self.root_bus, "")

    @property
    def pci_ports(self) -> int:
        """The first port of the PCI hotplug registers, 0 when there are none."""
        return _PCI[self.root_bus_kind].ports if self.root_bus else 0

    @property
    def cpu_ports(self) -> int:
        """The first port of the CPU hotplug registers, 0 when there are none."""
        return _PCI[self.root_bus_kind].cpu_ports if self.root_bus else 0

    @property
    def host_bridge(self) -> str:
        """The name of the host bridge in the object tree."""
        return _PCI[self.root_bus_kind].bridge

    @property
    def host_bridge_type(self) -> str:
        """The type of the host bridge."""
        return _PCI[self.root_bus_kind].bridge_type

    @property
    def chipset_devices(self) -> dict[int, str]:
        """The slots of the root bus that belong to the chipset."""
        return _PCI[self.root_bus_kind].chipset_devices

    @property
    def default_display(self) -> str:
        """The type of the default display, empty for none."""
        return "VGA" if self.root_bus else "isa-cirrus-vga" if self.name == "isapc" else ""

    @property
    def default_network(self) -> str:
        """The type of the default network card, empty for none."""
        if self.root_bus:
            return _PCI[self.root_bus_kind].network
        return "ne2k_isa" if self.name == "isapc" else ""

    @property
    def cpu_model(self) -> str:
        """The default CPU model."""
        return "486" if self.name == "isapc" else "qemu64"

    @property
    def default_ram_id(self) -> str:
        """The default name of the main memory's backend."""
        return {"none": "ram", "microvm": "microvm.ram"}.get(self.name, "pc.ram")

    @property
    def has_cpus(self) -> bool:
        """Whether the board has CPUs."""
        return self.name != "none"

    @property
    def has_cpu_hotplug(self) -> bool:
        """Whether the board supports CPU hotplug, for query-machines."""
        return self.chipset is not None

    @property
    def has_acpi(self) -> bool:
        """Whether the board can have ACPI, for query-machines."""
        return self.name != "none"

    @property
    def parent_type(self) -> str:
        """The QOM type above the machine's own."""
        return {"none": "machine", "microvm": "x86-machine"}.get(self.name, "generic-pc-machine")

    @property
    def version(self) -> str:
        """The version of pc and q35, empty elsewhere."""
        return self.name.rpartition("-")[2] if self.root_bus else ""

    @property
    def type_name(self) -> str:
        """The QOM type of the machine."""
        return f"{self.name}-machine"


def find_board(name: str) -> Board | None:
    """Return the machine type of a name or alias, or None."""
    name = ALIASES.get(name, name)
    for prefix, make in _FAMILIES.items():
        version = name.removeprefix(prefix)
        if version != name and version in VERSIONS:
            return make(name, tuple(int(part) for part in version.split(".")))
    return next((board for board in OTHERS if board.name == name), None)


def all_boards() -> list[Board]:
    """Return every machine type."""
    names = [f"{prefix}{version}" for prefix in _FAMILIES for version in VERSIONS]
    return [*(board for name in names if (board := find_board(name))), *OTHERS]


def alias_of(name: str) -> str:
    """Return the alias of a machine type, empty when it has none."""
    return next((alias for alias, full in ALIASES.items() if full == name), "")


def _pc(name: str, version: tuple[int, ...]) -> Board:
    return _versioned(Board(name, PC, True, PC_BUSES, 255), version)


def _q35(name: str, version: tuple[int, ...]) -> Board:
    max_cpus = 288 if version < (8, 1) else 1024 if version < (9, 0) else 4096
    return _versioned(Board(name, Q35, True, Q35_BUSES, max_cpus), version)


def _versioned(board: Board, version: tuple[int, ...]) -> Board:
    # What a guest can notice stays as it was in that version: docs/qemu-behaviour/startup.md §7,
    # docs/qemu-behaviour/devices.md §9, tests/recordings/hmp/devices/versioned-defaults.hmp.
    return board.replace(
        deprecated=version <= (8, 1),
        avoids_hypertransport_hole=version >= (7, 1),
        limits_32_bit_cpus=version >= (8, 2),
        prefers_sockets=version < (6, 2),
        smbios="32" if version < (8, 1) else "64" if version < (9, 0) else "auto",
    )


_FAMILIES = {"pc-i440fx-": _pc, "pc-q35-": _q35}
OTHERS = (
    Board("none", None, False, {MAIN_BUS: "System"}, 1),
    Board("microvm", None, False, MICROVM_BUSES, 288),
    Board("isapc", PC, True, ISAPC_BUSES, 1),
)
