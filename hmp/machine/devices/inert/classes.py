"""Makes the class of a type from its record in the catalogue, when the type is first named."""

from __future__ import annotations

from functools import cache

from hmp.machine.catalogue import records
from hmp.machine.catalogue.records import PropertyRecord, TypeRecord
from hmp.machine.devices.base import Device
from hmp.machine.devices.inert.device import (
    InertDevice,
    InertPciDevice,
    InertVirtioDevice,
    InertVirtioPci,
    InertVirtioPciGeneric,
)
from hmp.machine.devices.inert.flash import InertFlash
from hmp.machine.devices.inert.floppy import InertFloppy
from hmp.machine.devices.inert.generation_id import InertGenerationId
from hmp.machine.devices.inert.pci.bridges import InertBridge, InertCxlHost, InertExpander
from hmp.machine.devices.inert.pci.cxl import InertCxlMemory, InertCxlWindow
from hmp.machine.devices.inert.pci.iommu import InertVirtioIommu, InertX86Iommu
from hmp.machine.devices.inert.pci.nvme import InertNvme, InertNvmeNamespace, InertNvmeSubsystem
from hmp.machine.devices.inert.properties import attribute_of, declare
from hmp.machine.devices.inert.serial_port import InertSerialPort
from hmp.machine.devices.inert.usb.device import InertUsbDevice
from hmp.machine.devices.inert.usb.storage import InertUsbStorage
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.devices.virtio import VirtioDevice, VirtioPci, VirtioPciGeneric

_BASES: tuple[tuple[str, type[InertDevice], type[Device]], ...] = (
    ("nvme", InertNvme, PciDevice),
    ("nvme-ns", InertNvmeNamespace, Device),
    ("nvme-subsys", InertNvmeSubsystem, Device),
    ("pxb", InertExpander, PciDevice),
    ("pci-bridge", InertBridge, PciDevice),
    ("cxl-type3", InertCxlMemory, PciDevice),
    ("cxl-fmw", InertCxlWindow, Device),
    ("pxb-cxl-host", InertCxlHost, Device),
    ("usb-storage", InertUsbStorage, Device),
    ("vmgenid", InertGenerationId, Device),
    ("virtio-serial-port", InertSerialPort, Device),
    ("usb-device", InertUsbDevice, Device),
    ("x86-iommu", InertX86Iommu, Device),
    ("virtio-iommu-pci", InertVirtioIommu, VirtioPciGeneric),
    ("virtio-pci", InertVirtioPci, VirtioPci),
    ("pci-device", InertPciDevice, PciDevice),
    ("virtio-device", InertVirtioDevice, VirtioDevice),
    ("floppy", InertFloppy, Device),
    ("cfi.pflash01", InertFlash, Device),
    ("device", InertDevice, Device),
)


@cache
def device_class(name: str) -> type[InertDevice]:
    """Return the class of a type of devices that a user can create."""
    record = records.find_type(name)
    assert record is not None
    above = [item.name for item in records.lineage(name)]
    base, plain = next((base, plain) for known, base, plain in _BASES if known in above)
    if base is InertVirtioPci and any(item.name == "disable-legacy" for item in record.all_own()):
        base, plain = InertVirtioPciGeneric, VirtioPciGeneric
    members: dict[str, object] = {
        "type_name": name,
        "record": record,
        "ancestors": tuple(above[1:]),
        "bus_kind": record.bus,
        "category": record.category[0] if record.category else "",
        "cold_only": record.cold_only,
        "is_bridge": "base-pci-bridge" in above,
        "__doc__": f"{name}, from the catalogue.",
    }
    known = set(plain.by_name)
    if issubclass(base, VirtioPci):
        vdev = _virtio_class(name)
        members["device_class"] = vdev
        # They are there through the virtio device.
        known |= {item for item in vdev.by_name if item not in _transport_properties(record)}
    for item, is_shown in reversed(_properties(name)):
        if item.name not in known and not item.type.startswith("child<"):
            members.setdefault(attribute_of(item.name), declare(item, is_shown))
    made = type(f"Inert_{name}", (base,), members)
    assert issubclass(made, InertDevice)
    return made


def _properties(name: str) -> list[tuple[PropertyRecord, bool]]:
    """Return the properties of a type and those above, its own first; whether qtree shows each."""
    return [
        (item, is_shown)
        for record in records.lineage(name)
        for items, is_shown in ((record.shown, True), (record.hidden, False))
        for item in items
    ]


def _virtio_class(name: str) -> type[InertDevice]:
    """Return the class of the virtio device behind a transport."""
    backend = next(item for item in records.properties(name) if item.name == "virtio-backend")
    made = device_class(backend.type.removeprefix("child<").removesuffix(">"))
    assert issubclass(made, VirtioDevice)
    # It has a legacy form where there is a transitional transport, or the generic one has it.
    instance = (records.find_type(name) or made.record).instance
    made.has_legacy_form |= name.endswith("-transitional") and "-non-" not in name
    made.has_legacy_form |= instance is not None and instance.values.get("disable-legacy") == "off"
    return made


def _transport_properties(record: TypeRecord) -> set[str]:
    """Return what `info qtree` shows of the transport itself, nothing where none could be made."""
    if record.instance is None:
        return set()
    return {item.name for known in records.lineage(record.name) for item in known.shown}
