"""The items of -d: their names are checked, and nothing is logged."""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.grammar.opts import HELP_WORDS

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
    "tid": "a file for each thread; the name of -D must have a %d",
    "vpu": "vector registers too",
    "invalid_mem": "accesses to what is no memory",
}
TRACE = "trace:"


def check_log_items(text: str, log_file: str, warn: Callable[..., None]) -> None:
    """Check the items of a -d.

    Raises:
        EarlyExit: One is unknown, or `help`: QEMU prints the list and ends with 1.
        StartupError: The file of -D does not fit.
    """
    names = text.split(",")
    if any(name not in (*ITEMS, "all") and not name.startswith(TRACE) for name in names):
        raise EarlyExit(_list(), status=1)
    for name in names:
        if name.startswith(TRACE):
            _check_trace(name.removeprefix(TRACE), warn)
    if ("tid" in names or "all" in names) and "%d" not in log_file:
        raise StartupError("Filename template with '%d' required for 'tid'")


def _check_trace(pattern: str, warn: Callable[..., None]) -> None:
    from hmp.cmdline.inert.trace import check_event, events_help

    if pattern in HELP_WORDS:
        raise EarlyExit(events_help())
    check_event(pattern, warn)


def _list() -> str:
    lines = "".join(f"{name:15} {text}\n" for name, text in ITEMS.items())
    lines += f"{'trace:PATTERN':15} trace events\n"
    return (
        f"Log items (comma separated):\n{lines}\n"
        'Use "-d trace:help" to get a list of trace events.\n\n'
    )
