"""Suggest other options at the start, where the machine as it was started has no place.

The errors are those of docs/qemu-behaviour/devices.md §4, §5, §6.
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.assist.suggestions.context import Suggestion, SuggestionContext, suggestions
from hmp.errors import HmpError
from hmp.machine.backends.base import MemoryBackend
from hmp.machine.boards.ram import layout_for
from hmp.machine.devices.base import NotHotpluggableError
from hmp.machine.devices.dimm import Dimm, NvdimmDisabledError
from hmp.machine.devices.memory_device import NotPreparedError
from hmp.machine.machine import Machine
from hmp.machine.memory.capacity import used_bytes
from hmp.machine.memory.config import MemoryConfig
from hmp.machine.memory.layout import MAX_SLOTS
from hmp.units import GIB, format_size, round_up

# A machine that is started anew gets so many slots at least.
USUAL_SLOTS = 4


def named_backend(ctx: SuggestionContext) -> MemoryBackend | None:
    """Return the backend that the failed line plugs, None where there is none."""
    found = ctx.machine.objects.children.get(ctx.line.value_of("memdev") or "")
    return found if isinstance(found, MemoryBackend) else None


def needed_bytes(ctx: SuggestionContext) -> int:
    """Return how much the failed line would plug, with what aligns it."""
    backend = named_backend(ctx)
    return round_up(backend.size, backend.alignment) if backend else GIB


def larger_machine(machine: Machine, size: int) -> str:
    """Return the -m with which a machine holds what is plugged now and `size` bytes more.

    It is empty where no machine can: on boards without hotplug, and beyond the last address.
    """
    ram = machine.memory_config.size
    slots = max(USUAL_SLOTS, machine.slot_count, len(machine.busy_slots) + 1)
    maxmem = round_up(ram + used_bytes(machine) + size, GIB)
    if slots > MAX_SLOTS or not machine.board.hotplug:
        return ""
    try:
        layout_for(machine, MemoryConfig(ram, slots, maxmem))
    except HmpError:
        return ""
    return f"-m {format_size(ram)},slots={slots},maxmem={format_size(maxmem)}"


@suggestions.register
def _not_prepared(error: NotPreparedError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    option = larger_machine(ctx.machine, needed_bytes(ctx))
    if option:
        yield Suggestion(f"the machine has no maxmem: start with {option}")


@suggestions.register
def _nvdimm(error: NvdimmDisabledError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    family = "q35" if ctx.machine.board.root_bus_kind == "PCIE" else "pc"
    start = f"start with -M {family},nvdimm=on"
    line = ctx.with_type("virtio-pmem-pci")
    if ctx.accepts(line):
        yield Suggestion(f"{start}; virtio-pmem-pci works without", mended=line)
    yield Suggestion(start)


@suggestions.register
def _no_hotplug(error: NotHotpluggableError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    if error.type_name in (Dimm.type_name, "nvdimm"):
        yield Suggestion(
            f"the board {ctx.machine.board.name} has no memory hotplug: start with -M pc or -M q35"
        )
