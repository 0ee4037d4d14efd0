"""A shadow shows what the machine itself shows."""

from __future__ import annotations

import re

import pytest

from hmp.assist.completion.completions import completions
from hmp.assist.diagnostics import diagnose
from hmp.assist.mappings import mapping_lines
from hmp.assist.placement_report import explain
from hmp.assist.status import status_line
from hmp.assist.suggestions import SuggestionContext, suggest
from hmp.connect.monitor import RemoteMonitor
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.guest.memory import NOT_ADDED
from hmp.machine.machine import Machine
from hmp.memory_map.regions import memory_map
from hmp.memory_map.text import draw_text
from hmp.monitor import Monitor
from tests.connect.links import connected

RAM = "-object memory-backend-ram"
MACHINES = {
    "pc": "-m 1G,slots=4,maxmem=8G",
    "without slots": "-m 512M",
    "large": "-m 6G,slots=8,maxmem=32G",
    "q35": "-M q35 -m 3G,slots=2,maxmem=8G",
    "dimms": f"-m 1G,slots=4,maxmem=8G {RAM},id=a,size=512M -device pc-dimm,id=d,memdev=a,slot=2 "
    f"{RAM},id=b,size=1G -device pc-dimm,memdev=b {RAM},id=free,size=256M",
    "virtio": f"-m 1G,slots=4,maxmem=16G {RAM},id=a,size=2G {RAM},id=b,size=1G "
    "-device virtio-mem-pci,id=v,memdev=a,requested-size=512M -device virtio-mem-pci,memdev=b",
    "nvdimm": f"-M pc,nvdimm=on -m 1G,slots=4,maxmem=8G {RAM},id=a,size=256M "
    "-device nvdimm,id=n,memdev=a,label-size=128K",
    "ports": f"-M q35 -m 1G,slots=4,maxmem=8G {RAM},id=a,size=1G "
    "-device pcie-root-port,id=r1,chassis=1 -device pcie-root-port,id=r2,chassis=2,slot=2 "
    "-device virtio-mem-pci,id=v,memdev=a,bus=r1",
    "nodes": f"-m 2G,slots=4,maxmem=8G {RAM},id=n0,size=1G {RAM},id=n1,size=1G "
    "-numa node,memdev=n0 -numa node,memdev=n1",
}
LINES = (
    "object_add memory-backend-ram,id=a,size=1G",
    "object_del a",
    "object_del nope",
    "device_add pc-dimm,id=x,memdev=a",
    "device_add pc-dimm,id=x,memdev=free",
    "device_add pc-dimm,id=d,memdev=free",
    "device_add pc-dimm,id=x,memdev=free,slot=2",
    "device_add pc-dimm,id=x,memdev=free,node=1",
    "device_add pc-dimm,id=x,memdev=free,addr=0x1000",
    "device_add nvdimm,id=x,memdev=free",
    "device_add virtio-mem-pci,id=x,memdev=free,requested-size=1M",
    "device_add virtio-mem-pci,id=x,memdev=free,addr=1",
    "device_add virtio-mem-pci,id=x,memdev=free,bus=r2",
    "device_add virtio-mem-pci,id=x,memdev=free,bus=r1",
    "device_del d",
    "device_del v",
    "device_del n",
    "device_del nope",
)


def without_rss(text: str) -> str:
    # Memory of this very process, in which the tests go on.
    return re.sub(r" · host RSS .*", "", text)


@pytest.mark.parametrize("arguments", MACHINES.values(), ids=MACHINES)
def test_same_pictures(arguments: str) -> None:
    with connected(arguments) as (machine, monitor):
        shadow = monitor.machine
        assert draw_text(memory_map(shadow), 100) == draw_text(memory_map(machine), 100)
        assert mapping_lines(shadow) == mapping_lines(machine)
        assert without_rss(status_line(shadow)) == without_rss(status_line(machine))
        assert "host RSS" in status_line(shadow)
        assert shadow.device_region.usable == machine.device_region.usable
        assert shadow.memory_config.size == machine.memory_config.size
        assert shadow.used_ranges() == machine.used_ranges()


def shown(machine: Machine, line: str) -> list[object]:
    """Return completions and diagnostics of a line, all that a person sees before Enter."""
    parsed = parse_console_line(line).parsed
    found: list[object] = [
        (item.start, item.end, item.error.message)
        for item in diagnose(machine, CONSOLE_COMMANDS, parsed)
    ]
    for end in (len(line), line.find(",") + 1, line.rfind("=") + 1):
        part = parse_console_line(line[:end]).parsed
        found += sorted(completions(machine, CONSOLE_COMMANDS, part, end))
    return found


@pytest.mark.parametrize("arguments", MACHINES.values(), ids=MACHINES)
def test_same_help_around_a_line(arguments: str) -> None:
    with connected(f"{arguments} {RAM},id=free2,size=64M") as (machine, monitor):
        for line in (*LINES, "device_add pc-dimm,id=y,memdev=", "qom-get /objects/", "device_del "):
            assert shown(monitor.machine, line) == shown(machine, line), line


def advice(error: object, machine: Machine, line: str) -> object:
    context = SuggestionContext(machine, CONSOLE_COMMANDS, parse_console_line(line).parsed)
    found = suggest(error, context)  # type: ignore[arg-type]
    # QEMU lists objects by name, this program in the order in which they came.
    return sorted(re.split("[, ]+", found.text)), found.line


def run(monitor: RemoteMonitor, line: str) -> tuple[str, object]:
    execution = monitor.run_line(line)
    return "".join(execution), execution.error


@pytest.mark.parametrize("arguments", MACHINES.values(), ids=MACHINES)
def test_same_replies_errors_and_suggestions(arguments: str) -> None:
    """What one machine is told itself another one is told through the connection."""
    with connected(arguments) as (_machine, remote), connected(arguments) as (machine, _other):
        own = Monitor(machine)
        for line in (f"{RAM[1:].replace('object ', 'object_add ')},id=free,size=256M", *LINES):
            reply = own.execute(line)
            own.machine.run_guest()
            text, error = run(remote, line)
            assert text == reply.text, line
            assert type(error) is type(reply.error), line
            if error:
                assert advice(error, remote.machine, line) == advice(reply.error, machine, line)
            if line.startswith("device_add"):
                # What the guest of another program does is not known.
                own_lines = [text for text in explain(machine) if NOT_ADDED not in text]
                assert explain(remote.machine) == own_lines, line


def test_nothing_is_mapped_for_a_shadow() -> None:
    with connected() as (machine, monitor):
        before = len(machine.backends)
        run(monitor, "object_add memory-backend-ram,id=a,size=1G")
        assert len(machine.backends) == len(monitor.machine.backends) == before + 1
        addresses = {item.mapping.address for item in machine.backends if item.mapping}
        shown = {item.mapping.address for item in monitor.machine.backends if item.mapping}
        assert shown == addresses
