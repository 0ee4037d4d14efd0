"""Commands that few sessions use: their records stand here, their handlers are imported at the first call.

A handler's rules stand in the module that is named beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

from hmp.commands import command as kinds
from hmp.commands.command import Command

if TYPE_CHECKING:
    from hmp.monitor import Monitor

Handler = Callable[["Monitor", list[object]], str]


def _later(module: str, function: str) -> Handler:
    def handler(monitor: Monitor, arguments: list[object]) -> str:
        found: Handler = getattr(import_module(f"hmp.commands.{module}"), function)
        return found(monitor, arguments)

    return handler


_SAVE = (kinds.NUMBER, kinds.NUMBER_32, kinds.WORD)
_MTREE_FLAGS = tuple(kinds.FLAG + letter for letter in "fdoD")
COMMANDS = (
    Command(("cpu",), (kinds.NUMBER_32,), "index", "choose the CPU that other commands look through",
            _later("cpus", "choose"), ("cpus",)),
    Command(("guest",), (kinds.OPTIONAL_WORD, kinds.OPTIONAL_REST), "[action [...]]",
            "tell the simulated guest, or a fault, what to do (hmp only; see `guest`)", _later("guest", "act"),
            ("guest",)),
    Command(("memsave",), _SAVE, "addr size file", "save memory at a virtual address to a file",
            _later("saving", "save_virtual"), ("", "", "quoted files")),
    Command(("pmemsave",), _SAVE, "addr size file", "save memory at a physical address to a file",
            _later("saving", "save_physical"), ("", "", "quoted files")),
)
INFO_COMMANDS = (
    Command(("cpus",), (), "", "show the CPUs", _later("cpus", "show")),
    Command(("guest",), (), "", "show what the simulated guest sees (hmp only)", _later("guest", "show")),
    Command(("hotpluggable-cpus",), (), "", "show the places of CPUs", _later("cpus", "hotpluggable")),
    Command(("mtree",), _MTREE_FLAGS, "[-f][-d][-o][-D]",
            "show the guest's memory (-f: flat, -o: with owners, -D: disabled regions too)", _later("trees", "memory")),
    Command(("qtree",), (kinds.FLAG + "b",), "[-b]", "show the buses and their devices (-b: names only)",
            _later("trees", "buses")),
    Command(("ramblock",), (), "", "show the blocks of host memory", _later("trees", "blocks")),
)
