"""pc-dimm and nvdimm: a backend in a memory slot, at a guest-physical address
(docs/qemu-behaviour/devices.md §4-8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.errors import ParameterError, StateError
from hmp.grammar import terminals
from hmp.machine.backends.base import SET_ONCE, MemoryBackend, MemoryRegion
from hmp.machine.devices.memory_device import (
    MemdevMissingError,
    MemoryDevice,
    MemoryDeviceInfo,
    NodeRangeError,
)
from hmp.machine.memory import placement
from hmp.machine.qom.property import (
    Boolean,
    Integer,
    Link,
    Property,
    PropertyValueError,
    Size,
    Text,
)
from hmp.units import KIB, NO_UUID

if TYPE_CHECKING:
    from hmp.machine.boards.types import Board
    from hmp.machine.machine import Machine

# QEMU's limit (docs/qemu-behaviour/devices.md §3).
MIN_LABEL_SIZE = 128 * KIB


class NvdimmDisabledError(StateError):
    """The machine was started without nvdimm=on."""

    def __init__(self) -> None:
        super().__init__("nvdimm is not enabled: missing 'nvdimm' in '-M'")


class LabelSizeError(ParameterError):
    """The label of an nvdimm is too small; size in bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(
            "label-size",
            f"Property 'nvdimm.label-size' (0x{size:x}) is required at least 0x{MIN_LABEL_SIZE:x}",
        )
        self.size = size


class SmallMemdevError(StateError):
    """The backend has no aligned memory left beside the label of an nvdimm; sizes in bytes."""

    parameter = "memdev"

    def __init__(self, memdev: str, size: int, label_size: int, alignment: int) -> None:
        super().__init__(
            f"the size of memdev {memdev} (0x{size:x}) is too small to contain "
            f"nvdimm label (0x{label_size:x}) and aligned PMEM (0x{alignment:x})"
        )
        self.memdev, self.size, self.label_size, self.alignment = (
            memdev,
            size,
            label_size,
            alignment,
        )


class UnarmedError(StateError):
    """An nvdimm over a read-only backend has to be unarmed."""

    parameter = "unarmed"

    def __init__(self, memdev: str) -> None:
        super().__init__(f"'unarmed' property must be 'on' since memdev {memdev} is read-only")
        self.memdev = memdev


