"""usb-storage, which makes a SCSI disk for its drive (experiment: info qtree, info block)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.devices.inert.usb.device import InertUsbDevice

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

DISK, CHILD = "scsi-hd", "legacy[0]"
# What the disk has of its adapter.
HANDED_ON = (
    *("drive", "backend_defaults", "logical_block_size", "physical_block_size", "min_io_size"),
    *("opt_io_size", "discard_granularity", "write-cache", "share-rw", "account-invalid"),
    *("account-failed", "rerror", "werror", "serial", "removable", "bootindex"),
)


class InertUsbStorage(InertUsbDevice):
    """A USB adapter with a disk behind it."""

    holds_drives = False

    @property
    def drive_user(self) -> str:
        record = self.record.instance
        name = record.buses[0].name if record else ""
        bus = (
            name.format(self.identifier) if self.identifier else self.machine.bus_names.free("SCSI")
        )
        return f"{self.path}/{bus}/{CHILD}"

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        values = {
            name: item.get(self)
            for name in HANDED_ON
            if (item := self.by_name[name]).attribute in self.__dict__
        }
        machine.boot_indexes.pop(int(str(self.get("bootindex"))), None)
        bus = self.buses[0]
        disk = machine.onboard.plug_part(DISK, bus, values, bus, CHILD)
        self.put("drive", "")
        disk.hotplugged = hotplugged
