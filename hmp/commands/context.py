"""The context of commands: the state of one human monitor, whatever its front end."""

from __future__ import annotations

from collections.abc import Callable

from hmp.commands.command import Command
from hmp.grammar.command_line import CommandSet
from hmp.grammar.nodes import Format
from hmp.machine.machine import Machine
from hmp.text import UNBROKEN

# As many as QEMU keeps (docs/qemu-behaviour/qmp.md §A9).
HISTORY_LINES = 64


class Context:
    """The state of one human monitor: its machine, its CPU, its history and its last /fmt.

    `to_stdout` and `to_stderr` write to the streams of the process, past the monitor. `commands`
    are QEMU's, and `known` those that a line may have: a script and the console have more.
    """

    def __init__(
        self,
        machine: Machine,
        commands: CommandSet[Command],
        to_stdout: Callable[[str], None],
        to_stderr: Callable[..., None],
    ) -> None:
        self.machine = machine
        self.commands = self.known = commands
        self.to_stdout = to_stdout
        self.to_stderr = to_stderr
        # How wide a table of hmp's own may be: a terminal knows.
        self.columns: Callable[[], int] = lambda: UNBROKEN
        self.cpu = 0
        # The next descriptor that the present client sent with a message, if any.
        self.take_descriptor: Callable[[], int | None] = lambda: None
        self.history: list[str] = []
        # What QEMU begins with (docs/qemu-behaviour/monitor.md §5).
        self._format = Format(1, "x", 4)

    @property
    def available(self) -> CommandSet[Command]:
        """The commands that there are now: few until the machine is made."""
        if self.machine.preconfig is None:
            return self.commands
        from hmp.commands.early import early_commands

        return early_commands(self.commands)

    @property
    def topics(self) -> CommandSet[Command]:
        """The commands that `help` knows by name, beyond those that it lists."""
        return self.known if self.machine.preconfig is None else self.available

    def registers(self) -> dict[str, int] | None:
        """Return the registers of the chosen CPU by name, None where there is no CPU."""
        from hmp.machine.cpus.registers import register_values

        return register_values(self.machine, self.cpu)

    def remember_line(self, line: str) -> None:
        """Keep a typed line in the history; a repeated one moves to the end
        (docs/qemu-behaviour/qmp.md §A9).
        """
        if line in self.history:
            self.history.remove(line)
        if line:
            self.history = [*self.history, line][-HISTORY_LINES:]

    def fill_format(self, given: Format) -> Format:
        """Fill in what a /fmt leaves out from the last one, and remember it
        (docs/qemu-behaviour/monitor.md §5).
        """
        filled = Format(
            given.repeat, given.letter or self._format.letter, given.size or self._format.size
        )
        # QEMU neither uses nor keeps a size with the letter i.
        size = self._format.size if filled.letter == "i" else filled.size
        self._format = Format(1, filled.letter, size)
        return filled
