"""The words that `random_devices.py` makes lines of."""

from __future__ import annotations

MACHINES = (
    *("pc", "q35", "pc", "q35", "pc,acpi=off", "q35,acpi=off", "microvm", "microvm,pcie=on"),
    *("isapc", "none", "pc-i440fx-8.0", "pc-q35-5.2", "q35,usb=on"),
)
# Backends for the devices to find, and a device for each kind of bus.
BACKENDS = (
    "-blockdev null-co,node-name=b0,size=1048576,read-zeroes=on "
    "-blockdev null-co,node-name=b1,size=1048576,read-zeroes=on,read-only=on "
    "-drive if=none,id=e0 -drive if=none,id=f0,driver=null-co,size=8192,read-zeroes=on "
    "-chardev null,id=c0 -chardev null,id=c1 -chardev null,id=c2,mux=on "
    "-netdev hubport,hubid=0,id=n0 -netdev hubport,hubid=0,id=n1 -audiodev none,id=a0 "
    "-fsdev synth,id=s0 -object iothread,id=io0 -object rng-builtin,id=r0 "
    "-object cryptodev-backend-builtin,id=y0 -object can-bus,id=k0 "
    "-object memory-backend-ram,id=m0,size=1M,share=on"
)
_PCI_BUSES = (
    "qemu-xhci,id=xh",
    "virtio-scsi-pci,id=vsc",
    "virtio-serial-pci,id=vse",
    "intel-hda,id=hda",
    "usb-ccid,id=cc,bus=xh.0",
    "sdhci-pci,id=sdh",
    "nvme,id=nv,serial=1",
    "pcie-root-port,id=rp,chassis=1,slot=7",
    "pcie-root-port,id=rq,chassis=2,slot=8",
)
BUSES = {
    machine: (*_PCI_BUSES, *more)
    for machine, more in {
        "pc": ("ich9-ahci,id=ah", "pci-bridge,id=br,chassis_nr=9"),
        "pc-i440fx-8.0": ("pci-bridge,id=br,chassis_nr=9",),
        "q35": ("x3130-upstream,id=up,bus=rq", "pcie-pci-bridge,id=br"),
        "pc-q35-5.2": ("piix4-usb-uhci,id=uh",),
    }.items()
}
IDS = ("d0", "d1", "d2", "d3", "d4", "d5")
# What is there from the start.
REMOVABLE = ("xh", "rp", "vse", "cc", "br", "nv", "nope")
BUS_NAMES = (
    *("pci.0", "pcie.0", "isa.0", "ide.0", "ide.1", "xh.0", "vsc.0", "vse.0", "hda.0", "rp", "rq"),
    *("d0.0", "d1.0", "d0", "nope", "virtio-bus", "main-system-bus", "i2c", "br", "nv", "up"),
    *("ah.0", "ah.1", "sdh.0", "sd-bus", "cc.0", "usb-bus.0", "uh.0"),
)
# Types that people use, which come more often than the rest.
POPULAR = (
    *("e1000", "e1000e", "virtio-net-pci", "virtio-blk-pci", "virtio-scsi-pci", "scsi-hd"),
    *("scsi-cd", "ide-hd", "ide-cd", "usb-tablet", "usb-kbd", "usb-storage", "usb-hub"),
    *("virtio-rng-pci", "virtio-serial-pci", "virtserialport", "virtconsole", "qemu-xhci"),
    *("pcie-root-port", "pci-bridge", "pcie-pci-bridge", "ich9-ahci", "nvme", "VGA"),
    *("virtio-vga", "virtio-gpu-pci", "rtl8139", "isa-serial", "i6300esb", "pvpanic-pci"),
    *("ich9-intel-hda", "hda-duplex", "AC97", "virtio-keyboard-pci", "usb-ehci", "vmxnet3"),
    *("virtio-9p-pci", "virtio-crypto-pci", "virtio-balloon-pci", "ivshmem-plain", "usb-audio"),
)
# What every device of a kind derives from.
COMMON_TYPES = ("device", "pci-device", "virtio-pci", "virtio-device", "usb-device", "scsi-device")
# QEMU ends at these, or what it says depends on the host.
LEFT_OUT = ("usb-host", "u2f-passthru", "vfio-", "vhost-", "xen", "x-pci", "sev", "tpm-", "vmbus")
VALUES = {
    "bool": ("on", "off", "yes", "x", "", "1"),
    "str": ("", "x", "b0", "c0", "52:54:00:12:34:99"),
    "size": ("0", "1", "512", "4096", "1k", "-1", "x", "99999999999999999999"),
    "link": ("b0", "zz", "/machine", ""),
}
INTEGERS = ("0", "1", "2", "7", "-1", "255", "256", "65536", "4294967296", "0x10", "x", "", "1.5")
ADDRESSES = ("3", "5.0", "0x1f", "7.1", "1f.7", "20", "x", "-1", "")
IDS_OF = {
    "block device": ("b0", "b1", "e0", "f0", "zz"),
    "chardev": ("c0", "c1", "c2", "zz"),
    "netdev": ("n0", "n1", "zz"),
    "audiodev": ("a0", "zz"),
    "MAC": ("52:54:00:12:34:99", "52-54-00-12-34-9a", "52:54:00:12:34", "zz"),
}
OBJECTS_OF = {
    "link<iothread>": ("io0",),
    "link<rng-backend>": ("r0",),
    "link<cryptodev-backend>": ("y0",),
    "link<can-bus>": ("k0",),
    "link<memory-backend>": ("m0",),
}
# Backends that come and go while devices have them.
BACKEND_LINES = (
    *("netdev_del n0", "netdev_add hubport,id=n0,hubid=0", "netdev_del zz", "netdev_del n1"),
    *("chardev-remove c0", "chardev-add null,id=c0", "chardev-remove c1", "chardev-add null,id=c2"),
    *("object_del r0", "object_add rng-builtin,id=r0", "object_del io0", "object_del m0"),
    *("drive_add 0 if=none,id=g0", "drive_del f0", "drive_del e0", "drive_del zz", "eject e0"),
    "drive_add 0 if=none,id=f0,driver=null-co,size=8192,read-zeroes=on",
)
LOOKS = (
    *("info qtree", "info pci", "info usb", "info network", "info qtree -b", "info block"),
    *("qom-list /machine/peripheral", "qom-list /machine/peripheral-anon", "info chardev"),
    '{"execute": "query-pci"}',
)
