"""What all memory devices share: a backend that is mapped at a guest-physical address of the device
memory region (docs/qemu-behaviour/devices.md §5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from hmp.errors import StateError
from hmp.machine.backends.base import MemoryBackend, MemoryRegion
from hmp.machine.devices.base import Device
from hmp.machine.devices.plug_trace import AddressSearch
from hmp.machine.memory import placement
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.qom.property import Property

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class NotPreparedError(StateError):
    """The machine was started without a device memory region."""

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
    """A device, a node or the machine uses the backend already."""

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


class MemoryDeviceInfo(NamedTuple):
    """What `info memory-devices` and query-memory-devices return of a plugged device.

    `fields` are (name, value) by QMP's names, in the order of the human monitor: the guest-physical
    address first, sizes in bytes. `id` is empty for a device that has none.
    """

    type: str
    id: str
    fields: tuple[tuple[str, object], ...]


class MemoryDevice(Device):
    """A device whose memory is a backend; `addr` is its guest-physical address.

    `label` is what `info memory-devices` calls its type; `has_fixed_description`: its description
    never changes while it is plugged. `config_changed`: the guest's driver was notified of a change
    and has not looked at it yet.
    """

    label: ClassVar[str]
    has_fixed_description: ClassVar[bool] = False
    config_changed = False

    memdev: Property[MemoryBackend | None]
    addr: Property[int]

    @property
    def owner(self) -> Device:
        """The device that the user plugged: it has the id."""
        return self

    @property
    def backend(self) -> MemoryBackend:
        """The backend, which every plugged device has."""
        assert self.memdev is not None
        return self.memdev

    @property
    def region_size(self) -> int:
        """Bytes of the device memory region that the device occupies."""
        return self.backend.size

    @property
    def plugged_size(self) -> int:
        """Bytes that count as plugged memory."""
        return self.region_size

    @property
    def populated_size(self) -> int:
        """Bytes, from the start of the memory, that the guest may use."""
        return self.region_size

    @property
    def guest_node(self) -> int:
        """The NUMA node of the guest that the plugged memory counts on."""
        return 0

    @property
    def memory_kind(self) -> str:
        """What the memory is to the guest: ram, rom or nv-ram."""
        return "rom" if self.backend.read_only else "ram"

    @property
    def backend_region(self) -> MemoryRegion:
        """The MemoryRegion that is mapped into the device memory region."""
        return self.backend.region

    @property
    def used_range(self) -> placement.UsedRange:
        """What the plugged device uses of the device memory region."""
        return placement.UsedRange(self.addr, self.region_size, self.owner.identifier)

    def describe(self) -> MemoryDeviceInfo:
        """Return the description of the plugged device."""
        raise NotImplementedError

    def required_alignment(self) -> int:
        """Return the alignment in bytes that the address has to keep."""
        return self.backend.alignment

    def compute_region_size(self) -> None:
        """Set how much of the backend is mapped; raise StateError when nothing is left."""

    def assign_address(self, machine: Machine) -> None:
        """Check the placement and set the address (docs/qemu-behaviour/devices.md §5).

        Raises StateError; only the device itself has changed then.
        """
        region = machine.device_region
        if not region.length:
            raise NotPreparedError
        if self.memdev is None:
            raise MemdevMissingError("'memdev' property must be set")
        self.compute_region_size()
        size, used = self.region_size, machine.used_ranges()
        alignment = self.required_alignment()
        if machine.last_plug:
            machine.last_plug.search = AddressSearch(
                region, size, alignment, self.addr, tuple(used)
            )
        # The block size of a virtio-mem counts from step 5 on.
        placement.check_space(region, size, self.backend.alignment, used)
        warning = placement.fragmentation_warning(region, alignment)
        if warning:
            machine.warn(warning)
        try:
            addr = placement.choose_address(region, self.addr, size, alignment, used)
        except placement.AddressError as error:
            # The virtio devices call it memaddr.
            error.parameter = type(self).addr.name
            raise
        self.addr = addr

    def check_not_busy(self) -> None:
        """Raise MemdevBusyError when a device, a node or the machine uses the backend."""
        if self.backend.user:
            raise MemdevBusyError(
                self.backend.name, f"can't use already busy memdev: {self.backend.name}"
            )

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        self.backend.user = "device"
        machine.add_memory_device(self)
        if machine.last_plug:
            machine.last_plug.addr = self.addr
        self.map_into(machine)

    def unplug(self, machine: Machine) -> None:
        # `qom-set DEVICE realized off` may have taken it out before.
        if self not in machine.memory_devices:
            return
        super().unplug(machine)
        machine.remove_memory_device(self)
        self.unmap_from(machine)
        self.backend.user = ""

    def reset(self, machine: Machine) -> None:
        """Do what a reset of the machine does to the memory."""

    def map_into(self, machine: Machine) -> None:
        """Map the backend into the guest's memory, if the machine has device memory."""
        # Without it the address is not checked, and may overlap anything
        # (docs/qemu-behaviour/devices.md §9).
        if machine.board.hotplug:
            backend = self.backend
            machine.address_space.map(
                AddressRange(
                    self.addr,
                    self.region_size,
                    backend.name,
                    backend.mapping,
                    kind=self.memory_kind,
                )
            )
        machine.attach_region(self.backend_region, self.addr)

    def unmap_from(self, machine: Machine) -> None:
        """Unmap the memory from the guest's."""
        if machine.board.hotplug:
            machine.address_space.unmap(self.addr, self.region_size)
        machine.detach_region(self.backend_region)
