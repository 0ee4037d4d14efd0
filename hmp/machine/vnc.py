"""The VNC displays of a machine: their addresses and passwords. Nothing is shown or listens."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hmp.errors import DeviceNotFoundError, InputError, StateError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

FIRST_PORT = 5900


class VncDisplay:
    """A display; `service` is a port or a path, and without one nobody can connect."""

    def __init__(
        self, identifier: str, family: str = "", host: str = "", service: str = ""
    ) -> None:
        self.id = identifier
        self.family, self.host, self.service = family, host, service
        self.has_password = False

    def set_password(self) -> None:
        """Take a password, which nobody will be asked for; StateError when it has none."""
        if not self.has_password:
            raise StateError("VNC password authentication is disabled")

    @property
    def authentication(self) -> str:
        """How a client would have to authenticate."""
        return "vnc" if self.has_password else "none"

    def address(self) -> dict[str, object]:
        """Return the address that it would listen at, as queries show it."""
        return {
            "auth": self.authentication,
            "family": self.family,
            "service": self.service,
            "host": self.host,
        }


def find_display(displays: list[VncDisplay], identifier: str | None) -> VncDisplay | None:
    """Return a display by its id, or the first."""
    return next((item for item in displays if identifier in (None, item.id)), None)


def free_name(displays: list[VncDisplay]) -> str:
    """Return the name of one more display that is given none."""
    taken = {display.id for display in displays}
    numbered = (f"vnc{number}" for number in itertools.count(2))
    return next(name for name in itertools.chain(["default"], numbered) if name not in taken)


def describe_displays(displays: list[VncDisplay]) -> str:
    """Return the lines of `info vnc`."""
    lines: list[str] = []
    for display in reversed(displays):
        lines.append(f"{display.id}:")
        indent = "  "
        if display.service:
            lines.append(f"  Server: {display.host}:{display.service} ({display.family})")
            indent = "    "
        lines.append(f"{indent}Auth: {display.authentication} (Sub: none)")
    return "".join(f"{line}\n" for line in lines) or "None\n"


def refuse_screendump(machine: Machine, device: str | None, has_head: bool) -> None:
    """Raise the error of a picture of a display: QEMU's where there is none, then ours."""
    if device is None and has_head:
        raise InputError("'head' must be specified together with 'device'")
    if device is not None and device not in machine.peripheral.children:
        raise DeviceNotFoundError(device)
    if device is None and not machine.has_cpu:
        raise StateError("There is no console to take a screendump from")
    raise StateError("screendump is not supported by hmp: nothing is drawn")
