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


def larger_machine(ctx: SuggestionContext) -> str:
    """Return the -m with which a machine holds what is plugged now and what the failed line plugs,
    and no less than it is started with.

    It is empty where no machine can: on boards without hotplug, and beyond the last address.
    """
    machine = ctx.machine
    ram, slots, maxmem = machine.memory_config
    # A virtio-mem needs none.
    if ctx.line.type_name in (Dimm.type_name, "nvdimm"):
        slots = max(USUAL_SLOTS, slots, len(machine.busy_slots) + 1)
    maxmem = max(maxmem, round_up(ram + used_bytes(machine) + needed_bytes(ctx), GIB))
    if slots > MAX_SLOTS or not machine.board.hotplug:
        return ""
    try:
        layout_for(machine, MemoryConfig(ram, slots, maxmem))
    except HmpError:
        return ""
    given_slots = f"slots={slots}," if slots else ""
    return f"-m {format_size(ram)},{given_slots}maxmem={format_size(maxmem)}"


@suggestions.register
def _not_prepared(error: NotPreparedError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    option = larger_machine(ctx)
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
