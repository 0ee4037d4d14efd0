"""Fill a shadow machine from QEMU's answers: its memory, its backends and its object tree."""

from __future__ import annotations

from hmp.connect.shadow.answers import MEMORY_DEVICES, ROOT_PORT, Answers
from hmp.connect.shadow.devices import add_buses, add_memory_devices
from hmp.connect.shadow.machine import ShadowDevice, ShadowMachine, ShadowMapping, ShadowObject
from hmp.connect.shadow.tables import RamBlock, RamRow, node_cpus, node_sizes
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.backends.create import OBJECT_TYPES
from hmp.machine.boards.devices import add_board_devices
from hmp.machine.boards.properties import PcMachineObject, X86MachineObject
from hmp.machine.boards.types import DEFAULT, Board, find_board
from hmp.machine.events import Events
from hmp.machine.memory.address_space import AddressRange
from hmp.machine.memory.config import MemoryConfig, NumaNode
from hmp.machine.memory.layout import FOUR_GIB, Layout
from hmp.machine.qom.object import Object
from hmp.units import PAGE_SIZE

UNPLUG_REQUESTED = (3, 132)
"""The OST event and status of a slot while its DIMM is being ejected."""


def build_shadow(answers: Answers, events: Events) -> ShadowMachine:
    """Return a machine as QEMU's is at the time of the answers."""
    type_name = str(answers["type"] or "").removesuffix("-machine")
    name = (answers["name"] or {}).get("name", "")
    machine = ShadowMachine(_find_board(type_name), name, events)
    machine.run_state.name = (answers["status"] or {}).get("status", "")
    machine.cpu_count = len(answers["cpus"] or ())
    _set_machine_properties(machine, answers)
    _set_sizes(machine, answers)
    _add_backends(machine, answers)
    _set_layout(machine, answers)
    add_board_devices(machine)
    _add_tree(machine, answers)
    add_buses(machine, answers)
    add_memory_devices(machine, answers)
    _fill_slots(machine, answers)
    _map_ram(machine, answers.ram)
    return machine


def empty_shadow(events: Events) -> ShadowMachine:
    """Return a machine of which nothing is known."""
    return ShadowMachine(_find_board(DEFAULT), "", events)


def _find_board(name: str) -> Board:
    """Return the board of a machine type; of one that is not known here, the one it is like."""
    found = find_board(name) or find_board("q35" if "q35" in name else DEFAULT)
    assert found is not None
    return found.replace(name=name or found.name)


def _set_machine_properties(machine: ShadowMachine, answers: Answers) -> None:
    target = machine.machine_object
    if isinstance(target, X86MachineObject) and answers["acpi"]:
        target.acpi = answers["acpi"]
    if isinstance(target, PcMachineObject):
        target.nvdimm = bool(answers["nvdimm"])


def _set_sizes(machine: ShadowMachine, answers: Answers) -> None:
    memory = answers["memory"] or {}
    size = int(memory.get("size", 0))
    slots = int(memory.get("slots", len(_dimm_slots(answers))))
    # Without slots QEMU tells no maximum.
    most = int(memory.get("max-size", size + (answers["region size"] or 0)))
    machine.memory_config = MemoryConfig(size, slots, most)
    machine.machine_object.set_memory(*machine.memory_config)
    machine.ports.set_slots(machine.slot_count)
    text = answers.text("numa")
    machine.numa_nodes = [
        NumaNode(cpus, node.size - node.plugged)
        for cpus, node in zip(node_cpus(text), node_sizes(text), strict=False)
    ]


def _dimm_slots(answers: Answers) -> list[dict[str, str]]:
    return [slot for slot in answers["ospm"] or () if slot["slot-type"] == "DIMM"]


def _add_backends(machine: ShadowMachine, answers: Answers) -> None:
    """Add the objects below /objects; a memory backend has the size and the address of QEMU's."""
    known = {row["id"]: row for row in answers["backends"] or () if "id" in row}
    for node in answers.objects:
        parent, _slash, name = node.path.rpartition("/")
        if parent != "/objects":
            continue
        item: Object = ShadowObject(node.kind)
        if name in known and node.kind in OBJECT_TYPES:
            item = OBJECT_TYPES[node.kind].for_machine(machine)
        machine.objects.add(name, item)
        if isinstance(item, MemoryBackend):
            _fill_backend(item, known[name], answers.blocks.get(name, RamBlock(PAGE_SIZE, 0)))
            for option in ("mem-path", "readonly"):
                value = answers.detail(node.path, option)
                if value is not None:
                    setattr(item, item.by_name[option].attribute, value)


