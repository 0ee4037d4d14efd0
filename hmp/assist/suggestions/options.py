"""Suggest after wrong types, keys and values of an option list, and wrong properties of an object.

The errors are those of docs/qemu-behaviour/backends.md §5 and docs/qemu-behaviour/devices.md §2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hmp.assist.help.descriptions import description_of, type_label
from hmp.assist.properties import OBJECT_KEY, creatable_types, settable_options
from hmp.assist.suggestions import habits
from hmp.assist.suggestions.context import Line, Suggestion, SuggestionContext, suggestions
from hmp.assist.suggestions.separators import JOINED_BY_COMMAS, joined_options
from hmp.assist.suggestions.similar import closest_match, free_name, join_names
from hmp.commands.guest import UsageError
from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    InvalidParameterError,
    MissingParameterError,
    ParameterValueError,
    SizeValueError,
    UnexpectedParameterError,
)
from hmp.grammar.errors import OptionSyntaxError
from hmp.guest.policy import CHOICES, OPTIONS
from hmp.machine.backends.create import UnknownTypeError
from hmp.machine.devices.plug import UnknownDriverError
from hmp.machine.memory.capacity import free_bytes
from hmp.machine.qom.object import PropertyNotFoundError, ReadOnlyPropertyError, resolve
from hmp.machine.qom.property import Enumeration, Property
from hmp.units import GIB, format_size

COMMANDS = {OBJECT_KEY: "object_add", "driver": "device_add"}


@suggestions.register
def _unknown_type(
    error: UnknownTypeError | UnknownDriverError, ctx: SuggestionContext
) -> Iterator[Suggestion]:
    name = error.value if isinstance(error, UnknownTypeError) else error.driver
    implied_key = ctx.line.implied_key
    other = "driver" if implied_key == OBJECT_KEY else OBJECT_KEY
    usual = (habits.OBJECTS if implied_key == OBJECT_KEY else habits.DEVICES).get(name)
    if usual:
        yield Suggestion(f"the type is called {usual}", mended=ctx.with_type(usual))
    if name in creatable_types(other, ctx.machine.type_source):
        yield Suggestion(f"{name} is made with {COMMANDS[other]}")
    known = creatable_types(implied_key, ctx.machine.type_source)
    near = closest_match(name, known)
    if near:
        yield Suggestion(f"did you mean {near}?", mended=ctx.with_type(near))
    yield Suggestion(f"there are {join_names(known)}")


@suggestions.register
def _unknown_key(
    error: UnexpectedParameterError | PropertyNotFoundError, ctx: SuggestionContext
) -> Iterator[Suggestion]:
    key, line = error.parameter, ctx.line
    known = settable_options(line.implied_key, line.type_name, ctx.machine.type_source)
    if not line.implied_key:
        yield from _unknown_property(ctx, key)
        return
    near = _known_key(key, known)
    if near:
        yield Suggestion(f"did you mean {near}?", mended=ctx.with_key(key, near))
    listing = Line(f"{line.name.value} {line.type_name},help")
    if known:
        yield Suggestion(f"{line.type_name} has {join_names(known)}; ", listing, " lists all")
    yield Suggestion(listing, f" lists what {line.type_name} has")


@suggestions.register
def _bad_key(error: InvalidParameterError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    if error.parameter.split()[1:] and ctx.line.implied_key:
        yield Suggestion(JOINED_BY_COMMAS, mended=joined_options(ctx))
    elif ctx.line.name.value == "guest":
        yield Suggestion(f"a policy has {', '.join(OPTIONS)}")


@suggestions.register
def _usage(error: UsageError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    if error.action.name == "policy":
        yield Suggestion(f"options are {', '.join(OPTIONS)}, such as unplug=refuse")


def _known_key(typed: str, known: dict[str, Property]) -> str:
    """Return the key of a type that was meant, empty when none is like it."""
    usual = habits.OPTIONS.get(typed, "")
    return usual if usual in known else closest_match(typed, known)


def _unknown_property(ctx: SuggestionContext, name: str) -> Iterator[Suggestion]:
    node, _ambiguous = resolve(ctx.machine.root, ctx.first_word)
    names = [item.name for item in node.properties()] if node else []
    near = closest_match(name, names)
    if near:
        yield Suggestion(f"did you mean {near}?", mended=ctx.with_word(name, near))
    elif names:
        yield Suggestion(f"it has {join_names(names)}")


@suggestions.register
def _read_only(error: ReadOnlyPropertyError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    node, _ambiguous = resolve(ctx.machine.root, ctx.first_word)
    for item in node.properties() if node else ():
        mended = ctx.with_word(error.property, item.name)
        if item.name.endswith(f"-{error.property}") and ctx.accepts(mended):
            yield Suggestion(f"{item.name} is what can be set", mended=mended)


@suggestions.register
def _missing(error: MissingParameterError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    key, line = error.parameter, ctx.line
    if key in ("qom-type", "driver"):
        yield from _missing_type(ctx)
        return
    known = settable_options(line.implied_key, line.type_name, ctx.machine.type_source)
    # It may be there under a wrong name, which QEMU would tell of later.
    for option in line.options:
        if option.key not in known and _known_key(option.key, known) == key:
            yield Suggestion(f"did you mean {key}?", mended=ctx.with_key(option.key, key))
            return
    item, value = known.get(key), _example(ctx, key)
    description = f": {description_of(item)}" if item else ""
    yield Suggestion(
        f"add {key}={value or '...'}{description}",
        mended=ctx.with_option(key, value) if value else "",
    )


def _missing_type(ctx: SuggestionContext) -> Iterator[Suggestion]:
    """Suggest for a list without a type: one that it may begin with, or that may be mistyped."""
    known = creatable_types(ctx.line.implied_key, ctx.machine.type_source)
    first = ctx.line.options[0] if ctx.line.options else None
    if first and first.key in ("type", "qom_type", "qomtype"):
        yield Suggestion(
            f"the type stands first, or after {ctx.line.implied_key}=",
            mended=ctx.with_key(first.key, ctx.line.implied_key),
        )
    yield Suggestion(f"begin with a type: {join_names(known)}")


def _example(ctx: SuggestionContext, key: str) -> str:
    """Return a value that would be accepted now; empty when there is none to give."""
    if key == "id":
        return free_name("mem0", ctx.machine.objects.children)
    if key == "size":
        free = free_bytes(ctx.machine)
        return format_size(min(free, GIB)) if free else "1G"
    return "/dev/shm" if key == "mem-path" else ""


@suggestions.register
def _not_accepted(error: ChoiceError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    known = _choices(ctx, error.parameter)
    if not known:
        return
    lower = error.value.lower()
    near = lower if lower in known else closest_match(error.value, known)
    choices = f"{error.parameter} is {' or '.join(known)}"
    mended = ctx.with_option(error.parameter, near) if near and ctx.line.options else ""
    yield Suggestion(f"did you mean {near}? {choices}" if near else choices, mended=mended)


def _choices(ctx: SuggestionContext, key: str) -> Sequence[str]:
    if ctx.line.name.value == "guest":
        return CHOICES.get(key, ())
    item = _item(ctx, key)
    return item.type.choices if item and isinstance(item.type, Enumeration) else ()


def _item(ctx: SuggestionContext, key: str) -> Property | None:
    if ctx.line.implied_key:
        return settable_options(
            ctx.line.implied_key, ctx.line.type_name, ctx.machine.type_source
        ).get(key)
    node, _ambiguous = resolve(ctx.machine.root, ctx.first_word)
    return node.property(key) if node else None


@suggestions.register
def _not_a_size(error: SizeValueError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    given = ctx.line.value_of(error.parameter) or ""
    plain = re.fullmatch(r"([0-9.]+)\s*([kKmMgGtT])i?[bB](?:yte)?s?", given)
    if plain:
        size = plain[1] + plain[2].upper()
        yield Suggestion(
            f"write {size}: one letter, K M G or T, after the number",
            mended=ctx.with_option(error.parameter, size),
        )
    yield Suggestion(
        f"{error.parameter} is a number with K, M, G or T after it, such as 512M or 1G"
    )


@suggestions.register
def _not_a_number(error: ParameterValueError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    item = _item(ctx, error.parameter)
    if item:
        yield Suggestion(f"{error.parameter} is a {type_label(item.type)}: {description_of(item)}")


@suggestions.register
def _not_a_switch(error: BooleanValueError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    given = (ctx.line.value_of(error.parameter) or "").lower()
    value = "off" if given in ("no", "false", "0", "n", "of", "none") else "on"
    mended = ctx.with_option(error.parameter, value) if ctx.line.options else ""
    yield Suggestion(f"{error.parameter} is on or off", mended=mended)


@suggestions.register
def _no_equals(error: OptionSyntaxError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    known = settable_options(ctx.line.implied_key, ctx.line.type_name, ctx.machine.type_source)
    near = error.parameter if error.parameter in known else _known_key(error.parameter, known)
    yield Suggestion(f"write {near or error.parameter}=VALUE")
