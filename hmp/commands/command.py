"""The description of a command: its names, its syntax, its help and its handler.

`registry.py` collects them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from hmp.errors import InputError
from hmp.grammar.command_line import CommandInfo
from hmp.grammar.parameters import Syntax

Handler = Callable[..., str | Iterator[str]]


class Command(CommandInfo):
    """A command of the monitor.

    The handler takes the context and a value for each parameter of the syntax; it returns the text
    of the reply, or raises HmpError. A handler whose work or reply may be long yields the text in
    parts, some of them empty, and others are served between two of them. `check` takes the machine
    and the same values and raises the error that the handler would raise, as far as can be found
    out without changing anything; the console calls it while the line is typed.
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
    """The commands and the subcommands of info of one module; `add` and `add_info` are decorators
    for their handlers.
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
        """Return a decorator that adds a command: its names are the name and its aliases."""

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
        """Return a decorator that adds a subcommand of info, which has no aliases."""

        def decorate(handler: Handler) -> Handler:
            self.info.append(Command((name,), syntax, parameters, help, handler, check))
            return handler

        return decorate


def read_switch(command: str, text: str | None) -> bool:
    """Return whether a word is `on`; raise InputError when it is neither that nor `off`."""
    if text not in ("on", "off"):
        hint = f'Try "help {command}" for more information'
        raise InputError("Expected 'on' or 'off'", hint, prefix=False)
    return text == "on"


class LazyHandler:
    """A handler or a check that imports its module at the first call, so that the program starts
    faster.
    """

    def __init__(self, module: str, function: str, package: str = "hmp.commands") -> None:
        self.module, self.function = f"{package}.{module}", function

    def load(self) -> Handler:
        """Import and return the function."""
        handler: Handler = getattr(import_module(self.module), self.function)
        return handler

    def __call__(self, *arguments: object, **values: object) -> str | Iterator[str]:
        return self.load()(*arguments, **values)
