"""The types of devices: those that a user can plug, and those that exist but can't be plugged."""

from __future__ import annotations

from hmp.machine.qom.registry import LazyTypeRegistry

PLUGGABLE_TYPES = LazyTypeRegistry(
    {
        "pc-dimm": "devices.dimm:Dimm",
        "nvdimm": "devices.dimm:Nvdimm",
        "pcie-root-port": "devices.root_port:RootPort",
        "virtio-balloon-pci": "devices.virtio_balloon:VirtioBalloonPci",
        "virtio-balloon-pci-transitional": "devices.virtio_balloon:VirtioBalloonPciTransitional",
        "virtio-balloon-pci-non-transitional": (
            "devices.virtio_balloon:VirtioBalloonPciNonTransitional"
        ),
        "virtio-balloon-device": "devices.virtio_balloon:VirtioBalloon",
        "virtio-mem-pci": "devices.virtio_mem:VirtioMemPci",
        "virtio-pmem-pci": "devices.virtio_pmem:VirtioPmemPci",
        "virtio-mem": "devices.virtio_mem:VirtioMem",
        "virtio-pmem": "devices.virtio_pmem:VirtioPmem",
    }
)
ALIASES = {"virtio-balloon": "virtio-balloon-pci"}
"""Other names of drivers, which are no types."""
# These differ in the error that device_add gives (docs/qemu-behaviour/devices.md §2, stage 3).
ABSTRACT_TYPES = frozenset(
    (
        "device",
        "pci-device",
        "sys-bus-device",
        "virtio-device",
        "virtio-pci",
        "virtio-balloon-pci-base",
        "cpu",
        "x86_64-cpu",
        "isa-device",
        "usb-device",
    )
)
BOARD_DEVICE_TYPES = frozenset(
    ("i440FX-pcihost", "q35-pcihost", "apic", "fw_cfg_io", "isa-i8259", "hpet", "isa-pit")
)
