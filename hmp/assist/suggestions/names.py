"""Suggest after unknown, missing or taken names: commands, types, keys, values, ids.

The errors are those of docs/qemu-behaviour/monitor.md §1, docs/qemu-behaviour/backends.md §5 and
docs/qemu-behaviour/devices.md §2.
"""

from __future__ import annotations

import re

from hmp.assist.completion.candidates import devices, paths
from hmp.assist.help.descriptions import description_of, type_label
from hmp.assist.properties import OBJECT_KEY, creatable_types, settable_options
from hmp.assist.queries import free_backends
from hmp.assist.suggestions.context import (
    Suggestion,
    SuggestionContext,
    closest_match,
    free_name,
    join_names,
    suggest,
)
from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    DeviceNotFoundError,
    IdentifierError,
    MissingParameterError,
    ParameterTypeError,
    ParameterValueError,
    SizeValueError,
    UnexpectedParameterError,
)
from hmp.grammar.errors import ArgumentError, OptionSyntaxError, UnknownCommandError
from hmp.machine.backends.create import ObjectNotFoundError, UnknownTypeError
from hmp.machine.devices.memory_device import MemdevMissingError
from hmp.machine.devices.plug import DeviceIdError, DuplicateDeviceIdError, UnknownDriverError
from hmp.machine.memory.capacity import free_bytes
from hmp.machine.qom.object import DuplicateNameError, PropertyNotFoundError, resolve
from hmp.machine.qom.property import Enumeration, Property
from hmp.units import GIB, format_size


@suggest.register
def _unknown_command(error: UnknownCommandError, ctx: SuggestionContext) -> Suggestion:
    words = error.typed.split()
    if words[:1] == ["info"] and len(words) > 1:
        near = closest_match(words[1], ctx.known.info)
        return Suggestion(
            f"did you mean info {near}?" if near else "`info` lists what can be shown",
            ctx.line.text.replace(words[1], near, 1) if near else "",
        )
    name = words[0] if words else ""
    if name in ctx.known.info:
        return Suggestion(f"it is a subject of info: info {name}", f"info {name}")
    near = closest_match(name, ctx.known.commands)
    if near:
        return Suggestion(f"did you mean {near}?", ctx.line.text.replace(name, near, 1))
    return Suggestion("`help` lists the commands")


@suggest.register
def _unknown_type(
    error: UnknownTypeError | UnknownDriverError, ctx: SuggestionContext
) -> Suggestion:
    name = error.value if isinstance(error, UnknownTypeError) else error.driver
    implied_key = ctx.line.implied_key
    other = "driver" if implied_key == OBJECT_KEY else OBJECT_KEY
    if name in creatable_types(other):
        return Suggestion(
            f"{name} is made with {'object_add' if other == OBJECT_KEY else 'device_add'}"
        )
    known = creatable_types(implied_key)
    near = closest_match(name, known)
    return Suggestion(
        f"did you mean {near}?" if near else f"there are {join_names(known)}",
        ctx.line.text.replace(name, near, 1) if near else "",
    )


@suggest.register
def _unknown_key(
    error: UnexpectedParameterError | PropertyNotFoundError, ctx: SuggestionContext
) -> Suggestion:
    key, line = error.parameter, ctx.line
    known = settable_options(line.implied_key, line.type_name)
    if not known:
        return _unknown_property(ctx, key)
    near = closest_match(key, known)
    if near:
        return Suggestion(f"did you mean {near}?", ctx.with_key(key, near))
    return Suggestion(
        f"{line.type_name} has {join_names(known)}; {line.name.value} {line.type_name},help lists "
        "all"
    )


def _unknown_property(ctx: SuggestionContext, name: str) -> Suggestion:
    node, _ambiguous = resolve(ctx.machine.root, ctx.first_word)
    names = [item.name for item in node.properties()] if node else []
    near = closest_match(name, names)
    if near:
        return Suggestion(f"did you mean {near}?", ctx.with_word(name, near))
    return Suggestion(f"it has {join_names(names)}")


@suggest.register
def _missing(error: MissingParameterError, ctx: SuggestionContext) -> Suggestion:
    key = error.parameter
    if key in ("qom-type", "driver"):
        return Suggestion(f"begin with a type: {join_names(creatable_types(ctx.line.implied_key))}")
    item = settable_options(ctx.line.implied_key, ctx.line.type_name).get(key)
    value = _example(ctx, key)
    description = f": {description_of(item)}" if item else ""
    return Suggestion(
        f"add {key}={value or '...'}{description}", ctx.with_option(key, value) if value else ""
    )


def _example(ctx: SuggestionContext, key: str) -> str:
    """Return a value that would be accepted now; empty when there is none to give."""
    if key == "id":
        return free_name("mem0", ctx.machine.objects.children)
    if key == "size":
        free = free_bytes(ctx.machine)
        return format_size(min(free, GIB)) if free else "1G"
    return "/dev/shm" if key == "mem-path" else ""


