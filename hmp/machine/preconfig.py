"""--preconfig: the machine waits, before its board is made, for NUMA nodes and objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.errors import StateError

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.numa.configuration import NumaConfiguration
    from hmp.machine.numa.options import NumaOptions


class InitializedError(StateError):
    """The machine waits for nothing: it is made already."""

    def __init__(self) -> None:
        super().__init__("The command is permitted only before machine initialization")


class MachineCreatedError(StateError):
    """The machine is made already, and takes no nodes."""

    def __init__(self) -> None:
        super().__init__("The command is permitted only before the machine has been created")


class MachineFailedError(StateError):
    """The machine can't be made, and the program ends; `lines` are those of an error at the start.

    QEMU ends at once: a client of QMP gets no answer.
    """

    def __init__(self, *lines: str) -> None:
        first, *hints = lines
        super().__init__(first, *hints, prefix=False)
        self.lines = lines


class Preconfig:
    """What a machine waits for; `finish` takes its nodes and makes the rest of it, or raises
    MachineFailedError. `numa` are the nodes of the command line.
    """

    def __init__(
        self,
        machine: Machine,
        numa: NumaConfiguration | None,
        finish: Callable[[NumaConfiguration | None], None],
    ) -> None:
        self._machine, self._numa, self._finish = machine, numa, finish
        self._show_nodes()

    def add_numa(self, options: NumaOptions, warn: Callable[[str], None]) -> None:
        """Add a node, or what else an option -numa says; HmpError for what is wrong with it."""
        if self._numa is None:
            from hmp.machine.numa.configuration import NumaConfiguration

            self._numa = NumaConfiguration(self._machine)
        self._numa.add(options, warn)
        self._show_nodes()

    def _show_nodes(self) -> None:
        if self._numa:
            self._machine.numa_nodes = self._numa.finished_nodes()
            for backend in self._numa.backends:
                # It must not be deleted: the machine is going to map it.
                backend.user = "machine"

    def leave(self) -> None:
        """Make the rest of the machine; MachineFailedError ends it."""
        # No command comes in between, but what is made asks whether the machine is.
        self._machine.preconfig = None
        try:
            self._finish(self._numa)
        except MachineFailedError:
            self._machine.run_state.fail()
            raise


def leave_preconfig(machine: Machine) -> None:
    """Make the machine that waits; raise InitializedError when none does."""
    if machine.preconfig is None:
        raise InitializedError
    machine.preconfig.leave()
