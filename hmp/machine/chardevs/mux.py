"""mux and hub: a character device for several front ends, and several for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import HostError, InputError, StateError
from hmp.machine.chardevs.configs import MuxOptions
from hmp.machine.chardevs.device import CharacterDevice, FrontEnd

if TYPE_CHECKING:
    from hmp.machine.chardevs.configs import ChardevConfig
    from hmp.machine.machine import Machine

MAX_FRONT_ENDS = 4


class Part(FrontEnd):
    """A mux or hub as the front end of a device that it is made of."""

    needs_event_loop = True

    def __init__(self, whole: CharacterDevice) -> None:
        self.whole = whole

    @property
    def is_open(self) -> bool:  # type: ignore[override]
        return self.whole.is_front_end_open


class MuxDevice(CharacterDevice):
    """Front ends that share a device: input goes to the one with the number `focus`, the last one
    at first, and C-a c chooses another.
    """

    def __init__(self, config: ChardevConfig) -> None:
        super().__init__(config)
        self.front_ends: list[FrontEnd] = []
        self.focus = 0
        self.base: CharacterDevice | None = None
        self._part = Part(self)

    @property
    def is_front_end_open(self) -> bool:
        return any(front_end.is_open for front_end in self.front_ends)

    @property
    def is_busy(self) -> bool:
        return bool(self.front_ends)

    @property
    def is_taken(self) -> bool:
        return False

    def open(self, machine: Machine, label: str) -> None:
        assert isinstance(self.config.options, MuxOptions)
        (name,) = self.config.options.chardevs
        base = machine.chardevs.find(name)
        if base is None:
            raise StateError(f"mux: base chardev {name} not found")
        base.attach(self._part)
        self.base = base

    def attach(self, front_end: FrontEnd) -> None:
        if len(self.front_ends) >= MAX_FRONT_ENDS:
            raise StateError(
                f"too many uses of multiplexed chardev '{self.name}' (maximum is {MAX_FRONT_ENDS})"
            )
        self.front_ends.append(front_end)
        self.focus = len(self.front_ends) - 1
        front_end.moved_to(self)

    def detach(self, front_end: FrontEnd) -> None:
        if front_end in self.front_ends:
            self.front_ends.remove(front_end)
            self.focus = max(len(self.front_ends) - 1, 0)

    def write(self, data: bytes) -> None:
        self.log(data)
        if self.base:
            self.base.write(data)

    def close(self) -> None:
        super().close()
        if self.base:
            self.base.detach(self._part)
        self.base = None


class HubDevice(CharacterDevice):
    """Devices whose input goes to one front end, and whose output comes from it."""

    def __init__(self, config: ChardevConfig) -> None:
        super().__init__(config)
        self._parts: list[tuple[CharacterDevice, Part]] = []

    def open(self, machine: Machine, label: str) -> None:
        assert isinstance(self.config.options, MuxOptions)
        names = self.config.options.chardevs
        if not names:
            raise InputError("hub: 'chardevs' list is not defined")
        try:
            for name in names:
                self._add(machine, name)
        except (StateError, HostError):
            self.close()
            raise

    def _add(self, machine: Machine, name: str) -> None:
        device = machine.chardevs.find(name)
        if device is None:
            raise StateError(f"hub: chardev can't be found by id '{name}'")
        if isinstance(device, (MuxDevice, HubDevice)):
            raise StateError(
                f"hub: multiplexers and hub devices can't be stacked, check chardev '{name}', "
                "chardev should not be a hub device or have 'mux=on' enabled"
            )
        part = Part(self)
        device.attach(part)
        self._parts.append((device, part))

    def write(self, data: bytes) -> None:
        self.log(data)
        for device, _part in self._parts:
            device.write(data)

    def close(self) -> None:
        super().close()
        for device, part in self._parts:
            device.detach(part)
        self._parts.clear()
