"""Choose what is suggested after an error: nothing that would fail is proposed.

This is the one place that lets lines through: each is run dry on the machine as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.assist.dry_run import dry_run
from hmp.assist.suggestions.context import Suggestion, SuggestionContext, suggestions
from hmp.assist.suggestions.separators import mended_separators
from hmp.errors import HmpError
from hmp.grammar.command_line import parse_line

# A line may have as many mistakes that are mended together.
MAX_MISTAKES = 4


def suggest(error: HmpError, ctx: SuggestionContext) -> Suggestion:
    """Return what would succeed instead of the failed line; empty when nothing is known."""
    for found in _candidates(error, ctx):
        if found.parts and all(ctx.accepts(line) for line in found.lines):
            mended = _mended(found.mended, ctx, MAX_MISTAKES)
            return Suggestion(*found.parts, mended=mended, redirection=found.redirection)
    return Suggestion()


def _candidates(error: HmpError, ctx: SuggestionContext) -> Iterator[Suggestion]:
    yield from mended_separators(ctx)
    yield from suggestions(error, ctx)


def _mended(text: str, ctx: SuggestionContext, mistakes: int) -> str:
    """Return a mended line that is accepted, also when further mistakes are to be mended in it;
    empty when there is none.
    """
    if text in ("", ctx.line.text):
        return ""
    if ctx.accepts(text):
        return text
    line = parse_line(text, ctx.known)
    error = dry_run(ctx.machine, ctx.known, line)
    if error is None or mistakes == 1:
        return ""
    again = ctx._replace(line=line)
    # A line with another command may help, but it is not the failed one mended.
    head = text[: line.command_end]
    mended = (
        _mended(found.mended, again, mistakes - 1)
        for found in _candidates(error, again)
        if found.mended.startswith(head)
    )
    return next(filter(None, mended), "")