def _fill_backend(backend: MemoryBackend, row: dict[str, object], block: RamBlock) -> None:
    for name, value in row.items():
        item = backend.by_name.get(name)
        # As QEMU has it: a setter would do something about it.
        if item is not None and name != "id":
            backend.__dict__[item.attribute] = value
    backend.mapping = ShadowMapping(
        block.address, backend.size, block.page_size, bool(row.get("share"))
    )
    backend.region.size = backend.size


def _set_layout(machine: ShadowMachine, answers: Answers) -> None:
    """Set where RAM is, and mark the backends that it is made of."""
    base, length = answers["region base"] or 0, answers["region size"] or 0
    plugged = {_last(row["data"]["memdev"]) for row in answers["devices"] or ()}
    main = _last(answers["main backend"] or "")
    is_ram = {main, *(item.name for item in machine.backends)} - plugged
    ram = [row for row in answers.ram if _last(row.name) in is_ram]
    for backend in machine.backends:
        if any(_last(row.name) == backend.name for row in ram):
            backend.user = "machine"
    low = max((row.end for row in ram if row.start < FOUR_GIB), default=0)
    high = [row for row in ram if row.start >= FOUR_GIB]
    start = min((row.start for row in high), default=FOUR_GIB)
    config = machine.memory_config
    machine.layout = Layout(
        low,
        start,
        max((row.end for row in high), default=start) - start,
        base,
        length,
        max(config.maxmem - config.size, 0) if length else 0,
    )
    found = machine.objects.children.get(main)
    if isinstance(found, MemoryBackend):
        machine.machine_object.memory_backend = found


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _map_ram(machine: ShadowMachine, rows: list[RamRow]) -> None:
    """Map what the guest has of RAM; plugged devices have mapped theirs."""
    backends = {item.name: item for item in machine.backends}
    for row in rows:
        backend = backends.get(_last(row.name))
        if backend is None or backend.user != "machine":
            continue
        machine.address_space.map(
            AddressRange(
                row.start,
                row.end - row.start,
                backend.name,
                backend.mapping,
                row.offset,
                row.kind,
            )
        )


def _add_tree(machine: ShadowMachine, answers: Answers) -> None:
    """Add what is in QEMU's object tree, but for the devices that are plugged as such."""
    by_path: dict[str, Object | None] = {"/machine": machine.machine_object}
    plugged = {machine.peripheral, machine.peripheral_anon}
    for node in answers.tree:
        parent_path, _slash, name = node.path.rpartition("/")
        parent = by_path.get(parent_path)
        if parent is None or node.kind == "irq":
            continue
        present = parent.children.get(name)
        if present is None and parent in plugged:
            if node.kind not in (*MEMORY_DEVICES, ROOT_PORT):
                parent.add(name, ShadowDevice(node.kind))
        elif present is None and not parent.property(name):
            parent.add(name, ShadowObject(node.kind))
        by_path[node.path] = parent.children.get(name)
    anonymous = [
        int(_last(node.path)[len("device[") : -1])
        for node in answers.tree
        if node.path.startswith("/machine/peripheral-anon/device[") and node.path.count("/") == 3
    ]
    machine.anonymous_devices = max(anonymous, default=-1) + 1


def _fill_slots(machine: ShadowMachine, answers: Answers) -> None:
    """Set what the guest said last about each memory slot."""
    for row in _dimm_slots(answers):
        number = int(row["slot"])
        if number < len(machine.ports.memory.slots):
            slot = machine.ports.memory.slots[number]
            slot.ost_event, slot.ost_status = int(row["source"]), int(row["status"])
            state = slot.ost_event, slot.ost_status
            slot.removal_requested = "device" in row and state == UNPLUG_REQUESTED
