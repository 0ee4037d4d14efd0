"""Run a console: read a line, execute it, print the reply unchanged, then what helps after it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from hmp.commands.help import help_line
from hmp.console.builtins import KEYS, ConsoleCommand, builtin_list
from hmp.console.context import ConsoleContext
from hmp.console.dumb import DumbOutput, DumbPrompt
from hmp.console.execution.advice import advise, cancelled_text, note_inert_options
from hmp.console.execution.aliases import Aliases
from hmp.console.execution.prefix import TIME, WATCH
from hmp.console.execution.replies import HELP_NAMES, Replies
from hmp.console.execution.undo import UndoLog
from hmp.console.lessons.tutorial import TutorialRunner
from hmp.console.line import ConsoleLine, console_commands, parse_console_line
from hmp.console.output import ConsoleOutput, Fragments
from hmp.console.prompt.prompt import Prompt
from hmp.console.terminal import Terminal
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError, unexpected_error
from hmp.lessons.confinement import check_typed
from hmp.machine.progress import InterruptedByUserError
from hmp.monitor import Monitor, Reply, error_text
from hmp.session.lines import read_script, without_prompt
from hmp.settings.load import config_path
from hmp.settings.options import Settings

if TYPE_CHECKING:
    from prompt_toolkit.input import Input

LEARN = "learn"
SOURCE_ENDS = "the lines after it are not run, for the machine is another one"
CONFIRM_LESSON = "Enter begins it, q stops: "


class Console:
    """A console on a terminal; keys come from the terminal, or from `source`.

    With `is_played` they are those of a lesson, which may run commands of the monitor alone.
    `words` are the command line of the machine.
    """

    def __init__(
        self,
        monitor: Monitor,
        settings: Settings,
        output: ConsoleOutput,
        source: Input | None = None,
        terminal: Terminal | None = None,
        is_played: bool = False,
        words: Sequence[str] = (),
    ) -> None:
        self.context = ConsoleContext(monitor, settings, output, is_played, words)
        known = console_commands(monitor.context.commands)
        folder = None if is_played else config_path().parent
        aliases = Aliases(folder and folder / "aliases", known.commands.__contains__)
        self.context.set_commands(known, aliases)
        self._initial = folder and folder / "init.hmp"
        self.settings, self.output = settings, output
        self.tutorial = TutorialRunner(self.context)
        self.context.learn = self.tutorial.run_command
        self._undo_log = UndoLog(self.context, words)
        self.context.undo, self.context.redo = self._undo, self._undo_log.redo
        self._terminal = terminal or Terminal()
        self.interrupts = self._terminal.interrupts
        self.prompt: Prompt | DumbPrompt
        if isinstance(output, DumbOutput):
            self.prompt = DumbPrompt(self.context, self._terminal)
            # The driver echoes what is typed.
            self._quiet: Callable[[], AbstractContextManager[None]] = nullcontext
        else:
            self.prompt = Prompt(self.context, self._terminal, self._topic, source)
            self._quiet = self._terminal.quiet
        self._source, self._replies = source, Replies(self.context, self._terminal)
        self._seconds = 0.0

    async def run(self) -> None:
        """Read and run lines until the machine has shut down or the input ends."""
        with self._quiet(), self._terminal.interrupts.calling(self.prompt.interrupt):
            self.output.write(f"{self.context.monitor.banner}\n")
            note_inert_options(self.context)
            if self.context.monitor.introduction:
                self.output.note(self.context.monitor.introduction)
            for trouble in self.context.aliases.troubles:
                self.output.note(trouble, "class:error")
            await self._run_initial()
            while not self.context.monitor.has_ended:
                try:
                    line = await self.prompt.next_line()
                except KeyboardInterrupt:
                    continue
                except EOFError:
                    break
                if not await self.run_line(line):
                    self.prompt.mark_refused(line)
                if self.tutorial.unconfirmed:
                    await self._confirm_lesson()

    async def _run_initial(self) -> None:
        """Run the lines that the user wants at the start of every console, and say where one of
        them was refused.
        """
        if self._initial is None or not os.path.lexists(self._initial):
            return
        try:
            lines = read_script(to_latin1(str(self._initial)))
        except HmpError as error:
            self._write_error(error)
            return
        for line in lines:
            if self.context.monitor.has_ended or self.prompt.was_interrupted():
                return
            if not await self.run_line(to_unicode(line.text)):
                self.output.note(to_unicode(f"{line.location}: {line.text}"), "class:error")

    def _topic(self) -> str:
        """Return what stands first in the status line: the lesson, or whose machine it is."""
        return self.tutorial.topic or self.context.monitor.owner

    async def run_line(self, line: str) -> bool:
        """Run one line and print its reply; return whether it was accepted.

        An internal error is printed and ends nothing. The prompt of a line that was pasted from a
        transcript is not a part of it.
        """
        try:
            text = self.context.aliases.expand(without_prompt(line))
            is_accepted = await self._run(parse_console_line(text, self.context.commands))
            await self._run_sourced()
        except Exception as error:
            self._write_error(error)
            return False
        return is_accepted

    async def _run_sourced(self) -> None:
        """Run the lines of a file that `source` has read, until Ctrl-C, or until a lesson begins or
        ends, since they were for another machine.
        """
        session = self.context.session
        with session.sourced() as lines:
            for number, line in enumerate(lines, start=1):
                if self.context.monitor.has_ended or self.prompt.was_interrupted():
                    return
                text = to_unicode(line.text)
                self.prompt.show_line(text)
                await self.run_line(text)
                await asyncio.sleep(0)  # Sockets are served between two lines.
                if self.tutorial.unconfirmed or self.context.session is not session:
                    if number < len(lines):
                        self.output.note(f"{line.location}: {SOURCE_ENDS}")
                    return

    async def _confirm_lesson(self) -> None:
        """Begin a lesson of somebody else when the user agrees."""
        if not await self.prompt.confirm(CONFIRM_LESSON):
            self.tutorial.unconfirmed = None
            # What was pasted after `learn` was meant for the lesson.
            self.prompt.discard_pending()
            self.output.note("The lesson did not begin.")
            return
        try:
            self.output.show(self.tutorial.begin_confirmed())
        except Exception as error:
            self._write_error(error)

    def _write_error(self, error: Exception) -> None:
        known = error if isinstance(error, HmpError) else unexpected_error(error)
        self.output.write(to_latin1(error_text(known)))

    async def _run(self, line: ConsoleLine) -> bool:
        """Run a line, and what follows it; return whether it was accepted."""
        if self.context.is_played:
            check_typed(line.text)
        self.output.hide_secrets(line.text)
        if line.prefix.name == WATCH:
            is_accepted = await self._watch(line)
            self.context.event_printer.flush()
            return is_accepted
        builtin = self._find_builtin(line)
        with self.tutorial.played_folder():
            if builtin:
                is_accepted = await self._run_builtin(builtin, line)
            else:
                is_accepted = await self._run_on_monitor(line)
        if line.prefix.name == TIME:
            self.output.note(f"{self._seconds:.3f} s")
        self.context.event_printer.flush()
        name = line.parsed.name.value
        if not (builtin and name == LEARN) and self.tutorial.after_command(name):
            # What would have worked in place of an error that the lesson wanted is no advice.
            self.prompt.suggest("")
        return is_accepted

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Measure for `time` how long a command takes, without the time in which it is shown."""
        start = time.monotonic()
        try:
            yield
        finally:
            self._seconds = time.monotonic() - start

    async def _watch(self, line: ConsoleLine) -> bool:
        """Run a line again and again on the screen; return whether it can be."""
        from hmp.console.execution.watch import Watch

        try:
            watch = Watch(self.context, line, self._find_builtin(line))
        except HmpError as error:
            self.output.write(to_latin1(error_text(error)))
            return False
        await self.output.drained()
        await watch.run(self._terminal, self._source)
        return True

    def _undo(self) -> Fragments:
        """Take back the last line, in a lesson that of its step."""
        if self.tutorial.run:
            return self.tutorial.run_command("undo")
        return [("class:hint", f"undone: {to_unicode(self._undo_log.undo())}\n")]

    def close(self) -> None:
        """Unmap the machines that were made here."""
        self.tutorial.close()
        self._undo_log.close()

    def _find_builtin(self, line: ConsoleLine) -> Callable[[], Fragments] | None:
        """Return what runs a command of the console itself, or help on one; else None."""
        parsed = line.parsed
        if isinstance(parsed.command, ConsoleCommand):
            command = parsed.command
            return lambda: command.run(self.context, **parsed.values)
        if parsed.name.value in HELP_NAMES:
            words = " ".join(filter(None, parsed.values["words"]))
            aliases = map(self.context.commands.commands.get, self.context.aliases.lines)
            topics = (*builtin_list(), *filter(None, aliases))
            topic = next((command for command in topics if words in command.names), None)
            if topic is KEYS:
                return lambda: KEYS.run(self.context)
            return (lambda: [("", help_line(topic))]) if topic else None
        return None

    async def _run_builtin(self, builtin: Callable[[], Fragments], line: ConsoleLine) -> bool:
        # As in Monitor.run_line: what fell due happened before this line.
        self.context.machine.run_guest()
        try:
            if line.parsed.error:
                raise line.parsed.error
            with self._replies.progress(), self._timed():
                fragments = builtin()
            # The text of a lesson stands above what is typed for it.
            is_paged = line.parsed.name.value != LEARN
            await self._replies.show_fragments(fragments, line.redirection, is_paged)
        except HmpError as error:
            self._replies.show_error(error_text(error, line.parsed))
            return False
        return True

    async def _run_on_monitor(self, line: ConsoleLine) -> bool:
        monitor = self.context.monitor
        danger = monitor.danger(line.parsed.text)
        if danger and not await self.prompt.confirm(f"{danger}. Send it? (y/N) ", "y"):
            self.output.note("It was not sent.")
            return True
        with self._replies.progress() as progress, self._timed():
            if self.prompt.was_interrupted():
                progress.cancel()
            at = monitor.machine.timers.clock()
            execution = monitor.run_line(line.parsed.text)
            text = await self._replies.collect(execution.stream(), line.redirection, progress)
            is_left = not execution.has_finished
            execution.close()
            monitor.machine.run_guest()
        error = execution.error
        if error or not is_left:
            self._record(line, at, error)
        await self._replies.show(line, Reply(text, error))
        if not error and not line.redirection.operator:
            self._replies.extend_help(line)
        if is_left or isinstance(error, InterruptedByUserError):
            self.output.note(f"→ {cancelled_text(line, execution)}", "class:advice")
        elif error:
            self.prompt.suggest(advise(self.context, line, error))
        return error is None

    def _record(self, line: ConsoleLine, at: float, error: HmpError | None) -> None:
        """Take note of a line that has run, begun at a time, for `save`, `undo` and a lesson."""
        if line.parsed.command is None:
            return
        if not error:
            self.context.session.record(line.parsed.name.value, line.parsed.text)
            if self.tutorial.run is None:
                self._undo_log.record(line.parsed.name.value, line.parsed.text, at)
        self.tutorial.record(to_unicode(line.parsed.text), error)
