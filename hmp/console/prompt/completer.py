"""Complete the typed line in prompt_toolkit's menu (`hmp.assist.completion`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from hmp.assist.completion.candidates import files
from hmp.assist.completion.completions import completions
from hmp.console.line import parse_console_line
from hmp.encoding import to_latin1, to_unicode
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.machine.machine import Machine
from hmp.text import visible


class HmpCompleter(Completer):
    """Completes the part of the line at the cursor."""

    def __init__(
        self, machine: Callable[[], Machine], known: Callable[[], CommandSet[CommandInfo]]
    ) -> None:
        self._machine, self._known = machine, known

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        line, cursor = parse_console_line(document.text, self._known()), document.cursor_position
        redirection = line.redirection
        if redirection.operator and cursor > len(redirection.command):
            # The target up to the cursor; at the end of the text `or None` avoids an empty slice.
            if redirection.operator != "|":
                yield from _files(redirection.target[: cursor - len(document.text) or None])
            return
        if cursor < len(line.prefix.text):
            return
        for item in completions(
            self._machine(), self._known(), line.parsed, line.byte_offset(cursor)
        ):
            yield Completion(
                to_unicode(item.text),
                line.character_offset(item.start) - cursor,
                # Here already, so that the menu has the width of what is drawn.
                display=visible(to_unicode(item.display)),
                display_meta=" · ".join(filter(None, (item.kind, item.description))),
            )


def _files(typed: str) -> Iterable[Completion]:
    for candidate in files(to_latin1(typed)):
        path = to_unicode(candidate.text)
        if path.startswith(typed):
            yield Completion(path, -len(typed), display=visible(path), display_meta=candidate.kind)
