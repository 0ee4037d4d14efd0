"""The types of devices: those that a user may plug, and those that exist but can't be plugged.

What a type can do is declared in its own module.
"""

from __future__ import annotations

from hmp.machine.types_on_demand import TypesOnDemand

USER_CREATABLE = TypesOnDemand({
    "pc-dimm": "dimm:Dimm", "nvdimm": "dimm:Nvdimm", "pcie-root-port": "root_port:RootPort",
    "virtio-mem-pci": "virtio_mem:VirtioMemPci", "virtio-pmem-pci": "virtio_pmem:VirtioPmemPci",
    "virtio-mem": "virtio_mem:VirtioMem", "virtio-pmem": "virtio_pmem:VirtioPmem",
})
ABSTRACT = frozenset(("device", "pci-device", "sys-bus-device", "virtio-device", "virtio-pci", "cpu", "x86_64-cpu",
                      "isa-device", "usb-device"))
BOARD_PARTS = frozenset(("i440FX-pcihost", "q35-pcihost", "apic", "fw_cfg_io", "isa-i8259", "hpet", "isa-pit"))
