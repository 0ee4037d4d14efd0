"""What virtio devices share, and the PCI device (the transport) that each one is behind.

The transport only holds its properties: there is no queue to serve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.base import DEVICE_PROPERTIES, Device
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.pci import BusHotplugError, PciDevice
from hmp.machine.devices.pci_regions import VIRTIO, add_regions
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    Integer,
    Link,
    Property,
    bool_property,
)

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

ON_OFF_AUTO = ("auto", "on", "off")


class VirtioBus(Object):
    """The bus between a transport and its one virtio device."""

    type_name = "virtio-pci-bus"
    realized = Property(Boolean(), default=True)
    device: Property[Object] = Property(Link("virtio-device"), name="child[0]", settable=False)
    hotplug_handler: Property[Object | None] = Property(Link("hotplug-handler"))

    def __init__(self, device: Object) -> None:
        super().__init__()
        self.device = device

    def list_properties(self) -> list[tuple[str, str]]:
        # The link may lead to any virtio device; QEMU lists it with the type of this one.
        return [
            (name, f"link<{self.device.type_name}>" if name == "child[0]" else label)
            for name, label in super().list_properties()
        ]


class VirtioDevice(Device):
    """A virtio device; its id is that of the PCI device that it is behind."""

    type_name = "virtio-device"
    bus_kind = "virtio-bus"
    ancestors: ClassVar[tuple[str, ...]] = ("virtio-device", *Device.ancestors)

    any_layout = bool_property(True, name="any_layout")
    event_idx = bool_property(True, name="event_idx")
    indirect_desc = bool_property(True, name="indirect_desc")
    notify_on_empty = bool_property(True, name="notify_on_empty")
    queue_reset = bool_property(True, name="queue_reset")
    use_disabled_flag = bool_property(True)
    use_started = bool_property(True)
    in_order = bool_property(False, name="in_order")
    iommu_platform = bool_property(False, name="iommu_platform")
    packed = bool_property(False)
    x_disable_legacy_check = bool_property(False)

    @property
    def owner(self) -> Device:
        """The device that the user plugged: it has the id."""
        return self.parent if isinstance(self.parent, Device) else self

    def check_realizable(self, machine: Machine) -> None:
        """Make the checks that come after the PCI slot; raise StateError or ParameterError."""

    def check_unplug(self, machine: Machine, path: str) -> None:
        raise BusHotplugError(self.bus_kind)

    def check_transport_unplug(self) -> None:
        """Raise StateError when the device can't leave with its transport."""


class VirtioMemoryDevice(VirtioDevice, MemoryDevice):
    """A virtio device with memory."""

    addr = Property(Integer(64), default=0, name="memaddr", shows_default=True)
    memdev: Property[MemoryBackend | None] = Property(Link("memory-backend"))

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        self.assign_address(machine)


class VirtioPci(PciDevice):
    """A virtio device on a PCI bus.

    The properties of the virtio device itself, its `virtio-backend`, can be read and set here too.
    """

    category = "Misc"
    device_class: ClassVar[type[VirtioDevice]]

    disable_legacy = Property(
        Enumeration("OnOffAuto", *ON_OFF_AUTO), "on/off/auto", "auto", shows_default=True
    )
    aer = bool_property(False)
    ats = bool_property(False)
    disable_modern = bool_property(False)
    modern_pio_notify = bool_property(False)
    page_per_vq = bool_property(False)
    virtio_pci_bus_master_bug_migration = bool_property(False)
    x_pcie_pm_no_soft_reset = bool_property(False)
    x_ats_page_aligned = bool_property(True)
    x_pcie_flr_init = bool_property(True)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        # Paths go through forwarded links too, such as memdev.
        cls.links = cls.links | cls.device_class.links

    def __init__(self) -> None:
        super().__init__()
        self.vdev = self.device_class()
        self.add("virtio-backend", self.vdev)
        self.virtio_bus = VirtioBus(self.vdev)
        self.add("virtio-bus", self.virtio_bus)

    def property_owner(self, name: str) -> Object:
        # The generic properties, such as `realized`, are the transport's own.
        return self.vdev if name not in self.by_name and name in self.vdev.by_name else self

    def property(self, name: str) -> Property | None:
        return super().property(name) or self.vdev.property(name)

    def get(self, name: str) -> object:
        owner = self.property_owner(name)
        return super().get(name) if owner is self else owner.get(name)

    def properties(self) -> tuple[Property, ...]:
        own = super().properties()
        return own + tuple(item for item in self.vdev.declared if item not in DEVICE_PROPERTIES)

    def set(self, item: Property, value: object) -> None:
        if self.property_owner(item.name) is self:
            super().set(item, value)
        else:
            self.vdev.set(item, value)

    def check_writable(self, item: Property, before_reading: bool) -> None:
        if self.property_owner(item.name) is self:
            super().check_writable(item, before_reading)
        else:
            self.vdev.check_writable(item, before_reading)

    def resolve_component(self, name: str) -> Object | None:
        return (
            self.vdev.resolve_component(name)
            if name in self.vdev.links and name not in self.by_name
            else super().resolve_component(name)
        )

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        # The virtio device, the PCI slot, then realize (docs/qemu-behaviour/devices.md §2, stages
        # 8-9).
        self.vdev.prepare(machine, hotplugged)
        super().prepare(machine, hotplugged)
        self.vdev.check_realizable(machine)

    def acquire(self, machine: Machine) -> None:
        self.vdev.acquire(machine)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        add_regions(self, VIRTIO, self.device_class.type_name)
        self._add_interrupts()
        # These devices exist only in the virtio 1 form, so auto becomes on (experiment: qom-get).
        if self.disable_legacy == "auto":
            self.disable_legacy = "on"
        self.vdev.realized, self.vdev.hotplugged = True, hotplugged
        # A virtio bus has no hotplug handler: only the transport can be unplugged.
        self.vdev.parent_bus, self.vdev.hotpluggable = self.virtio_bus, False
        self.vdev.plug(machine, hotplugged)

    def _add_interrupts(self) -> None:
        """Add the regions of MSI-X, if the device has it."""

    def check_unplug(self, machine: Machine, path: str) -> None:
        super().check_unplug(machine, path)
        self.vdev.check_transport_unplug()

    def unplug(self, machine: Machine) -> None:
        self.vdev.unplug(machine)
        self.vdev.realized = False
        super().unplug(machine)
