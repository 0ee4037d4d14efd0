"""What -global sets of the parts of a board, which QEMU makes in a fixed order (experiment: -global
with an unknown property of each type, without the one that was named, until none is named).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hmp.machine.devices.inert.device import InertDevice
    from hmp.machine.machine import Machine

# What the machine itself contains, and what comes before its CPUs and right after them.
_OF_THE_MACHINE = {
    "pc-i440fx": ("cfi.pflash01", "isa-pcspk"),
    "pc-q35": ("cfi.pflash01", "isa-pcspk"),
    "isapc": ("isa-pcspk",),
}
_AFTER_CPUS = {
    "pc-i440fx": ("i440FX-pcihost", "i440FX"),
    "pc-q35": ("mch", "q35-pcihost"),
}
FIRMWARE_CONFIGURATION = "fw_cfg_io"
MIGRATION = "migration"


class BoardParts:
    """The values that -global gives to parts of a board, type by type, and those that other options
    do (`preset_values`); parts themselves are only paths. Without any -global nothing is looked at.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._parts: dict[str, InertDevice] = {}
        self._unchanged: dict[str, InertDevice] = {}
        self.preset_values: dict[tuple[str, str], object] = {}

    def make(self, *names: str) -> None:
        """Set what -global asks for of parts of these types; HmpError for the first value that does
        not fit.
        """
        if not self._machine.globals:
            return
        from hmp.machine.devices.inert.classes import device_class
        from hmp.machine.devices.plug import apply_globals

        for name in names:
            part = device_class(name)()
            part.belong_to(self._machine)
            for below in (*part.children.values(), part):
                apply_globals(self._machine, below, hotplugged=False)
            self._parts[name] = part

    def make_machine(self) -> None:
        """Make what the machine contains before anything is checked."""
        self.make(*_OF_THE_MACHINE.get(self._machine.board.family, ()))

    def make_before_cpus(self) -> None:
        """Make what microvm has before its CPUs."""
        if self._machine.board.name == "microvm":
            self.make(FIRMWARE_CONFIGURATION)

    def make_after_cpus(self) -> None:
        """Make interrupt controllers and host bridge, which come before memory is laid out."""
        if self._machine.has_cpu and self._machine.cpu.has_apic:
            self.make("apic", "kvmvapic")
        self.make(*_AFTER_CPUS.get(self._machine.board.family, ()))

    def make_firmware_configuration(self) -> None:
        """Make what the firmware reads; it comes after the firmware and before the kernel."""
        if self._machine.board.family in ("pc-i440fx", "pc-q35", "isapc"):
            self.make(FIRMWARE_CONFIGURATION)

    def make_network_cards(self) -> None:
        """Look at every model that a PCI board could have, whatever is asked for."""
        if self._machine.globals:
            self.make(*network_models())

    def value(self, type_name: str, name: str) -> object:
        """Return the value of a property of a part, None where no option set it."""
        part = self._parts.get(type_name)
        item = part.property(name) if part else None
        if item and item.attribute in vars(part):
            return getattr(part, item.attribute)
        return self.preset_values.get((type_name, name))

    def shown_value(self, type_name: str, name: str) -> object:
        """Return the value of a property of a part, None where neither an option nor the version of
        the machine set it.
        """
        from hmp.machine.devices.inert.classes import device_class
        from hmp.machine.devices.plug import apply_compat

        chosen = self.value(type_name, name)
        if chosen is not None:
            return chosen
        if type_name not in self._unchanged:
            self._unchanged[type_name] = device_class(type_name)()
            apply_compat(self._machine, self._unchanged[type_name])
        part = self._unchanged[type_name]
        item = part.property(name)
        return vars(part).get(item.attribute) if item else None


def network_models() -> list[str]:
    """Return the types of PCI network cards, in QEMU's order."""
    from hmp.machine.catalogue import records

    return [
        name
        for name in sorted(records.type_names(), key=str.lower)
        if (record := records.find_type(name))
        and record.creatable
        and record.category == ("Network",)
        and any(item.name == "pci-device" for item in records.lineage(name))
        and any(item.name == "netdev" for item in records.properties(name))
    ]
