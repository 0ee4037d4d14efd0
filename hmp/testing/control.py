"""The actions of `hmp.guest.actions` as methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Perform = Callable[[str, dict[str, Any]], None]


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


class GuestControl:
    """Controls the simulated guest. What can't be done raises QmpError."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def hold(self) -> None:
        """Stop answering; requests wait."""
        self._perform("hold", {})

    def release(self) -> None:
        """Go on after `hold`, and finish an unplug that hangs."""
        self._perform("release", {})

    def silence(self) -> None:
        """Ignore interrupts; requests stay in the registers."""
        self._perform("silence", {})

    def listen(self) -> None:
        """Handle interrupts again."""
        self._perform("listen", {})

    def refuse(self, device: str, times: int | None = None) -> None:
        """Refuse the next unplug of a plugged DIMM or CPU, or the next `times`.

        For devices that are still to come there is `policy("linux,unplug=refuse")`.
        """
        self._perform("refuse", _without_none(device=device, times=times))

    def hang(self, device: str, times: int | None = None) -> None:
        """Begin the next unplug of a plugged DIMM or CPU and never end it; `release` ends it."""
        self._perform("hang", _without_none(device=device, times=times))

    def delay(self, seconds: float) -> None:
        """Take some seconds for each step."""
        self._perform("delay", {"seconds": seconds})

    def policy(self, options: str) -> None:
        """Change the policy, written as for --guest, such as `linux,online=kernel`."""
        self._perform("policy", {"options": options})

    def online(self, memory: str | int, zone: str | None = None) -> None:
        """Put a block, by number, or a device's blocks online: `movable` (default) or `kernel`."""
        self._perform("online", _without_none(memory=str(memory), zone=zone))

    def offline(self, memory: str | int) -> None:
        """Take a block or a device's blocks offline."""
        self._perform("offline", {"memory": str(memory)})

    def touch(self, memory: str | int, size: int | None = None) -> None:
        """Write to the pages of a device, by id, or from a guest-physical address on, up to `size`
        bytes: they become resident.
        """
        self._perform("touch", _without_none(memory=str(memory), size=size))

    def power_off(self) -> None:
        """Power the guest off."""
        self._perform("power-off", {})

    def reboot(self) -> None:
        """Reboot the guest."""
        self._perform("reboot", {})


class FaultControl:
    """Injects faults. What can't be injected raises QmpError."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def fail_host(self, call: str, error: str, times: int | None = None) -> None:
        """Fail the next `times` calls of a kind (`open`, `ftruncate`, `mmap`, ...) with an error
        such as `ENOMEM`.
        """
        self._perform("fail-host", _without_none(call=call, error=error, times=times))

    def fail_command(
        self, command: str, error_class: str, description: str, times: int | None = None
    ) -> None:
        """Fail the next `times` QMP commands of a name with an error class and a description."""
        given = _without_none(command=command, description=description, times=times)
        self._perform("fail-command", {**given, "class": error_class})

    def delay_replies(self, seconds: float, times: int | None = None) -> None:
        """Delay the next `times` QMP replies."""
        self._perform("delay-replies", _without_none(seconds=seconds, times=times))

    def drop_connections(self, times: int | None = None) -> None:
        """Drop the connection in place of the next QMP reply, `times` times."""
        self._perform("drop-connections", _without_none(times=times))

    def clear(self) -> None:
        """Remove the faults that have not happened yet."""
        self._perform("clear-faults", {})
