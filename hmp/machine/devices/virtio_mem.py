"""virtio-mem: memory that the guest takes and gives back in blocks, as far as it is asked to
(docs/qemu-behaviour/devices.md 6 to 8).

Which blocks the guest takes and when is decided in `guest.py`; the system calls are in
`mapping.py`.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, ClassVar

from hmp.errors import HostError, ParameterError, StateError
from hmp.machine.backends.base import MIB, MemoryRegion, RamBackend
from hmp.machine.backends.file import FileBackend
from hmp.machine.devices.memory_device import MemdevBusyError, NodeRangeError
from hmp.machine.devices.virtio import (
    ON_OFF_AUTO,
    TRANSPORT_PROPERTIES,
    UNSET_VECTORS,
    VIRTIO_PROPERTIES,
    VirtioMemoryDevice,
    VirtioPci,
)
from hmp.machine.memory import mapping
from hmp.machine.memory.address_space import Range
from hmp.machine.memory.layout import round_up
from hmp.machine.qom.property import Enumeration, Integer, Property, Size, switch

if TYPE_CHECKING:
    from hmp.machine.boards.types import Board
    from hmp.machine.machine import Machine

MIN_BLOCK_SIZE = MIB
MEMORY_SLOT = 1 << 30


class BlockSizeError(ParameterError):
    """A block size that is too small, or no power of two; `smallest` is the least that there can
    be, in bytes.
    """

    def __init__(self, smallest: int, message: str) -> None:
        super().__init__("block-size", message)
        self.smallest = smallest


class RequestedSizeError(StateError):
    """A requested size that is no multiple of the blocks, or more than the backend has; bytes of
    both.
    """

    parameter = "requested-size"

    def __init__(self, block_size: int, backend_size: int, message: str) -> None:
        super().__init__(message)
        self.block_size, self.backend_size = block_size, backend_size


class MemdevKindError(StateError):
    """A backend of which virtio-mem can take no memory, since it is read-only."""

    parameter = "memdev"

    def __init__(self, memdev: str) -> None:
        super().__init__("'memdev' property specifies an unsupported memdev")
        self.memdev = memdev


class MemdevPreallocError(StateError):
    """A backend whose pages are all there already."""

    parameter = "memdev"

    def __init__(self, memdev: str) -> None:
        super().__init__(
            f"'memdev' property specifies a memdev with preallocation enabled: {memdev}. "
            "Instead, specify 'prealloc=on' for the virtio-mem device. "
        )
        self.memdev = memdev


class MemdevBlocksError(StateError):
    """A backend whose size is no multiple of the blocks, in bytes."""

    parameter = "memdev"

    def __init__(self, memdev: str, block_size: int) -> None:
        super().__init__(
            f"'memdev' property memdev size has to be multiples of'block-size' (0x{block_size:x})"
        )
        self.memdev, self.block_size = memdev, block_size


class StillPluggedError(StateError):
    """The guest holds memory of the device, or is asked to."""


class VirtioMem(VirtioMemoryDevice):
    """virtio-mem; the guest holds the first `plugged_size` bytes of the backend.

    Block by block the guest could hold any part; the simulated guest grows from the start and
    shrinks from the end.
    """

    type_name = "virtio-mem"
    label = "virtio-mem"
    category = "Misc"
    declared: ClassVar[tuple[Property, ...]] = (
        *VIRTIO_PROPERTIES,
        Property("node", Integer(32), default=0, shows_default=True),
        Property("block-size", Size("size"), default=0, frozen="'block-size' cannot be changed"),
        Property("requested-size", Size("size"), default=0, live=True),
        Property("size", Size("size"), settable=False),
        switch("prealloc", False),
        switch("dynamic-memslots", False),
        Property(
            "unplugged-inaccessible",
            Enumeration("OnOffAuto", *ON_OFF_AUTO),
            "on/off/auto",
            "on",
            shows_default=True,
        ),
        switch("x-early-migration", True),
    )

    def __init__(self) -> None:
        super().__init__()
        self._plugged = 0

    @property
    def plugged_size(self) -> int:
        return self._plugged

    @property
    def requested_size(self) -> int:
        """Bytes that the guest is asked to hold."""
        return self.number("requested-size")

    @property
    def block_size(self) -> int:
        """Bytes of a block."""
        given = self.values["block-size"]
        assert isinstance(given, int)
        return given or (self._default_block_size() if self.memdev else 0)

    @property
    def _page_size(self) -> int:
        assert self.backend.mapping is not None
        return self.backend.mapping.page_size

    def _default_block_size(self) -> int:
        if self._page_size > mapping.PAGE:
            return max(self._page_size, MIN_BLOCK_SIZE)
        return max(mapping.huge_page_default(), MIN_BLOCK_SIZE)

    def show(self, item: Property) -> object:
        if item.name == "size":
            return self._plugged
        return self.block_size if item.name == "block-size" else super().show(item)

    def describe(self) -> dict[str, object]:
        return {
            "memaddr": self.addr,
            "node": self.number("node"),
            "requested-size": self.requested_size,
            "size": self._plugged,
            "max-size": self.backend.size,
            "block-size": self.block_size,
            "memdev": self.backend.path,
        }

    def set(self, item: Property, value: object) -> None:
        if item.name == "block-size" and isinstance(value, int):
            if value < MIN_BLOCK_SIZE:
                raise BlockSizeError(
                    MIN_BLOCK_SIZE, f"'block-size' property has to be at least 0x{MIN_BLOCK_SIZE:x}"
                )
            if value & (value - 1):
                raise BlockSizeError(
                    MIN_BLOCK_SIZE, "'block-size' property has to be a power of two"
                )
        if item.name == "requested-size" and isinstance(value, int) and self.values["realized"]:
            self._check_requested(value)
            self.config_changed = True
        super().set(item, value)

    def _check_requested(self, size: int) -> None:
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
        self._check_backend()
        node, nodes = self.number("node"), max(len(machine.numa_nodes), 1)
        if node >= nodes:
            raise NodeRangeError(
                node,
                nodes,
                f"'node' property has value '{node}', which exceedsthe number of numa nodes: "
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
        if backend.values["prealloc"]:
            raise MemdevPreallocError(backend.name)

    def _resolve_unplugged_inaccessible(self, machine: Machine) -> None:
        """Whether the guest must not look at unplugged memory; `auto` asks the backend for its zero
        page.
        """
        has_zero_page = isinstance(self.backend, RamBackend) and not self.backend.values["share"]
        if self.values["unplugged-inaccessible"] == "auto":
            self.values["unplugged-inaccessible"] = "off" if has_zero_page else "on"
        if self.values["unplugged-inaccessible"] == "on":
            return
        if not has_zero_page:
            machine.warn(
                "'unplugged-inaccessible' property set to 'off' with a memdev that does not "
                "support the "
                "shared zeropage."
            )
        if self.values["dynamic-memslots"]:
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
        if self.backend.size % block:
            raise MemdevBlocksError(self.backend.name, block)
        self.values["block-size"] = block

    def acquire(self, machine: Machine) -> None:
        """The device begins empty: what the backend holds is given back, also to the file (the
        reference warns).
        """
        memory = self.backend.mapping
        assert memory is not None
        if isinstance(self.backend, FileBackend) and self.backend.values["readonly"]:
            machine.report(
                "ram_block_discard_shared_range: Discarding RAM with readonly files is not "
                "supported"
            )
            raise HostError.from_errno("Unexpected error discarding RAM", errno.EPERM)
        if memory.of_file and not memory.shared:
            machine.warn_once(
                "ram_block_discard_shared_range: Discarding RAM in private file mappings is "
                "possibly "
                "dangerous, because it will modify the underlying file and will affect other users "
                "of the file"
            )
        try:
            memory.discard(0, memory.length)
        except OSError as error:
            raise HostError.from_os("Unexpected error discarding RAM", error) from None

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        self.config_changed = True
        if self.values["dynamic-memslots"]:
            self._add_slot_regions()
        super().plug(machine, hotplugged)

    def _add_slot_regions(self) -> None:
        """What shows the memory slots in the object tree: the device's span, and a region for each
        slot of 1 GiB.
        """
        sizes = [
            min(MEMORY_SLOT, self.region_size - start)
            for start in range(0, self.region_size, MEMORY_SLOT)
        ]
        for name, size in (
            ("virtio-mem[0]", self.region_size),
            *((f"memslot-{number}[0]", size) for number, size in enumerate(sizes)),
        ):
            region = MemoryRegion()
            region.values.update(addr=0, size=size)
            self.add(name, region)

    def check_unplug_memory(self) -> None:
        if self.values["unplugged-inaccessible"] != "on":
            raise StateError(
                "virtio-mem device cannot get unplugged while 'unplugged-inaccessible' != 'on'"
            )
        if self._plugged:
            raise StillPluggedError(
                "virtio-mem device cannot get unplugged while some of its memory is still plugged"
            )
        if self.requested_size:
            raise StillPluggedError(
                "virtio-mem device cannot get unplugged while 'requested-size' != '0'"
            )

    def map_into(self, machine: Machine) -> None:
        if not self.values["dynamic-memslots"]:
            super().map_into(machine)

    def unmap_from(self, machine: Machine) -> None:
        """With dynamic memory slots nothing is left to unmap: an unplugged device shows no
        memory.
        """
        if not self.values["dynamic-memslots"]:
            super().unmap_from(machine)

    def resize(self, machine: Machine, size: int) -> bool:
        """Let the guest hold `size` bytes, whole blocks; False, and nothing changed, when the host
        can't give them.

        What the guest takes is made resident; what it lets go is given back to the host.
        """
        memory = self.backend.mapping
        assert memory is not None
        try:
            if size > self._plugged:
                memory.populate(1, self._plugged, size - self._plugged)
            else:
                memory.discard(size, self._plugged - size)
        except (HostError, OSError):
            if size > self._plugged:
                memory.discard(self._plugged, size - self._plugged)
            return False
        self._show_slots(machine, self._plugged, size)
        self._plugged = size
        machine.events.emit(
            "MEMORY_DEVICE_SIZE_CHANGE",
            size=size,
            qom_path=self.owner.path,
            id=self.owner.identifier or None,
        )
        return True

    def reset(self, machine: Machine) -> None:
        """After a reset the guest holds nothing; what it is asked to hold stays."""
        self.config_changed = False
        if self._plugged:
            self.resize(machine, 0)

    def _show_slots(self, machine: Machine, before: int, after: int) -> None:
        """With dynamic memory slots the guest sees only the slots in which it holds a block."""
        if not self.values["dynamic-memslots"]:
            return
        first, last = (
            min(round_up(size, MEMORY_SLOT), self.region_size) for size in (before, after)
        )
        if last > first:
            memory = Range(
                self.addr + first, last - first, self.backend.name, self.backend.mapping, first
            )
            machine.address_space.map(memory)
        elif last < first:
            machine.address_space.unmap(self.addr + last, first - last)


class VirtioMemPci(VirtioPci):
    """virtio-mem-pci: a virtio-mem on a PCI bus."""

    type_name = "virtio-mem-pci"
    device_class = VirtioMem
    vectors = 2
    declared: ClassVar[tuple[Property, ...]] = (
        *TRANSPORT_PROPERTIES,
        switch("ioeventfd", True),
        Property("vectors", Integer(32), default=UNSET_VECTORS, shows_default=True),
    )

    def apply_defaults(self, board: Board) -> None:
        if not board.virtio_mem_has_interrupts:
            self.values["vectors"] = 0
        if not board.virtio_mem_is_inaccessible:
            self.memory.values["unplugged-inaccessible"] = "auto"

    def check_writable(self, item: Property, before_reading: bool) -> None:
        if item.name == "requested-size" and self.removing:
            raise StateError(
                "'requested-size' cannot be changed if the device is in the process of unplug"
            )
        super().check_writable(item, before_reading)
