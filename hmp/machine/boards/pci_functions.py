"""The PCI functions of a machine, for query-pci, `info pci` and `info qtree`.

Their class, numbers and BARs are those that QEMU was recorded to have; no firmware runs that would
map a BAR or number the bus below a bridge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hmp.machine.boards.orders import absent_types
from hmp.machine.boards.pci_bars import MSIX_BAR, adjust_bars
from hmp.machine.catalogue import boards
from hmp.machine.devices.pci.device import PciBus, PciDevice
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.devices.virtio_bar import with_legacy_bar

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

# Slot and function of what a property of the machine can leave out.
_OPTIONAL = {"ich9-ahci": (31, 2), "ICH9-SMB": (31, 3), "PIIX4_PM": (1, 3)}
MODERN_BAR = 4
FIRST_MODERN_ID, MODERN_SUBSYSTEM = 0x1040, 0x1100


class RootBus(NamedTuple):
    """A root bus: its number, and its functions in their order, as query-pci shows them."""

    number: int
    functions: list[dict[str, Any]]


def root_buses(machine: Machine) -> list[RootBus]:
    """Return the root buses, the newest first; the last one is the board's."""
    if not machine.pci_buses:
        return []
    machine.onboard.ensure()
    first, *others = machine.pci_buses
    expanders = [bus for bus in others if bus.bridges_only_in]
    found = [RootBus(bus.number, _functions(bus)) for bus in reversed(expanders)]
    functions = [*_chipset_functions(machine), *_functions(first)]
    return [*found, RootBus(0, sorted(functions, key=_address))]


def _functions(bus: PciBus) -> list[dict[str, Any]]:
    devices = [device for device in bus.functions.values() if isinstance(device, PciDevice)]
    found = [item for device in devices if (item := function_of(device))]
    return sorted(found, key=_address)


def _address(function: dict[str, Any]) -> tuple[int, int]:
    return int(function["slot"]), int(function["function"])


def _chipset_functions(machine: Machine) -> list[dict[str, Any]]:
    found = boards.find_board(machine.board.family, has_pcie=machine.has_generic_pcie).pci
    absent = absent_types(machine)
    without = {address for name, address in _OPTIONAL.items() if name in absent}
    return [{"bus": 0, **item} for item in found if _address(item) not in without]


def board_function(machine: Machine, addr: str) -> dict[str, Any] | None:
    """Return the board's function at an address such as `01.3`, or None."""
    slot, _point, function = addr.partition(".")
    address = int(slot, 16), int(function or "0", 16)
    return next((item for item in _chipset_functions(machine) if _address(item) == address), None)


def function_of(device: PciDevice) -> dict[str, Any] | None:
    """Return the function of a plugged device, None where QEMU's is not known."""
    recorded = device.recorded_function()
    if recorded is None:
        return None
    if isinstance(device, VirtioPci) and not device.forms().legacy:
        recorded = _modern_form(recorded)
    if isinstance(device, VirtioPci) and not device.forms().modern:
        recorded = _without_bar(recorded, MODERN_BAR)
    if device.property("vectors") and device.get("vectors") == 0:
        # MSI-X has its table there.
        recorded = _without_bar(recorded, MSIX_BAR)
    if isinstance(device, VirtioPci):
        recorded = with_legacy_bar(device, recorded)
    recorded = {**recorded, "regions": adjust_bars(device, recorded["regions"])}
    return {
        "bus": device.pci_bus.number,
        "slot": device.slot,
        "function": device.function,
        **recorded,
        **({"irq": 0} if recorded["irq_pin"] else {}),
        "qdev_id": device.identifier,
    }


def _without_bar(recorded: dict[str, Any], bar: int) -> dict[str, Any]:
    return {**recorded, "regions": [item for item in recorded["regions"] if item["bar"] != bar]}


def _modern_form(recorded: dict[str, Any]) -> dict[str, Any]:
    """Return a virtio device without its legacy form: other numbers, and no I/O ports."""
    numbers = dict(recorded["id"])
    if numbers["device"] < FIRST_MODERN_ID:
        # The subsystem of a legacy device is its kind of virtio device.
        numbers["device"] = FIRST_MODERN_ID + numbers["subsystem"]
        numbers["subsystem"] = MODERN_SUBSYSTEM
    memory = [region for region in recorded["regions"] if region["type"] != "io"]
    return {**recorded, "id": numbers, "regions": memory}


def regions(function: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the BARs of a function."""
    found: list[dict[str, Any]] = function["regions"]
    return found


def title(function: dict[str, Any]) -> str:
    """Return the line of a function in `info qtree`."""
    number = function["id"]
    named = function["class_info"].get("desc") or f"Class {function['class_info']['class']:04x}"
    address = f"{function['bus']:02x}:{function['slot']:02x}.{function['function']:x}"
    return (
        f"class {named}, addr {address}, pci id {number['vendor']:04x}:{number['device']:04x} (sub "
        f"{number.get('subsystem-vendor', 0):04x}:{number.get('subsystem', 0):04x})"
    )
