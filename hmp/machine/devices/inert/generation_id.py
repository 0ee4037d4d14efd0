"""vmgenid, which tells the guest an id of this run of the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.machine.devices.inert.device import InertDevice
from hmp.machine.devices.inert.properties import AUTO, random_uuid

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class InertGenerationId(InertDevice):
    """The device; without a number of the user's it has a random one."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if self.get("guid") == AUTO:
            self.put("guid", random_uuid())
