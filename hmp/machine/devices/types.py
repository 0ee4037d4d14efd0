"""The types of devices that concern memory; all others are in the catalogue."""

from __future__ import annotations

from hmp.machine.qom.registry import LazyTypeRegistry

PLUGGABLE_TYPES = LazyTypeRegistry(
    {
        "pc-dimm": "devices.dimm:Dimm",
        "nvdimm": "devices.dimm:Nvdimm",
        "sp-mem": "devices.sp_mem:SpecificPurposeMemory",
        "pcie-root-port": "devices.pci.root_port:RootPort",
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
"""Other names of these drivers; those of all other drivers are in the catalogue."""
