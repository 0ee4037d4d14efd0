"""The log of -d, -D, `log` and `logfile`: its items are checked and its file is made, and nothing
is logged.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hmp.errors import HostCallError, StateError
from hmp.grammar.opts import HELP_WORDS
from hmp.machine import system_calls
from hmp.machine.tracing.events import TraceEvents

ITEMS = {
    "out_asm": "host code of translated blocks",
    "in_asm": "guest code of translated blocks",
    "op": "micro operations of translated blocks",
    "op_opt": "micro operations after optimization",
    "op_ind": "micro operations before indirect lowering",
    "op_plugin": "micro operations of plugins",
    "int": "interrupts and exceptions",
    "exec": "addresses of blocks that run",
    "cpu": "registers before a block runs",
    "fpu": "floating point registers too",
    "mmu": "memory management",
    "pcall": "far calls in protected mode",
    "cpu_reset": "registers before a reset of a CPU",
    "unimp": "what is not implemented",
    "guest_errors": "accesses of the guest that are wrong",
    "page": "pages at the start",
    "nochain": "do not chain blocks",
    "plugin": "what plugins print",
    "strace": "system calls",
    "tid": "a file for each thread; the name of the file must have a %d",
    "vpu": "vector registers too",
    "invalid_mem": "accesses to what is no memory",
}
ALL, PER_THREAD, TRACE = "all", "tid", "trace:"


class UnknownLogItemError(StateError):
    """A text is no list of items; the front end shows the list of them."""

    def __init__(self, text: str) -> None:
        super().__init__(f"'{text}' is no list of log items")
        self.text = text


class LogFileError(StateError):
    """The file can't be that of the log."""

    def __init__(self, message: str) -> None:
        super().__init__(message, prefix=False)


class Log:
    """What is logged, the file, of which there is none for stderr, and the trace events."""

    def __init__(self) -> None:
        self.events = TraceEvents()
        self._items: tuple[str, ...] = ()
        self._path = ""

    def set(self, items: str | None, path: str | None, warn: Callable[[str], None]) -> None:
        """Choose what is logged, from names with commas between them, or the file, or both.

        Events among the items are switched on. The file is emptied; `%d` in its name is the number
        of the process.

        Raises:
            UnknownLogItemError: There is no such item.
            LogFileError: The file can't be opened, or its name does not fit.
        """
        names = self._items if items is None else _parse_items(items)
        for name in names if items is not None else ():
            if name.startswith(TRACE):
                self.events.switch_by_option(name.removeprefix(TRACE), warn)
        is_per_thread = PER_THREAD in names or ALL in names
        _check_name(self._path if path is None else path, is_per_thread)
        # Otherwise each thread makes its own, when it has something to say.
        if path is not None and not is_per_thread:
            _make(path)
        self._items = names
        if path is not None:
            self._path = path

    def log_nothing(self) -> None:
        """Log nothing more."""
        self._items = ()


def asks_for_events(items: str) -> bool:
    """Return whether one of the items is a question for the events."""
    return any(f"{TRACE}{word}" in items.split(",") for word in HELP_WORDS)


def _parse_items(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in (*ITEMS, ALL) and (not name.startswith(TRACE) or name == TRACE):
            raise UnknownLogItemError(text)
    return names


def _check_name(path: str, is_per_thread: bool) -> None:
    if "%" in path and (path.count("%") != 1 or "%d" not in path):
        raise LogFileError(f"Bad logfile template: {path}")
    if is_per_thread and "%d" not in path:
        raise LogFileError("Filename template with '%d' required for 'tid'")


def _make(path: str) -> None:
    name = path.replace("%d", str(os.getpid())).encode("latin-1")
    flags = system_calls.O_WRONLY | system_calls.O_CREAT | system_calls.O_TRUNC
    try:
        descriptor = system_calls.open_file(name, flags | system_calls.O_NONBLOCK, 0o666)
    except HostCallError as error:
        raise LogFileError(f"Error opening logfile {path}: {os.strerror(error.errno)}") from None
    system_calls.close(descriptor)


def items_help(command: str, items: dict[str, str]) -> str:
    """Return the list of items; `command` is what QEMU says to use for the events."""
    lines = "".join(f"{name:15} {text}\n" for name, text in items.items())
    lines += f"{'trace:PATTERN':15} trace events\n"
    return (
        f"Log items (comma separated):\n{lines}\n"
        f'Use "{command} trace:help" to get a list of trace events.\n\n'
    )
