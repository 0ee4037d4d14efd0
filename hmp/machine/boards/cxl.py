"""The fixed memory windows of CXL, which -machine cxl-fmw asks for: each is a device of the board,
older than its CPUs, and with cxl=on they are above all memory (experiments: info qtree, and the
address limits of a narrow CPU).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.boards.types import MAIN_BUS
from hmp.machine.memory.layout import window_addresses

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

TYPE = "cxl-fmw"
HOST_BRIDGE = "pxb-cxl"


class CxlError(StateError):
    """What is there of CXL does not go together."""


def window_sizes(machine: Machine) -> tuple[int, ...]:
    """Return the sizes of the windows in bytes, none on machines that can't have any."""
    windows = getattr(machine.machine_object, "cxl_fmw", ())
    return tuple(window["size"] for window in windows)


def has_cxl(machine: Machine) -> bool:
    """Return whether CXL is on."""
    return bool(getattr(machine.machine_object, "cxl", False))


def add_windows(machine: Machine) -> None:
    """Add the devices of the windows to the main system bus."""
    sizes = window_sizes(machine)
    if not sizes:
        return
    from hmp.machine.devices.inert.classes import device_class
    from hmp.machine.devices.inert.pci.cxl import InertCxlWindow

    main = next(bus for bus in machine.board_buses if bus.name == MAIN_BUS)
    addresses = window_addresses(machine.layout, sizes)
    for number, size in enumerate(sizes):
        window = device_class(TYPE)()
        assert isinstance(window, InertCxlWindow)
        window.belong_to(machine)
        window.bus, window.size = main, size
        window.address = addresses[number] if has_cxl(machine) else None
        machine.unattached.add(f"device[{number}]", window)
        window.realized = True
        window.plug(machine, hotplugged=False)


def check_cxl(machine: Machine) -> None:
    """Raise CxlError when there are host bridges and no CXL, or a window leads to none of them."""
    devices = [*machine.peripheral.children.values(), *machine.peripheral_anon.children.values()]
    bridges = [device for device in devices if device.type_name == HOST_BRIDGE]
    if not has_cxl(machine):
        if bridges:
            raise CxlError("CXL host bridges present, but cxl=off")
        return
    for window in getattr(machine.machine_object, "cxl_fmw", ()):
        for target in window["targets"]:
            if not any(target in (bridge.name, bridge.path) for bridge in bridges):
                raise CxlError(f"Could not resolve CXLFM target {target}")
