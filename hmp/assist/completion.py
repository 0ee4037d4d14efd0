"""What may stand at the cursor: from the grammar's spans, the command table, the declarations and the live machine.

How it is shown is the console's business; what completion on a socket offers is the reference's
(`hmp.commands.completion`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from hmp.assist import offers
from hmp.assist.declared import is_needed, settable
from hmp.assist.line import OPTION_LISTS, Line, read_line
from hmp.assist.meanings import kind_text, meaning_of
from hmp.assist.offers import Offer
from hmp.assist.values import value_offers
from hmp.assist.vocabulary import Vocabulary
from hmp.assist.word_offers import QUOTED_FILES, Place, described, types, word_offers

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


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


Answer = tuple[int, Iterable[Offer], str]


def _at_cursor(machine: Machine, vocabulary: Vocabulary, line: Line, after: str) -> Answer:
    """Where the part under the cursor starts, what may stand there, and what follows it."""
    end = len(line.text)
    if line.unfinished >= 0:
        return _in_quotes(line)
    if line.name.end == end:
        return line.name.start, described(vocabulary.commands), ""
    if line.name.value == "info":
        if line.subject is None:
            return end, described(vocabulary.info), ""
        if line.subject.end == end:
            return line.subject.start, described(vocabulary.info), ""
    if line.command is None:
        return end, (), ""
    if line.option_list:
        return _in_option_list(machine, line, after)
    return _in_words(machine, vocabulary, line)


def _in_words(machine: Machine, vocabulary: Vocabulary, line: Line) -> Answer:
    """The word of a command without an option list."""
    assert line.command is not None
    end = len(line.text)
    last = line.words[-1] if line.words and line.words[-1].end == end else None
    before = line.words[:-1] if last else line.words
    start = last.start if last else end
    if last is None and line.flags and line.flags[-1].end == end:
        return end, (), ""
    place = Place(machine, vocabulary, [word.value for word in before], line.text[start:])
    return start, word_offers(place, line.command.completes), ""


def _in_quotes(line: Line) -> Answer:
    """A word whose quotes do not end yet: the name of a file, where one may stand."""
    kinds = line.command.completes if line.command else ()
    if kinds[len(line.words) : len(line.words) + 1] != (QUOTED_FILES,):
        return len(line.text), (), ""
    return line.unfinished + 1, offers.files(line.text[line.unfinished + 1 :]), '"'


def _in_option_list(machine: Machine, line: Line, after: str) -> Answer:
    """A type, a key or a value, by what stands before the cursor."""
    end = len(line.text)
    if not line.words:
        return end, types(line.option_list), ","
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
        return last.value.start, types(line.option_list), ","
    item = settable(line).get(last.key.value)
    return last.value.start, value_offers(machine, line, item, last.value.value) if item else (), ""


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
