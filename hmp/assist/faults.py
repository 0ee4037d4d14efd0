"""Where a line can't be read, or names what does not exist: spans with the reason in plain words.

The reference's own messages come when the line is entered; nothing is executed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist.declared import creatable_types, settable
from hmp.assist.line import OPTION_LISTS, Line, Setting
from hmp.assist.vocabulary import Vocabulary
from hmp.errors import InputError
from hmp.grammar.options import HELP_WORDS, check_identifier
from hmp.grammar.words import Token
from hmp.machine.objects import resolve
from hmp.machine.properties import Link, NodeList, Property
from hmp.values.readers import KeyValueReader

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class Fault(NamedTuple):
    """A span of the line that is to blame, and why."""

    start: int
    end: int
    reason: str


def find_faults(machine: Machine, vocabulary: Vocabulary, line: Line, cursor: int | None = None) -> list[Fault]:
    """The faults of a line, in its order; what the cursor stands in or at the end of is not finished, and no fault."""
    found = [Fault(token.start, token.end, reason) for token, reason in _faults(machine, vocabulary, line)]
    return [fault for fault in found if cursor is None or not fault.start <= cursor <= fault.end]


def _faults(machine: Machine, vocabulary: Vocabulary, line: Line) -> Iterator[tuple[Token, str]]:
    if line.name.value and line.name.value not in vocabulary.commands:
        yield line.name, f"there is no command {line.name.value}"
    if line.subject and line.subject.value not in vocabulary.info:
        yield line.subject, f"there is no info {line.subject.value}"
    if line.unfinished >= 0:
        yield Token("", line.unfinished, len(line.text)), "the quotes do not end"
    if line.command is None:
        return
    if line.option_list:
        yield from _of_options(machine, line)
    elif line.words and line.command.completes:
        yield from _of_word(machine, line.command.completes[0], line.words[0])


def _of_word(machine: Machine, kind: str, word: Token) -> Iterator[tuple[Token, str]]:
    if kind == "objects" and word.value not in machine.objects.children:
        yield word, f"there is no object {word.value}"
    elif kind == "devices" and machine.peripheral.follow(word.value) is None and word.value[0] != "/":
        yield word, f"there is no device {word.value}"
    elif kind == "paths":
        node, ambiguous = resolve(machine.root, word.value)
        if node is None:
            yield word, f"several objects are called {word.value}" if ambiguous else f"nothing is at {word.value}"


def _of_options(machine: Machine, line: Line) -> Iterator[tuple[Token, str]]:
    if not line.settings:
        return
    name, known = line.type_name, settable(line)
    wanted = OPTION_LISTS[line.option_list]
    for setting in line.settings:
        if setting.key.value in HELP_WORDS or (setting.value and setting.value.value in HELP_WORDS):
            return
        if setting.key.value == wanted:
            if name and name not in creatable_types(line.option_list) and setting.value:
                yield setting.value, f"there is no {line.option_list.removesuffix('s')} {name}"
        elif known:
            yield from _of_setting(machine, setting, known.get(setting.key.value))


def _of_setting(machine: Machine, setting: Setting, item: Property | None) -> Iterator[tuple[Token, str]]:
    key = setting.key.value
    if item is None:
        if key.partition(".")[0] not in ("host-nodes", "cpu-affinity", "node-affinity"):
            yield setting.key, f"there is no property {key}"
        return
    if setting.value is None:
        return
    value = setting.value.value
    try:
        if item.name == "id":
            check_identifier(value)
        elif not isinstance(item.kind, NodeList):
            item.kind.read(KeyValueReader(), key, value)
    except InputError as error:
        yield setting.value, error.message
        return
    if isinstance(item.kind, Link) and value and value[0] != "/" and resolve(machine.root, value) == (None, False):
        yield setting.value, f"there is no {item.kind.target} {value}"
