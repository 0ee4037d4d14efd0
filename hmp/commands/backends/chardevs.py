"""Character devices, descriptors and the debugger's place; `lazy.py` has the records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hmp.commands.context import Context
from hmp.errors import DuplicateIdError, HmpError, InputError, ParameterError
from hmp.grammar.opts import HELP_WORDS, check_identifier, find_id, parse_opts, short_form_warning
from hmp.machine.chardevs import create, ringbufs
from hmp.machine.chardevs.errors import NoSuchChardevError
from hmp.machine.chardevs.options import KEYS_HELP, Values, check_options, config_of
from hmp.machine.run_state import ACTIONS


class _HelpError(InputError):
    """The options ask for help, which QEMU prints as an error."""


@contextmanager
def _announcing(ctx: Context) -> Iterator[None]:
    """Let what is announced about a character device appear in the reply."""
    chardevs = ctx.machine.chardevs
    before = chardevs.announce, chardevs.inform
    chardevs.announce, chardevs.inform = ctx.machine.emit_output, ctx.machine.emit_output
    try:
        yield
    finally:
        chardevs.announce, chardevs.inform = before


def _read_options(ctx: Context, text: str) -> Values | None:
    """Return the checked options of a line; None where they ask for the kinds."""
    items = parse_opts(text, "backend")
    try:
        identifier = find_id(items)
        if identifier is not None:
            check_identifier(identifier.value)
            if identifier.value in ctx.machine.chardevs.option_ids:
                raise DuplicateIdError(identifier.value, "chardev")
        if any(item.key == "backend" and item.value in HELP_WORDS for item in items):
            return None
        for item in items:
            if item.asks_for_help:
                raise _HelpError(KEYS_HELP.rstrip("\n"))
            if item.short_form is not None:
                for line in short_form_warning(item):
                    ctx.machine.emit_output(line)
        return check_options(items)
    except HmpError as error:
        # QEMU prints the reason beside its own error.
        raise InputError(
            error.message, *error.hints, "Error: Parsing chardev args failed", prefix=False
        ) from None


def chardev_add(ctx: Context, args: str) -> str:
    """Open a character device from an option list."""
    given = _read_options(ctx, args)
    if given is None:
        return create.BACKENDS_HELP
    if "id" not in given:
        raise InputError("chardev: no id specified")
    with _announcing(ctx):
        create.create_from_options(ctx.machine, given)
    return ""


def chardev_change(ctx: Context, id: str, args: str) -> str:
    """Put another character device in the place of one."""
    given = _read_options(ctx, args)
    if given is None:
        return create.BACKENDS_HELP
    if "id" in given:
        raise ParameterError("id", "Unexpected 'id' parameter")
    with _announcing(ctx):
        create.change_chardev(ctx.machine, id, config_of({**given, "id": id}))
    return ""


def chardev_remove(ctx: Context, id: str) -> str:
    """Close a character device."""
    create.remove_chardev(ctx.machine, id)
    return ""


def chardev_send_break(ctx: Context, id: str) -> str:
    """Do nothing but look for the character device: nobody heeds a break."""
    if ctx.machine.chardevs.find(id) is None:
        raise NoSuchChardevError(id)
    return ""


def info_chardev(ctx: Context) -> str:
    """List the character devices."""
    devices = ctx.machine.chardevs
    return "".join(f"{device.name}: filename={device.filename}\n" for device in devices)


def ringbuf_write(ctx: Context, device: str, data: str) -> str:
    """Put data into a ring buffer, as if its front end wrote it."""
    ringbufs.find_ringbuf(ctx.machine, device).write(data.encode("latin-1"))
    return ""


def ringbuf_read(ctx: Context, device: str, size: int) -> str:
    """Take data out of a ring buffer, and show it with control characters made visible."""
    # A C int, which is what the command takes.
    data = ringbufs.read_ringbuf(ctx.machine, device, size)
    return "".join(map(_shown, data.decode("latin-1"))) + "\n"


def _shown(byte: str) -> str:
    if byte == "\\":
        return "\\\\"
    return f"\\u{ord(byte):04X}" if (byte < " " and byte not in "\n\t") or byte == "\x7f" else byte


def getfd(ctx: Context, fdname: str) -> str:
    """Keep the descriptor that came with the line under a name."""
    ctx.machine.descriptors.name(fdname, ctx.take_descriptor())
    return ""


def closefd(ctx: Context, fdname: str) -> str:
    """Close the descriptor of a name."""
    ctx.machine.descriptors.close_named(fdname)
    return ""


def gdbserver(ctx: Context, device: str | None) -> str:
    """Let debuggers connect to a character device, or no more."""
    from hmp.machine.chardevs.gdb import DEFAULT_TEXT, start_gdbserver

    text = DEFAULT_TEXT if device is None else device
    with _announcing(ctx):
        start_gdbserver(ctx.machine, text)
    if text == "none":
        return "Disabled gdbserver\n"
    return f"Waiting for gdb connection on device '{text}'\n"


def watchdog_action(ctx: Context, action: str) -> str:
    """Do nothing but check the action: there is no watchdog."""
    if action not in ACTIONS["watchdog"]:
        raise ParameterError("action", f"invalid parameter value: {action}")
    return ""
