"""boot_set and nmi: what the firmware and the CPUs would be told."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.errors import StateError
from hmp.machine.boards.boot_order import check_boot_devices


def boot_set(ctx: Context, bootdevice: str) -> str:
    """Check the order of boot devices, which no firmware reads."""
    if ctx.machine.board.chipset is None and ctx.machine.board.name != "isapc":
        raise StateError(
            "no function defined to set boot device list for this architecture", prefix=False
        )
    check_boot_devices(bootdevice)
    return f"boot device list now set to {bootdevice}\n"


def nmi(ctx: Context) -> str:
    """Inject an NMI, which no CPU takes."""
    ctx.machine.run_state.inject_nmi()
    return ""
