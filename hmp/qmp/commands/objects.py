"""object-add, object-del, device_add and device_del."""

from __future__ import annotations

from hmp.errors import UnexpectedParameterError
from hmp.machine.backends.create import create_object, delete_object, read_request
from hmp.machine.devices.plug import create_device, request_unplug
from hmp.machine.devices.request import request_from_members
from hmp.machine.qom.visitors import QObjectVisitor
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context


def object_add(ctx: Context, arguments: Arguments) -> object:
    """Create an object."""
    create_object(ctx.machine, read_request(arguments, QObjectVisitor(), UnexpectedParameterError))
    return {}


def object_del(ctx: Context, arguments: Arguments) -> object:
    """Delete an object by its id."""
    delete_object(ctx.machine, arguments["id"])
    return {}


def device_add(ctx: Context, arguments: Arguments) -> object:
    """Plug a device; arguments other than driver, bus and id are its properties."""
    request = request_from_members(arguments)
    create_device(ctx.machine, request, QObjectVisitor(), hotplugged=True)
    return {}


def device_del(ctx: Context, arguments: Arguments) -> object:
    """Ask the guest to release a device."""
    request_unplug(ctx.machine, arguments["id"])
    return {}


COMMANDS = (
    QmpCommand("object-add", object_add, allows_extra=True),
    QmpCommand("object-del", object_del, (Parameter("id"),)),
    QmpCommand("device_add", device_add, allows_extra=True),
    QmpCommand("device_del", device_del, (Parameter("id"),)),
)
