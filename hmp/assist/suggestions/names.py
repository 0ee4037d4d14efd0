"""Suggest after ids that are unknown, taken or malformed.

The errors are those of docs/qemu-behaviour/backends.md §6, §9 and docs/qemu-behaviour/devices.md
§2, §8.
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.assist.completion.candidates import paths
from hmp.assist.queries import backend_users, free_backends
from hmp.assist.suggestions.context import Line, Suggestion, SuggestionContext, suggestions
from hmp.assist.suggestions.similar import closest_match, free_name, join_names
from hmp.errors import (
    DeviceNotFoundError,
    IdentifierError,
    ParameterTypeError,
)
from hmp.machine.backends.create import ObjectNotFoundError
from hmp.machine.devices.memory_device import MemdevMissingError
from hmp.machine.devices.plug import DeviceIdError, DuplicateDeviceIdError, NotADeviceError
from hmp.machine.memory.capacity import free_bytes
from hmp.machine.qom.object import DuplicateNameError
from hmp.units import MIB, format_size


@suggestions.register
def _taken(
    error: DuplicateNameError | DuplicateDeviceIdError, ctx: SuggestionContext
) -> Iterator[Suggestion]:
    taken = (*ctx.machine.objects.children, *ctx.machine.peripheral.children)
    name = error.name if isinstance(error, DuplicateNameError) else error.identifier
    other = free_name(name, taken)
    yield Suggestion(f"{name} is taken; free: {other}", mended=ctx.with_option("id", other))


@suggestions.register
def _bad_identifier(
    error: IdentifierError | DeviceIdError, ctx: SuggestionContext
) -> Iterator[Suggestion]:
    yield Suggestion("an id begins with a letter and has letters, digits, `-`, `.` and `_`")


@suggestions.register
def _no_device(
    error: DeviceNotFoundError | NotADeviceError, ctx: SuggestionContext
) -> Iterator[Suggestion]:
    """Suggest for an unknown device, memdev of an option list, or QOM path."""
    name = error.path
    if ctx.line.implied_key:
        yield from _no_backend(ctx, name)
    elif ctx.line.name.value == "device_del":
        yield from _nothing_to_unplug(ctx, name)
    else:
        names = [candidate.text for candidate in paths(ctx.machine, name)]
        near = closest_match(name, names)
        if near:
            yield Suggestion(f"did you mean {near}?", mended=ctx.with_word(name, near))
        elif names:
            yield Suggestion(f"there is no object {name}; there are {join_names(names)}")


def _nothing_to_unplug(ctx: SuggestionContext, name: str) -> Iterator[Suggestion]:
    machine = ctx.machine
    devices = list(machine.peripheral.children)
    anonymous = [device.path for device in machine.peripheral_anon.children.values()]
    near = closest_match(name, devices)
    if near:
        yield Suggestion(f"did you mean {near}?", mended=ctx.with_word(name, near))
    if name in machine.objects.children:
        yield from _backend_named(ctx, name)
    if devices:
        yield Suggestion(f"there is no device {name}; there are {join_names(devices)}")
    if anonymous:
        path = anonymous[-1]
        yield Suggestion(
            "the plugged devices have no id; by its path one goes: ",
            Line(f"device_del {path}"),
            mended=f"device_del {path}",
        )
        yield Suggestion(f"there is no device {name}; without id there are {join_names(anonymous)}")
    yield Suggestion("no device is plugged")


def _backend_named(ctx: SuggestionContext, name: str) -> Iterator[Suggestion]:
    """Suggest for device_del of an object: the device that uses it, or object_del."""
    found = ctx.machine.objects.children[name]
    user = next(
        (user for backend, user in backend_users(ctx.machine).items() if backend is found), ""
    )
    if user:
        line = f"device_del {user}"
        yield Suggestion(f"{name} is a backend, which {user} uses: ", Line(line), mended=line)
    line = f"object_del {name}"
    yield Suggestion(f"{name} is no device but an object: ", Line(line), mended=line)
    yield Suggestion(f"{name} is no device but an object")


def _no_backend(ctx: SuggestionContext, name: str) -> Iterator[Suggestion]:
    """Suggest for a device whose memdev is missing or no backend, or is not given at all."""
    free = [backend.name for backend in free_backends(ctx.machine)]
    key = next((option.key for option in ctx.line.options if option.value == name), "memdev")
    if not free:
        yield from _new_backend(ctx, f"no backend {name}" if name else f"{key}= names a backend")
        return
    best = closest_match(name, free)
    in_order = (best, *free) if best else free
    chosen = next((one for one in in_order if ctx.accepts(ctx.with_option(key, one))), "")
    missing = f"no backend {name}" if name else f"add {key}={chosen or '...'}"
    yield Suggestion(
        f"{missing}; free: {join_names(free)}", mended=ctx.with_option(key, chosen or in_order[0])
    )


def _new_backend(ctx: SuggestionContext, what: str) -> Iterator[Suggestion]:
    name = ctx.line.value_of("memdev") or free_name("mem0", ctx.machine.objects.children)
    size = min(free_bytes(ctx.machine) or 512 * MIB, 512 * MIB)
    line = f"object_add memory-backend-ram,id={name},size={format_size(size)}"
    yield Suggestion(f"{what}, and none is free: ", Line(line), " makes one", mended=line)
    yield Suggestion(f"{what}, and none is free: make one with object_add")


@suggestions.register
def _no_object(error: ObjectNotFoundError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    names = list(ctx.machine.objects.children)
    near = closest_match(error.name, names)
    if near:
        yield Suggestion(f"did you mean {near}?", mended=ctx.with_word(error.name, near))
    if error.name in ctx.machine.peripheral.children:
        line = f"device_del {error.name}"
        yield Suggestion(f"{error.name} is a device: ", Line(line), mended=line)
        yield Suggestion(f"{error.name} is a device")
    yield Suggestion(f"there are {join_names(names)}" if names else "there are no objects")


@suggestions.register
def _memdev(
    error: MemdevMissingError | ParameterTypeError, ctx: SuggestionContext
) -> Iterator[Suggestion]:
    """Suggest for a device without memdev, or with one that is no backend."""
    if error.parameter == "memdev":
        yield from _no_backend(ctx, ctx.line.value_of("memdev") or "")
