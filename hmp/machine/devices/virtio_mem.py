"""virtio-mem: memory that the guest plugs and unplugs in blocks, up to the requested size
(docs/qemu-behaviour/devices.md §6-8).
"""

from __future__ import annotations

import errno
from contextlib import suppress
from typing import TYPE_CHECKING

from hmp.errors import HostError, ParameterError, StateError
from hmp.machine.backends.base import MemoryRegion, RamBackend
from hmp.machine.backends.file import FileBackend
from hmp.machine.devices.memory_device import MemdevBusyError, MemoryDeviceInfo, NodeRangeError
from hmp.machine.devices.virtio import (
    ON_OFF_AUTO,
    PRIVATE_DISCARD_WARNING,
    VirtioMemoryDevice,
    VirtioPciGeneric,
    VirtioPciInterrupts,
)
from hmp.machine.memory import mapping
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.qom.property import Enumeration, Integer, Property, Size, bool_property
from hmp.units import GIB, MIB, PAGE_SIZE, round_up

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MIN_BLOCK_SIZE = MIB
MEMSLOT_SIZE = GIB


class BlockSizeError(ParameterError):
    """The block size is below `smallest` bytes, or no power of two."""

    def __init__(self, smallest: int, message: str) -> None:
        super().__init__("block-size", message)
        self.smallest = smallest


class RequestedSizeError(StateError):
    """The requested size is no multiple of `block_size`, or above `backend_size`; bytes."""

    parameter = "requested-size"

    def __init__(self, block_size: int, backend_size: int, message: str) -> None:
        super().__init__(message)
        self.block_size, self.backend_size = block_size, backend_size


class MemdevKindError(StateError):
    """The backend is read-only."""

    parameter = "memdev"

    def __init__(self, memdev: str) -> None:
        super().__init__("'memdev' property specifies an unsupported memdev")
        self.memdev = memdev


class MemdevPreallocError(StateError):
    """The backend is preallocated: all its pages would be resident from the start."""

    parameter = "memdev"

    def __init__(self, memdev: str) -> None:
        super().__init__(
            f"'memdev' property specifies a memdev with preallocation enabled: {memdev}. "
            "Instead, specify 'prealloc=on' for the virtio-mem device. "
        )
        self.memdev = memdev


class AddressBlocksError(StateError):
    """The address is no multiple of the block size, in bytes."""

    parameter = "memaddr"

    def __init__(self, block_size: int) -> None:
        super().__init__(
            f"'memaddr' property has to be multiples of 'block-size' (0x{block_size:x})"
        )
        self.block_size = block_size


class MemdevBlocksError(StateError):
    """The size of the backend is no multiple of `block_size` bytes."""

    parameter = "memdev"

    def __init__(self, memdev: str, block_size: int) -> None:
        super().__init__(
            f"'memdev' property memdev size has to be multiples of'block-size' (0x{block_size:x})"
        )
        self.memdev, self.block_size = memdev, block_size


class StillPluggedError(StateError):
    """The guest uses memory of the device, or is asked to."""


