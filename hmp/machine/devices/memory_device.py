"""What all memory devices share: a backend that appears at a guest-physical address of the device
memory region.

Slots, labels and blocks belong to the kinds of devices; the arithmetic of places is in
`placement.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.errors import StateError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.base import Device
from hmp.machine.devices.plug_trace import AddressSearch
from hmp.machine.memory import placement
from hmp.machine.memory.address_space import Range
from hmp.machine.qom.object import Object

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class NotPreparedError(StateError):
    """The machine was started without room for memory devices."""

    parameter = "memdev"

    def __init__(self) -> None:
        super().__init__(
            "the configuration is not prepared for memory devices (e.g., for memory hotplug), "
            "consider specifying the maxmem option"
        )


class MemdevMissingError(StateError):
    """The device has no backend."""

    parameter = "memdev"


class MemdevBusyError(StateError):
    """The backend already serves a device, a node or the machine."""

    parameter = "memdev"

    def __init__(self, memdev: str, message: str) -> None:
        super().__init__(message)
        self.memdev = memdev


class NodeRangeError(StateError):
    """The guest has no NUMA node of that number."""

    parameter = "node"

    def __init__(self, node: int, node_count: int, message: str) -> None:
        super().__init__(message)
        self.node, self.node_count = node, node_count


class MemoryDevice(Device):
    """A device whose memory is a backend; `label` is what `info memory-devices` calls its kind.

    `config_changed` tells that the guest's driver has something new to look at, `is_fixed` that
    what is shown of the device never changes while it is plugged.
    """

    label: ClassVar[str]
    address_name: ClassVar[str]
    is_fixed: ClassVar[bool] = False
    config_changed = False

    @property
    def owner(self) -> Device:
        """The device that the user plugged, whose id stands for this one."""
        return self

    @property
    def memdev(self) -> MemoryBackend | None:
        """The backend, when one is set."""
        found = self.values["memdev"]
        return found if isinstance(found, MemoryBackend) else None

    @property
    def backend(self) -> MemoryBackend:
        """The backend of a device that has one."""
        assert self.memdev is not None
        return self.memdev

    def number(self, name: str) -> int:
        """An integer property: addr and sizes in bytes, slot, node."""
        value = self.show(self.by_name[name])
        assert isinstance(value, int)
        return value

    @property
    def addr(self) -> int:
        """The guest-physical address, in bytes."""
        addr = self.values[self.address_name]
        assert isinstance(addr, int)
        return addr

    @property
    def region_size(self) -> int:
        """Bytes of the device memory region that the device holds."""
        return self.backend.size

    @property
    def plugged_size(self) -> int:
        """Bytes that count as plugged memory."""
        return self.region_size

    @property
    def guest_node(self) -> int:
        """The NUMA node of the guest that the plugged memory counts on."""
        return self.number("node")

    @property
    def memory_kind(self) -> str:
        """What the guest takes the memory for: ram, rom or nv-ram."""
        return "rom" if self.backend.read_only else "ram"

    @property
    def backend_region(self) -> Object:
        """The memory region that shows where the backend lies."""
        return self.backend.region

    def describe(self) -> dict[str, object]:
        """What is shown of the plugged device, by QMP's names, in the order of `info
        memory-devices`.
        """
        raise NotImplementedError

    def required_alignment(self) -> int:
        """Alignment in bytes that the address has to keep."""
        return self.backend.alignment

    def size_region(self) -> None:
        """Find out how much of the backend the guest will see; StateError when nothing is left."""

    def assign_address(self, machine: Machine) -> None:
        """The checks before any memory device is plugged (docs/qemu-behaviour/devices.md §5); fills
        in the address.
        """
        region = machine.device_region
        if not region.length:
            raise NotPreparedError
        if self.memdev is None:
            raise MemdevMissingError("'memdev' property must be set")
        self.size_region()
        size, occupied = self.region_size, machine.occupied()
        alignment = self.required_alignment()
        if machine.last_plug:
            machine.last_plug.search = AddressSearch(
                region, size, alignment, self.addr, tuple(occupied)
            )
        placement.check_room(region, size, self.backend.alignment, occupied)
        warning = placement.fragmentation_warning(region, alignment)
        if warning:
            machine.warn(warning)
        try:
            addr = placement.choose_address(region, self.addr, size, alignment, occupied)
        except placement.AddressError as error:
            error.parameter = self.address_name
            raise
        self.values[self.address_name] = addr

    def check_not_busy(self) -> None:
        """Raise MemdevBusyError when the backend already serves a device, a node or the machine."""
        if self.backend.user:
            raise MemdevBusyError(
                self.backend.name, f"can't use already busy memdev: {self.backend.name}"
            )

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        self.backend.user = "device"
        machine.add_memory_device(self)
        if machine.last_plug:
            machine.last_plug.addr = self.addr
        self.map_into(machine)

    def unplug(self, machine: Machine) -> None:
        machine.remove_memory_device(self)
        self.unmap_from(machine)
        self.backend.user = ""

    def reset(self, machine: Machine) -> None:
        """What a reset of the machine does to the memory."""

    def map_into(self, machine: Machine) -> None:
        """Let the backend appear in the guest's memory, if the machine has a place for it."""
        if machine.board.hotplug:
            backend = self.backend
            machine.address_space.map(
                Range(
                    self.addr,
                    self.region_size,
                    backend.name,
                    backend.mapping,
                    kind=self.memory_kind,
                )
            )
        self._show_region(machine)

    def _show_region(self, machine: Machine) -> None:
        machine.attach_region(self.backend_region, self.addr)

    def unmap_from(self, machine: Machine) -> None:
        """Take the memory out of the guest's sight again."""
        if machine.board.hotplug:
            machine.address_space.unmap(self.addr, self.region_size)
        machine.detach_region(self.backend_region)
