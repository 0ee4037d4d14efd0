"""What is done with every domain, step by step, and what each step must leave behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.lib.libvirt_domains.daemon import Daemon
from scripts.lib.libvirt_domains.kinds import BALLOON, Kind

SECONDS_TO_SETTLE = 10
MEMORY_QUERY = '{"execute": "query-memory-devices"}'


class Result(NamedTuple):
    """The name of a step, and why it failed or nothing."""

    name: str
    error: str


class Step(NamedTuple):
    """A command of virsh, and what `look` must print afterwards, sooner or later; one that is to
    fail with `refused` in its error.
    """

    name: str
    words: tuple[str, ...]
    look: tuple[str, ...] = ()
    wanted: str = ""
    refused: str = ""


def run(daemon: Daemon, kind: Kind, emulator: Path) -> list[Result]:
    """Run all steps of a domain; a step that fails does not stop the others."""
    xml = daemon.folder / f"{kind.name}.xml"
    xml.write_text(kind.xml(str(daemon.folder), str(emulator)), encoding="utf-8")
    results = [_take(daemon, step) for step in _steps(kind, xml, daemon.folder)]
    daemon.virsh("destroy", kind.name)
    daemon.virsh("undefine", kind.name)
    return results


def _take(daemon: Daemon, step: Step) -> Result:
    done = daemon.virsh(*step.words)
    if step.refused:
        failed = done.returncode and step.refused in done.stderr
        return Result(step.name, "" if failed else f"not refused: {done.stderr}")
    if done.returncode:
        return Result(step.name, " ".join(done.stderr.split()) or f"exit {done.returncode}")
    deadline = time.monotonic() + SECONDS_TO_SETTLE
    while step.look:
        # Columns are as wide as what is in them.
        seen = " ".join(daemon.virsh(*step.look).stdout.split())
        if step.wanted in seen:
            break
        if time.monotonic() > deadline:
            return Result(step.name, f"{step.wanted!r} is not in {seen[:200]!r}")
        time.sleep(0.2)
    return Result(step.name, "")


def _steps(kind: Kind, xml: Path, folder: Path) -> Iterator[Step]:
    name = kind.name
    state = ("domstate", name)
    yield Step("define", ("define", str(xml)), ("list", "--all", "--name"), name)
    if kind.refused:
        yield Step("start", ("start", name), refused=kind.refused)
        yield Step("undefine", ("undefine", name))
        return
    yield Step("start", ("start", name), state, "running")
    yield Step("dominfo", ("dominfo", name))
    for command in ("dommemstat", "domblklist", "domiflist", "vcpuinfo", "domstats", "dumpxml"):
        yield Step(command, (command, name))
    yield Step("vcpupin", ("vcpupin", name, "1", "0", "--live"), ("vcpupin", name), "1 0")
    yield from _changes(kind, folder)
    for label, device in kind.plugged:
        yield from _plug(kind, label, device, _file(folder, kind, label, device))
    if BALLOON in kind.devices:
        yield Step("setmem", ("setmem", name, f"{kind.memory // 2}M", "--live"))
        yield Step("setmem back", ("setmem", name, f"{kind.memory}M", "--live"))
        yield Step("dommemstat --period", ("dommemstat", name, "--period", "2"))
    if kind.maximal_cpus:
        count = ("vcpucount", name, "--live", "--active")
        yield Step("setvcpus", ("setvcpus", name, str(kind.maximal_cpus), "--live"), count, "4")
        yield Step("setvcpus less", ("setvcpus", name, "2", "--live"), count, "2")
    query = ("qemu-monitor-command", name, MEMORY_QUERY)
    yield Step("qemu-monitor-command", query, query, '"return"')
    human = ("qemu-monitor-command", name, "--hmp", "info memory_size_summary")
    yield Step("qemu-monitor-command --hmp", human, human, "base memory")
    yield Step("suspend", ("suspend", name), state, "paused")
    yield Step("resume", ("resume", name), state, "running")
    yield Step("reset", ("reset", name), state, "running")
    yield Step("destroy", ("destroy", name), state, "shut off")
    yield Step("start again", ("start", name), state, "running")
    yield Step("shutdown", ("shutdown", name))
    # That of a domain with firmware of its own has to be removed, too.
    yield Step("undefine", ("undefine", name, *("--nvram",) * bool(kind.firmware)))


def _changes(kind: Kind, folder: Path) -> Iterator[Step]:
    """Yield the steps that change what is there: media, a disk's size and limits, a cable."""
    name = kind.name
    for target in _targets(kind, 'device="cdrom"'):
        media = ("domblklist", name)
        change = ("change-media", name, target)
        image = str(folder / "second.iso")
        yield Step("change-media", (*change, image, "--update", "--live"), media, image)
        yield Step("change-media --eject", (*change, "--eject", "--live"), media, f"{target} -")
        yield Step("change-media --insert", (*change, image, "--insert", "--live"), media, image)
    for target in _targets(kind, 'device="disk"')[:1]:
        info = ("domblkinfo", name, target)
        yield Step("blockresize", ("blockresize", name, target, "96M"), info, str(96 << 20))
        limits = ("blkdeviotune", name, target)
        yield Step("blkdeviotune", (*limits, "500", "0", "0", "--live"), limits, ": 500")
        yield Step("domblkstat", ("domblkstat", name, target))
    if any("<interface" in device for device in kind.devices):
        mac = next(device for device in kind.devices if "<interface" in device).split('"')[3]
        link = ("domif-getlink", name, mac)
        for state in ("down", "up"):
            yield Step(f"domif-setlink {state}", ("domif-setlink", name, mac, state), link, state)


def _targets(kind: Kind, device: str) -> list[str]:
    """Return the names of the kind's disks or CD drives."""
    return [
        found.partition('target dev="')[2].partition('"')[0]
        for found in kind.devices
        if device in found
    ]


def _plug(kind: Kind, label: str, device: str, file: str) -> Iterator[Step]:
    words = (kind.name, file, "--live")
    yield Step(f"attach {label}", ("attach-device", *words))
    if label == "virtio-mem":
        alias = device.partition('alias name="')[2].partition('"')[0]
        request = ("update-memory-device", kind.name, "--alias", alias, "--requested-size", "0")
        yield Step("update-memory-device", (*request, "--live"))
        yield Step(f"detach {label}", ("detach-device-alias", kind.name, alias, "--live"))
        return
    # QEMU can't unplug an NVDIMM.
    refused = "hot unplug is not supported" if label == "nvdimm" else ""
    yield Step(f"detach {label}", ("detach-device", *words), refused=refused)


def _file(folder: Path, kind: Kind, label: str, device: str) -> str:
    path = folder / f"{kind.name}-{label}.xml"
    path.write_text(device.replace("{folder}", str(folder)), encoding="utf-8")
    return str(path)
