"""info status, version, name, uuid, history, kvm (docs/qemu-behaviour/monitor.md §8) and
accelerators.
"""

from __future__ import annotations

from hmp import QEMU_VERSION, __version__
from hmp.commands.command import CommandGroup
from hmp.commands.context import Context
from hmp.machine.accelerator import PRESENT, is_kvm_in_use
from hmp.machine.run_state import INMIGRATE, PAUSED, PRELAUNCH, RUNNING, SAVE_VM, SHUTDOWN

GROUP = CommandGroup()
STATES = {
    RUNNING: "running",
    PAUSED: "paused",
    PRELAUNCH: "paused (prelaunch)",
    SHUTDOWN: "paused (shutdown)",
    INMIGRATE: "paused (inmigrate)",
    SAVE_VM: "paused (save-vm)",
}


@GROUP.add_info("status", help="show whether the machine runs")
def info_status(ctx: Context) -> str:
    """Show the run state."""
    return f"VM status: {STATES[ctx.machine.run_state.name]}\n"


@GROUP.add_info("version", help="show the version")
def info_version(ctx: Context) -> str:
    """Show QEMU's version and our package."""
    # QEMU prints no blank before the package (docs/qemu-behaviour/monitor.md §8).
    return f"{QEMU_VERSION}hmp {__version__}\n"


@GROUP.add_info("name", help="show the name of the machine")
def info_name(ctx: Context) -> str:
    """Show the name that -name gave."""
    return "" if ctx.machine.name is None else f"{ctx.machine.name}\n"


@GROUP.add_info("uuid", help="show the UUID of the machine")
def info_uuid(ctx: Context) -> str:
    """Show the UUID that -uuid gave."""
    return f"{ctx.machine.uuid}\n"


@GROUP.add_info("vm-generation-id", help="show the generation ID")
def info_vm_generation_id(ctx: Context) -> str:
    """Show the id of a vmgenid device; raise NoGenerationIdError without one."""
    from hmp.machine.queries import generation_id

    return f"{generation_id(ctx.machine)}\n"


@GROUP.add_info("history", help="show the lines typed so far")
def info_history(ctx: Context) -> str:
    """List the lines that were typed on this monitor."""
    return "".join(f"{index}: '{line}'\n" for index, line in enumerate(ctx.history))


@GROUP.add_info("kvm", help="show whether KVM is in use")
def info_kvm(ctx: Context) -> str:
    """Show whether KVM is in use."""
    state = "enabled" if is_kvm_in_use(ctx.machine.accelerator) else "disabled"
    return f"kvm support: {state}\n"


@GROUP.add_info("accelerators", help="show the accelerators, in brackets the one in use")
def info_accelerators(ctx: Context) -> str:
    """List the accelerators."""
    chosen = ctx.machine.accelerator.accel_name
    names = (f"[{name}]" if name == chosen else name for name in PRESENT)
    return " ".join(names) + "\n"
