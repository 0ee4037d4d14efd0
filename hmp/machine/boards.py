"""The machine types: names, versions, chipset, buses, and whether memory can be hotplugged (spec/startup.md section 8).

Tables only; what a machine does with them is in `machine.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.machine.layout import PC, Q35, Chipset

CURRENT = ("11.1", "11.0", "10.2", "10.1", "10.0", "9.2", "9.1", "9.0", "8.2")
DEPRECATED = ("8.1", "8.0", "7.2", "7.1", "7.0", "6.2", "6.1", "6.0", "5.2")
PC_BUSES = {"main-system-bus": "System", "pci.0": "PCI", "isa.0": "ISA", "i2c": "i2c-bus", "ide.0": "IDE",
            "ide.1": "IDE", "floppy-bus.0": "floppy-bus"}
Q35_BUSES = {"main-system-bus": "System", "pcie.0": "PCIE", "isa.0": "ISA", "i2c": "i2c-bus",
             **{f"ide.{port}": "IDE" for port in range(6)}, "floppy-bus.0": "floppy-bus"}


class Board(NamedTuple):
    """A machine type; `hotplug` tells whether it takes memory devices at run time at all."""

    name: str
    chipset: Chipset | None
    hotplug: bool
    buses: dict[str, str]
    max_cpus: int
    deprecated: bool = False
    moves_high_memory: bool = True

    @property
    def type_name(self) -> str:
        """The QOM type of the machine."""
        return f"{self.name}-machine"


def find_board(name: str) -> Board | None:
    """The machine type of a name or alias, or None."""
    name = {"pc": f"pc-i440fx-{CURRENT[0]}", "q35": f"pc-q35-{CURRENT[0]}"}.get(name, name)
    for prefix, chipset, buses, cpus in (("pc-i440fx-", PC, PC_BUSES, 255), ("pc-q35-", Q35, Q35_BUSES, 4096)):
        version = name.removeprefix(prefix)
        if version != name and version in CURRENT + DEPRECATED:
            old = version in DEPRECATED
            moves = not old or DEPRECATED.index(version) <= DEPRECATED.index("7.1")
            return Board(name, chipset, True, buses, cpus, old, moves)
    return next((board for board in OTHERS if board.name == name), None)


OTHERS = (
    Board("none", None, False, {"main-system-bus": "System"}, 1),
    Board("microvm", None, False, {"main-system-bus": "System"}, 288),
    Board("isapc", PC, True, {"main-system-bus": "System", "isa.0": "ISA"}, 1),
)
