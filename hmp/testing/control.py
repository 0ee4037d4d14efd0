"""The guest and the faults as methods, for a machine in this process as well as for one behind a
socket.

What each action does stands in `hmp.guest.actions`; here they only get names and types.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Perform = Callable[[str, dict[str, Any]], None]


def _without_none(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


class GuestControl:
    """Tells the simulated guest what to do; errors are those of the machine it belongs to."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def hold(self) -> None:
        """Stop answering; what is asked waits."""
        self._perform("hold", {})

    def release(self) -> None:
        """Go on after `hold`, and let go the DIMM whose unplug hangs."""
        self._perform("release", {})

    def silence(self) -> None:
        """Hear no interrupt any more; what is asked stays in the registers."""
        self._perform("silence", {})

    def listen(self) -> None:
        """Hear interrupts again."""
        self._perform("listen", {})

    def refuse(self, device: str, times: int | None = None) -> None:
        """Refuse the next unplug of a DIMM, or the next `times`."""
        self._perform("refuse", _without_none(device=device, times=times))

    def hang(self, device: str, times: int | None = None) -> None:
        """Begin the next unplug of a DIMM and never end it; `release` ends it."""
        self._perform("hang", _without_none(device=device, times=times))

    def delay(self, seconds: float) -> None:
        """Take so long for each step."""
        self._perform("delay", {"seconds": seconds})

    def policy(self, options: str) -> None:
        """Change what --guest sets, in the same words, such as `linux,online=kernel`."""
        self._perform("policy", {"options": options})

    def online(self, memory: str | int, zone: str | None = None) -> None:
        """Put a block, by number, or a device's blocks online: `movable` (as usual) or `kernel`."""
        self._perform("online", _without_none(memory=str(memory), zone=zone))

    def offline(self, memory: str | int) -> None:
        """Take a block or a device's blocks offline."""
        self._perform("offline", {"memory": str(memory)})

    def touch(self, memory: str | int, size: int | None = None) -> None:
        """Write to the pages of a device, by id, or from a guest-physical address on: they become
        resident.
        """
        self._perform("touch", _without_none(memory=str(memory), size=size))

    def power_off(self) -> None:
        """Power the guest off."""
        self._perform("power-off", {})

    def reboot(self) -> None:
        """Reboot the guest."""
        self._perform("reboot", {})


class FaultControl:
    """Faults on purpose."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def fail_host(self, call: str, error: str, times: int | None = None) -> None:
        """Let the next calls of a kind (`open`, `ftruncate`, `mmap`, ...) fail with an error such
        as `ENOMEM`.
        """
        self._perform("fail-host", _without_none(call=call, error=error, times=times))

    def fail_command(
        self, command: str, error_class: str, description: str, times: int | None = None
    ) -> None:
        """Let the next QMP commands of a name be refused with a class and a text."""
        given = _without_none(command=command, description=description, times=times)
        self._perform("fail-command", {**given, "class": error_class})

    def delay_replies(self, seconds: float, times: int | None = None) -> None:
        """Let the next QMP replies come so much later."""
        self._perform("delay-replies", _without_none(seconds=seconds, times=times))

    def drop_connections(self, times: int | None = None) -> None:
        """Close the connection in place of the next QMP reply."""
        self._perform("drop-connections", _without_none(times=times))

    def clear(self) -> None:
        """Forget the faults that did not happen yet."""
        self._perform("clear-faults", {})
