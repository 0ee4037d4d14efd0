"""pc-dimm and nvdimm: a backend in a memory slot, at a guest-physical address
(docs/qemu-behaviour/devices.md §4-8).

The slots' registers are in `hotplug_registers.py`; no other kind of device is known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hmp.errors import ParameterError, StateError
from hmp.grammar import terminals
from hmp.machine.backends.base import FIXED, MemoryRegion
from hmp.machine.devices.base import GENERIC, NotHotpluggableError
from hmp.machine.devices.memory_device import MemdevMissingError, MemoryDevice, NodeRangeError
from hmp.machine.memory import placement
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import (
    Boolean,
    Integer,
    Link,
    Property,
    PropertyValueError,
    Size,
    Text,
)

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MIN_LABEL_SIZE = 0x20000
NO_UUID = "00000000-0000-0000-0000-000000000000"


class NvdimmDisabledError(StateError):
    """The machine was started without nvdimm=on."""

    def __init__(self) -> None:
        super().__init__("nvdimm is not enabled: missing 'nvdimm' in '-M'")


class LabelSizeError(ParameterError):
    """The label of an nvdimm is too small; bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(
            "label-size",
            f"Property 'nvdimm.label-size' (0x{size:x}) is required at least 0x{MIN_LABEL_SIZE:x}",
        )
        self.size = size


class SmallMemdevError(StateError):
    """The backend has no aligned memory left beside the label of an nvdimm; bytes."""

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
    address_name = "addr"
    is_fixed = True
    declared: ClassVar[tuple[Property, ...]] = (
        *GENERIC,
        Property("memdev", Link("memory-backend")),
        Property("node", Integer(32), default=0, shows_default=True),
        Property("addr", Integer(64), default=0, shows_default=True),
        Property("slot", Integer(32, signed=True), default=-1, shows_default=True),
        Property("size", Integer(64), settable=False),
    )

    def show(self, item: Property) -> object:
        if item.name == "size":
            return self.region_size if self.memdev else 0
        return super().show(item)

    def describe(self) -> dict[str, object]:
        return self._description.copy()

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        if machine.board.hotplug:
            self._choose_place(machine)
        elif self.memdev is None:
            raise MemdevMissingError("'memdev' property is not set")
        else:
            self.size_region()
        node, nodes = self.number("node"), max(len(machine.numa_nodes), 1)
        if node >= nodes:
            raise NodeRangeError(
                node,
                nodes,
                f"'DIMM property node has value {node}' which exceeds the number of numa nodes: "
                f"{nodes}",
            )
        self.check_not_busy()

    def _choose_place(self, machine: Machine) -> None:
        if not machine.acpi:
            raise StateError("memory hotplug is not enabled: missing acpi device or acpi disabled")
        self.check_enabled(machine)
        slot = placement.choose_slot(self.number("slot"), machine.slot_count, machine.busy_slots)
        if machine.last_plug:
            machine.last_plug.slot = slot
        self.assign_address(machine)
        self.values["slot"] = slot

    def check_enabled(self, machine: Machine) -> None:
        """Raise StateError when the machine was not asked to take this kind of DIMM."""

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        self._describe_once()
        if machine.board.hotplug:
            machine.busy_slots.add(self.number("slot"))
            self.enter_registers(machine, hotplugged)

    def _describe_once(self) -> None:
        """What is shown of a DIMM is fixed when it is plugged, and asked for often."""
        values = self.values
        self._description: dict[str, object] = {
            "addr": values["addr"],
            "slot": values["slot"],
            "node": values["node"],
            "size": self.region_size,
            "memdev": self.backend.path,
            "hotplugged": values["hotplugged"],
            "hotpluggable": True,
        }

    def enter_registers(self, machine: Machine, hotplugged: bool) -> None:
        """Show up in the hotplug registers of the slot."""
        machine.registers.insert(self.number("slot"), self, announce=hotplugged)

    def check_unplug(self, machine: Machine, path: str) -> None:
        if not machine.board.hotplug:
            raise NotHotpluggableError(self.type_name)

    def request_unplug(self, machine: Machine) -> None:
        if self in machine.memory_devices:
            machine.registers.request_removal(self.number("slot"))

    def unplug(self, machine: Machine) -> None:
        super().unplug(machine)
        if machine.board.hotplug:
            machine.busy_slots.discard(self.number("slot"))
            machine.registers.empty(self.number("slot"))


class Nvdimm(Dimm):
    """nvdimm: a DIMM whose last bytes may be a label that the guest's memory does not show."""

    type_name = "nvdimm"
    label = "nvdimm"
    category = "Storage"
    description = "A memory backend in a memory slot, for persistent memory"
    ancestors: ClassVar[tuple[str, ...]] = (Dimm.type_name, *Dimm.ancestors)
    declared: ClassVar[tuple[Property, ...]] = (
        *Dimm.declared,
        Property("label-size", Size(), default=0, frozen=FIXED),
        Property(
            "unarmed",
            Boolean(),
            "Tell the guest that writes may be lost (on/off)",
            False,
            shows_default=True,
        ),
        Property("uuid", Text("QemuUUID"), default=NO_UUID, live=True),
    )

    def __init__(self) -> None:
        super().__init__()
        self._data_size = 0

    @property
    def region_size(self) -> int:
        return self._data_size

    def set(self, item: Property, value: object) -> None:
        if item.name == "uuid":
            if not terminals.fullmatch(terminals.UUID, str(value)):
                raise PropertyValueError("uuid", value, "Property 'nvdimm.uuid' has invalid value")
            value = str(value).lower()
        if item.name == "label-size" and isinstance(value, int) and value < MIN_LABEL_SIZE:
            raise LabelSizeError(value)
        super().set(item, value)

    def check_enabled(self, machine: Machine) -> None:
        if not machine.machine_object.setting("nvdimm"):
            raise NvdimmDisabledError

    def size_region(self) -> None:
        backend, label = self.backend, self.number("label-size")
        alignment = backend.alignment
        size = (backend.size - label) // alignment * alignment
        if size <= 0:
            raise SmallMemdevError(backend.name, backend.size, label, alignment)
        if backend.read_only and not self.values["unarmed"]:
            raise UnarmedError(backend.name)
        self._data_size = size

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        region = MemoryRegion()
        region.values.update(size=self.region_size, addr=0)
        self.add("nvdimm-memory[0]", region)
        super().plug(machine, hotplugged)

    def enter_registers(self, machine: Machine, hotplugged: bool) -> None:
        """The registers are for DIMMs that can be ejected; an nvdimm only holds its slot number."""

    @property
    def memory_kind(self) -> str:
        return "rom" if self.backend.read_only else "nv-ram"

    @property
    def backend_region(self) -> Object:
        """An alias of the backend that ends before the label."""
        return self.children["nvdimm-memory[0]"]

    def check_unplug(self, machine: Machine, path: str) -> None:
        super().check_unplug(machine, path)
        raise StateError("nvdimm device hot unplug is not supported yet.")
