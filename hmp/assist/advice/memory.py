"""Advice for memory that can't be had or can't go: files, huge pages, policies, deleting, unplugging.

What the host has is asked in `hmp.assist.host`.
"""

from __future__ import annotations

import os
import re

from hmp.assist.advice.situation import Advice, Rule, Situation, listed
from hmp.assist.host import hugetlbfs_mounts, memory_nodes, pools
from hmp.assist.offers import backends, is_leaving, user_of
from hmp.assist.sizes import rough_size, size_text
from hmp.grammar.numbers import read_size
from hmp.machine import mapping
from hmp.machine.layout import round_up

Match = re.Match[str]


def _mapped(situation: Situation, found: Match) -> Advice:
    machine = situation.machine
    backend = next((item for item in backends(machine) if item.name == found[1]), None)
    user = user_of(machine, backend) if backend else ""
    device = machine.peripheral.children.get(user)
    if device is None:
        return Advice(f"{user or 'the machine'} uses it as long as the machine lives")
    if is_leaving(machine, device):
        return Advice(f"{user} was asked to go, and the guest has not let it go yet" + _who_answers(situation))
    return Advice(f"{user} uses it: device_del {user} first")


def _who_answers(situation: Situation) -> str:
    machine = situation.machine
    if not machine.run_state.is_running:
        return ": `cont` lets the guest run"
    return ": `guest listen` lets it hear" if machine.guest.silent else "; `info guest` shows why"


def _pages(situation: Situation, found: Match) -> Advice:
    page = int(found[1]) << 20
    given = situation.line.value_of("size") or "0"
    try:
        size = round_up(read_size(given), page)
    except ValueError:
        return Advice("")
    return Advice(f"the pages have {size_text(page)}: the next size that fits is {size_text(size)}",
                  situation.with_setting("size", size_text(size)))


def _file(situation: Situation, found: Match) -> Advice:
    path = situation.line.value_of("mem-path") or ""
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return Advice(f"there is no directory {folder}; a directory alone means a temporary file in it")
    if os.path.exists(path) and not os.access(path, os.W_OK):
        return Advice("the file can't be written: readonly=on,rom=on maps it read-only")
    return Advice("")


def _no_memory(situation: Situation, found: Match) -> Advice:
    """The host gave no memory: huge pages run out at once, small ones by the host's own count."""
    mount = next((mount for mount in hugetlbfs_mounts()
                  if mount.path == (situation.line.value_of("mem-path") or "").rstrip("/")), None)
    if mount or situation.line.value_of("hugetlb") == "on":
        return Advice(_free_huge_pages(mount.page_size if mount else 0))
    return Advice(f"the host has {rough_size(mapping.available())} to give; reserve=off asks for none in advance")


def _free_huge_pages(page_size: int) -> str:
    found = [f"{pool.free} of {size_text(pool.page_size)} ({size_text(pool.free * pool.page_size)})"
             for pool in pools() if page_size in (0, pool.page_size)]
    return f"free huge pages: {listed(found)}; more: echo N > /proc/sys/vm/nr_hugepages"


def _policy(situation: Situation, found: Match) -> Advice:
    nodes = listed(map(str, memory_nodes()))
    return Advice(f"the host has node {nodes}: host-nodes=N together with policy=bind, preferred or interleave")


def _incompatible(situation: Situation, found: Match) -> Advice:
    return Advice("leave one of them out: preallocated memory is reserved memory")


def _nodes(situation: Situation, found: Match) -> Advice:
    return Advice(f"nodes of the host with memory: {listed(map(str, memory_nodes()))}")


def _fixed(situation: Situation, found: Match) -> Advice:
    return Advice("it is fixed once the backend has its memory: object_del it and make another")


def _realized(situation: Situation, found: Match) -> Advice:
    return Advice("it is fixed once the device is plugged: unplug it and plug it with other properties")


def _leaving(situation: Situation, found: Match) -> Advice:
    return Advice("the guest has not let it go yet" + _who_answers(situation))


def _give_back(situation: Situation, found: Match) -> Advice:
    name = situation.line.words[0].value if situation.line.words else "ID"
    return Advice(f"let the guest give it back first: qom-set {name} requested-size 0",
                  f"qom-set {name} requested-size 0")


def _unarmed(situation: Situation, found: Match) -> Advice:
    return Advice("the backend is read-only: add unarmed=on", situation.with_setting("unarmed", "on"))


def _label(situation: Situation, found: Match) -> Advice:
    return Advice("a label has at least 128K", situation.with_setting("label-size", "128K"))


def _prealloc(situation: Situation, found: Match) -> Advice:
    return Advice("make the backend without prealloc=on, and plug the device with it")


def _reset(situation: Situation, found: Match) -> Advice:
    return Advice("the guest powered off: system_reset, then cont", "system_reset")


def _address(situation: Situation, found: Match) -> Advice:
    ranges = [item for item in situation.machine.address_space.ranges if item.mapping]
    return Advice(f"there is memory at {listed(f'0x{item.start:x}-0x{item.end - 1:x}' for item in ranges)}")


RULES: tuple[Rule, ...] = (
    (r"Cannot delete host memory backend '(.*)' which is mapped", _mapped),
    (r"backend '.*' memory size must be multiple of (\d+) MiB", _pages),
    (r"can't open backing store .*", _file),
    (r"cannot set up guest memory .*", _no_memory),
    (r"unable to map backing store for guest RAM: .*", _no_memory),
    (r"qemu_prealloc_mem: preallocating memory failed: Cannot allocate memory", _no_memory),
    (r"qemu_prealloc_mem: preallocating memory failed: Bad address", _no_memory),
    (r"host-nodes must be .*", _policy),
    (r"cannot bind memory to host NUMA nodes: .*", _nodes),
    (r"'prealloc=on' and 'reserve=off' are incompatible", _incompatible),
    (r"cannot change property .*", _fixed),
    (r"Attempt to set (?:link )?property .* after it was realized", _realized),
    (r"Device .* is already in the process of unplug", _leaving),
    (r"virtio-mem device cannot get unplugged while (?:some of its memory|'requested-size').*", _give_back),
    (r"'unarmed' property must be 'on' since .*", _unarmed),
    (r"Property 'nvdimm.label-size' .* is required at least .*", _label),
    (r"'memdev' property specifies a memdev with preallocation enabled: .*", _prealloc),
    (r"Resetting the Virtual Machine is required", _reset),
    (r"Memory at address .* is not RAM", _address),
    (r"No memory is mapped at address .*", _address),
    (r"Cannot access memory", _address),
)
