"""The option ROMs that come with QEMU, and their sizes (experiment: romsize=1 of each type)."""

from __future__ import annotations

from hmp.errors import HostCallError
from hmp.machine import system_calls

_EFI, _VGA = 256 << 10, 39424
BYTES = {
    **{
        f"efi-{name}.rom": _EFI
        for name in ("e1000", "e1000e", "ne2k_pci", "pcnet", "rtl8139", "virtio", "vmxnet3")
    },
    **{f"vgabios-{name}.bin": _VGA for name in ("ati", "cirrus", "stdvga", "virtio", "vmware")},
    "vgabios-bochs-display.bin": 28672,
    "pxe-eepro100.rom": 109056,
}


def rom_bytes(name: str) -> int | None:
    """Return the size of a ROM that is a file, or one of QEMU's; None where there is neither."""
    try:
        return system_calls.file_status(name.encode("latin-1")).st_size
    except HostCallError:
        return BYTES.get(name)
