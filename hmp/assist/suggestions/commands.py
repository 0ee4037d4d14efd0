"""Suggest after an unknown command, and after arguments that no command takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from hmp.assist.suggestions import habits
from hmp.assist.suggestions.context import Line, Suggestion, SuggestionContext, suggestions
from hmp.assist.suggestions.separators import JOINED_BY_COMMAS, joined_options
from hmp.assist.suggestions.similar import closest_match
from hmp.grammar.errors import ArgumentError, ExtraneousTextError, UnknownCommandError

# Recorded by `scripts/record monitor-commands`.
DATA = Path(__file__).with_name("monitor_commands.json")


@cache
def qemu_commands() -> frozenset[str]:
    """Return the names of all of QEMU's commands, those of info with `info ` in front."""
    return frozenset(json.loads(DATA.read_text(encoding="ascii")))


@suggestions.register
def _unknown_command(error: UnknownCommandError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    words = error.typed.split()
    if words[:1] == ["info"] and len(words) > 1:
        yield from _unknown_subject(words[1], ctx)
        return
    name = words[0] if words else ""
    usual = habits.COMMANDS.get(name)
    if usual:
        yield Suggestion("here it is ", Line(usual), mended=usual)
    if name in ctx.known.info:
        yield Suggestion("it is a subject of info: ", Line(f"info {name}"), mended=f"info {name}")
        # As things are, the subject can't be shown.
        yield Suggestion("it is a subject of info")
    if name in qemu_commands():
        yield Suggestion(f"QEMU has {name}, hmp does not: ", Line("help"), " lists what there is")
    near = closest_match(name, ctx.known.commands)
    if near:
        yield Suggestion(f"did you mean {near}?", mended=ctx.line.text.replace(name, near, 1))
    subject = closest_match(name, ctx.known.info)
    if subject:
        yield Suggestion("did you mean ", Line(f"info {subject}"), "?", mended=f"info {subject}")
    yield Suggestion(Line("help"), " lists the commands")


def _unknown_subject(name: str, ctx: SuggestionContext) -> Iterator[Suggestion]:
    usual = habits.INFO.get(name)
    near = closest_match(name, ctx.known.info)
    if usual:
        yield Suggestion("here it is ", Line(f"info {usual}"), mended=f"info {usual}")
    if f"info {name}" in qemu_commands():
        yield Suggestion(
            f"QEMU has info {name}, hmp does not: ", Line("info"), " lists what there is"
        )
    if near:
        yield Suggestion(f"did you mean info {near}?", mended=ctx.line.text.replace(name, near, 1))
    yield Suggestion(Line("info"), " lists what can be shown")


@suggestions.register
def _usage(error: ArgumentError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    command = ctx.line.command
    if isinstance(error, ExtraneousTextError) and ctx.line.implied_key:
        yield Suggestion(JOINED_BY_COMMAS, mended=joined_options(ctx))
        return
    if command is not None and command.parameters:
        yield Suggestion(f"usage: {ctx.line.name.value} {command.parameters}")
