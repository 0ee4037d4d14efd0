"""object_add, object_del, device_add and device_del; `lazy_objects.py` has their records."""

from __future__ import annotations

from hmp.commands.context import Context
from hmp.errors import HmpError, UnexpectedParameterError
from hmp.grammar.keyval import Keyval
from hmp.grammar.opts import HELP_WORDS, Option
from hmp.machine.backends.create import (
    ObjectRequest,
    check_object,
    create_object,
    delete_object,
    read_request,
    try_object,
)
from hmp.machine.devices.plug import check_device, create_device, request_unplug
from hmp.machine.devices.request import request_from_opts
from hmp.machine.machine import Machine
from hmp.machine.qom.visitors import KeyvalVisitor, QObjectVisitor


def _request(options: Keyval | dict[str, object]) -> ObjectRequest:
    if isinstance(options, Keyval):
        return read_request(options.tree, KeyvalVisitor(), UnexpectedParameterError)
    return read_request(options, QObjectVisitor(), UnexpectedParameterError)


def check_object_add(machine: Machine, options: Keyval | dict[str, object]) -> None:
    """Raise the error that object_add would raise."""
    if isinstance(options, dict) or not options.wants_help:
        check_object(machine, _request(options))


def try_object_add(machine: Machine, options: Keyval | dict[str, object]) -> None:
    """Raise the error that object_add would, also that of the host; nothing is left behind."""
    if isinstance(options, dict) or not options.wants_help:
        try_object(machine, _request(options))


def object_add(ctx: Context, options: Keyval | dict[str, object]) -> str:
    """Create an object from key=value text or JSON."""
    if isinstance(options, Keyval) and options.wants_help:
        from hmp.commands import type_help

        return type_help.object_help(options.tree.get("qom-type"))
    create_object(ctx.machine, _request(options))
    return ""


def object_del(ctx: Context, id: str) -> str:
    """Delete an object by its id."""
    delete_object(ctx.machine, id)
    return ""


def check_device_add(machine: Machine, options: list[Option] | None) -> None:
    """Raise the error that device_add would raise."""
    request = request_from_opts(options or [])
    if not _asks_for_help(request.driver, options):
        check_device(machine, request, KeyvalVisitor())


def device_add(ctx: Context, options: list[Option] | None) -> str:
    """Plug a device from an option list."""
    request = request_from_opts(options or [])
    if _asks_for_help(request.driver, options):
        from hmp.commands import type_help

        try:
            return type_help.device_help(request.driver)
        except HmpError as error:
            # QEMU prints it as if it were the list (docs/qemu-behaviour/devices.md §1).
            return f"{error.message}\n"
    create_device(ctx.machine, request, KeyvalVisitor(), hotplugged=True)
    return ""


def _asks_for_help(driver: str, options: list[Option] | None) -> bool:
    # A key with a value asks as well (docs/qemu-behaviour/devices.md §1); at `device_add help` QEMU
    # aborts (docs/qemu-behaviour/devices.md §11).
    return driver in HELP_WORDS or any(option.key in HELP_WORDS for option in options or [])


def device_del(ctx: Context, device: str) -> str:
    """Ask the guest to release a device."""
    request_unplug(ctx.machine, device)
    return ""
