"""What a command is: one record with its names, its syntax, what help says of it, and its handler.

The records stand beside their handlers; `registry.py` gathers them.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from hmp.grammar.command_line import CommandInfo
from hmp.grammar.parameters import Syntax

Handler = Callable[..., str]


class Command(CommandInfo):
    """A command of the monitor.

    The handler takes the context and a value for each name of the syntax; it returns the reply's
    text, or raises HmpError. `check` takes a machine and the same values and raises what the
    handler would, as far as it can be known without doing anything.
    """

    def __init__(
        self,
        names: tuple[str, ...],
        syntax: Syntax,
        parameters: str,
        help: str,
        handler: Handler,
        check: Callable[..., object] | None = None,
    ) -> None:
        super().__init__(names, syntax, parameters, help)
        self.handler = handler
        self.check = check


Decorator = Callable[[Handler], Handler]


class CommandGroup:
    """The commands, and the subcommands of info, of one module; `add` and `add_info` decorate their
    handlers.
    """

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.info: list[Command] = []

    def add(
        self,
        *names: str,
        syntax: Syntax = (),
        parameters: str = "",
        help: str,
        check: Callable[..., object] | None = None,
    ) -> Decorator:
        """A command."""

        def decorate(handler: Handler) -> Handler:
            self.commands.append(Command(names, syntax, parameters, help, handler, check))
            return handler

        return decorate

    def add_info(
        self,
        name: str,
        *,
        syntax: Syntax = (),
        parameters: str = "",
        help: str,
        check: Callable[..., object] | None = None,
    ) -> Decorator:
        """A subcommand of info."""

        def decorate(handler: Handler) -> Handler:
            self.info.append(Command((name,), syntax, parameters, help, handler, check))
            return handler

        return decorate


class LazyHandler:
    """A handler whose module is imported at its first call, for commands that few sessions use."""

    def __init__(self, module: str, function: str) -> None:
        self.module, self.function = module, function

    def load(self) -> Handler:
        """The handler itself."""
        handler: Handler = getattr(import_module(f"hmp.commands.{self.module}"), self.function)
        return handler

    def __call__(self, *arguments: object, **values: object) -> str:
        return self.load()(*arguments, **values)
