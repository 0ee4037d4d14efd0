"""Describe properties, types and values in a line each, where QEMU's own help has no text.

What `TYPE,help` prints is declared with the property.
"""

from __future__ import annotations

from hmp.assist.help.object_descriptions import OBJECT_PROPERTIES, OBJECT_TYPES
from hmp.machine.devices import types
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    Integer,
    Link,
    NodeList,
    Property,
    PropertyType,
    Size,
)

DESCRIPTIONS = {
    "addr": "Guest-physical address of the memory; 0 takes the first place that fits",
    "aer": "Offer PCI Express error reporting",
    "aer_log_max": "How many errors the port's log holds",
    "align": "Alignment of the memory, in bytes; the address of a device keeps it too",
    "any_layout": "Accept requests in descriptors of any layout",
    "ats": "Offer address translation services",
    "block-size": "How much the guest plugs or unplugs at once; a power of two",
    "bus": "The bus to plug the device into",
    "bus-reserve": "Bus numbers reserved behind the port",
    "disable-legacy": "Disable virtio's legacy interface",
    "disable-modern": "Disable virtio's interface of version 1",
    "deflate-on-oom": "Let the guest take pages out of the balloon when its memory is short",
    "discard-data": "Discard the file's contents when the backend is deleted",
    "dynamic-memslots": "Show the guest only the parts that are in use",
    "event_idx": "Let driver and device choose the events that notify them",
    "failover_pair_id": "The primary network card that this one replaces on failover",
    "free-page-hint": "Leave free pages of the guest out of a migration",
    "free-page-reporting": "Give pages that the guest frees back to the host",
    "guest-stats-polling-interval": "Seconds between requests of statistics; 0 for none",
    "hotplug": "Let devices be plugged below the port while the machine runs",
    "id": "The name by which other commands know it",
    "in_order": "Use descriptors in the order in which they were given",
    "indirect_desc": "Allow descriptors that point to tables of descriptors",
    "io-reserve": "I/O ports reserved behind the port, in bytes",
    "ioeventfd": "Accept notifications without stopping the CPU",
    "iommu_platform": "Go through the IOMMU",
    "iothread": "The thread that reads hints of free pages",
    "label-size": "Bytes at the end of the backend for the label; at least 128K",
    "mem-path": "A file, a directory for a temporary file, or a mounted hugetlbfs",
    "mem-reserve": "Memory window reserved behind the port, in bytes",
    "memaddr": "Guest-physical address of the memory; 0 takes the first place that fits",
    "memdev": "The backend that holds the memory; it can serve one device",
    "modern-pio-notify": "Accept notifications through an I/O port as well",
    "multifunction": "Let other functions share the PCI slot",
    "node": "The NUMA node of the guest that gets the memory",
    "notify_on_empty": "Notify the driver when a queue runs empty",
    "packed": "Offer packed queues",
    "page-per-vq": "Give each queue's notifications a page of their own",
    "page-poison": "Keep the pattern that the guest writes into free pages",
    "pmem": "The file is on persistent memory",
    "power_controller_present": "Offer to switch the slot's power",
    "prealloc": "Preallocate memory when the guest plugs it",
    "pref32-reserve": "Prefetchable window below 4 GiB reserved behind the port, in bytes",
    "pref64-reserve": "Prefetchable window reserved behind the port, in bytes",
    "qom-type": "The type of the object",
    "driver": "The type of the device",
    "queue_reset": "Offer to reset single queues",
    "readonly": "Open the file for reading only",
    "requested-size": "How much memory the guest is asked to hold; a multiple of block-size",
    "rombar": "Show the option ROM to the guest",
    "romfile": "File with the option ROM",
    "romsize": "Size of the option ROM; a power of two",
    "slot": "The memory slot; -1 takes the lowest free one",
    "sriov-pf": "The physical function that this virtual one belongs to",
    "unplugged-inaccessible": "Keep the guest from reading memory that is not plugged",
    "use-disabled-flag": "Keep a device that the driver disabled from running",
    "use-started": "Record whether the device was started",
    "uuid": "The UUID by which the guest knows the module",
    "vectors": "Number of interrupts",
    "virtio-pci-bus-master-bug-migration": "Work around an old driver that forgets to enable bus "
    "mastering",
    "x-ats-page-aligned": "Promise page-aligned address translation requests",
    "x-disable-legacy-check": "Allow the old interface where it makes no sense",
    "x-do-not-expose-native-hotplug-cap": "Hide PCI Express hotplug from the guest",
    "x-early-migration": "Migrate the device's settings before the memory",
    "x-pci-express-writeable-slt-bug": "Let the guest write the slot status, as old versions did",
    "x-pcie-ari-nextfn-1": "Count functions as old versions did",
    "x-pcie-err-unc-mask": "Let the guest mask uncorrectable errors",
    "x-pcie-ext-tag": "Offer extended tags",
    "x-pcie-flr-init": "Offer a reset of the function alone",
    "x-pcie-lnksta-dllla": "Report that the link is up",
    "x-pcie-pm-no-soft-reset": "Keep the settings when power comes back",
}
TYPE_DESCRIPTIONS = {
    "memory-backend-ram": "Anonymous memory of the host",
    "memory-backend-file": "A file, a temporary file in a directory, or huge pages from a "
    "hugetlbfs",
    "memory-backend-memfd": "An anonymous file in memory, optionally of huge pages",
    "memory-backend-shm": "A POSIX shared memory object",
    "thread-context": "CPUs on which preallocating threads run",
    "secret": "A password or key for other objects",
    "virtio-balloon-pci": "Memory that the guest gives back to the host when asked",
    "virtio-balloon-pci-transitional": "virtio-balloon-pci for old drivers, too",
    "virtio-balloon-pci-non-transitional": "virtio-balloon-pci without the form for old drivers",
    "virtio-balloon-device": "The device behind virtio-balloon-pci; plug that one",
    "virtio-mem-pci": "Memory that grows and shrinks as asked, without slots",
    "sp-mem": "Specific-purpose memory, there from the start",
    "virtio-pmem-pci": "Persistent memory behind a PCI device",
    "virtio-mem": "The device behind virtio-mem-pci; plug that one",
    "virtio-pmem": "The device behind virtio-pmem-pci; plug that one",
}
VALUE_DESCRIPTIONS = {
    ("HostMemPolicy", "default"): "from where the running CPU prefers",
    ("HostMemPolicy", "preferred"): "from host-nodes first",
    ("HostMemPolicy", "bind"): "from host-nodes only",
    ("HostMemPolicy", "interleave"): "from host-nodes in turn",
    ("OnOffAuto", "auto"): "as it fits",
}
CHOICES_ONLY = ("on/off", "on/off/auto")


def description_of(item: Property) -> str:
    """Return the description of a property in one line."""
    return (
        item.help
        if item.help and item.help not in CHOICES_ONLY
        else DESCRIPTIONS.get(item.name) or OBJECT_PROPERTIES.get(item.name, item.help)
    )


def type_description(name: str) -> str:
    """Return the description of a type of objects or devices; empty for an unknown one."""
    if name in TYPE_DESCRIPTIONS:
        return TYPE_DESCRIPTIONS[name]
    if name in OBJECT_TYPES:
        return OBJECT_TYPES[name]
    return str(types.PLUGGABLE_TYPES[name].description) if name in types.PLUGGABLE_TYPES else ""


def type_label(kind: PropertyType) -> str:
    """Return a property type for people: `size`, `on/off`, `number`, `memory-backend`."""
    if isinstance(kind, Enumeration):
        return "/".join(kind.choices)
    if isinstance(kind, Link):
        return kind.target
    labels = {Size: "size", Boolean: "on/off", Integer: "number", NodeList: "nodes"}
    return labels.get(type(kind), kind.label)