@suggest.register
def _not_accepted(error: ChoiceError, ctx: SuggestionContext) -> Suggestion:
    item = _item(ctx, error.parameter)
    if item is None or not isinstance(item.type, Enumeration):
        return Suggestion()
    near = closest_match(error.value, item.type.choices)
    choices = f"{error.parameter} is {' or '.join(item.type.choices)}"
    return Suggestion(
        f"did you mean {near}? {choices}" if near else choices,
        ctx.with_option(error.parameter, near) if near and ctx.line.options else "",
    )


def _item(ctx: SuggestionContext, key: str) -> Property | None:
    if ctx.line.implied_key:
        return settable_options(ctx.line.implied_key, ctx.line.type_name).get(key)
    node, _ambiguous = resolve(ctx.machine.root, ctx.first_word)
    return node.property(key) if node else None


@suggest.register
def _not_a_size(error: SizeValueError, ctx: SuggestionContext) -> Suggestion:
    given = ctx.line.value_of(error.parameter) or ""
    plain = re.fullmatch(r"([0-9.]+)\s*([kKmMgGtT])i?[bB](?:yte)?s?", given)
    if plain:
        size = plain[1] + plain[2].upper()
        return Suggestion(
            f"write {size}: one letter, K M G or T, after the number",
            ctx.with_option(error.parameter, size),
        )
    return Suggestion(
        f"{error.parameter} is a number with K, M, G or T after it, such as 512M or 1G"
    )


@suggest.register
def _not_a_number(error: ParameterValueError, ctx: SuggestionContext) -> Suggestion:
    item = _item(ctx, error.parameter)
    return Suggestion(
        f"{error.parameter} is a {type_label(item.type)}: {description_of(item)}" if item else ""
    )


@suggest.register
def _not_a_switch(error: BooleanValueError, ctx: SuggestionContext) -> Suggestion:
    fixed = ctx.with_option(error.parameter, "on") if ctx.line.options else ""
    return Suggestion(f"{error.parameter} is on or off", fixed)


@suggest.register
def _no_equals(error: OptionSyntaxError, ctx: SuggestionContext) -> Suggestion:
    near = closest_match(
        error.parameter, settable_options(ctx.line.implied_key, ctx.line.type_name)
    )
    return Suggestion(f"write {near or error.parameter}=VALUE")


@suggest.register
def _taken(
    error: DuplicateNameError | DuplicateDeviceIdError, ctx: SuggestionContext
) -> Suggestion:
    taken = (*ctx.machine.objects.children, *ctx.machine.peripheral.children)
    name = error.name if isinstance(error, DuplicateNameError) else error.identifier
    other = free_name(name, taken)
    return Suggestion(f"{name} is taken; free: {other}", ctx.with_option("id", other))


@suggest.register
def _bad_identifier(error: IdentifierError | DeviceIdError, ctx: SuggestionContext) -> Suggestion:
    return Suggestion("an id begins with a letter and has letters, digits, `-`, `.` and `_`")


@suggest.register
def _no_device(error: DeviceNotFoundError, ctx: SuggestionContext) -> Suggestion:
    """Suggest for an unknown device, memdev of an option list, or QOM path."""
    name, machine = error.path, ctx.machine
    if ctx.line.implied_key:
        return _no_backend(ctx, name)
    if ctx.line.name.value == "device_del":
        names = [candidate.text for candidate in devices(machine)]
        what = "device"
    else:
        names = [candidate.text for candidate in paths(machine, name)]
        what = "object"
    near = closest_match(name, names)
    if near:
        return Suggestion(f"did you mean {near}?", ctx.with_word(name, near))
    if not names:
        return Suggestion(f"there is no {what} at all")
    return Suggestion(f"there is no {what} {name}; there are {join_names(names)}")


def _no_backend(ctx: SuggestionContext, name: str) -> Suggestion:
    free = [backend.name for backend in free_backends(ctx.machine)]
    key = next((option.key for option in ctx.line.options if option.value == name), "memdev")
    if not free:
        return Suggestion(
            f"no backend {name}, and none is free: object_add memory-backend-ram,id={name},size="
            f"{_example(ctx, 'size')} makes it"
        )
    best = closest_match(name, free) or free[0]
    return Suggestion(f"no backend {name}; free: {join_names(free)}", ctx.with_option(key, best))


@suggest.register
def _no_object(error: ObjectNotFoundError, ctx: SuggestionContext) -> Suggestion:
    names = list(ctx.machine.objects.children)
    near = closest_match(error.name, names)
    if near:
        return Suggestion(f"did you mean {near}?")
    if error.name in ctx.machine.peripheral.children:
        return Suggestion(
            f"{error.name} is a device: device_del {error.name}", f"device_del {error.name}"
        )
    return Suggestion(f"there are {join_names(names)}")


@suggest.register
def _usage(error: ArgumentError, ctx: SuggestionContext) -> Suggestion:
    command = ctx.line.command
    if command is None or not command.parameters:
        return Suggestion()
    return Suggestion(f"usage: {ctx.line.name.value} {command.parameters}")


@suggest.register
def _memdev(error: MemdevMissingError | ParameterTypeError, ctx: SuggestionContext) -> Suggestion:
    """Suggest for a device without memdev, or with one that is no backend."""
    return (
        _no_backend(ctx, ctx.line.value_of("memdev") or "")
        if error.parameter == "memdev"
        else Suggestion()
    )
