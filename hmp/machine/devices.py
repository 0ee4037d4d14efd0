"""Memory devices and the board's own: their declared properties and what may be done with a live one.

Where a device is placed is decided in `placement.py`, how it is plugged in `plug.py`.
"""

from __future__ import annotations

from typing import ClassVar

from hmp.errors import MachineRefusal
from hmp.machine.backends import MemoryBackend
from hmp.machine.objects import Object
from hmp.machine.properties import Boolean, Integer, Link, Property

GENERIC = (
    Property("parent_bus", Link("bus"), settable=False),
    Property("realized", Boolean(), default=False),
    Property("hotplugged", Boolean(), default=False, settable=False),
    Property("hotpluggable", Boolean(), default=True, settable=False),
)


class Device(Object):
    """Anything that device_del can be pointed at."""

    type_name = "device"
    ancestors: ClassVar[tuple[str, ...]] = ("device",)
    declared: ClassVar[tuple[Property, ...]] = GENERIC

    def check_deletable(self) -> None:
        """Raise MachineRefusal when a device of this type can't be asked to go."""


class BoardDevice(Device):
    """A part of the board, there so that paths lead to it; `refusal` is what device_del says of it."""

    def __init__(self, type_name: str, refusal: str) -> None:
        self.type_name = type_name
        super().__init__()
        self.refusal = refusal

    def check_deletable(self) -> None:
        raise MachineRefusal(self.refusal)


class Dimm(Device):
    """pc-dimm: a memory backend in a slot, at a guest-physical address."""

    type_name = "pc-dimm"
    declared: ClassVar[tuple[Property, ...]] = (
        *GENERIC,
        Property("memdev", Link("memory-backend")),
        Property("node", Integer(32), default=0, shows_default=True),
        Property("addr", Integer(64), default=0, shows_default=True),
        Property("slot", Integer(32, signed=True), default=-1, shows_default=True),
        Property("size", Integer(64), settable=False),
    )

    @property
    def memdev(self) -> MemoryBackend | None:
        """The backend, when one is set."""
        found = self.values["memdev"]
        return found if isinstance(found, MemoryBackend) else None

    @property
    def backend(self) -> MemoryBackend:
        """The backend of a device that has one."""
        assert self.memdev is not None
        return self.memdev

    def number(self, name: str) -> int:
        """An integer property: addr and size in bytes, slot, node."""
        value = self.show(Property(name, Integer(64)))
        assert isinstance(value, int)
        return value

    @property
    def identifier(self) -> str:
        """The id, empty for a device without one."""
        return self.name if self.parent is not None and self.parent.name == "peripheral" else ""

    @property
    def called(self) -> str:
        """How messages call the device."""
        return f"device '{self.identifier}'" if self.identifier else "anonymous device"

    def show(self, item: Property) -> object:
        if item.name == "size":
            return self.memdev.size if self.memdev else 0
        return super().show(item)

    def freeze_check(self, item: Property, before_reading: bool) -> None:
        if not self.values["realized"] or not before_reading or item.name == "realized":
            return
        if isinstance(item.kind, Link):
            who = f"device '{self.identifier or '(null)'}'"
            raise MachineRefusal(f"Attempt to set link property '{item.name}' on {who} (type '{self.type_name}') "
                                 "after it was realized")
        raise MachineRefusal(f"Attempt to set property '{item.name}' on {self.called} (type '{self.type_name}') "
                             "after it was realized")


USER_CREATABLE: dict[str, type[Dimm]] = {Dimm.type_name: Dimm}
ABSTRACT = frozenset(("device", "pci-device", "sys-bus-device", "virtio-device", "virtio-pci", "cpu", "x86_64-cpu",
                      "isa-device", "usb-device"))
BOARD_PARTS = frozenset(("i440FX-pcihost", "q35-pcihost", "apic", "fw_cfg_io", "isa-i8259", "hpet", "isa-pit"))