class Dimm(MemoryDevice):
    """pc-dimm: a memory backend in a slot."""

    type_name = "pc-dimm"
    label = "dimm"
    description = "A memory backend in a memory slot"
    has_fixed_description = True

    memdev: Property[MemoryBackend | None] = Property(Link("memory-backend"))
    node = Property(Integer(32), default=0, shows_default=True)
    addr = Property(Integer(64), default=0, shows_default=True)
    slot = Property(Integer(32, signed=True), default=-1, shows_default=True)
    size: Property[int] = Property(Integer(64), settable=False)

    @size.getter
    def _get_size(self) -> int:
        return self.region_size if self.memdev else 0

    @property
    def guest_node(self) -> int:
        return self.node

    @classmethod
    def is_plugged_by(cls, board: Board) -> bool:
        return board.hotplug

    def describe(self) -> MemoryDeviceInfo:
        return self._description

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        if machine.board.hotplug:
            self._assign_slot_and_address(machine)
        # Boards without hotplug accept a DIMM at startup, at any address and in no slot
        # (docs/qemu-behaviour/devices.md §9).
        elif self.memdev is None:
            raise MemdevMissingError("'memdev' property is not set")
        else:
            self.compute_region_size()
        # docs/qemu-behaviour/devices.md §6: the node first, the backend last.
        nodes = max(len(machine.numa_nodes), 1)
        if self.node and machine.board.name == "none":
            raise NodeRangeError(self.node, 1, "machine doesn't support NUMA")
        if self.node >= nodes:
            raise NodeRangeError(
                self.node,
                nodes,
                f"'DIMM property node has value {self.node}' which exceeds the number of numa "
                f"nodes: {nodes}",
            )
        self.check_not_busy()

    def _assign_slot_and_address(self, machine: Machine) -> None:
        # docs/qemu-behaviour/devices.md §2, stage 8: the slot before the backend is looked at.
        if not machine.acpi:
            raise StateError("memory hotplug is not enabled: missing acpi device or acpi disabled")
        if machine.parts.value("PIIX4_PM", "memory-hotplug-support") is False:
            raise StateError(
                "memory hotplug is not enabled: PIIX4_PM.memory-hotplug-support is not set"
            )
        self.check_enabled(machine)
        slot = placement.choose_slot(self.slot, machine.slot_count, machine.busy_slots)
        if machine.last_plug:
            machine.last_plug.slot = slot
        self.assign_address(machine)
        self.slot = slot

    def check_enabled(self, machine: Machine) -> None:
        """Raise StateError when the machine was not configured for this kind of DIMM."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        # Queried often, and fixed from the plug on.
        self._description = MemoryDeviceInfo(
            self.label,
            self.identifier,
            (
                ("addr", self.addr),
                ("slot", self.slot),
                ("node", self.node),
                ("size", self.region_size),
                ("memdev", self.backend.path),
                ("hotplugged", self.hotplugged),
                ("hotpluggable", True),
            ),
        )
        if machine.board.hotplug:
            machine.busy_slots.add(self.slot)
            self.insert_into_slot(machine, hotplugged)

    def insert_into_slot(self, machine: Machine, hotplugged: bool) -> None:
        """Put the DIMM into the hotplug registers of its slot."""
        machine.ports.memory.insert(self.slot, self, notify_guest=hotplugged)

    def request_unplug(self, machine: Machine) -> None:
        # After `qom-set ... realized off` the object is still there, and its slot may hold another.
        if self in machine.memory_devices:
            machine.ports.memory.request_removal(self.slot)

    def unplug(self, machine: Machine) -> None:
        super().unplug(machine)
        if machine.board.hotplug:
            machine.busy_slots.discard(self.slot)
            machine.ports.memory.empty(self.slot)


class Nvdimm(Dimm):
    """nvdimm: a DIMM whose last `label_size` bytes are not mapped into the guest's memory."""

    type_name = "nvdimm"
    label = "nvdimm"
    category = "Storage"
    description = "A memory backend in a memory slot, for persistent memory"
    ancestors: ClassVar[tuple[str, ...]] = (Dimm.type_name, *Dimm.ancestors)

    label_size = Property(Size(), default=0, immutable_message=SET_ONCE)
    unarmed = Property(
        Boolean(), "Tell the guest that writes may be lost (on/off)", False, shows_default=True
    )
    uuid = Property(Text("QemuUUID"), default=NO_UUID, settable_when_realized=True)

    def __init__(self) -> None:
        super().__init__()
        self._data_size = 0

    @property
    def region_size(self) -> int:
        return self._data_size

    @uuid.setter
    def _set_uuid(self, value: str) -> None:
        if not terminals.fullmatch(terminals.UUID, value):
            raise PropertyValueError("uuid", value, "Property 'nvdimm.uuid' has invalid value")
        self.uuid = value.lower()

    @label_size.setter
    def _set_label_size(self, value: int) -> None:
        if value < MIN_LABEL_SIZE:
            raise LabelSizeError(value)
        self.label_size = value

    def set_data_size(self, size: int) -> None:
        """Set how many bytes of the backend are mapped, where it is known already."""
        self._data_size = size

    def check_enabled(self, machine: Machine) -> None:
        if not machine.has_nvdimm:
            raise NvdimmDisabledError

    def compute_region_size(self) -> None:
        # docs/qemu-behaviour/devices.md §5: what is left is rounded down to the alignment.
        backend, label = self.backend, self.label_size
        alignment = backend.alignment
        size = (backend.size - label) // alignment * alignment
        if size <= 0:
            raise SmallMemdevError(backend.name, backend.size, label, alignment)
        if backend.read_only and not self.unarmed:
            raise UnarmedError(backend.name)
        self._data_size = size

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        self._region = MemoryRegion(self.region_size)
        self.add("nvdimm-memory[0]", self._region)
        super().plug(machine, hotplugged)

    def insert_into_slot(self, machine: Machine, hotplugged: bool) -> None:
        """Do nothing: the slot of an nvdimm is never enabled, since it can't be ejected
        (docs/qemu-behaviour/devices.md §8).
        """

    @property
    def memory_kind(self) -> str:
        return "rom" if self.backend.read_only else "nv-ram"

    @property
    def backend_region(self) -> MemoryRegion:
        """An alias of the backend that ends before the label."""
        return self._region

    def check_unplug(self, machine: Machine, path: str) -> None:
        super().check_unplug(machine, path)
        raise StateError("nvdimm device hot unplug is not supported yet.")
