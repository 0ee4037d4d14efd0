"""What the console says of its own accord: what would have worked, and what has no effect."""

from __future__ import annotations

from hmp.console.context import ConsoleContext
from hmp.console.execution.undo import WRITERS
from hmp.console.line import ConsoleLine
from hmp.encoding import to_unicode
from hmp.errors import HmpError
from hmp.monitor import Execution
from hmp.text import shorten, wrap

# Nobody expects an effect of these.
EXPECTED_OPTIONS = ("-display none", "-nographic", "-no-user-config")


def note_inert_options(context: ConsoleContext) -> None:
    """Name, in one line, what the command line asks for and has no effect here."""
    machine, output = context.machine, context.output
    options = [to_unicode(item) for item in machine.inert_options]
    devices = [f"-device {device.type_name}" for device in machine.inert_devices()]
    named = [item for item in (*options, *devices) if item not in EXPECTED_OPTIONS]
    if named:
        text = f"no effect here: {', '.join(named)}"
        output.note(shorten(text, output.size.columns - 1))


def advise(context: ConsoleContext, line: ConsoleLine, error: HmpError) -> str:
    """Print what would succeed in place of a line that failed; return the mended line, empty when
    there is none.
    """
    if not context.settings.is_enabled("advice"):
        return ""
    from hmp.assist.suggestions import SuggestionContext, suggest

    found = suggest(error, SuggestionContext(context.machine, context.commands, line.parsed))
    if not found.text:
        return ""
    output, width = context.output, context.output.size.columns
    for text in wrap(to_unicode(found.text), width, "→ "):
        output.note(text, "class:advice")
    mended = to_unicode(found.line)
    if mended and not found.redirection:
        mended += line.text[len(line.redirection.command) :]
    if mended:
        mended = line.prefix.text + mended
    if mended in to_unicode(found.text):
        return mended
    if output.in_words or not context.settings.is_enabled("suggestions"):
        for text in wrap(mended, width, "  "):
            output.note(text, "class:advice")
    return mended


def cancelled_text(line: ConsoleLine, execution: Execution) -> str:
    """Return what has become of a command that Ctrl-C has ended."""
    if execution.left_message:
        return execution.left_message
    name = line.parsed.name.value
    if name in WRITERS:
        return "cancelled; the file was removed"
    return "cancelled; all pages released" if name == "object_add" else "cancelled"
