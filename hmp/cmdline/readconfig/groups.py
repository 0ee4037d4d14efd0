"""The option groups: the keys of options with their types. -readconfig and -set look options up in
them (recorded by `scripts/record option-groups` and `command-line-options`).
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from hmp.errors import BooleanValueError, InputError, InvalidParameterError
from hmp.grammar.numbers import parse_option_number
from hmp.grammar.opts import check_identifier
from hmp.machine.catalogue.options import recorded_options
from hmp.machine.qom.visitors import BOOLEANS, StringInputVisitor
from hmp.recorded import read_recorded

TEXT, NUMBER, BOOLEAN, IDENTIFIER = "string", "number", "boolean", "identifier"
# Groups whose option has another name.
OPTION_NAMES = {"memory": "m", "smp-opts": "smp", "boot-opts": "boot"}


class UnknownGroupError(InputError):
    """There is no group of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no option group '{name}'")
        self.name = name


class OptionGroup(NamedTuple):
    """A group: the types of its keys, None where any key goes; `is_tree` means dotted keys."""

    name: str
    types: dict[str, str] | None
    is_tree: bool

    @property
    def option(self) -> str:
        """The option of the command line that sets the same."""
        return OPTION_NAMES.get(self.name, self.name)

    def check(self, key: str, value: str) -> None:
        """Raise InputError for an unknown key or a value of the wrong type."""
        if self.types is None:
            return
        kind = self.types.get(key)
        if kind is None:
            raise InvalidParameterError(key)
        if kind == BOOLEAN and value not in BOOLEANS:
            raise BooleanValueError(key)
        if kind == NUMBER:
            parse_option_number(key, value)
        elif kind == "size":
            StringInputVisitor().size(key, value)
        elif kind == IDENTIFIER:
            check_identifier(value)


@cache
def _recorded() -> dict[str, OptionGroup]:
    data = read_recorded(__file__, "option_groups.json")
    found = {name: OptionGroup(name, None, False) for name in data["unchecked"]}
    found |= {name: OptionGroup(name, None, True) for name in data["trees"]}
    for option in recorded_options():
        if (name := option["option"]) in data["checked"]:
            types = {key["name"]: key["type"] for key in option["parameters"]}
            if name in data["with_id"]:
                types["id"] = IDENTIFIER
            found[name] = OptionGroup(name, types, False)
    return found


def find_group(name: str) -> OptionGroup:
    """Return a group; raise UnknownGroupError when there is none of that name."""
    group = _recorded().get(name)
    if group is None:
        raise UnknownGroupError(name)
    return group


_SHOWN_TYPES = {TEXT: "str", NUMBER: "num", BOOLEAN: "bool (on/off)", "size": "size"}


def keys_help(name: str) -> str:
    """Return the keys of a group, as `-rtc help` lists them.

    QEMU prints this and ends with 1, although it is no error.
    """
    types = find_group(name).types or {}
    lines = [
        f"  {key}=<{_SHOWN_TYPES[kind]}>\n" for key, kind in types.items() if kind in _SHOWN_TYPES
    ]
    return f"{name} options:\n" + "".join(sorted(lines))
