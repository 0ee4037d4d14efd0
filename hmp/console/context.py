"""What the parts of the console share: the settings, the output, and the monitor that lines go to
at present.
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.console.events import EventPrinter
from hmp.console.output import Fragments, Screen
from hmp.machine.machine import Machine
from hmp.monitor import Monitor
from hmp.settings.options import Settings


class ConsoleContext:
    """The state of one console; `learn` carries out the command of that name, and is set by the
    console.
    """

    learn: Callable[[str], Fragments]

    def __init__(self, monitor: Monitor, settings: Settings, screen: Screen) -> None:
        self.settings, self.screen = settings, screen
        self.event_printer = EventPrinter(screen, settings)
        self.attach_monitor(monitor)

    @property
    def machine(self) -> Machine:
        """The machine that lines go to."""
        return self.monitor.machine

    def attach_monitor(self, monitor: Monitor) -> None:
        """Send lines to another monitor, that of a lesson's machine, say."""
        self.monitor = monitor
        monitor.context.to_stdout = self.screen.write
        self.event_printer.follow(monitor.machine)
