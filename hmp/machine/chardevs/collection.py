"""The character devices of a machine, by name, and what an event loop needs to know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext

from hmp.machine.chardevs.device import CharacterDevice
from hmp.machine.qom.container import Container
from hmp.machine.qom.object import Object


class Chardevs(Container):
    """The character devices; an event loop that serves them sets the hooks.

    `on_added` and `on_removed` are called with a device, `on_front_end` after it got a front end or
    lost one. `while_waiting` surrounds what may block for long. `announce` takes lines for stdout
    or the monitor of the present command, `inform` those about waiting.
    """

    def __init__(self) -> None:
        super().__init__()
        self.in_background = False
        self.monitor_count = 0
        # The ids of options, which stay taken for the option lists of the human monitor.
        self.option_ids: set[str] = set()
        self.escape_character = 1
        # Only while the command line is read descriptors are inherited.
        self.takes_inherited = True
        self.announce: Callable[[str], None] = _ignore
        self.inform: Callable[[str], None] = _ignore
        self.on_added: Callable[[CharacterDevice], None] = _ignore_device
        self.on_removed: Callable[[CharacterDevice], None] = _ignore_device
        self.on_front_end: Callable[[CharacterDevice], None] = _ignore_device
        self.while_waiting: Callable[[], AbstractContextManager[object]] = nullcontext

    def __iter__(self) -> Iterator[CharacterDevice]:
        """Yield the devices in the order of QEMU's lists: that of a hash table, backwards."""
        for device in reversed(self.visited()):
            assert isinstance(device, CharacterDevice)
            yield device

    @property
    def stdio(self) -> CharacterDevice | None:
        """The device on stdin and stdout, if there is one."""
        return next((device for device in self if device.config.backend == "stdio"), None)

    def next_monitor_name(self) -> str:
        """Return a name for a monitor that is given none."""
        self.monitor_count += 1
        return f"compat_monitor{self.monitor_count - 1}"

    def find(self, label: str) -> CharacterDevice | None:
        """Return the device of that name, or None."""
        found = self.children.get(label)
        return found if isinstance(found, CharacterDevice) else None

    def add(self, name: str, child: Object) -> None:
        """Add an open device; DuplicateNameError when another one has the name."""
        super().add(name, child)
        assert isinstance(child, CharacterDevice)
        self.on_added(child)

    def drop(self, device: CharacterDevice) -> None:
        """Remove and close a device that nothing uses."""
        self.on_removed(device)
        device.remove()
        device.close()

    def close(self) -> None:
        """Close every device, and remove the files of sockets."""
        for device in self:
            device.close()


def _ignore(text: str) -> None:
    pass


def _ignore_device(device: CharacterDevice) -> None:
    pass
