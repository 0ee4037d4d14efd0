"""Options that are lists of known keys and have no effect on memory: each key and value is checked
as QEMU checks it (recorded: query-command-line-options, and experiments with wrong values).
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit
from hmp.cmdline.options import Option
from hmp.cmdline.readconfig.groups import OptionGroup, find_group, keys_help
from hmp.errors import ChoiceError, InputError, ParameterError
from hmp.grammar.opts import Option as Element
from hmp.grammar.opts import check_identifier, find_id, parse_opts, short_form_warning

# The keys of a first bare word.
IMPLIED_KEYS = {
    **dict.fromkeys(("fsdev", "virtfs"), "fsdriver"),
    "fw_cfg": "name",
    "icount": "shift",
    "option-rom": "romfile",
    "sandbox": "enable",
    "vnc": "vnc",
    "plugin": "file",
}
ON = ("on", "yes", "true", "y")
MAX_SHIFT = 10
SANDBOX = {
    "obsolete": ("deny", "allow"),
    "elevateprivileges": ("deny", "allow", "children"),
    "spawn": ("deny", "allow"),
    "resourcecontrol": ("deny", "allow"),
}
MEM_LOCK = ("on", "off", "on-fault")


def parse_group(name: str, text: str, warn: Callable[..., None]) -> dict[str, str]:
    """Return the keys and values of an option, checked; the last value of a key counts.

    Raises:
        InputError: A key is unknown, or a value has the wrong type.
    """
    group = find_group(name)
    items = parse_opts(text, IMPLIED_KEYS.get(name, ""))
    identifier = find_id(items)
    if identifier is not None:
        group.check(identifier.key, identifier.value)
    given: dict[str, str] = {}
    for item in items:
        if item.asks_for_help:
            raise EarlyExit(keys_help(name), status=1)
        if item.short_form is not None:
            warn(*short_form_warning(item))
        if item.key != "id" or item.key not in given:
            given[item.key] = item.value
            group.check(item.key, item.value)
    if name in _CHECKS:
        _CHECKS[name](given)
    return given


def keys_of(configuration: Configuration, option: Option, implied_key: str) -> dict[str, str]:
    """Return the values by key, with a warning for each bare word.

    Of several ids the first counts, of other keys the last value (docs/qemu-behaviour/startup.md
    §4).
    """
    found: dict[str, str] = {}
    for item in parse_opts(option.argument, implied_key):
        if item.short_form is not None and not item.asks_for_help:
            configuration.located_warning(option.location)(*short_form_warning(item))
        if item.key != "id" or item.key not in found:
            found[item.key] = item.value
    return found


def read_items(text: str, warn: Callable[..., None]) -> list[Element]:
    """Return the items of an option whose keys are checked later, without its id."""
    items = parse_opts(text, "")
    for item in items:
        if item.key == "id":
            check_identifier(item.value)
        elif item.short_form is not None and not item.asks_for_help:
            warn(*short_form_warning(item))
    return [item for item in items if item.key != "id"]


def check_items(group: OptionGroup, items: list[Element]) -> None:
    """Raise InputError for a key that is not in a group, or a value of the wrong type."""
    for item in items:
        group.check(item.key, item.value)


def _check_overcommit(given: dict[str, str]) -> None:
    if given.get("mem-lock", "on") not in MEM_LOCK:
        choices = ", ".join(f"'{choice}'" for choice in MEM_LOCK)
        raise ParameterError("mem-lock", f"parameter 'mem-lock' expects one of {choices}")


def check_icount(given: dict[str, str]) -> None:
    """Raise InputError for values that do not go together."""
    shift = given.get("shift", "auto")
    if shift != "auto" and not (shift.isdecimal() and int(shift) <= MAX_SHIFT):
        raise InputError("icount: Invalid shift value")
    aligns = given.get("align", "off") in ON
    if aligns and "shift" not in given:
        raise InputError("Please specify shift option when using align")
    if aligns and given.get("sleep", "on") not in ON:
        raise InputError("align=on and sleep=off are incompatible")


def check_replay(given: dict[str, str]) -> None:
    """Raise InputError for what -icount can't record or replay."""
    if "rr" in given:
        if given["rr"] not in ("record", "replay"):
            raise InputError(f"Invalid icount rr option: {given['rr']}")
        if "rrfile" not in given:
            raise InputError("File name not specified for replay")


def _check_sandbox(given: dict[str, str]) -> None:
    if given.get("enable", "on") not in ON:
        return
    for key, choices in SANDBOX.items():
        if given.get(key, choices[0]) not in choices:
            raise InputError(f"invalid argument for {key}")


_CHECKS: dict[str, Callable[[dict[str, str]], None]] = {
    "overcommit": _check_overcommit,
    "sandbox": _check_sandbox,
}


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ChoiceError for a value that is none of the choices."""
    if value not in choices:
        raise ChoiceError(name, value)
