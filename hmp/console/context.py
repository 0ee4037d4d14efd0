"""The state that the console's commands and prompt share: settings, output, current monitor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hmp.console.events import EventPrinter
from hmp.console.execution.aliases import Aliases
from hmp.console.output import ConsoleOutput, Fragments
from hmp.grammar.command_line import CommandInfo, CommandSet
from hmp.grammar.parameters import Rest
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.session.commands import known_commands
from hmp.session.session import Session
from hmp.settings.options import Settings


class ConsoleContext:
    """The state of one console.

    `learn`, `undo` and `redo` run the commands of their names, which the console sets; `commands`
    are those that can be typed, by the names in `aliases`, too. With `is_played` a lesson types
    into it and nobody else. `words` are the command line of the machine, `session` is the run of
    the current monitor.
    """

    learn: Callable[[str], Fragments]
    undo: Callable[[], Fragments]
    redo: Callable[[], None]
    commands: CommandSet[CommandInfo]
    aliases: Aliases

    def __init__(
        self,
        monitor: Monitor,
        settings: Settings,
        output: ConsoleOutput,
        is_played: bool = False,
        words: Sequence[str] = (),
    ) -> None:
        self.settings, self.output, self.is_played = settings, output, is_played
        self.event_printer = EventPrinter(output, settings)
        self.attach_monitor(monitor, Session(monitor.machine, list(words)))

    def set_commands(self, known: CommandSet[CommandInfo], aliases: Aliases) -> None:
        """Have these commands and aliases be typed."""
        self._known, self.aliases = known, aliases
        own = {
            name: CommandInfo((name,), (Rest("rest", optional=True),), "", f"alias of {line}")
            for name, line in aliases.lines.items()
        }
        self.commands = CommandSet({**known.commands, **own}, known.info) if own else known

    def define_alias(self, definition: str) -> None:
        """Make or remove an alias; raise HmpError when that can't be done."""
        self.aliases.define(definition)
        self.set_commands(self._known, self.aliases)

    @property
    def machine(self) -> Machine:
        """The machine of the current monitor."""
        return self.monitor.machine

    def attach_machine(self, machine: Machine) -> None:
        """Have the current monitor act on another machine from now on."""
        self.monitor.context.machine = machine
        self.session.follow(machine)
        self.event_printer.attach(machine)

    def attach_monitor(self, monitor: Monitor, session: Session) -> None:
        """Send lines to another monitor from now on, such as that of a lesson's machine."""
        self.monitor, self.session = monitor, session
        monitor.context.known = known_commands(session, monitor.context.commands)
        monitor.context.to_stdout = self.output.write
        monitor.context.columns = lambda: self.output.size.columns
        self.event_printer.attach(monitor.machine)
