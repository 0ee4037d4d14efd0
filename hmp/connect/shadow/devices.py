"""Put the devices of a running QEMU into a shadow machine, where they are in QEMU."""

from __future__ import annotations

from typing import Any

from hmp.connect.shadow.answers import MEM_PROPERTIES, ROOT_PORT, VIRTIO_MEMORY, Answers
from hmp.connect.shadow.machine import ShadowDevice, ShadowMachine
from hmp.connect.shadow.tables import TreeNode
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.devices.dimm import Dimm, Nvdimm
from hmp.machine.devices.memory_device import MemoryDevice
from hmp.machine.devices.pci.device import FUNCTIONS, PciBus, PciDevice
from hmp.machine.devices.pci.root_port import RootPort
from hmp.machine.devices.types import PLUGGABLE_TYPES
from hmp.machine.devices.virtio import VirtioPci
from hmp.machine.devices.virtio_mem import VirtioMem
from hmp.machine.qom.object import resolve

PCI_BUSES = ("PCI", "PCIE")
QMP_TYPES = {
    "dimm": "pc-dimm",
    "nvdimm": "nvdimm",
    "virtio-mem": "virtio-mem-pci",
    "virtio-pmem": "virtio-pmem-pci",
    "sp-mem": "sp-mem",
}
"""The types of devices by what query-memory-devices calls them."""


def add_buses(machine: ShadowMachine, answers: Answers) -> None:
    """Fill the root bus, and add root ports, bridges and what is below them."""
    if not machine.pci_buses:
        return
    root = machine.pci_buses[0]
    kinds = {node.path.rpartition("/")[2]: node.kind for node in answers.tree}
    for row in _root_devices(answers):
        devfn = row["slot"] * FUNCTIONS + row["function"]
        identifier = str(row.get("qdev_id") or "")
        if kinds.get(identifier) not in (*VIRTIO_MEMORY, ROOT_PORT):
            root.functions.setdefault(devfn, kinds.get(identifier, "device"))
    _add_bridges(machine, root, answers)
    waiting = [node for node in answers.tree if node.kind == ROOT_PORT]
    while waiting:
        # One port may be below another.
        placed = [node for node in waiting if _bus_of(machine, answers, node.path)]
        for node in placed:
            _add_port(machine, answers, node)
        waiting = [node for node in waiting if node not in placed] if placed else []


def _root_devices(answers: Answers) -> list[dict[str, Any]]:
    buses = answers["pci"] or ()
    return next((bus["devices"] for bus in buses if bus["bus"] == 0), [])


def _add_bridges(machine: ShadowMachine, root: PciBus, answers: Answers) -> None:
    """Add the buses of bridges that are no root ports."""
    for node in answers.tree:
        parent, _ambiguous = resolve(machine.root, node.path.rpartition("/")[0])
        if node.kind in PCI_BUSES and isinstance(parent, ShadowDevice):
            bus = PciBus(node.kind, single_slot=False, hotplug=True)
            name = node.path.rpartition("/")[2]
            parent.children.pop(name, None)
            parent.add(name, bus)
            parent.buses.append(bus)
            root.devices.insert(0, parent)
            machine.pci_buses.append(bus)


def _bus_of(machine: ShadowMachine, answers: Answers, path: str) -> PciBus | None:
    found, _ambiguous = resolve(machine.root, str(answers.detail(path, "parent_bus") or "/"))
    return found if isinstance(found, PciBus) else None


def _add_port(machine: ShadowMachine, answers: Answers, node: TreeNode) -> None:
    port = RootPort()
    _put_on_bus(machine, answers, node.path, port)
    port.hotplug = bool(answers.detail(node.path, "hotplug"))
    port.chassis = answers.detail(node.path, "chassis") or 0
    port.chassis_slot = answers.detail(node.path, "slot") or 0
    _add_to_tree(machine, node.path, port)
    port.plug(machine, hotplugged=False)
    below = port.buses[0]
    path = next((item.path for item in answers.tree if _is_bus_below(item, node.path)), "")
    assert isinstance(below, PciBus)
    below.name = path.rpartition("/")[2] or below.name
    kinds = {item.path: item.kind for item in answers.tree}
    for device in answers.children(path):
        if kinds.get(device) not in VIRTIO_MEMORY:
            below.functions[0] = kinds.get(device, "device")


def _is_bus_below(node: TreeNode, port: str) -> bool:
    return node.kind == "PCIE" and node.path.rpartition("/")[0] == port


def _put_on_bus(machine: ShadowMachine, answers: Answers, path: str, device: PciDevice) -> None:
    device.bus = _bus_of(machine, answers, path) or machine.pci_buses[0]
    device.devfn = _devfn(answers.detail(path, "addr"))


def _devfn(addr: object) -> int:
    """Return a devfn of QEMU's property addr, which older versions write as 04.0."""
    if isinstance(addr, int):
        return addr
    slot, _point, function = str(addr or "0").partition(".")
    return int(slot, 16) * FUNCTIONS + int(function or "0", 16)


def _add_to_tree(machine: ShadowMachine, path: str, device: PciDevice | MemoryDevice) -> None:
    is_named = not path.startswith(machine.peripheral_anon.path)
    parent = machine.peripheral if is_named else machine.peripheral_anon
    parent.add(path.rpartition("/")[2], device)


def add_memory_devices(machine: ShadowMachine, answers: Answers) -> None:
    """Plug every device that query-memory-devices lists."""
    for row in answers["devices"] or ():
        kind = QMP_TYPES.get(row["type"])
        data = row["data"]
        backend, _ambiguous = resolve(machine.root, data["memdev"])
        # Memory of other kinds, such as hv-balloon's, has nothing to show here.
        if kind and isinstance(backend, MemoryBackend):
            path = _path_of(answers, kind, data)
            if path:
                _plug(machine, answers, path, PLUGGABLE_TYPES[kind](), data, backend)


def _path_of(answers: Answers, kind: str, data: dict[str, Any]) -> str:
    if data.get("id"):
        return f"/machine/peripheral/{data['id']}"
    return next(
        (
            node.path
            for node in answers.tree
            if node.kind == kind
            and node.is_anonymous
            and answers.detail(node.path, "memdev") == data["memdev"]
        ),
        "",
    )


def _plug(
    machine: ShadowMachine,
    answers: Answers,
    path: str,
    device: MemoryDevice | VirtioPci,
    data: dict[str, Any],
    backend: MemoryBackend,
) -> None:
    memory = device.vdev if isinstance(device, VirtioPci) else device
    assert isinstance(memory, MemoryDevice)
    memory.memdev = backend
    memory.addr = data["addr"] if "addr" in data else data["memaddr"]
    if isinstance(memory, Dimm):
        memory.node, memory.slot = data["node"], data["slot"]
    if isinstance(memory, Nvdimm):
        memory.set_data_size(data["size"])
    if isinstance(memory, VirtioMem):
        memory.node, memory.size = data["node"], data["size"]
        memory.block_size, memory.requested_size = data["block-size"], data["requested-size"]
        for name in MEM_PROPERTIES:
            value = answers.detail(path, name)
            if value is not None:
                setattr(memory, memory.by_name[name].attribute, value)
    if isinstance(device, VirtioPci):
        _put_on_bus(machine, answers, path, device)
    hotplugged = bool(data.get("hotplugged", True))
    device.belong_to(machine)
    _add_to_tree(machine, path, device)
    device.realized, device.hotplugged = True, hotplugged
    device.plug(machine, hotplugged)
    machine.last_plug = None
