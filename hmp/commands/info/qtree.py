"""info qtree: the buses with their devices, in the layout of QEMU; the board is the catalogue's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.commands.context import Context
from hmp.commands.info.trees import format_binary_size
from hmp.machine.boards import pci_functions
from hmp.machine.boards.onboard import BETWEEN
from hmp.machine.boards.orders import absent_types
from hmp.machine.catalogue import boards, records
from hmp.machine.catalogue.records import BusRecord, DeviceRecord, PropertyRecord
from hmp.machine.devices.base import Device
from hmp.machine.devices.bus import Bus
from hmp.machine.devices.inert.device import InertDevice
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.qom.object import Object
from hmp.units import U64

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

STEP = "  "
FIRST = (0, 0)
# What the board sets only where no -global does.
_BOARD_DEFAULTS = ("hpet-intcap",)
# Links of fixed devices to others, by the name of the property.
_LINKS = {"i8042": "i8042", "pit": "isa-pit"}


def info_qtree(ctx: Context, brief: bool) -> str:
    """Show the buses with their devices, the newest first; -b without properties."""
    machine = ctx.machine
    machine.onboard.ensure()
    board = boards.find_board(
        machine.board.family,
        has_pcie=machine.has_generic_pcie,
        lacks_second_io_apic=machine.lacks_second_io_apic,
    )
    return "".join(f"{line}\n" for line in _QtreePrinter(machine, brief).board_bus(board.bus, ""))


class _QtreePrinter:
    """Yields the lines of the tree."""

    def __init__(self, machine: Machine, brief: bool) -> None:
        self.machine, self.brief = machine, brief
        self.plugged = {bus.name: bus for bus in machine.board_buses}

    def board_bus(self, record: BusRecord, indent: str) -> Iterator[str]:
        """Show a bus of the board: what is plugged into it, then what was there from the start."""
        yield f"{indent}bus: {record.name}"
        yield f"{indent}{STEP}type {record.type}"
        plugged = self.plugged.get(record.name)
        waiting = list(plugged.devices) if plugged else []
        onboard = self.machine.onboard
        absent = absent_types(self.machine)
        shown = [item for item in record.devices if item.type not in absent]
        for item, position in zip(shown, self._positions(shown), strict=True):
            while waiting and onboard.position(waiting[0]) > position:
                yield from self.device(waiting.pop(0), indent + STEP)
            yield from self._board_device(item, indent + STEP)
        for device in waiting:
            yield from self.device(device, indent + STEP)

    def _positions(self, items: list[DeviceRecord]) -> list[tuple[int, int]]:
        """Return where devices are in the order of creation, the newest first; one that is not in
        the tree is newer than the one after it.
        """
        known = {item.type: self.machine.onboard.positions(item.type) for item in items}
        found = [known[item.type].pop(0) if known[item.type] else None for item in items]
        after, positions = FIRST, []
        for position in reversed(found):
            after = position or (after[0], after[1] + BETWEEN)
            positions.append(after)
        return positions[::-1]

    def _board_device(self, record: DeviceRecord, indent: str) -> Iterator[str]:
        yield f'{indent}dev: {record.type}, id ""'
        if not self.brief:
            yield from self._lines(record.lines, indent, is_gpio=True)
            known = {item.name: item for item in records.properties(record.type)}
            for name, recorded in record.values.items():
                item = known.get(name)
                value = self._present(name, recorded)
                # What differs from the default is set by the board, after any -global.
                if item is not None and (item.default == recorded or name in _BOARD_DEFAULTS):
                    chosen = self.machine.parts.shown_value(record.type, name)
                    value = value if chosen is None else chosen
                yield f"{indent}{STEP}{name} = {_text(item.type if item else '', name, value)}"
            yield from self._lines(record.lines, indent, is_gpio=False)
            if "addr" in record.values:
                function = pci_functions.board_function(self.machine, str(record.values["addr"]))
                yield from _pci_lines(function, indent)
        for bus in record.buses:
            yield from self.board_bus(bus, indent + STEP)

    def _present(self, name: str, recorded: object) -> object:
        """Return a value of the board that depends on its RAM, or on which devices there are."""
        layout = self.machine.layout
        if name in _LINKS:
            return next(
                (
                    item.path
                    for item in self.machine.unattached.children.values()
                    if item.type_name == _LINKS[name]
                ),
                recorded,
            )
        present: dict[str, object] = {
            "below-4g-mem-size": layout.low,
            "has-acpi": self.machine.acpi,
            "has-usb": self.machine.machine_object.usb,
            "above-4g-mem-size": self.machine.memory_config.size - layout.low,
        }
        return present.get(name, recorded)

    def _lines(self, lines: tuple[str, ...], indent: str, is_gpio: bool) -> Iterator[str]:
        for line in lines:
            if line.startswith("gpio") == is_gpio:
                yield f"{indent}{STEP}{line}"

    def device(self, device: Device, indent: str) -> Iterator[str]:
        """Show a plugged device with the buses that it gives."""
        yield f'{indent}dev: {device.type_name}, id "{device.identifier}"'
        if not self.brief:
            lines = device.qtree_lines() if isinstance(device, InertDevice) else ()
            yield from self._lines(lines, indent, is_gpio=True)
            for record in _shown(device):
                yield f"{indent}{STEP}{record.name} = {_property_text(device, record)}"
            yield from self._lines(lines, indent, is_gpio=False)
            if isinstance(device, PciDevice):
                yield from _pci_lines(pci_functions.function_of(device), indent)
        for bus in device.buses:
            yield from self._bus(bus, indent + STEP)

    def _bus(self, bus: Bus, indent: str) -> Iterator[str]:
        yield f"{indent}bus: {bus.name}"
        yield f"{indent}{STEP}type {bus.type_name}"
        for device in bus.devices:
            yield from self.device(device, indent + STEP)


def _shown(device: Device) -> list[PropertyRecord]:
    """Return the properties that QEMU shows of a device, those of its own type first."""
    return [item for record in records.lineage(device.type_name) for item in record.shown]


def _property_text(device: Device, record: PropertyRecord) -> str:
    if record.name == "addr" and isinstance(device, PciDevice):
        return f"{device.slot:02x}.{device.function:x}"
    item = device.by_name.get(record.name)
    # Not declared here: nothing can have changed it.
    value = item.get(device) if item else record.default
    if isinstance(value, Object):
        value = value.path
    return _text(record.type, record.name, value)


def _text(type_name: str, name: str, value: object) -> str:
    """Return a value as QEMU prints one of that type."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        if type_name == "size":
            return f"{value} ({format_binary_size(value)})"
        if type_name == "uint64" and value >= U64 // 2:
            value -= U64
        return f"{value} (0x{value % U64:x})"
    if value is None or isinstance(value, (list, dict)):
        return '""' if type_name == "str" or type_name.startswith("link<") else "<null>"
    return str(value) if name == "addr" else f'"{value}"'


def _pci_lines(function: dict[str, object] | None, indent: str) -> Iterator[str]:
    """Show the class, the numbers and the BARs of a PCI function."""
    if function is None:
        return
    yield f"{indent}{STEP}{pci_functions.title(function)}"
    for region in pci_functions.regions(function):
        kind = "i/o" if region["type"] == "io" else "mem"
        address, size = int(region["address"]) % U64, int(region["size"])
        end = (address + size - 1) % U64
        yield f"{indent}{STEP}bar {region['bar']}: {kind} at 0x{address:x} [0x{end:x}]"
