"""stop, cont, system_reset, system_powerdown, quit and clear."""

from __future__ import annotations

from hmp.commands.command import CommandGroup
from hmp.commands.context import Context

GROUP = CommandGroup()
HOME_AND_ERASE = "\x1b[H\x1b[2J\x1b[3J"


@GROUP.add("cont", "c", help="let the machine run")
def cont(ctx: Context) -> str:
    """Let the machine run."""
    ctx.machine.run_state.start()
    return ""


@GROUP.add("exit_preconfig", help="make the machine, which waits with --preconfig")
def exit_preconfig(ctx: Context) -> str:
    """Make the rest of the machine, and run it."""
    from hmp.machine.preconfig import leave_preconfig

    leave_preconfig(ctx.machine)
    return ""


@GROUP.add("quit", "q", help="end the program")
def quit_program(ctx: Context) -> str:
    """End the program."""
    ctx.machine.run_state.quit()
    return ""


@GROUP.add("stop", "s", help="pause the machine")
def stop(ctx: Context) -> str:
    """Pause the machine."""
    ctx.machine.run_state.stop()
    return ""


@GROUP.add("system_powerdown", help="press the power button")
def system_powerdown(ctx: Context) -> str:
    """Press the power button."""
    ctx.machine.run_state.power_down()
    return ""


@GROUP.add("system_reset", help="reset the machine")
def system_reset(ctx: Context) -> str:
    """Reset the machine."""
    ctx.machine.run_state.reset()
    return ""


@GROUP.add("clear", help="wipe the screen")
def clear(ctx: Context) -> str:
    """Erase the screen and its scrollback; QEMU sends the escape sequences to a pipe, too."""
    return HOME_AND_ERASE
