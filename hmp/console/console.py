"""The console: reads a line, has the monitor run it, shows the reply unchanged and what helps after it.

How the prompt looks and what its keys do is in the plugs beside; what helps is computed in `hmp.assist`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.assist.vocabulary import Vocabulary
from hmp.commands.table import COMMANDS, INFO
from hmp.console.announcer import Announcer
from hmp.console.own_commands import OWN_COMMANDS, OWN_INFO, own_list, own_reply
from hmp.console.pager import is_long, page
from hmp.console.progress import interruptible, on_interrupt
from hmp.console.prompt import Prompt
from hmp.console.redirection import Redirection, deliver, split_redirection
from hmp.console.screen import Fragments, Screen, plain
from hmp.console.teacher import Teacher
from hmp.errors import HmpError, HostError
from hmp.grammar import words
from hmp.machine.machine import Machine
from hmp.monitor import BANNER, INTERNAL_ERROR, Monitor, Reply
from hmp.octets import from_text, to_text
from hmp.settings.table import Settings

if TYPE_CHECKING:
    from prompt_toolkit.input import Input

HELP_NAMES = COMMANDS["help"].names
VOCABULARY = Vocabulary({**COMMANDS, **OWN_COMMANDS}, {**INFO, **OWN_INFO})


class Console:
    """One conversation on a terminal; keys come from the terminal too, or from `source`."""

    def __init__(self, monitor: Monitor, settings: Settings, screen: Screen, source: Input | None = None) -> None:
        self.settings, self.screen = settings, screen
        self.announcer = Announcer(screen, settings)
        self.teacher = Teacher(self)
        self.prompt = Prompt(self, VOCABULARY, source)
        # Where keys come from elsewhere, Ctrl-C on the terminal is no key but the end.
        self._ends_on_interrupt, self._was_interrupted = source is not None, False
        self.take_monitor(monitor)

    @property
    def machine(self) -> Machine:
        """The machine that is spoken with."""
        return self.monitor.machine

    def take_monitor(self, monitor: Monitor) -> None:
        """Speak with another machine from now on."""
        self.monitor = monitor
        monitor.to_stdout = self.screen.write
        self.announcer.follow(monitor.machine)

    async def converse(self) -> None:
        """Read and run lines until the machine is over or the input ends; KeyboardInterrupt where Ctrl-C is no key."""
        self.screen.write(f"{BANNER}\n")
        while not self.monitor.ended:
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
        """Run one line and show everything that there is to say; who speaks through it outlives a bug of ours."""
        with on_interrupt(self._note_interrupt):
            try:
                self._run(line)
            except Exception as bug:
                self.screen.write(from_text(INTERNAL_ERROR.format(bug=repr(bug))))

    def _run(self, line: str) -> None:
        redirection = split_redirection(line)
        name, argument = _name_of(redirection.command)
        own = own_reply(self, name, argument)
        if own:
            self._run_own(own, redirection)
        else:
            self._run_on_monitor(redirection, name, argument)
        self.announcer.tell()
        if not (own and name == "learn"):
            self.teacher.look_after(name)

    def _run_own(self, own: Callable[[], Fragments], redirection: Redirection) -> None:
        self.machine.let_guest_run()
        try:
            fragments = own()
            if redirection.sign:
                self._deliver(redirection, from_text(plain(fragments)))
            else:
                self._show(fragments)
        except HmpError as error:
            self.screen.write(f"Error: {from_text(error.message)}\n")

    def _show(self, fragments: Fragments) -> None:
        if not (self._pages(plain(fragments)) and page(self.screen.coloured(fragments))):
            self.screen.show(fragments)

    def _run_on_monitor(self, redirection: Redirection, name: str, argument: str) -> None:
        octets = from_text(redirection.command)
        self.monitor.remember(octets)
        self.machine.let_guest_run()  # What fell due while nothing was typed happened before this line.
        with interruptible(self.screen.write_text) as progress:
            reply = self.monitor.execute(octets)
            self.machine.let_guest_run()
        if progress.stopped:
            self._note_interrupt()
        self._show_reply(redirection, reply)
        if not reply.refused and not redirection.sign:
            self._add_to_help(name, argument)
        if progress.stopped and reply.refused:
            self.screen.note("→ stopped: nothing of it is left", "class:advice")
        elif reply.refused:
            self._advise(redirection.command, reply)

    def _show_reply(self, redirection: Redirection, reply: Reply) -> None:
        if redirection.sign and not reply.refused:
            try:
                self._deliver(redirection, reply.text)
            except HostError as error:
                self.screen.write(f"Error: {from_text(error.message)}\n")
        elif not (self._pages(text := to_text(reply.text)) and page(text)):
            self.screen.write(reply.text)

    def _deliver(self, redirection: Redirection, octets: str) -> None:
        status = deliver(redirection, octets)
        if status:
            self.screen.note(f"the command ended with status {status}")

    def _pages(self, text: str) -> bool:
        size = self.screen.size
        return self.settings.is_on("pager") and is_long(text, size.rows, size.columns)

    def _advise(self, line: str, reply: Reply) -> None:
        if not self.settings.is_on("advice"):
            return
        from hmp.assist.advice.rules import advise

        advice = advise(self.machine, VOCABULARY, line, reply.text)
        if advice.text:
            self.screen.note(f"→ {advice.text}", "class:advice")
            self.prompt.offer(advice.line)

    def _add_to_help(self, name: str, argument: str) -> None:
        """After help, and after the list of info's subjects: what the console knows besides."""
        if name not in HELP_NAMES and (name, argument) != ("info", ""):
            return
        from hmp.assist.manual import manual

        lines = manual(VOCABULARY, list(own_list()), argument.split() if name in HELP_NAMES else [name])
        self.screen.show([("class:hint" if line.endswith(":") else "", f"{line}\n") for line in lines])


def _name_of(command: str) -> tuple[str, str]:
    """The first word of a line, and what follows it."""
    name = words.read_name(command, words.skip_blanks(command, 0))
    return name.value, command[name.end :].strip()
