"""What a command takes, in a line, while it is typed: its parameters, the key at the cursor, what is still missing.

Only what stands in the tables and declarations is told here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.assist.declared import is_needed, settable
from hmp.assist.faults import find_faults
from hmp.assist.line import Line, read_line
from hmp.assist.meanings import kind_text, meaning_of, type_meaning
from hmp.assist.vocabulary import Vocabulary

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

EMPTY, PLAIN, WRONG = "empty", "hint", "fault"


def hint(machine: Machine, vocabulary: Vocabulary, before: str, after: str = "") -> tuple[str, str]:
    """Whether the line is EMPTY, fine (PLAIN) or WRONG, and one line about it."""
    whole = read_line(before + after, vocabulary)
    if not whole.name.value:
        return EMPTY, ""
    faults = find_faults(machine, vocabulary, whole, len(before))
    if faults:
        return WRONG, faults[0].reason
    if whole.command is None:
        unfinished = vocabulary.commands.get(whole.name.value)
        return PLAIN, _about_command(whole._replace(command=unfinished, subject=None)) if unfinished else ""
    return PLAIN, _about_options(read_line(before, vocabulary), whole) or _about_command(whole)


def _about_command(line: Line) -> str:
    assert line.command is not None
    prefix = "info " if line.subject else ""
    usage = " ".join(filter(None, (prefix + line.command.title, line.command.parameters)))
    return f"{usage} — {line.command.help}"


def _about_options(before: Line, whole: Line) -> str:
    """The key whose value is typed, else the type and what it still needs."""
    if not whole.type_name or not whole.settings or not before.settings:
        return ""
    known = settable(whole)
    last = before.settings[-1]
    item = known.get(last.key.value)
    if item is not None and last.value is not None and before.text[-1] != ",":
        return f"{item.name}=<{kind_text(item.kind)}>{', required' * item.required} — {meaning_of(item)}"
    given = {setting.key.value for setting in whole.settings}
    missing = [name for name, item in known.items() if is_needed(item) and name not in given]
    needs = f"; needs {', '.join(missing)}" if missing else ""
    return f"{whole.type_name} — {type_meaning(whole.type_name)}{needs}" if known else ""
