"""NVMe: controllers, which make a subsystem for themselves where they are given none, and the
subsystems, to whose buses namespaces move (experiments: info qtree, qom-get and device_del).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.devices.base import Device
from hmp.machine.devices.bus import Bus
from hmp.machine.devices.inert.device import InertDevice, InertPciDevice
from hmp.machine.devices.inert.pci.memory import mapped_backends
from hmp.machine.devices.inert.properties import attribute_of

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

SUBSYSTEM, BUS = "nvme-subsys", "nvme-bus"
_SECTOR, _DISCARD, _UNSET = 512, 4096, 0xFFFFFFFF


class InertNvme(InertPciDevice):
    """An NVMe controller; the subsystem stays when it goes (experiment)."""

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        super().prepare(machine, hotplugged)
        for backend in mapped_backends(self):
            if backend.size & (backend.size - 1):
                raise StateError("pmr backend size needs to be power of 2 in size")

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if self.get("drive"):
            self._choose_sizes()
        if not self.get("subsys"):
            subsystem = Device()
            subsystem.type_name = SUBSYSTEM
            machine.onboard.add_unattached(subsystem)
            _add_bus(machine, subsystem)
            self.put("subsys", subsystem)

    def _choose_sizes(self) -> None:
        """Set the sizes of blocks that the user did not give."""
        sector = int(str(self.get("logical_block_size"))) or _SECTOR
        self.put("logical_block_size", sector)
        if not self.get("physical_block_size"):
            self.put("physical_block_size", _SECTOR)
        if self.get("discard_granularity") == _UNSET:
            self.put("discard_granularity", max(sector, _DISCARD))


class InertNvmeSubsystem(InertDevice):
    """A subsystem, whose bus no one finds by its name."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        _add_bus(machine, self)


class InertNvmeNamespace(InertDevice):
    """A namespace, which stays when the controller goes that it was plugged into."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        controller = self.bus.parent if self.bus else None
        assert self.bus and isinstance(controller, InertNvme)
        subsystem = vars(controller)[attribute_of("subsys")]
        assert isinstance(subsystem, Device)
        bus = next(item for item in subsystem.children.values() if isinstance(item, Bus))
        self.bus.devices.remove(self)
        bus.devices.insert(0, self)
        self.bus = self.parent_bus = bus


def _add_bus(machine: Machine, subsystem: Device) -> None:
    name = subsystem.identifier or machine.bus_names.take(BUS)
    subsystem.add(name, Bus(BUS, hotplug=True))
