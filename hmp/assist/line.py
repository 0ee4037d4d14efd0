"""A command line as it stands, finished or not: its name, its words and its option list, each with its span.

Only the grammar's readers cut here; whether the words mean anything on a machine is asked elsewhere.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.assist.vocabulary import Vocabulary
from hmp.commands.command import Described
from hmp.grammar import words
from hmp.grammar.options import read_options
from hmp.grammar.words import Token

OPTION_LISTS = {"types": "qom-type", "drivers": "driver"}


class Setting(NamedTuple):
    """One element of an option list: key and value with their spans in the line; `value` is None without `=`.

    The first element of a list may be a value alone, of the key that is implied; its key has an empty span.
    """

    key: Token
    value: Token | None

    @property
    def end(self) -> int:
        """Where it ends in the line."""
        return self.value.end if self.value else self.key.end


class Line(NamedTuple):
    """A line as far as it can be read; offsets are those of the text.

    `command` is None for a name that is unknown or not finished; `subject` is what stands after `info`;
    `words` are the arguments without flags, or the whole list for a command with an option list; `unfinished` is the
    offset of a quoted word that does not end, or -1.
    """

    text: str
    name: Token
    subject: Token | None
    command: Described | None
    words: list[Token]
    flags: list[Token]
    settings: list[Setting]
    unfinished: int = -1

    @property
    def option_list(self) -> str:
        """Whether `types` or `drivers` begin the command's option list; empty for a command without one."""
        first = self.command.completes[:1] if self.command else ()
        return first[0] if first and first[0] in OPTION_LISTS else ""

    @property
    def type_name(self) -> str:
        """The type that an option list is for, empty when it is not given yet."""
        wanted = OPTION_LISTS.get(self.option_list, "")
        return next((setting.value.value for setting in self.settings
                     if setting.key.value == wanted and setting.value), "")

    def value_of(self, key: str) -> str | None:
        """The last value given for a key of the option list."""
        return next((setting.value.value for setting in reversed(self.settings)
                     if setting.key.value == key and setting.value), None)


def read_line(text: str, vocabulary: Vocabulary) -> Line:
    """Cut a line into its parts; never fails."""
    name = words.read_name(text, words.skip_blanks(text, 0))
    command, subject, at = vocabulary.commands.get(name.value), None, name.end
    if name.value == "info":
        start = words.skip_blanks(text, at)
        found = words.read_name(text, start)
        if found.value:
            subject, command, at = found, vocabulary.info.get(found.value), found.end
    line = Line(text, name, subject, command, [], [], [])
    if command is None:
        return line
    return _with_options(line, at) if line.option_list else _with_words(line, at)


def _with_words(line: Line, at: int) -> Line:
    found: list[Token] = []
    flags: list[Token] = []
    try:
        while (word := words.read_word(line.text, at)) is not None:
            is_flag = not found and len(word.value) == 2 and word.value[0] == "-" and word.value[1].isalpha()
            (flags if is_flag else found).append(word)
            at = word.end
    except words.QuotingError:
        return line._replace(words=found, flags=flags, unfinished=words.skip_blanks(line.text, at))
    return line._replace(words=found, flags=flags)


def _with_options(line: Line, at: int) -> Line:
    """The option list: one word for device_add, the rest of the line for object_add."""
    read = words.read_word if line.option_list == "drivers" else words.read_rest
    try:
        found = read(line.text, at)
    except words.QuotingError:
        return line._replace(unfinished=words.skip_blanks(line.text, at))
    if found is None or line.text[found.start] in '"{':
        return line._replace(words=[found] if found else [])
    listed = line.text[found.start : found.end]
    settings = [_setting(listed, item.start, item.end, found.start, OPTION_LISTS[line.option_list])
                for item in read_options(listed, OPTION_LISTS[line.option_list])]
    return line._replace(words=[found], settings=settings)


def _setting(listed: str, start: int, end: int, base: int, implied: str) -> Setting:
    key, equals, _value = listed[start:end].partition("=")
    after = start + len(key)
    if equals:
        value = listed[after + 1 : end].replace(",,", ",")
        return Setting(Token(key, base + start, base + after), Token(value, base + after + 1, base + end))
    if start == 0:
        return Setting(Token(implied, base, base), Token(key, base, base + end))
    return Setting(Token(key, base + start, base + after), None)
