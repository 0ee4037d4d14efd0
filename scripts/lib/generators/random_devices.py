"""Random lines about devices without an effect on memory: types of the catalogue with right and
wrong properties, unplugs, and the queries that show devices.
"""

from __future__ import annotations

import random

from hmp.machine.catalogue import records
from hmp.machine.catalogue.records import PropertyRecord

MACHINES = ("pc", "q35", "pc,acpi=off", "microvm", "isapc")
# Backends for the devices to find, and a device for each kind of bus.
BACKENDS = (
    "-blockdev null-co,node-name=b0,size=1048576,read-zeroes=on "
    "-blockdev null-co,node-name=b1,size=1048576,read-zeroes=on,read-only=on "
    "-chardev null,id=c0 -chardev null,id=c1 -netdev hubport,hubid=0,id=n0 -audiodev none,id=a0"
)
BUSES = (
    "qemu-xhci,id=xh",
    "virtio-scsi-pci,id=vsc",
    "virtio-serial-pci,id=vse",
    "intel-hda,id=hda",
    "usb-ccid,id=cc,bus=xh.0",
    "pcie-root-port,id=rp,chassis=1,slot=7",
    "pcie-root-port,id=rq,chassis=2,slot=8",
)
IDS = ("d0", "d1", "d2", "d3", "d4", "d5")
BUS_NAMES = (
    *("pci.0", "pcie.0", "isa.0", "ide.0", "ide.1", "xh.0", "vsc.0", "vse.0", "hda.0", "rp", "rq"),
    *("d0.0", "d1.0", "d0", "nope", "virtio-bus", "main-system-bus", "i2c"),
)
# Types that people use, which come more often than the rest.
POPULAR = (
    *("e1000", "e1000e", "virtio-net-pci", "virtio-blk-pci", "virtio-scsi-pci", "scsi-hd"),
    *("scsi-cd", "ide-hd", "ide-cd", "usb-tablet", "usb-kbd", "usb-storage", "usb-hub"),
    *("virtio-rng-pci", "virtio-serial-pci", "virtserialport", "virtconsole", "qemu-xhci"),
    *("pcie-root-port", "pci-bridge", "pcie-pci-bridge", "ich9-ahci", "nvme", "VGA"),
    *("virtio-vga", "virtio-gpu-pci", "rtl8139", "isa-serial", "i6300esb", "pvpanic-pci"),
    *("ich9-intel-hda", "hda-duplex", "AC97", "virtio-keyboard-pci", "usb-ehci", "vmxnet3"),
)
# QEMU ends at these, or what it says depends on the host.
LEFT_OUT = ("usb-host", "u2f-passthru", "vfio-", "vhost-", "xen", "x-pci", "sev", "tpm-", "vmbus")
VALUES = {
    "bool": ("on", "off", "yes", "x", "", "1"),
    "str": ("", "x", "b0", "c0", "52:54:00:12:34:99"),
    "size": ("0", "1", "512", "4096", "1k", "-1", "x", "99999999999999999999"),
    "link": ("b0", "zz", "/machine", ""),
}
INTEGERS = ("0", "1", "2", "7", "-1", "255", "256", "65536", "4294967296", "0x10", "x", "", "1.5")
IDS_OF = {
    "block device": ("b0", "b1", "zz"),
    "chardev": ("c0", "c1", "zz"),
    "netdev": ("n0", "zz"),
    "audiodev": ("a0", "zz"),
    "MAC": ("52:54:00:12:34:99", "52-54-00-12-34-9a", "52:54:00:12:34", "zz"),
}
LOOKS = (
    *("info qtree", "info pci", "info usb", "info network", "info qtree -b", "info block"),
    *("qom-list /machine/peripheral", "qom-list /machine/peripheral-anon"),
)


class RandomDevices:
    """Makes lines about devices."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        names = [name for name in records.type_names() if not name.startswith(LEFT_OUT)]
        found = (records.find_type(name) for name in names)
        self._types = [
            record.name
            for record in found
            if record is not None and record.bus and not record.name.endswith("x86_64-cpu")
        ]

    def arguments(self) -> str:
        """The command line of a session."""
        machine = self._chance.choice(MACHINES)
        # Without ACPI what is below a root port is gone at once, while no guest runs.
        buses = BUSES if machine != "pc,acpi=off" else BUSES[:-2]
        arguments = f"-M {machine} -nodefaults -m 128M {BACKENDS}"
        if not machine.startswith(("microvm", "isapc")):
            arguments += "".join(f" -device {bus}" for bus in buses)
        return arguments

    def line(self) -> str:
        """One line."""
        kind = self._chance.random()
        if kind < 0.72:
            return f"device_add {self.device()}"
        if kind < 0.88:
            return f"device_del {self._chance.choice((*IDS, 'xh', 'rp', 'vse', 'cc'))}"
        return self._chance.choice(LOOKS)

    def device(self) -> str:
        """A device with its properties, as -device and device_add take it."""
        often = self._chance.random() < 0.6
        name = self._chance.choice(POPULAR if often else self._types)
        words = [name]
        if self._chance.random() < 0.8:
            words.append(f"id={self._chance.choice(IDS)}")
        if self._chance.random() < 0.35:
            words.append(f"bus={self._chance.choice(BUS_NAMES)}")
        record = records.find_type(name)
        if record is not None and record.lack and record.lack[0] and self._chance.random() < 0.85:
            words.append(self._given(name, record.lack[0]))
        for item in self._properties(name, self._chance.choice((0, 0, 0, 1, 1, 2))):
            words.append(f"{item.name}={self._value(item)}")
        return ",".join(words)

    def _given(self, name: str, wanted: str) -> str:
        item = next((one for one in records.properties(name) if one.name == wanted), None)
        return f"{wanted}={self._value(item) if item else 1}"

    def _properties(self, name: str, count: int) -> list[PropertyRecord]:
        known = [item for item in records.properties(name) if not item.type.startswith("child<")]
        return self._chance.choices(known, k=count)

    def _value(self, item: PropertyRecord) -> str:
        if item.note in IDS_OF:
            return self._chance.choice(IDS_OF[item.note])
        if "/" in item.note:
            return self._chance.choice((*item.note.split("/"), "x"))
        if item.name == "addr":
            return self._chance.choice(("3", "5.0", "0x1f", "7.1", "1f.7", "20", "x", "-1", ""))
        kind = item.type.partition("<")[0]
        return self._chance.choice(VALUES.get(kind, INTEGERS))
