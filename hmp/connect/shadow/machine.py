"""A machine that stands for the one of a running QEMU: the same objects, and no memory of its own.

All that reads a machine reads it too: completion, diagnostics, `map`, `explain`. Its guest never
runs, since the real one runs in QEMU.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hmp.machine.boards.onboard import OnboardDevices
from hmp.machine.boards.types import Board
from hmp.machine.devices.base import Device
from hmp.machine.devices.dimm import Dimm
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.events import Events
from hmp.machine.machine import Machine
from hmp.machine.memory.mapping import Mapping
from hmp.machine.qom.object import Object, UserObject


class ShadowMapping(Mapping):
    """Memory that QEMU has mapped, at an address of its process, 0 where that is not known.

    Nothing is done to it from here, and nothing is read.
    """

    def __init__(self, address: int, length: int, page_size: int, shared: bool) -> None:
        self.address, self.length, self.page_size = address, length, page_size
        self.shared, self.writable = shared, True
        self._descriptor, self._file_offset = -1, 0

    def close(self) -> None:
        pass

    def give_back_pages(self) -> None:
        pass

    def _advise(self, advice: int) -> None:
        pass

    def discard(self, offset: int, length: int) -> None:
        pass

    def bind(self, policy: str, nodes: list[int]) -> None:
        pass

    def populate(self, *size: Any, **options: Any) -> None:
        pass

    def read(self, offset: int, length: int) -> bytes | None:
        return None

    def write(self, offset: int, data: bytes) -> None:
        pass


class ShadowObject(UserObject):
    """An object of which only its name and its type are known."""

    def __init__(self, type_name: str) -> None:
        super().__init__()
        self.type_name = type_name


class ShadowDevice(Device):
    """A device of which only its name and its type are known."""

    def __init__(self, type_name: str) -> None:
        super().__init__()
        self.type_name = type_name
        self.realized = True


class NoOnboardDevices(OnboardDevices):
    """Makes nothing: what the board has is known from QEMU."""

    def reserve_slots(self) -> None:
        pass

    def ensure(self) -> None:
        pass


class ShadowMachine(Machine):
    """A machine filled from QEMU's answers; `events` outlasts it, since the next one has it too."""

    simulates_guest = False

    def __init__(self, board: Board, name: str, events: Events) -> None:
        super().__init__(board, name)
        self.events = events
        self.onboard = NoOnboardDevices(self)
        self.host_process = ""
        self.relay_events: Callable[[], None] = lambda: None

    def run_guest(self) -> None:
        # What the real guest has done is told by events.
        self.relay_events()

    def expect_unplug(self, name: str) -> None:
        """Take a device as one that QEMU has asked the guest to release."""
        device = self.peripheral.children[name]
        if isinstance(device, PciDevice):
            device.unplug_pending = True
        elif isinstance(device, Dimm):
            self.ports.memory.slots[device.slot].removal_requested = True


def is_known(item: Object | None) -> bool:
    """Return whether more is known of an object than its name and its type."""
    return item is not None and not isinstance(item, (ShadowObject, ShadowDevice))
