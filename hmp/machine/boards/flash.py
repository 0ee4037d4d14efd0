"""The flash memory of pc and q35, which ends at 4 GiB: the drives of if=pflash, or of the machine's
properties. What is in an image that is raw shows there, as the guest would see it; nothing is
written to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hmp.errors import StateError, StderrLine
from hmp.machine import system_calls
from hmp.machine.boards.types import MAIN_BUS
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.memory.mapping import MapError, Mapping
from hmp.record import Record
from hmp.units import GIB, KIB

if TYPE_CHECKING:
    from hmp.machine.block.node import Node
    from hmp.machine.machine import Machine

TYPE = "cfi.pflash01"
CHIPS = 2
SECTOR = 4096
END, LOW_END, MAX_LOW = 4 * GIB, 0x100000, 128 * KIB


class FlashError(StateError):
    """The machine can't have such flash memory."""


class Flash(Record):
    """A chip: what holds its contents, and where it is; `drive` is the name of a drive or node."""

    number: int
    drive: str
    node: Node
    start: int

    @property
    def name(self) -> str:
        """The name of the device and its memory."""
        return f"system.flash{self.number}"


def find_flash(machine: Machine) -> list[Flash]:
    """Return the chips, none where the board has its own firmware.

    Raises:
        FlashError: A drive does not exist or is empty, or the chips have no such places.
    """
    drives = _drives(machine)
    for name in drives.values():
        if machine.block.find_backend(name) is None and machine.block.find_node(name) is None:
            raise FlashError(f"Property '{TYPE}.drive' can't find value '{name}'")
    if 1 in drives and 0 not in drives:
        raise FlashError("pflash1 requires pflash0")
    found: list[Flash] = []
    for number, name in drives.items():
        node = machine.block.find_medium(name)
        if node is None:
            raise FlashError(f"can't get size of block device {name}: No medium found")
        if not node.size or node.size % SECTOR:
            # A node has no name as a block device.
            shown = name if machine.block.find_backend(name) else ""
            raise FlashError(
                f"system firmware block device {shown} has invalid size {node.size}",
                StderrLine(
                    f"info: its size must be a non-zero multiple of 0x{SECTOR:x}", prefixed=True
                ),
            )
        start = (found[-1].start if found else END) - node.size
        limit = machine.machine_object.get("max-fw-size")
        assert isinstance(limit, int)
        if END - start > limit:
            raise FlashError(f"combined size of system firmware exceeds {limit} bytes")
        found.append(Flash(number, name, node, start))
    return found


def _drives(machine: Machine) -> dict[int, str]:
    """Return the names of drives or nodes by the number of the chip."""
    target = machine.machine_object
    if target.property("pflash0") is None:
        return {}
    found = {}
    if "block" in vars(machine):
        for backend in machine.block.backends.values():
            if backend.place.interface == "pflash" and backend.place.unit < CHIPS:
                found[backend.place.unit] = backend.name
    named = {0: str(target.get("pflash0")), 1: str(target.get("pflash1"))}
    found.update({number: name for number, name in named.items() if name})
    return dict(sorted(found.items()))


def flash_ranges(chips: list[Flash]) -> Iterator[AddressRange]:
    """Yield the ranges of chips; the first one shows below 1 MiB, too.

    The caller has to close the mappings. Raises MapError where the host can't map one.
    """
    for chip in chips:
        size = chip.node.size
        memory = _map(chip)
        yield AddressRange(chip.start, size, chip.name, memory, kind="romd")
        if chip.number == 0:
            low = min(size, MAX_LOW)
            yield AddressRange(LOW_END - low, low, chip.name, memory, size - low, kind="rom")


def _map(chip: Flash) -> Mapping:
    path = _file_of(chip.node)
    with MapError.wrapping_calls(f"cannot set up guest memory '{chip.name}'"):
        if not path:
            return Mapping(chip.node.size)
        descriptor = system_calls.open_file(path.encode("latin-1"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            return Mapping(chip.node.size, descriptor=descriptor)
        finally:
            system_calls.close(descriptor)


def _file_of(node: Node) -> str:
    """Return the path of the file that a node shows as it is, empty where it is none."""
    while node.driver == "raw" and not node.options and node.file is not None:
        node = node.file
    return node.path if node.driver == "file" else ""


def make_flash(machine: Machine) -> None:
    """Make the devices of chips, which lock the images; raise HmpError when one can't be made."""
    bus = next((bus for bus in machine.board_buses if bus.name == MAIN_BUS), None)
    for chip in machine.flash:
        assert bus is not None
        values: dict[str, object] = {
            "drive": chip.drive,
            "num-blocks": chip.node.size // SECTOR,
            "sector-length": SECTOR,
            "width": 1,
            "name": chip.name,
        }
        machine.onboard.plug_part(TYPE, bus, values, machine.machine_object, chip.name)
