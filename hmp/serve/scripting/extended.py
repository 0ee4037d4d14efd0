"""What a script has with any of -e, --script, FILE.hmp, --quiet, --json and --extras."""

from __future__ import annotations

from hmp.cmdline.errors import StartupError
from hmp.cmdline.options import COMMAND, EXTRAS, JSON, QUIET
from hmp.cmdline.program.scripts import ScriptOptions, ScriptSource
from hmp.errors import HmpError
from hmp.monitor import Monitor
from hmp.serve.scripting.quiet_report import QuietReport
from hmp.serve.scripting.reports import Output, Report, Transcript
from hmp.session.commands import known_commands
from hmp.session.lines import ScriptLine, read_script, script_lines
from hmp.session.session import Session


def begin_session(monitor: Monitor, options: ScriptOptions, words: list[str]) -> Session:
    """Return the run of a script on a monitor, which gets more commands; `words` are the command
    line of its machine.
    """
    session = Session(monitor.machine, words)
    known = known_commands(session, monitor.context.commands)
    if EXTRAS in options.flags:
        from hmp.session.pictures import with_pictures

        known = with_pictures(known)
    monitor.context.known = known
    return session


def make_report(
    monitor: Monitor, options: ScriptOptions, output: Output, session: Session
) -> Report:
    """Return how the script is answered."""
    if JSON in options.flags:
        from hmp.serve.scripting.json_report import JsonReport

        return JsonReport(output, monitor, session)
    return QuietReport(output) if QUIET in options.flags else Transcript(output, monitor.banner)


def read_lines(sources: list[ScriptSource]) -> list[ScriptLine]:
    """Return the commands of all sources in order; raise StartupError for a file that can't be
    read.
    """
    found: list[ScriptLine] = []
    count = 0
    for source in sources:
        if source.is_file:
            found += _read_file(source.text)
        else:
            count += 1
            lines = script_lines(source.text.encode("latin-1"), f"-{COMMAND}")
            found += [line._replace(number=count) for line in lines]
    return found


def _read_file(path: str) -> list[ScriptLine]:
    try:
        return read_script(path)
    except HmpError as error:
        raise StartupError(error.message) from None
