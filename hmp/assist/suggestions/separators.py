"""Mend what separates the parts of a line: commas between options, blanks around `|` and `>`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hmp.assist.properties import creatable_types, settable_options
from hmp.assist.suggestions.context import Suggestion, SuggestionContext

JOINED_BY_COMMAS = "options are joined by commas, without blanks"
BLANKS = re.compile(r"\s*,\s*|\s+")
# The last of `|`, `>` and `>>` that stand at a word.
GLUED = re.compile(r"(.*[^\s|>])\s*(\||>>?)\s*([^\s|>].*)", re.DOTALL)


def mended_separators(ctx: SuggestionContext) -> Iterator[Suggestion]:
    """Yield the failed line with the separators that it lacks, if that is all it lacks."""
    if ctx.line.implied_key:
        yield from _accepted(ctx, JOINED_BY_COMMAS, joined_options(ctx))
        for mended in _split(ctx):
            yield from _accepted(ctx, "a comma is missing", mended)
    glued = GLUED.fullmatch(ctx.line.text)
    if glued and ctx.accepts(glued[1]):
        yield Suggestion(
            f"`{glued[2]}` stands between blanks",
            mended=glued[1],
            redirection=f" {glued[2]} {glued[3]}",
        )


def _accepted(ctx: SuggestionContext, text: str, mended: str) -> Iterator[Suggestion]:
    if mended != ctx.line.text and ctx.accepts(mended):
        yield Suggestion(text, mended=mended)


def joined_options(ctx: SuggestionContext) -> str:
    """Return the line with a comma for the blanks between its options."""
    head, rest = ctx.line.text[: ctx.line.command_end], ctx.line.text[ctx.line.command_end :]
    return f"{head} {BLANKS.sub(',', rest.strip())}"


def _split(ctx: SuggestionContext) -> Iterator[str]:
    """Yield the line with a comma in front of each `key=` that is inside of an element."""
    text, line = ctx.line.text, ctx.line
    for option in line.options:
        for type_name in creatable_types(line.implied_key):
            at = option.start + len(type_name)
            if text.startswith(type_name, option.start) and at < option.end:
                yield f"{text[:at]},{text[at:]}"
        for key in settable_options(line.implied_key, line.type_name):
            at = text.find(f"{key}=", option.start + 1, option.end)
            if at > 0 and option.value_span and at >= option.value_span[0]:
                yield f"{text[:at]},{text[at:]}"
