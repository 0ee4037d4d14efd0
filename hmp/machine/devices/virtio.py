"""What virtio devices share, and the PCI device (the transport) that each one is behind.

The transport only holds its properties: there is no queue to serve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from hmp.errors import StateError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.base import DEVICE_PROPERTIES, Device
from hmp.machine.devices.bus import Bus, BusHotplugError
from hmp.machine.devices.memory_device import MemdevMissingError, MemoryDevice
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.devices.pci.regions import (
    VIRTIO_LEGACY,
    VIRTIO_MODERN,
    VIRTIO_WHOLE,
    add_regions,
    interrupt_regions,
)
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import (
    Enumeration,
    Integer,
    Link,
    Property,
    bool_property,
)
from hmp.units import ALL_ONES_32

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

VIRTIO_BUS = "virtio-bus"
ON_OFF_AUTO = ("auto", "on", "off")
PRIVATE_DISCARD_WARNING = (
    "ram_block_discard_shared_range: Discarding RAM in private file mappings is possibly "
    "dangerous, because it will modify the underlying file and will affect other users of the file"
)
# QEMU's -1, and what it chooses then (experiment: qom-get vectors).
UNSET_VECTORS, DEFAULT_VECTORS = ALL_ONES_32, 2
# More entries than an MSI-X table can have.
MAX_VECTORS = 2048


class NoVirtioFormError(StateError):
    """Both forms of virtio, that of version 1 and the legacy one, are disabled."""

    parameter = "disable-modern"

    def __init__(self) -> None:
        super().__init__(
            "device cannot work as neither modern nor legacy mode is enabled",
            "Set either disable-modern or disable-legacy to off",
        )


class LegacyIommuError(StateError):
    """A device with the legacy form can't be behind an IOMMU."""

    parameter = "iommu_platform"

    def __init__(self) -> None:
        super().__init__(
            "VIRTIO_F_IOMMU_PLATFORM was supported by neither legacy nor transitional device"
        )


class VirtioBus(Bus):
    """The bus between a transport and its one virtio device, which no device has to ask for."""

    device: Property[Object] = Property(Link("virtio-device"), name="child[0]", settable=False)

    def __init__(self, device: Device) -> None:
        super().__init__("virtio-pci-bus", hotplug=False, kinds=(VIRTIO_BUS,), max_devices=1)
        self.device = device
        self.devices.append(device)

    def list_properties(self) -> list[tuple[str, str]]:
        # The link may lead to any virtio device; QEMU lists it with the type of this one.
        return [
            (name, f"link<{self.device.type_name}>" if name == "child[0]" else label)
            for name, label in super().list_properties()
        ]


class VirtioDevice(Device):
    """A virtio device; its id is that of the PCI device that it is behind.

    `has_legacy_form`: drivers from before virtio 1 can use it too.
    """

    type_name = "virtio-device"
    has_legacy_form: ClassVar[bool] = False
    bus_kind = VIRTIO_BUS
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
    def region_label(self) -> str:
        """The name of the device in those of its MemoryRegions."""
        return self.type_name

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
    memdev_missing: ClassVar[str] = "'memdev' property is not set"

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        if machine.board.hotplug:
            self.assign_address(machine)
        # On microvm it gets no address, as a DIMM there (docs/qemu-behaviour/devices.md §9).
        elif self.memdev is None:
            raise MemdevMissingError(self.memdev_missing)
        else:
            self.compute_region_size()


class VirtioForms(NamedTuple):
    """Which forms of virtio a device offers to the guest: the legacy one, that of version 1."""

    legacy: bool
    modern: bool


class VirtioPci(PciDevice):
    """A virtio device on a PCI bus; without properties for it, in the form of virtio 1 alone.

    The properties of the virtio device itself, its `virtio-backend`, can be read and set here too.
    """

    category = "Misc"
    device_class: ClassVar[type[VirtioDevice]] = VirtioDevice

    aer = bool_property(False)
    ats = bool_property(False)
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
        self.buses.append(self.virtio_bus)

    def belong_to(self, machine: Machine) -> None:
        super().belong_to(machine)
        self.vdev.belong_to(machine)

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

    def forms(self) -> VirtioForms:
        """Return the forms of virtio that the device has."""
        return VirtioForms(legacy=False, modern=True)

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        # The virtio device, the PCI slot, then realize (docs/qemu-behaviour/devices.md §2, stages
        # 8-9).
        self.vdev.prepare(machine, hotplugged)
        super().prepare(machine, hotplugged)

    def check_type(self, machine: Machine) -> None:
        super().check_type(machine)
        forms = self.forms()
        if not any(forms):
            raise NoVirtioFormError
        self.vdev.check_realizable(machine)
        if forms.legacy and self.vdev.iommu_platform:
            raise LegacyIommuError

    def acquire(self, machine: Machine) -> None:
        self.vdev.acquire(machine)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        forms = self.forms()
        super().plug(machine, hotplugged)
        add_regions(self, VIRTIO_WHOLE)
        if forms.modern:
            add_regions(self, VIRTIO_MODERN, self.vdev.region_label)
        if forms.legacy:
            add_regions(self, VIRTIO_LEGACY)
        self._add_interrupts(machine)
        self.vdev.realized, self.vdev.hotplugged = True, hotplugged
        # A virtio bus has no hotplug handler: only the transport can be unplugged.
        self.vdev.parent_bus, self.vdev.hotpluggable = self.virtio_bus, False
        self.vdev.plug(machine, hotplugged)

    def _add_interrupts(self, machine: Machine) -> None:
        """Add the regions of MSI-X, if the device has it."""

    def check_unplug(self, machine: Machine, path: str) -> None:
        super().check_unplug(machine, path)
        self.vdev.check_transport_unplug()

    def unplug(self, machine: Machine) -> None:
        self.vdev.unplug(machine)
        self.vdev.realized = False
        super().unplug(machine)


class VirtioPciGeneric(VirtioPci):
    """A virtio device on a PCI bus whose forms the user may choose."""

    disable_legacy = Property(
        Enumeration("OnOffAuto", *ON_OFF_AUTO), "on/off/auto", "auto", shows_default=True
    )
    disable_modern = bool_property(False)

    def forms(self) -> VirtioForms:
        if not self.vdev.has_legacy_form:
            return super().forms()
        # Below a port there is no I/O space to count on (experiment: qom-get disable-legacy).
        is_below_port = (
            self.bus is not None
            and self.bus.type_name == "PCIE"
            and self.bus is not self.machine.pci_buses[0]
        )
        disabled = {"on": True, "off": False}.get(self.disable_legacy, is_below_port)
        return VirtioForms(not disabled, not self.disable_modern)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        # What was chosen is shown, also where there is no choice (experiment: qom-get).
        forms = self.forms()
        super().plug(machine, hotplugged)
        self.disable_legacy, self.disable_modern = (
            "off" if forms.legacy else "on",
            not forms.modern,
        )


class VirtioPciInterrupts(VirtioPci):
    """A virtio device on a PCI bus with MSI-X."""

    ioeventfd = bool_property(True)
    vectors = Property(Integer(32), default=UNSET_VECTORS, shows_default=True)

    def _add_interrupts(self, machine: Machine) -> None:
        if self.vectors == UNSET_VECTORS:
            self.vectors = DEFAULT_VECTORS
        if self.vectors > MAX_VECTORS:
            machine.warn(f"unable to init msix vectors to {self.vectors}")
            self.vectors = 0
        if self.vectors:
            add_regions(self, interrupt_regions(self.type_name, self.vectors))
