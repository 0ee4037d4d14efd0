"""The types of devices: those that a user may plug, and those that exist but can't be plugged.

What a type can do is declared in its own module.
"""

from __future__ import annotations

from hmp.machine.devices import Device
from hmp.machine.dimm import Dimm, Nvdimm
from hmp.machine.root_port import RootPort
from hmp.machine.virtio_mem import VirtioMem, VirtioMemPci
from hmp.machine.virtio_pmem import VirtioPmem, VirtioPmemPci

_KINDS: tuple[type[Device], ...] = (
    Dimm, Nvdimm, RootPort, VirtioMemPci, VirtioPmemPci, VirtioMem, VirtioPmem,
)
USER_CREATABLE: dict[str, type[Device]] = {kind.type_name: kind for kind in _KINDS}
ABSTRACT = frozenset(("device", "pci-device", "sys-bus-device", "virtio-device", "virtio-pci", "cpu", "x86_64-cpu",
                      "isa-device", "usb-device"))
BOARD_PARTS = frozenset(("i440FX-pcihost", "q35-pcihost", "apic", "fw_cfg_io", "isa-i8259", "hpet", "isa-pit"))