class VirtioMem(VirtioMemoryDevice):
    """virtio-mem; `size` are the bytes plugged: the first of the backend.

    A guest may plug any blocks; the simulated one grows from the start and shrinks from the end.
    """

    type_name = "virtio-mem"
    label = "virtio-mem"
    category = "Misc"

    node = Property(Integer(32), default=0, shows_default=True)
    block_size = Property(
        Size("size"), default=0, immutable_message="'block-size' cannot be changed"
    )
    requested_size = Property(Size("size"), default=0, settable_when_realized=True)
    size = Property(Size("size"), default=0, settable=False)
    prealloc = bool_property(False)
    dynamic_memslots = bool_property(False)
    unplugged_inaccessible = Property(
        Enumeration("OnOffAuto", *ON_OFF_AUTO), "on/off/auto", "on", shows_default=True
    )
    x_early_migration = bool_property(True)

    @property
    def plugged_size(self) -> int:
        return self.size

    @property
    def populated_size(self) -> int:
        return self.size

    @property
    def guest_node(self) -> int:
        return self.node

    @block_size.getter
    def _get_block_size(self) -> int:
        return self._default_block_size() if self.memdev else 0

    @property
    def _page_size(self) -> int:
        assert self.backend.mapping is not None
        return self.backend.mapping.page_size

    def _default_block_size(self) -> int:
        # docs/qemu-behaviour/devices.md §6; without transparent huge pages their size is 0.
        if self._page_size > PAGE_SIZE:
            return max(self._page_size, MIN_BLOCK_SIZE)
        return max(mapping.transparent_huge_page_size(), MIN_BLOCK_SIZE)

    def describe(self) -> MemoryDeviceInfo:
        return MemoryDeviceInfo(
            self.label,
            self.owner.identifier,
            (
                ("memaddr", self.addr),
                ("node", self.node),
                ("requested-size", self.requested_size),
                ("size", self.size),
                ("max-size", self.backend.size),
                ("block-size", self.block_size),
                ("memdev", self.backend.path),
            ),
        )

    @block_size.setter
    def _set_block_size(self, value: int) -> None:
        if value < MIN_BLOCK_SIZE:
            raise BlockSizeError(
                MIN_BLOCK_SIZE, f"'block-size' property has to be at least 0x{MIN_BLOCK_SIZE:x}"
            )
        if value & (value - 1):
            raise BlockSizeError(MIN_BLOCK_SIZE, "'block-size' property has to be a power of two")
        self.block_size = value

    @requested_size.setter
    def _set_requested_size(self, value: int) -> None:
        if self.realized:
            self.check_requested(value)
            # The guest's driver looks when the guest runs next.
            self.config_changed = True
        self.requested_size = value

    def check_requested(self, size: int) -> None:
        """Raise RequestedSizeError for what a plugged device can't be asked to hold."""
        # Only once realized: device_add accepts any size (docs/qemu-behaviour/devices.md §6).
        block, most = self.block_size, self.backend.size
        if size % block:
            raise RequestedSizeError(
                block, most, f"'requested-size' has to be multiples of 'block-size' (0x{block:x})"
            )
        if size > most:
            raise RequestedSizeError(
                block, most, f"'requested-size' cannot exceed the memory backend size(0x{most:x})"
            )

    def required_alignment(self) -> int:
        return max(super().required_alignment(), self.block_size)

    def check_realizable(self, machine: Machine) -> None:
        """Make the checks of docs/qemu-behaviour/devices.md §6, in that order."""
        self._check_backend()
        nodes = max(len(machine.numa_nodes), 1)
        if self.node >= nodes:
            raise NodeRangeError(
                self.node,
                nodes,
                f"'node' property has value '{self.node}', which exceedsthe number of numa nodes: "
                f"{nodes}",
            )
        self._resolve_unplugged_inaccessible(machine)
        self._resolve_block_size(machine)

    def _check_backend(self) -> None:
        backend = self.backend
        if backend.user:
            raise MemdevBusyError(
                backend.name, f"'memdev' property specifies a busy memdev: {backend.name}"
            )
        if backend.read_only:
            raise MemdevKindError(backend.name)
        if backend.prealloc:
            raise MemdevPreallocError(backend.name)

    def _resolve_unplugged_inaccessible(self, machine: Machine) -> None:
        """Resolve `auto`: unplugged memory is readable where the backend has the zero page."""
        has_zero_page = isinstance(self.backend, RamBackend) and not self.backend.share
        if self.unplugged_inaccessible == "auto":
            self.unplugged_inaccessible = "off" if has_zero_page else "on"
        if self.unplugged_inaccessible == "on":
            return
        if not has_zero_page:
            machine.warn(
                "'unplugged-inaccessible' property set to 'off' with a memdev that does not "
                "support the shared zeropage."
            )
        if self.dynamic_memslots:
            raise StateError(
                "'dynamic-memslots' property set to 'on' requires 'unplugged-inaccessible' to be "
                "'on'"
            )

    def _resolve_block_size(self, machine: Machine) -> None:
        block, default, page = self.block_size, self._default_block_size(), self._page_size
        if block < page:
            raise BlockSizeError(
                page, f"'block-size' property has to be at least the page size (0x{page:x})"
            )
        if block < default:
            machine.warn(
                f"'block-size' property is smaller than the default block size ({default // MIB} "
                "MiB)"
            )
        if self.requested_size % block:
            raise RequestedSizeError(
                block,
                self.backend.size,
                f"'requested-size' property has to be multiples of 'block-size' (0x{block:x})",
            )
        # Where hotplug is, the address has the block size for its alignment.
        if self.addr % block:
            raise AddressBlocksError(block)
        if self.backend.size % block:
            raise MemdevBlocksError(self.backend.name, block)
        # Stored even if it is the default, which the getter computes until then.
        self.block_size = block

    def acquire(self, machine: Machine) -> None:
        """Discard all the backend's memory, also in its file: the device begins empty."""
        memory = self.backend.mapping
        assert memory is not None
        if isinstance(self.backend, FileBackend) and self.backend.readonly:
            machine.emit_output(
                "ram_block_discard_shared_range: Discarding RAM with readonly files is not "
                "supported"
            )
            raise HostError.from_errno("Unexpected error discarding RAM", errno.EPERM)
        if memory.is_file_backed and not memory.shared:
            machine.warn_once(PRIVATE_DISCARD_WARNING)
        memory.discard(0, memory.length)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        self.config_changed = True
        if self.dynamic_memslots:
            self._add_slot_regions()
        super().plug(machine, hotplugged)

    def _add_slot_regions(self) -> None:
        """Add the regions of dynamic memory slots: the whole, and one for each slot of 1 GiB."""
        sizes = [
            min(MEMSLOT_SIZE, self.region_size - start)
            for start in range(0, self.region_size, MEMSLOT_SIZE)
        ]
        for name, size in (
            ("virtio-mem[0]", self.region_size),
            *((f"memslot-{number}[0]", size) for number, size in enumerate(sizes)),
        ):
            self.add(name, MemoryRegion(size))

    def check_transport_unplug(self) -> None:
        """Make the checks of docs/qemu-behaviour/devices.md §8, step 5."""
        if self.unplugged_inaccessible != "on":
            raise StateError(
                "virtio-mem device cannot get unplugged while 'unplugged-inaccessible' != 'on'"
            )
        if self.size:
            raise StillPluggedError(
                "virtio-mem device cannot get unplugged while some of its memory is still plugged"
            )
        if self.requested_size:
            raise StillPluggedError(
                "virtio-mem device cannot get unplugged while 'requested-size' != '0'"
            )

    def map_into(self, machine: Machine) -> None:
        # Dynamic memory slots are mapped one by one, as the guest plugs blocks in them.
        if not self.dynamic_memslots:
            super().map_into(machine)

    def resize(self, machine: Machine, size: int) -> bool:
        """Plug `size` bytes, whole blocks; return False, with nothing changed, on a host error.

        What the guest plugs is made resident; what it unplugs is given back to the host.
        """
        memory = self.backend.mapping
        assert memory is not None
        try:
            if size > self.size:
                memory.populate(1, self.size, size - self.size)
            else:
                memory.discard(size, self.size - size)
        except HostError:
            # A part of the new pages may be resident.
            if size > self.size:
                with suppress(HostError):
                    memory.discard(self.size, size - self.size)
            return False
        self._map_memslots(machine, self.size, size)
        self.size = size
        machine.events.emit(
            "MEMORY_DEVICE_SIZE_CHANGE",
            size=size,
            qom_path=self.owner.path,
            id=self.owner.identifier or None,
        )
        return True

    def reset(self, machine: Machine) -> None:
        """Unplug everything; the requested size stays."""
        self.config_changed = False
        if self.size:
            self.resize(machine, 0)

    def _map_memslots(self, machine: Machine, before: int, after: int) -> None:
        """Map the dynamic memory slots in which a block is plugged, and no others."""
        if not self.dynamic_memslots:
            return
        first, last = (
            min(round_up(size, MEMSLOT_SIZE), self.region_size) for size in (before, after)
        )
        if last > first:
            memory = AddressRange(
                self.addr + first, last - first, self.backend.name, self.backend.mapping, first
            )
            machine.address_space.map(memory)
        elif last < first:
            machine.address_space.unmap(self.addr + last, first - last)


class VirtioMemPci(VirtioPciGeneric, VirtioPciInterrupts):
    """virtio-mem-pci: a virtio-mem on a PCI bus."""

    type_name = "virtio-mem-pci"
    device_class = VirtioMem
    vdev: VirtioMem

    def check_writable(self, item: Property, before_reading: bool) -> None:
        # Not when it is set on the virtio-backend itself (docs/qemu-behaviour/devices.md §7).
        if item is VirtioMem.requested_size and self.unplug_pending:
            raise StateError(
                "'requested-size' cannot be changed if the device is in the process of unplug"
            )
        super().check_writable(item, before_reading)
