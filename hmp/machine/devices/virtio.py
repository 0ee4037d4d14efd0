"""What virtio devices share: properties of the transport, and the PCI device that carries a virtio
device.

The transport does nothing here beyond holding its settings: there is no queue to serve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.machine.devices.base import GENERIC, Device
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.pci import PCI_PROPERTIES, BusHotplugError, PciDevice
from hmp.machine.devices.pci_regions import VIRTIO, interrupt_regions, show_regions
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Boolean, Enumeration, Integer, Link, Property, switch

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


VIRTIO_PROPERTIES = (
    *GENERIC,
    *(
        switch(name, True)
        for name in (
            "any_layout",
            "event_idx",
            "indirect_desc",
            "notify_on_empty",
            "queue_reset",
            "use-disabled-flag",
            "use-started",
        )
    ),
    *(
        switch(name, False)
        for name in ("in_order", "iommu_platform", "packed", "x-disable-legacy-check")
    ),
    Property("memaddr", Integer(64), default=0, shows_default=True),
    Property("memdev", Link("memory-backend")),
)
UNSET_VECTORS = 0xFFFFFFFF
ON_OFF_AUTO = ("auto", "on", "off")
TRANSPORT_PROPERTIES = (
    *PCI_PROPERTIES,
    Property(
        "disable-legacy",
        Enumeration("OnOffAuto", *ON_OFF_AUTO),
        "on/off/auto",
        "auto",
        shows_default=True,
    ),
    *(
        switch(name, False)
        for name in (
            "aer",
            "ats",
            "disable-modern",
            "modern-pio-notify",
            "page-per-vq",
            "virtio-pci-bus-master-bug-migration",
            "x-pcie-pm-no-soft-reset",
        )
    ),
    *(switch(name, True) for name in ("x-ats-page-aligned", "x-pcie-flr-init")),
)


class VirtioBus(Object):
    """The bus between a transport and its one virtio device."""

    type_name = "virtio-pci-bus"
    declared: ClassVar[tuple[Property, ...]] = (
        Property("realized", Boolean(), default=True),
        Property("child[0]", Link("virtio-device"), settable=False),
        Property("hotplug-handler", Link("hotplug-handler")),
    )

    def list_properties(self) -> list[tuple[str, str]]:
        device_class = self.values["child[0]"]
        assert isinstance(device_class, Object)
        return [
            (name, f"link<{device_class.type_name}>" if name == "child[0]" else label)
            for name, label in super().list_properties()
        ]


class VirtioMemoryDevice(MemoryDevice):
    """A virtio device with memory; the id is that of the PCI device that carries it."""

    address_name = "memaddr"
    bus_kind = "virtio-bus"
    ancestors: ClassVar[tuple[str, ...]] = ("virtio-device", *MemoryDevice.ancestors)

    @property
    def owner(self) -> Device:
        return self.parent if isinstance(self.parent, Device) else self

    def check_realizable(self, machine: Machine) -> None:
        """The checks after a PCI slot was found; StateError or HostError."""

    def check_unplug(self, machine: Machine, path: str) -> None:
        raise BusHotplugError(self.bus_kind)

    def check_unplug_memory(self) -> None:
        """Raise StateError when the memory can't go."""


class VirtioPci(PciDevice):
    """A virtio memory device on a PCI bus: what it doesn't know itself it asks its
    `virtio-backend`.

    `vectors` is the number of its interrupts unless it has none.
    """

    category = "Misc"
    device_class: ClassVar[type[VirtioMemoryDevice]]
    vectors: ClassVar[int] = 0

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.links = cls.links | cls.device_class.links

    def __init__(self) -> None:
        super().__init__()
        self.memory = self.device_class()
        self.add("virtio-backend", self.memory)
        bus = VirtioBus()
        bus.values["child[0]"] = self.memory
        self.add("virtio-bus", bus)

    def holder(self, name: str) -> Object:
        return self.memory if name not in self.by_name and name in self.memory.by_name else self

    def property(self, name: str) -> Property | None:
        return super().property(name) or self.memory.property(name)

    def get(self, name: str) -> object:
        holder = self.holder(name)
        return super().get(name) if holder is self else holder.get(name)

    def properties(self) -> tuple[Property, ...]:
        own = super().properties()
        return own + tuple(item for item in self.memory.declared if item not in GENERIC)

    def set(self, item: Property, value: object) -> None:
        if self.holder(item.name) is self:
            super().set(item, value)
        else:
            self.memory.set(item, value)

    def check_writable(self, item: Property, before_reading: bool) -> None:
        if self.holder(item.name) is self:
            super().check_writable(item, before_reading)
        else:
            self.memory.check_writable(item, before_reading)

    def step(self, name: str) -> Object | None:
        return (
            self.memory.step(name)
            if name in self.memory.links and name not in self.by_name
            else super().step(name)
        )

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        self.memory.assign_address(machine)
        super().prepare(machine, hotplugged)
        self.memory.check_realizable(machine)

    def acquire(self, machine: Machine) -> None:
        self.memory.acquire(machine)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        show_regions(self, VIRTIO, self.device_class.type_name)
        self._show_interrupts()
        if self.values["disable-legacy"] == "auto":
            self.values["disable-legacy"] = "on"
        self.memory.values.update(
            realized=True, hotplugged=hotplugged, parent_bus=self.children["virtio-bus"]
        )
        self.memory.plug(machine, hotplugged)

    def _show_interrupts(self) -> None:
        """Settle how many interrupts the device has, unless that was asked for, and show their
        regions.
        """
        if not self.vectors:
            return
        if self.values["vectors"] == UNSET_VECTORS:
            self.values["vectors"] = self.vectors
        asked = self.values["vectors"]
        assert isinstance(asked, int)
        if asked:
            show_regions(self, interrupt_regions(self.type_name, asked))

    def check_unplug(self, machine: Machine, path: str) -> None:
        super().check_unplug(machine, path)
        self.memory.check_unplug_memory()

    def unplug(self, machine: Machine) -> None:
        self.memory.unplug(machine)
        self.memory.values["realized"] = False
        super().unplug(machine)
