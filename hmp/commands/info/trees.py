"""info mtree, info qtree and info ramblock, in QEMU's layout, without the parts of a board that are
not simulated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.machine import region_tree
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.devices.virtio import VirtioMemoryDevice
from hmp.machine.region_tree import MtreeNode

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.memory.address_space import AddressRange

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
# QEMU leaves them out here (experiment: `info qtree`).
HIDDEN_PROPERTIES = (
    "parent_bus",
    "realized",
    "hotplugged",
    "hotpluggable",
    "guest-stats",
    "guest-stats-polling-interval",
)


def info_mtree(ctx: Context, flat: bool, dispatch: bool, owners: bool, disabled: bool) -> str:
    """Show the memory regions: -f as flat views, -o with owners, -D with disabled ones (none)."""
    if flat and dispatch:
        raise StateError("there is no dispatch tree here: -d is not supported")
    if flat:
        return _flat_views(ctx.machine)
    spaces = region_tree.address_spaces(ctx.machine)
    text = "".join(
        f"address-space: {name}\n{_region(root, 1, owners)}\n" for name, root in spaces.items()
    )
    root = region_tree.system(ctx.machine)
    return f"{text}memory-region: {root.name}\n{_region(root, 1, owners)}\n"


def _region(region: MtreeNode, depth: int, owners: bool) -> str:
    name = region.name
    if region.alias:
        end = region.offset + region.size - 1
        name = f"alias {name} @{region.alias} {region.offset:016x}-{end:016x}"
    owner = f" {region.owner}" if owners else ""
    line = (
        f"{'  ' * depth}{region.start:016x}-{region.start + region.size - 1:016x} "
        f"(prio {region.priority}, {region.kind}): {name}{owner}\n"
    )
    return line + "".join(_region(child, depth + 1, owners) for child in region.children)


def _flat_views(machine: Machine) -> str:
    views = [("memory", "system", machine.address_space.ranges)]
    layout = machine.layout
    if layout.region_length:
        inside = machine.address_space.overlapping(layout.region_base, layout.region_length)
        views.append(("device-memory", "device-memory", inside))
    return "".join(_flat_view(number, *view) for number, view in enumerate(views))


def _flat_view(number: int, space: str, root: str, ranges: list[AddressRange]) -> str:
    lines = "".join(_flat_range(item) for item in ranges) or "  No rendered FlatView\n"
    return (
        f'FlatView #{number}\n AS "{space}", root: {root}\n Root memory region: {root}\n{lines}\n'
    )


def _flat_range(item: AddressRange) -> str:
    offset = f" @{item.offset:016x}" if item.offset else ""
    place = f"{item.start:016x}-{item.end - 1:016x}"
    return f"  {place} (prio {item.priority}, {item.kind}): {item.name}{offset}\n"


def format_binary_size(size: int) -> str:
    """Return a size in the largest unit that fits into it, with three significant digits."""
    unit = min((max(size.bit_length() - 1, 0)) // 10, len(UNITS) - 1)
    return f"{size / (1 << 10 * unit):.3g} {UNITS[unit]}"


def info_ramblock(ctx: Context) -> str:
    """List the blocks of host memory, the largest first (experiment: `info ramblock`)."""
    prefixes = {device.backend: _block_prefix(device) for device in ctx.machine.memory_devices}
    lines = [
        f"{'Block Name':>24} {'PSize':>8}  {'Offset':>18} {'Used':>18} {'Total':>18} {'HVA':>18} "
        f"{'RO':>3}\n"
    ]
    offset = 0
    for backend in sorted(ctx.machine.backends, key=lambda item: -item.size):
        memory = backend.mapping
        assert memory is not None
        name = prefixes.get(backend, "") + backend.block_name
        lines.append(
            f"{name:>24} {format_binary_size(memory.page_size):>8}  "
            f"0x{offset:016x} 0x{backend.size:016x} "
            f"0x{memory.length:016x} 0x{memory.address:016x} "
            f"{'rw' if memory.writable else 'ro':>3}\n"
        )
        offset += memory.length
    return "".join(lines)


def _block_prefix(device: object) -> str:
    """Return the PCI address of the device that owns the block, empty for other devices."""
    if isinstance(device, VirtioMemoryDevice) and isinstance(device.parent, PciDevice):
        port = device.parent
        return f"0000:00:{port.slot:02x}.{port.function:x}/"
    return ""
