"""The console: reads a line, has the monitor run it, shows the reply unchanged and what helps after
it.

How the prompt looks and what its keys do is in the plugs beside; what helps is computed in
`hmp.assist`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.commands.help import help_line
from hmp.commands.registry import COMMANDS
from hmp.console.builtins import ConsoleCommand, builtin_list
from hmp.console.context import ConsoleContext
from hmp.console.line import CONSOLE_COMMANDS, ConsoleLine, parse_console_line
from hmp.console.output import Fragments, Screen, plain
from hmp.console.pager import is_long, page
from hmp.console.progress import interruptible, on_interrupt
from hmp.console.prompt import Prompt
from hmp.console.redirection import Redirection, deliver_output
from hmp.console.tutorial import TutorialRunner
from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError, HostError
from hmp.monitor import BANNER, InternalError, Monitor, Reply, error_text
from hmp.settings.options import Settings

if TYPE_CHECKING:
    from prompt_toolkit.input import Input

HELP_NAMES = COMMANDS.commands["help"].names


class Console:
    """One conversation on a terminal; keys come from the terminal too, or from `source`."""

    def __init__(
        self, monitor: Monitor, settings: Settings, screen: Screen, source: Input | None = None
    ) -> None:
        self.context = ConsoleContext(monitor, settings, screen)
        self.settings, self.screen = settings, screen
        self.tutorial = TutorialRunner(self.context)
        self.context.learn = self.tutorial.run_command
        self.prompt = Prompt(self.context, lambda: self.tutorial.topic, source)
        # Where keys come from elsewhere, Ctrl-C on the terminal is no key but the end.
        self._ends_on_interrupt, self._was_interrupted = source is not None, False

    async def converse(self) -> None:
        """Read and run lines until the machine is over or the input ends; KeyboardInterrupt where
        Ctrl-C is no key.
        """
        self.screen.write(f"{BANNER}\n")
        while not self.context.monitor.has_ended:
            try:
                line = await self.prompt.next_line()
            except KeyboardInterrupt:
                continue
            except EOFError:
                break
            self.run_line(line)
            if self._was_interrupted and self._ends_on_interrupt:
                raise KeyboardInterrupt

    def _note_interrupt(self) -> None:
        """Ctrl-C while a line runs: what was pasted after it does not run."""
        self._was_interrupted = True
        self.prompt.forget_queue()

    def run_line(self, line: str) -> None:
        """Run one line and show everything that there is to say; a bug of ours ends nothing."""
        with on_interrupt(self._note_interrupt):
            try:
                self._run(parse_console_line(line))
            except Exception as bug:
                self.screen.write(to_latin1(error_text(InternalError(bug))))

    def _run(self, line: ConsoleLine) -> None:
        own = self._own_reply(line)
        if own:
            self._run_own(own, line)
        else:
            self._run_on_monitor(line)
        self.context.event_printer.tell()
        name = line.parsed.name.value
        if not (own and name == "learn"):
            self.tutorial.after_command(name)

    def _own_reply(self, line: ConsoleLine) -> Callable[[], Fragments] | None:
        """What gives the reply when the console itself has one: a command of its own, or help on
        one.
        """
        parsed = line.parsed
        if isinstance(parsed.command, ConsoleCommand):
            own = parsed.command
            return lambda: own.run(self.context, **parsed.values)
        if parsed.name.value in HELP_NAMES:
            words = " ".join(filter(None, parsed.values["words"]))
            asked = next((command for command in builtin_list() if words in command.names), None)
            return (lambda: [("", help_line(asked))]) if asked else None
        return None

    def _run_own(self, own: Callable[[], Fragments], line: ConsoleLine) -> None:
        self.context.machine.run_guest()
        try:
            if line.parsed.error:
                raise line.parsed.error
            fragments = own()
            if line.redirection.sign:
                self._deliver(line.redirection, to_latin1(plain(fragments)))
            else:
                self._show(fragments)
        except HmpError as error:
            self.screen.write(to_latin1(error_text(error, line.parsed)))

    def _show(self, fragments: Fragments) -> None:
        if not (self._pages(plain(fragments)) and page(self.screen.coloured(fragments))):
            self.screen.show(fragments)

    def _run_on_monitor(self, line: ConsoleLine) -> None:
        monitor = self.context.monitor
        with interruptible(self.screen.write_text) as progress:
            reply = monitor.run_line(line.parsed.text)
            monitor.machine.run_guest()
        if progress.stopped:
            self._note_interrupt()
        self._show_reply(line.redirection, reply)
        if not reply.failed and not line.redirection.sign:
            self._add_to_help(line)
        if progress.stopped and reply.failed:
            self.screen.note("→ stopped: nothing of it is left", "class:advice")
        elif reply.error:
            self._suggest(line, reply.error)

    def _show_reply(self, redirection: Redirection, reply: Reply) -> None:
        if redirection.sign and not reply.failed:
            try:
                self._deliver(redirection, reply.text)
            except HostError as error:
                self.screen.write(to_latin1(error_text(error)))
        elif not (self._pages(text := to_unicode(reply.text)) and page(text)):
            self.screen.write(reply.text)

    def _deliver(self, redirection: Redirection, octets: str) -> None:
        status = deliver_output(redirection, octets)
        if status:
            self.screen.note(f"the command ended with status {status}")

    def _pages(self, text: str) -> bool:
        size = self.screen.size
        return self.settings.is_on("pager") and is_long(text, size.rows, size.columns)

    def _suggest(self, line: ConsoleLine, error: HmpError) -> None:
        if not self.settings.is_on("advice"):
            return
        from hmp.assist.suggestions import SuggestionContext, suggest

        suggestion = suggest(
            error, SuggestionContext(self.context.machine, CONSOLE_COMMANDS, line.parsed)
        )
        if suggestion.text:
            self.screen.note(f"→ {to_unicode(suggestion.text)}", "class:advice")
            self.prompt.offer(to_unicode(suggestion.line))

    def _add_to_help(self, line: ConsoleLine) -> None:
        """After help, and after the list of info's subcommands: what the console knows besides."""
        parsed = line.parsed
        if parsed.name.value in HELP_NAMES:
            asked = [word for word in parsed.values["words"] if word is not None]
        elif parsed.name.value == "info" and parsed.subcommand is None:
            asked = ["info"]
        else:
            return
        from hmp.assist.help.pages import manual

        lines = manual(CONSOLE_COMMANDS, list(builtin_list()), asked)
        self.screen.show(
            [("class:hint" if line.endswith(":") else "", f"{line}\n") for line in lines]
        )
