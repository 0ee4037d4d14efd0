"""What a shadow predicts of a plug is what QEMU does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hmp.connect.connection import Connection
from hmp.connect.inbox import Inbox
from hmp.connect.monitor import RemoteExecution, RemoteMonitor
from hmp.connect.qmp_link import QmpLink
from hmp.connect.safety import Permissions
from hmp.connect.target import parse_target
from hmp.monitor import error_text
from tests.connect.reference import needs_reference, reference

RAM = "-object memory-backend-ram"
MACHINES = (
    "-m 1G,slots=6,maxmem=12G",
    "-M q35,nvdimm=on -m 2G,slots=4,maxmem=16G -device pcie-root-port,id=r1,chassis=1 "
    "-device pcie-root-port,id=r2,chassis=2,hotplug=off",
    f"-m 2G,slots=5,maxmem=8G {RAM},id=n0,size=1G {RAM},id=n1,size=1G "
    "-numa node,memdev=n0 -numa node,memdev=n1",
)
PLUGS = 40
SIZES = ("64M", "128M", "256M", "512M", "1G", "2G", "100M", "3M")


def random_lines(chance: random.Random) -> Iterator[str]:
    """Yield lines that make backends, plug them, rightly or not, and delete them."""
    for number in range(PLUGS):
        if number % 2 == 0:
            yield (
                f"object_add memory-backend-ram,id=m{number},size={chance.choice(SIZES)}"
                f"{chance.choice(('', '', ',share=on'))}"
            )
        yield random_plug(chance, number)
        if chance.random() < 0.1:
            yield f"object_del m{chance.randrange(number + 1)}"


def random_plug(chance: random.Random, number: int) -> str:
    kind = chance.choice(("pc-dimm",) * 4 + ("virtio-mem-pci",) * 3 + ("nvdimm", "virtio-pmem-pci"))
    memdev = f"m{(number if chance.random() < 0.8 else chance.randrange(number + 1)) // 2 * 2}"
    parts = [f"device_add {kind}", f"memdev={memdev}"]
    if chance.random() < 0.9:
        parts.append(f"id=d{chance.randrange(PLUGS)}")
    extras = {
        "pc-dimm": ("slot=1", "slot=7", "node=1", "addr=0x140000000", "addr=0x148000000", "slot=x"),
        "nvdimm": ("label-size=128K", "label-size=1K", "slot=0", "unarmed=on"),
        "virtio-mem-pci": (
            *("requested-size=64M", "requested-size=1M", "block-size=4M", "block-size=3M"),
            *("memaddr=0x150000000", "addr=5", "node=1", "bus=r1", "bus=r2", "prealloc=on"),
        ),
        "virtio-pmem-pci": ("memaddr=0x160000000", "addr=0x6", "bus=r1", "foo=1"),
    }[kind]
    parts += chance.sample(extras, chance.choice((0, 0, 1, 1, 2)))
    return ",".join(parts)


@contextmanager
def remote(path: Path) -> Iterator[RemoteMonitor]:
    inbox = Inbox()
    link = QmpLink(parse_target(f"unix:{path}"), inbox.put)
    try:
        yield RemoteMonitor(Connection(link, inbox), Permissions(write=True))
    finally:
        link.close()


@needs_reference
@pytest.mark.parametrize("arguments", MACHINES, ids=range(len(MACHINES)))
def test_random_plugs(arguments: str, tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    with reference(path, "-S", *arguments.split()), remote(path) as monitor:
        for line in random_lines(random.Random(arguments)):
            execution = monitor.run_line(line)
            text = "".join(execution)
            if not line.startswith("device_add"):
                continue
            assert isinstance(execution, RemoteExecution)
            expected = execution.expected
            assert text == (error_text(expected, execution.parsed) if expected else ""), line
            attempt = monitor.machine.last_plug
            if attempt and not expected:
                (device,) = (
                    item for item in monitor.machine.memory_devices if item.addr == attempt.addr
                )
                assert device.owner.identifier == attempt.identifier, line
                assert attempt.slot in (None, getattr(device, "slot", None)), line
