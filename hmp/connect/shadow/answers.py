"""What a running QEMU is asked for its state, and its answers.

One round trip fetches the state of the machine, a second one what single devices and backends have.
Which QEMU tells what is measured in docs/connect.md.
"""

from __future__ import annotations

from typing import Any

from hmp.connect.links.link import Answer, Link, RefusedError, Request, ask, monitor_line
from hmp.connect.shadow.tables import (
    RamRow,
    TreeNode,
    host_address,
    ram_blocks,
    ram_rows,
    tree_nodes,
)

VIRTIO_MEMORY = ("virtio-mem-pci", "virtio-pmem-pci")
MEMORY_DEVICES = ("pc-dimm", "nvdimm", *VIRTIO_MEMORY)
MEM_PROPERTIES = ("unplugged-inaccessible", "dynamic-memslots")
ROOT_PORT = "pcie-root-port"


def _property(path: str, name: str) -> Request:
    return Request("qom-get", {"path": path, "property": name})


STATE = {
    "status": Request("query-status"),
    "name": Request("query-name"),
    "devices": Request("query-memory-devices"),
    "backends": Request("query-memdev"),
    "ospm": Request("query-acpi-ospm-status"),
    "pci": Request("query-pci"),
    "cpus": Request("query-cpus-fast"),
    "type": _property("/machine", "type"),
    "memory": _property("/machine", "memory"),
    "main backend": _property("/machine", "memory-backend"),
    "nvdimm": _property("/machine", "nvdimm"),
    "acpi": _property("/machine", "acpi"),
    "region base": _property("/machine/device-memory[0]", "addr"),
    "region size": _property("/machine/device-memory[0]", "size"),
    "tree": monitor_line("info qom-tree"),
    "objects": monitor_line("info qom-tree /objects"),
    "numa": monitor_line("info numa"),
    "flat view": monitor_line("info mtree -f"),
    "blocks": monitor_line("info ramblock"),
}


class Answers:
    """The answers of one QEMU at one time, by name; what it does not have is None.

    `details` are those of the second round, by path and property.
    """

    def __init__(self, version: str, state: dict[str, Any], details: dict[str, Any]) -> None:
        self.version, self.state, self.details = version, state, details
        self.ram = ram_rows(self.text("flat view"))
        self.blocks = ram_blocks(self.text("blocks"))
        self.tree = tree_nodes(self.text("tree"))
        self.objects = tree_nodes(self.text("objects"))

    def __getitem__(self, name: str) -> Any:
        return self.state.get(name)

    def text(self, name: str) -> str:
        """Return the reply of a command of the human monitor, empty where there is none."""
        return self.state.get(name) or ""

    def detail(self, path: str, name: str) -> Any:
        """Return a property of a device or backend, None where it has none."""
        return self.details.get(_property(path, name).text)

    def children(self, path: str) -> list[str]:
        """Return the paths of the devices on a bus."""
        return [
            str(self.detail(path, item["name"]) or "")
            for item in self.details.get(f"qom-list {path}") or ()
            if item["name"].startswith("child[")
        ]


def fetch(link: Link) -> Answers:
    """Ask for the state of the machine; raise LinkError when QEMU does not answer."""
    found = ask(link, tuple(STATE.values()))
    state = dict(zip(STATE, map(_known, found), strict=True))
    answers = Answers(link.version, state, {})
    first_rows = {row.name: row for row in reversed(answers.ram)}
    wanted = [*_detail_requests(answers.tree), *_file_requests(answers.objects)]
    if not any(block.address for block in answers.blocks.values()):
        wanted += map(_address_request, first_rows.values())
    if wanted:
        answers.details.update(_by_text(wanted, ask(link, wanted)))
        for row in first_rows.values():
            _take_address(answers, row)
        children = [
            _property(path, item["name"])
            for path in _port_buses(answers.tree)
            for item in answers.details.get(f"qom-list {path}") or ()
            if item["name"].startswith("child[")
        ]
        if children:
            answers.details.update(_by_text(children, ask(link, children)))
    return answers


def _address_request(row: RamRow) -> Request:
    return monitor_line(f"gpa2hva 0x{row.start:x}")


def _take_address(answers: Answers, row: RamRow) -> None:
    """Fill in the address of a RAM block where `info ramblock` does not tell it."""
    found = answers.details.get(_address_request(row).text)
    block = answers.blocks.get(row.name.rpartition("/")[2])
    if found and block:
        answers.blocks[row.name.rpartition("/")[2]] = block._replace(
            address=host_address(found, row)
        )


def _by_text(requests: list[Request], found: list[Answer]) -> dict[str, Any]:
    return {request.text: _known(answer) for request, answer in zip(requests, found, strict=True)}


def _known(answer: Answer) -> Any:
    if isinstance(answer, RefusedError):
        return None
    return answer.replace("\r\n", "\n") if isinstance(answer, str) else answer


def _detail_requests(tree: list[TreeNode]) -> list[Request]:
    requests = []
    for node in tree:
        if node.kind in VIRTIO_MEMORY:
            own = MEM_PROPERTIES if node.kind == "virtio-mem-pci" else ()
            names = ("addr", "parent_bus", "memdev", *own)
            requests += [_property(node.path, name) for name in names]
        elif node.kind in MEMORY_DEVICES and node.is_anonymous:
            requests.append(_property(node.path, "memdev"))
        elif node.kind == ROOT_PORT:
            names = ("hotplug", "chassis", "slot", "addr", "parent_bus")
            requests += [_property(node.path, name) for name in names]
    requests += [Request("qom-list", {"path": path}) for path in _port_buses(tree)]
    return requests


def _port_buses(tree: list[TreeNode]) -> list[str]:
    """Return the paths of the buses below root ports."""
    ports = {node.path for node in tree if node.kind == ROOT_PORT}
    return [
        node.path for node in tree if node.kind == "PCIE" and node.path.rpartition("/")[0] in ports
    ]


def _file_requests(objects: list[TreeNode]) -> list[Request]:
    files = (node.path for node in objects if node.kind == "memory-backend-file")
    return [_property(path, name) for path in files for name in ("mem-path", "readonly")]
