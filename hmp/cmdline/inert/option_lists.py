"""Options that are lists of known keys and have no effect on memory: each key and value is checked
as QEMU checks it (recorded: query-command-line-options, and experiments with wrong values).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hmp.cmdline.errors import EarlyExit
from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    InputError,
    InvalidParameterError,
    ParameterError,
)
from hmp.grammar.numbers import parse_option_number
from hmp.grammar.opts import Option, check_identifier, parse_opts, short_form_warning
from hmp.machine.qom.visitors import BOOLEANS

TEXT, BOOLEAN, NUMBER = "text", "boolean", "number"


class KeyGroup(NamedTuple):
    """The keys of an option with their types; `implied_key` is that of a first bare word."""

    keys: Mapping[str, str]
    implied_key: str = ""


def _texts(words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), TEXT)


GROUPS = {
    "add-fd": KeyGroup({"fd": NUMBER, "set": NUMBER, "opaque": TEXT}),
    "fw_cfg": KeyGroup(_texts("name file string gen_id"), "name"),
    "icount": KeyGroup(
        {**_texts("shift rr rrfile rrsnapshot"), "align": BOOLEAN, "sleep": BOOLEAN}, "shift"
    ),
    "iscsi": KeyGroup(_texts("user password password-secret header-digest initiator-name timeout")),
    "msg": KeyGroup({"timestamp": BOOLEAN, "guest-name": BOOLEAN}),
    "option-rom": KeyGroup({"romfile": TEXT, "bootindex": NUMBER}, "romfile"),
    "overcommit": KeyGroup({"mem-lock": TEXT, "cpu-pm": BOOLEAN}),
    "rtc": KeyGroup(_texts("base clock driftfix")),
    "run-with": KeyGroup(
        {"async-teardown": BOOLEAN, "exit-with-parent": BOOLEAN, "chroot": TEXT, "user": TEXT}
    ),
    "sandbox": KeyGroup(
        {"enable": BOOLEAN, **_texts("obsolete elevateprivileges spawn resourcecontrol")}, "enable"
    ),
    "vnc": KeyGroup(
        {
            **_texts("vnc websocket tls-creds share display head password-secret audiodev"),
            **_texts("connections to key-delay-ms tls-authz sasl-authz"),
            **dict.fromkeys(_texts("ipv4 ipv6 password reverse lock-key-sync sasl lossy"), BOOLEAN),
            **dict.fromkeys(("non-adaptive", "power-control"), BOOLEAN),
        },
        "vnc",
    ),
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
    group = GROUPS[name]
    given: dict[str, str] = {}
    for item in parse_opts(text, group.implied_key):
        if item.asks_for_help:
            from hmp.cmdline.readconfig.groups import keys_help

            raise EarlyExit(keys_help(name), status=1)
        if item.short_form is not None:
            warn(*short_form_warning(item))
        given[item.key] = item.value
        _check_item(group, item)
    if name in _CHECKS:
        _CHECKS[name](given)
    return given


def read_items(text: str, warn: Callable[..., None]) -> list[Option]:
    """Return the items of an option whose keys are checked later, without its id."""
    items = parse_opts(text, "")
    for item in items:
        if item.key == "id":
            check_identifier(item.value)
        elif item.short_form is not None and not item.asks_for_help:
            warn(*short_form_warning(item))
    return [item for item in items if item.key != "id"]


def check_items(group: KeyGroup, items: list[Option]) -> None:
    """Raise InputError for a key that is not in a group, or a value of the wrong type."""
    for item in items:
        _check_item(group, item)


def _check_item(group: KeyGroup, item: Option) -> None:
    if item.key == "id":
        check_identifier(item.value)
        return
    kind = group.keys.get(item.key)
    if kind is None:
        raise InvalidParameterError(item.key)
    if kind is BOOLEAN and item.value not in BOOLEANS:
        raise BooleanValueError(item.key)
    if kind is NUMBER:
        parse_option_number(item.key, item.value)


def _check_overcommit(given: dict[str, str]) -> None:
    if given.get("mem-lock", "on") not in MEM_LOCK:
        choices = ", ".join(f"'{choice}'" for choice in MEM_LOCK)
        raise ParameterError("mem-lock", f"parameter 'mem-lock' expects one of {choices}")


def _check_icount(given: dict[str, str]) -> None:
    shift = given.get("shift", "auto")
    if shift != "auto" and not (shift.isdecimal() and int(shift) <= MAX_SHIFT):
        raise InputError("icount: Invalid shift value")
    aligns = given.get("align", "off") in ON
    if aligns and "shift" not in given:
        raise InputError("Please specify shift option when using align")
    if aligns and given.get("sleep", "on") not in ON:
        raise InputError("align=on and sleep=off are incompatible")
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
    "icount": _check_icount,
    "sandbox": _check_sandbox,
}


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ChoiceError for a value that is none of the choices."""
    if value not in choices:
        raise ChoiceError(name, value)
