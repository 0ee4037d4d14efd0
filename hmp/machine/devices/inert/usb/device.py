"""USB devices: the port that each takes on its bus, and hubs, which are made where ports are short
(experiments: device_add on each controller, `info usb`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hmp.errors import HmpError
from hmp.machine.devices.base import Device
from hmp.machine.devices.bus import Bus
from hmp.machine.devices.inert.device import InertDevice
from hmp.machine.devices.inert.places import PlaceError
from hmp.machine.devices.inert.usb.speeds import ATTACHED, FULL, choose_speed

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

HUB, HUB_PORTS = "usb-hub", 8


class InertUsbDevice(InertDevice):
    """A device at a port of a USB bus, for which a hub may have to be added; `speed` is empty while
    it is not attached.
    """

    usb_port = ""
    needs_hub = False
    speed = ""

    @property
    def usb_bus(self) -> Bus:
        """The bus that the device is on."""
        assert self.bus is not None
        return self.bus

    def qtree_lines(self) -> tuple[str, ...]:
        found = []
        for line in super().qtree_lines():
            place = f"addr {self.usb_bus.number}.0, port {self.usb_port}"
            line = re.sub(r"addr 0.0, port [^,]+", place, line)
            if self.speed:
                line = re.sub(r"speed \d+,", f"speed {self.speed},", line)
            elif line.endswith(ATTACHED):
                line = re.sub(r"speed \d+,", f"speed {FULL},", line.removesuffix(ATTACHED))
            found.append(line)
        return tuple(found)

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        # QEMU takes the port first, and puts it back at the end when the device fails.
        self._choose_port()
        try:
            super().prepare(machine, hotplugged)
            self.speed = choose_speed(self, hotplugged)
        except HmpError:
            free = self.usb_bus.free_ports
            if self.usb_port in free:
                free.remove(self.usb_port)
                free.append(self.usb_port)
            raise

    def _choose_port(self) -> None:
        given, free = self.get("port"), self.usb_bus.free_ports
        # An empty name is one, too.
        is_given = self.by_name["port"].attribute in vars(self)
        wanted = str(given or "")
        if is_given and wanted not in free:
            raise PlaceError(f"usb port {wanted} (bus {self.usb_bus.name}) not found (in use?)")
        if not free:
            product = re.search(r"name (.*), attached", " ".join(super().qtree_lines()))
            raise PlaceError(
                f"tried to attach usb device {product[1] if product else self.type_name} to a bus "
                "with no free ports"
            )
        self.usb_port = wanted or free[0]
        if not wanted and len(free) == 1 and self.type_name != HUB:
            # The last port is for a hub, which QEMU adds by itself.
            self.needs_hub, self.usb_port = True, f"{free[0]}.1"

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if self.needs_hub:
            self.needs_hub = False
            machine.onboard.add_usb_hub(self.usb_bus)
        self.usb_bus.claim_port(self.usb_port, self)
        self.usb_bus.free_ports += self._own_ports()

    def unplug(self, machine: Machine) -> None:
        super().unplug(machine)
        for port in self._own_ports():
            self.usb_bus.free_ports.remove(port)
        if self.usb_port in self.usb_bus.ports_in_use:
            self.usb_bus.release_port(self.usb_port)

    def devices_below(self) -> list[Device]:
        found = super().devices_below()
        if self.type_name == HUB:
            # Its ports are on the same bus.
            ports = self.usb_bus.ports_in_use.items()
            found += [device for port, device in ports if port.startswith(f"{self.usb_port}.")]
        return found

    def _own_ports(self) -> list[str]:
        """Return the ports that a device adds to its bus: those of a hub."""
        if self.type_name != HUB:
            return []
        return [f"{self.usb_port}.{number + 1}" for number in range(HUB_PORTS)]
