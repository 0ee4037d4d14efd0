"""The VNC displays of a machine: their addresses and passwords. Nothing is shown or listens."""

from __future__ import annotations

from hmp.errors import StateError

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
