"""What may stand at the cursor: from the grammar's spans, the command table, the declarations and the live machine.

How it is shown is the console's business; what completion on a socket offers is the reference's
(`hmp.commands.completion`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist import offers
from hmp.assist.declared import creatable_types, is_needed, settable, settable_now
from hmp.assist.line import OPTION_LISTS, Line, read_line
from hmp.assist.meanings import kind_text, meaning_of, type_meaning
from hmp.assist.offers import Offer
from hmp.assist.values import kind_offers, value_offers
from hmp.assist.vocabulary import Vocabulary
from hmp.commands.command import Described
from hmp.machine.objects import resolve

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


WORDS, QUOTED_FILES = "words:", "quoted files"


class Choice(NamedTuple):
    """A text that may replace the line from `start` to the cursor, what its menu entry shows, its type and meaning."""

    text: str
    start: int
    shown: str
    label: str
    meaning: str


def choices(machine: Machine, vocabulary: Vocabulary, before: str, after: str = "") -> list[Choice]:
    """What may stand at the cursor between two texts: what begins with the typed part, else what contains it."""
    line = read_line(before, vocabulary)
    start, found, suffix = _at_cursor(machine, vocabulary, line, after)
    typed = before[start:]
    offered = list(found)
    matching = [item for item in offered if item.word.startswith(typed)]
    matching = matching or [item for item in offered if len(typed) > 1 and typed in item.word]
    return [_choice(item, start, "" if item.goes_on else suffix) for item in dict.fromkeys(matching)]


def _choice(item: Offer, start: int, suffix: str) -> Choice:
    return Choice(item.word + item.follow + suffix, start, item.word, item.label, item.meaning)


Place = tuple[int, Iterable[Offer], str]


def _at_cursor(machine: Machine, vocabulary: Vocabulary, line: Line, after: str) -> Place:
    """Where the part under the cursor starts, what may stand there, and what follows it."""
    end = len(line.text)
    if line.unfinished >= 0:
        return _in_quotes(line)
    if line.name.end == end:
        return line.name.start, _described(vocabulary.commands), ""
    if line.name.value == "info":
        if line.subject is None:
            return end, _described(vocabulary.info), ""
        if line.subject.end == end:
            return line.subject.start, _described(vocabulary.info), ""
    if line.command is None:
        return end, (), ""
    if line.option_list:
        return _in_option_list(machine, line, after)
    return _in_words(machine, vocabulary, line)


def _described(commands: Mapping[str, Described]) -> Iterator[Offer]:
    for name, command in sorted(commands.items()):
        label = "command" if name == command.names[0] else f"= {command.names[0]}"
        yield Offer(name, label, command.help, follow=" " if command.parameters else "")


def _in_words(machine: Machine, vocabulary: Vocabulary, line: Line) -> Place:
    """The word of a command without an option list."""
    assert line.command is not None
    end = len(line.text)
    last = line.words[-1] if line.words and line.words[-1].end == end else None
    before = line.words[:-1] if last else line.words
    start = last.start if last else end
    if last is None and line.flags and line.flags[-1].end == end:
        return end, (), ""
    kinds = line.command.completes
    kind = kinds[len(before)] if len(before) < len(kinds) else kinds[0] if kinds == ("guest",) else ""
    if kinds == ("commands",) and [word.value for word in before] == ["info"]:
        kind = "info"
    return start, _subject(machine, vocabulary, kind, [word.value for word in before], line.text[start:]), ""


def _in_quotes(line: Line) -> Place:
    """A word whose quotes do not end yet: the name of a file, where one may stand."""
    kinds = line.command.completes if line.command else ()
    if kinds[len(line.words) : len(line.words) + 1] != (QUOTED_FILES,):
        return len(line.text), (), ""
    return line.unfinished + 1, offers.files(line.text[line.unfinished + 1 :]), '"'


def _subject(machine: Machine, vocabulary: Vocabulary, kind: str, before: list[str], typed: str) -> Iterable[Offer]:
    if kind in ("commands", "info"):
        return _described(vocabulary.info if kind == "info" else vocabulary.commands)
    if kind == "paths":
        return offers.paths(machine, typed)
    if kind == "files":
        return offers.files(typed)
    if kind == QUOTED_FILES:
        # Without quotes the slash of a path would divide the number before it.
        return (offer._replace(word=f'"{offer.word}') for offer in offers.files(typed))
    if kind in ("properties", "settable") and before:
        found = offers.properties if kind == "properties" else offers.settable_properties
        return found(machine, before[0])
    if kind == "values":
        return _values_of(machine, before, typed)
    if kind == "guest":
        return _told_to_guest(machine, before)
    if kind == "lessons":
        return _lessons(typed)
    if kind.startswith(WORDS):
        return (Offer(word, "word", "") for word in kind.removeprefix(WORDS).split("|"))
    return offers.SUBJECTS[kind](machine) if kind in offers.SUBJECTS else ()


def _lessons(typed: str) -> Iterator[Offer]:
    from hmp.lessons.course import titles

    for name, title in titles():
        yield Offer(name, "lesson", title)
    for word, meaning in (("hint", "for the present step"), ("show", "what solves it"), ("stop", "end the lesson")):
        yield Offer(word, "word", meaning)
    if "/" in typed:
        yield from offers.files(typed)


def _values_of(machine: Machine, before: list[str], typed: str) -> Iterable[Offer]:
    node, _ambiguous = resolve(machine.root, before[0])
    item = settable_now(machine, node).get(before[1]) if node else None
    return kind_offers(machine, item, typed) if item else ()


def _told_to_guest(machine: Machine, before: list[str]) -> Iterable[Offer]:
    """The actions of the guest, then the arguments of one."""
    from hmp.guest.actions import ACTIONS
    from hmp.machine.faults import HOST_CALLS

    if not before:
        return (Offer(action.name, " ".join(argument.name for argument in action.arguments), action.help)
                for action in ACTIONS.values())
    action = ACTIONS.get(before[0])
    if action is None or len(before) > len(action.arguments):
        return ()
    wanted = action.arguments[len(before) - 1].name
    if wanted == "call":
        return (Offer(call, "call", "of the host") for call in HOST_CALLS)
    if wanted == "zone":
        return (Offer("movable", "zone", "can be unplugged"), Offer("kernel", "zone", "can't be unplugged"))
    return offers.SUBJECTS[wanted](machine) if wanted in offers.SUBJECTS else ()


def _in_option_list(machine: Machine, line: Line, after: str) -> Place:
    """A type, a key or a value, by what stands before the cursor."""
    end = len(line.text)
    if not line.words:
        return end, _types(line), ","
    if line.words[0].end != end:
        return end, (), ""
    if not line.settings:
        return end, (), ""
    last = line.settings[-1]
    if line.text[-1] == "," and last.end != end:
        return end, _missing_keys(line, after), ""
    if last.value is None:
        return last.key.start, _missing_keys(line, after), ""
    if last.key.value == OPTION_LISTS[line.option_list]:
        return last.value.start, _types(line), ","
    item = settable(line).get(last.key.value)
    return last.value.start, value_offers(machine, line, item, last.value.value) if item else (), ""


def _types(line: Line) -> Iterator[Offer]:
    for name in creatable_types(line.option_list):
        yield Offer(name, line.option_list.removesuffix("s"), type_meaning(name))


def _missing_keys(line: Line, after: str) -> Iterator[Offer]:
    """The keys that are not given yet, on either side of the cursor; needed ones first, x- ones when asked for."""
    given = {setting.key.value for setting in line.settings}
    given |= {item.partition("=")[0] for item in after.split(",") if "=" in item}
    typed = ""
    if line.text[-1] != ",":
        typed = line.settings[-1].key.value
        given.discard(typed)
    for name, item in settable(line).items():
        if name not in given and (typed[:1] == "x" or not name.startswith("x-")):
            needed = "required" if item.required else "needed" if is_needed(item) else ""
            label = kind_text(item.kind) + f", {needed}" * bool(needed)
            yield Offer(f"{name}=", label, meaning_of(item))
