"""Character devices and ring buffers (docs/qemu-behaviour/chardevs.md)."""

from __future__ import annotations

import binascii

from hmp.errors import DeviceNotFoundError, HmpError, InputError, StateError
from hmp.machine.chardevs import create, ringbufs
from hmp.machine.chardevs.device import CharacterDevice
from hmp.machine.chardevs.errors import ChardevExistsError, NoSuchChardevError
from hmp.machine.chardevs.files import PtyDevice
from hmp.machine.chardevs.socket_device import SocketDevice
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.commands.backends.chardev_backends import BACKEND, config_of
from hmp.qmp.context import Context
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, Enumeration, List, Structure

_INFO = Structure({"label": STRING, "filename": STRING, "frontend-open": BOOLEAN})
_RETURN = Structure({"pty?": STRING})
_FORMAT = Parameter("format", Enumeration.of("utf8 base64"), optional=True)


def query_chardev(ctx: Context, arguments: Arguments) -> object:
    """List the character devices."""
    return [
        {
            "frontend-open": device.is_front_end_open,
            "filename": device.filename,
            "label": device.name,
        }
        for device in ctx.machine.chardevs
    ]


def query_chardev_backends(ctx: Context, arguments: Arguments) -> object:
    """List the kinds of character devices."""
    return [{"name": name} for name in create.BACKENDS]


def _result(device: CharacterDevice) -> object:
    return {"pty": device.terminal} if isinstance(device, PtyDevice) else {}


def chardev_add(ctx: Context, arguments: Arguments) -> object:
    """Open a character device."""
    label = arguments["id"]
    if ctx.machine.chardevs.find(label) is not None:
        raise ChardevExistsError(label)
    try:
        device = create.create_chardev(ctx.machine, label, config_of(arguments["backend"]))
    except HmpError as error:
        raise create.FailedToAddError(label, error) from None
    return _result(device)


def chardev_change(ctx: Context, arguments: Arguments) -> object:
    """Put another character device in the place of one."""
    label, config = arguments["id"], config_of(arguments["backend"])
    return _result(create.change_chardev(ctx.machine, label, config))


def chardev_remove(ctx: Context, arguments: Arguments) -> object:
    """Close a character device."""
    create.remove_chardev(ctx.machine, arguments["id"])
    return {}


def chardev_send_break(ctx: Context, arguments: Arguments) -> object:
    """Do nothing but look for the character device: nobody heeds a break."""
    if ctx.machine.chardevs.find(arguments["id"]) is None:
        raise NoSuchChardevError(arguments["id"])
    return {}


def ringbuf_write(ctx: Context, arguments: Arguments) -> object:
    """Put data into a ring buffer, as if its front end wrote it."""
    buffer = ringbufs.find_ringbuf(ctx.machine, arguments["device"])
    data = arguments["data"].encode("latin-1")
    if arguments.get("format") == "base64":
        try:
            data = binascii.a2b_base64(data, strict_mode=True)
        except binascii.Error:
            raise InputError("Base64 data contains invalid characters") from None
    buffer.write(data)
    return {}


def ringbuf_read(ctx: Context, arguments: Arguments) -> object:
    """Take data out of a ring buffer."""
    data = ringbufs.read_ringbuf(ctx.machine, arguments["device"], arguments["size"])
    if arguments.get("format") == "base64":
        return binascii.b2a_base64(data, newline=False).decode()
    # QEMU takes it for a text of C. JSON is UTF-8; what is none is replaced.
    data = data.partition(b"\0")[0]
    return data.decode("utf-8", "replace").encode().decode("latin-1")


_ADD = (Parameter("id"), Parameter("backend", BACKEND))


class InstanceNotFoundError(StateError):
    """There is no such connection to break (QMP class DeviceNotFound)."""

    qmp_class = DeviceNotFoundError.qmp_class

    def __init__(self) -> None:
        super().__init__("Instance not found")


def query_yank(ctx: Context, arguments: Arguments) -> list[dict[str, object]]:
    """List the connections that could be broken: those of sockets."""
    return [
        {"id": device.name, "type": "chardev"}
        for device in ctx.machine.chardevs
        if isinstance(device, SocketDevice)
    ]


def yank(ctx: Context, arguments: Arguments) -> object:
    """Refuse to break connections, which no migration or block node waits for here."""
    for instance in arguments["instances"]:
        if instance not in query_yank(ctx, {}):
            raise InstanceNotFoundError
        raise StateError("connections of character devices can't be broken here")
    return {}


COMMANDS = (
    QmpCommand("query-yank", query_yank, is_recorded=True),
    QmpCommand("yank", yank, is_recorded=True),
    QmpCommand("query-chardev", query_chardev, (), List(_INFO)),
    QmpCommand(
        "query-chardev-backends", query_chardev_backends, (), List(Structure({"name": STRING}))
    ),
    QmpCommand("chardev-add", chardev_add, _ADD, _RETURN),
    QmpCommand("chardev-change", chardev_change, _ADD, _RETURN),
    QmpCommand("chardev-remove", chardev_remove, (Parameter("id"),)),
    QmpCommand("chardev-send-break", chardev_send_break, (Parameter("id"),)),
    QmpCommand("ringbuf-write", ringbuf_write, (Parameter("device"), Parameter("data"), _FORMAT)),
    QmpCommand(
        "ringbuf-read",
        ringbuf_read,
        (Parameter("device"), Parameter("size", INTEGER), _FORMAT),
        STRING,
    ),
)
