"""Diagnostics: what is wrong with a line, and where; the monitor reports the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from hmp.assist.diagnostics import diagnose
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.encoding import to_unicode
from hmp.errors import HostError
from hmp.grammar.errors import OptionIdError
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from tests.support import backend_mappings, descriptors, run_lines, start_monitor

RAM = "object_add memory-backend-ram,"


def test_diagnostics(monitor: Monitor) -> None:
    run_lines(monitor, RAM + "id=m1,size=1G")

    def wrong(line: str, cursor: int | None = None) -> list[tuple[str, str]]:
        found = diagnose(monitor.machine, CONSOLE_COMMANDS, parse_console_line(line).parsed, cursor)
        return [(line[each.start : each.end], each.error.message) for each in found]

    assert wrong("nothing here") == [("nothing", "unknown command: 'nothing'")]
    assert wrong("nothing", 7) == []
    assert wrong("info nothing") == [("nothing", "unknown command: 'info nothing'")]
    assert wrong("object_add memory-backend-ran,id=x") == [
        (
            "memory-backend-ran",
            "Parameter 'qom-type' does not accept value 'memory-backend-ran'",
        )
    ]
    assert wrong(RAM + "id=2,size=x,what=1,share=on") == [
        ("x", "Parameter 'size' expects size"),
        ("2", "Parameter 'id' expects an identifier"),
        ("what", "Parameter 'what' is unexpected"),
    ]
    assert wrong(RAM + "id=m2,size=1M,what=1,share=on") == [
        ("what", "Parameter 'what' is unexpected")
    ]
    assert wrong("device_add pc-dimm,memdev=m2") == [("m2", "Device 'm2' not found")]
    assert wrong("device_add pc-dimm,memdev=m1,slot=1") == []
    assert wrong("device_add pc-dimm,memdev=m1,slot=9") == [
        ("9", "invalid slot number 9, valid range is [0-3]")
    ]
    assert wrong('pmemsave 0 1 "abc') == [('"abc', "unterminated string")]
    assert wrong("object_del m2") == [("m2", "object 'm2' not found")]
    assert wrong("qom-get /nowhere x") == [("/nowhere", "Device '/nowhere' not found")]
    assert wrong("qom-get m1 x") == [("x", "Property 'memory-backend-ram.x' not found")]
    assert wrong("object_add memory-backend-ram,help") == []


def wrong(machine: Machine, line: str) -> list[tuple[str, str]]:
    """What the console marks of a line and says of it."""
    parsed = parse_console_line(line)
    return [
        (
            line[parsed.character_offset(each.start) : parsed.character_offset(each.end)],
            to_unicode(each.error.message),
        )
        for each in diagnose(machine, CONSOLE_COMMANDS, parsed.parsed)
    ]


TWELVE = {
    RAM + "id=m1,size=1G,prealloc": ("prealloc", "Expected '=' after parameter 'prealloc'"),
    "object_add memory-backend-ram id=m5": (
        "memory-backend-ram id",
        "Invalid parameter 'memory-backend-ram id'",
    ),
    RAM + "id=m1,size=1M,host-nodes.x=0": (
        "host-nodes.x",
        "Invalid parameter type for 'host-nodes', expected: array",
    ),
    "xp/4xz 0": ("z", "invalid char in format: 'z'"),
    "p 1+": ("", "unexpected end of expression"),
    "info mtree -f -q": ("-q", "mtree: unsupported option -q"),
    "qom-get /machine": ("", "qom-get: string expected"),
    'device_add "pc-dimm,id=d1,memdev=nope"': ("nope", "Device 'nope' not found"),
    "device_del d1 d2": ("d2", "device_del: extraneous characters at the end of line"),
    RAM + "id=m1,,size=1M": ("", "Parameter 'size' is missing"),
    "device_add pc-dimm,id=": ("", "Parameter 'id' expects an identifier"),
    "info memdev x": ("x", "memdev: extraneous characters at the end of line"),
}


@pytest.mark.parametrize("line", TWELVE)
def test_monitor_and_console_agree_on_faulty_lines(line: str, monitor: Monitor) -> None:
    render_inline = wrong(monitor.machine, line)[0]
    reply = monitor.execute(line)
    assert reply.error and render_inline == TWELVE[line]
    assert reply.error.message == render_inline[1]
    assert render_inline[1] in reply.text or isinstance(reply.error, OptionIdError)


BASES = (
    RAM + "id=m2,size=64M,share=on",
    RAM + "id=m3,size=1M,policy=default,host-nodes.0=0",
    "object_del m1",
    "device_add pc-dimm,id=d2,memdev=m1,slot=1",
    "device_add virtio-mem-pci,id=v1,memdev=m1,requested-size=2M",
    "device_add pc-dimm,id=d1,memdev=m0",
    "device_del d1",
    "qom-get /objects/m1 size",
    "qom-set m1 merge off",
    "qom-set -j m1 dump true",
    "qom-list /machine/peripheral",
    "info qom-tree /objects",
    "info mtree -f -o",
    "p/x 1+2*(3-4)",
    "xp/4xb 0x1000",
    "x /2gx 0",
    "sum 0 16",
    "gpa2hva 0x1000",
    "info memory-devices",
    "help stop",
)


LETTERS = "abdemx0129/-=,.\"\\ '(){}%"


def broken_lines(chance: random.Random) -> Iterator[str]:
    """Return mistyped lines, without end."""
    while True:
        letters = list(chance.choice(BASES))
        for _ in range(chance.choice((1, 1, 2, 3))):
            at = chance.randrange(len(letters))
            letters[at : at + chance.randrange(2)] = chance.choice(("", chance.choice(LETTERS)))
        yield "".join(letters)


@pytest.mark.parametrize("seed", range(4))
def test_monitor_and_console_agree_on_random_lines(seed: int) -> None:
    """The first thing that the console marks is what the monitor answers, and what it finds nothing
    in is done.
    """
    failed = 0
    lines = broken_lines(random.Random(seed))
    while failed < 100:
        with start_monitor() as monitor:
            run_lines(
                monitor,
                RAM + "id=m0,size=128M",
                RAM + "id=m1,size=128M",
                "device_add pc-dimm,id=d0,memdev=m0",
            )
            line = next(lines)
            render_inline = wrong(monitor.machine, line)
            reply = monitor.execute(line)
            if isinstance(reply.error, HostError):
                continue  # The console does not ask the host.
            assert (render_inline[0][1] if render_inline else None) == (
                reply.error.message if reply.error else None
            ), line
            failed += reply.failed


CHECKED_LINES = (
    RAM + "id=m3,size=128M,prealloc=on",
    "object_add memory-backend-file,id=m3,size=4M,mem-path={tmp}/new",
    "object_add memory-backend-memfd,id=m3,size=4M,hugetlb=on",
    'object_add {{"qom-type":"memory-backend-ram","id":"m3","size":4194304}}',
    "device_add pc-dimm,id=d2,memdev=m2",
    "device_add pc-dimm,id=d2,memdev=m2,addr=0x140000001",
    "device_add pc-dimm,id=d1,memdev=m2",
    "device_add pc-dimm,id=d2,memdev=m1",
    "device_add virtio-mem-pci,id=v,memdev=m2,requested-size=64M",
    "device_add virtio-pmem-pci,id=p,memdev=m2,addr=4.1",
    "device_add pcie-root-port,id=rp",
    "device_del d1",
    "object_del m2",
    "qom-set /machine/peripheral/d1 slot 3",
    "pmemsave 0 4096 {tmp}/saved",
    "quit",
)


@pytest.mark.parametrize("line", CHECKED_LINES)
def test_diagnostics_change_nothing(line: str, monitor: Monitor, tmp_path: Path) -> None:
    machine = monitor.machine
    run_lines(
        monitor,
        RAM + "id=m1,size=128M",
        RAM + "id=m2,size=128M",
        "device_add pc-dimm,id=d1,memdev=m1",
    )

    def state() -> tuple[object, ...]:
        lists = ("qom-tree", "memdev", "memory-devices", "mtree -o", "qtree", "ramblock", "numa")
        return (
            [monitor.execute(f"info {name}").text for name in lists],
            machine.last_plug,
            machine.events.listeners.copy(),
            machine.busy_slots.copy(),
            backend_mappings(),
            descriptors(),
            list(tmp_path.iterdir()),
        )

    before = state()
    events: list[object] = []
    machine.events.listeners.append(events.append)
    wrong(machine, line.format(tmp=tmp_path))
    machine.events.listeners.remove(events.append)
    assert (state(), events) == (before, [])


def test_a_line_without_options_needs_no_types(
    monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty line is looked at before the first prompt, which must not wait for the catalogue."""

    def fail(*_arguments: object) -> object:
        raise AssertionError

    monkeypatch.setattr("hmp.assist.diagnostics.settable_options", fail)
    for line in ("", "info status", "device_add"):
        parsed = parse_console_line(line).parsed
        diagnose(monitor.machine, CONSOLE_COMMANDS, parsed)
