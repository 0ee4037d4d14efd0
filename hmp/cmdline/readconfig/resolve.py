"""Puts what -readconfig reads and what -set changes into the options of a command line, before any
of them is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hmp.cmdline.errors import FileLocation
from hmp.cmdline.options import Option
from hmp.cmdline.readconfig.groups import find_group
from hmp.cmdline.readconfig.reader import GroupLine, read_lines
from hmp.cmdline.readconfig.tree import build_tree
from hmp.errors import HmpError, InputError, StateError
from hmp.grammar.opts import HELP_WORDS, OptionText, check_identifier, find_id, parse_opts
from hmp.grammar.opts import Option as Element

# The key of a first word without `=`, by option.
IMPLIED_KEYS = {
    **dict.fromkeys(("netdev", "nic", "net", "numa"), "type"),
    "device": "driver",
    "tpmdev": "type",
    "chardev": "backend",
    "mon": "chardev",
    "fsdev": "fsdriver",
    "virtfs": "fsdriver",
    "vnc": "vnc",
}
# Groups that a file may have, and that do nothing then (experiment: wrong values start).
WITHOUT_EFFECT = frozenset(
    ("accel", "acpi", "iscsi", "option-rom", "overcommit", "plugin", "run-with", "smbios")
    + ("trace", "virtfs")
)
_ASSIGNMENT = re.compile(r"([^.]{1,63})\.([^.]{1,63})\.([^=]{1,63})=(.*)", re.DOTALL)


class _Section(NamedTuple):
    """A section of a file; of several values for a key the last counts."""

    group: str
    values: dict[str, str]
    line: int

    def option(self, source: Option) -> Option | None:
        """Return the option that the section stands for, None for one without an effect.

        `source` is the -readconfig. Raises InputError when the group can't have the values.
        """
        group = find_group(self.group)
        if not group.is_tree and "id" in self.values:
            check_identifier(self.values["id"])
        for key, value in self.values.items():
            group.check(key, value)
        if self.group in WITHOUT_EFFECT:
            return None
        return Option(
            group.option,
            source.typed,
            OptionText([_element(key, value) for key, value in self.values.items()]),
            # The errors of -audiodev name the option.
            source.location
            if self.group == "audiodev"
            else FileLocation(f"{source.argument}:{self.line}"),
            source.location,
            build_tree(self.values) if group.is_tree else None,
        )


def resolve_options(options: list[Option]) -> list[Option]:
    """Return the options with those of files in place of each -readconfig, and as -set changes
    them.

    A -readconfig or -set that is wrong stays with its error, which is raised in its turn.
    """
    found: list[Option] = []
    for option in options:
        if option.name == "set":
            found += _apply_set(option, found)
        elif option.name == "readconfig":
            found += _read_file(option)
        else:
            found.append(option)
    return found


def _read_file(source: Option) -> Iterator[Option]:
    try:
        for section in _sections(source.argument):
            option = section.option(source)
            if option:
                yield option
    except HmpError as error:
        yield source.replace(error=error)


def _sections(path: str) -> Iterator[_Section]:
    section: _Section | None = None
    for line in read_lines(path):
        if isinstance(line, GroupLine):
            if section:
                yield section
            values = {} if line.identifier is None else {"id": line.identifier}
            section = _Section(line.group, values, line.number)
        elif section is None:
            raise InputError("no group defined")
        else:
            section.values[line.key] = line.value
            section = section._replace(line=line.number)
    if section:
        yield section


def _apply_set(setting: Option, before: list[Option]) -> Iterator[Option]:
    """Change the option that a -set is about; yield the -set only if it is wrong."""
    try:
        _change(setting.argument, before)
    except HmpError as error:
        yield setting.replace(error=error)


def _change(text: str, before: list[Option]) -> None:
    found = _ASSIGNMENT.fullmatch(text)
    if found is None:
        raise InputError(f'can\'t parse: "{text}"')
    name, identifier, key, value = found.groups()
    group = find_group(name)
    if group.is_tree:
        raise InputError(f"-set is not supported with {name}")
    index = next(
        (
            index
            for index, other in enumerate(before)
            if other.name == group.option and _identifier(other) == identifier
        ),
        None,
    )
    if index is None:
        raise StateError(f'there is no {name} "{identifier}" defined')
    group.check(key, value)
    option = before[index]
    elements = [*_elements(option), _element(key, value)]
    before[index] = option.replace(argument=OptionText(elements), place=option.location)


def _element(key: str, value: str) -> Element:
    # `help = "on"` asks for help as the word does.
    return Element(key, value, short_form=key if key in HELP_WORDS else None)


def _elements(option: Option) -> list[Element]:
    # The implied key of a first word is that of the option's own parser.
    return parse_opts(option.argument, IMPLIED_KEYS.get(option.name, ""))


def _identifier(option: Option) -> str | None:
    # JSON has no place in a group.
    if option.argument.startswith("{"):
        return None
    found = find_id(_elements(option))
    return found.value if found else None
