"""Ports of virtio-serial: virtserialport, which is closed until the guest opens it, and virtconsole
(experiments: query-chardev and info qtree with each kind of character device).
"""

from __future__ import annotations

import re

from hmp.machine.devices.inert.device import InertDevice

CONSOLE = "virtconsole"


class InertSerialPort(InertDevice):
    """A port."""

    @property
    def opens_chardev(self) -> bool:
        return self.type_name == CONSOLE

    def qtree_lines(self) -> tuple[str, ...]:
        """Return its number, and whether something is at its other end."""
        host = "on" if self._has_other_end() else "off"
        text = f"port {self.get('nr')}, guest off, host {host}, throttle off"
        return tuple(
            text if re.match(r"port \d+, ", line) else line for line in super().qtree_lines()
        )

    def _has_other_end(self) -> bool:
        chardev = self.machine.chardevs.find(str(self.get("chardev") or ""))
        if chardev is None:
            return False
        return self.type_name == CONSOLE or chardev.has_other_end
