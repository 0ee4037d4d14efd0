"""-trace and the trace events of -d: their names are checked, and nothing is traced."""

from __future__ import annotations

import os
from collections.abc import Callable

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.inert.option_lists import TEXT, KeyGroup, check_items
from hmp.cmdline.options import Option
from hmp.errors import StderrLine
from hmp.grammar.opts import HELP_WORDS, check_identifier, parse_opts, short_form_warning
from hmp.recorded import read_recorded

KEYS = KeyGroup(dict.fromkeys(("enable", "events", "file"), TEXT))


def event_names() -> list[str]:
    """Return the names of QEMU's events, in its order (recorded: scripts/record trace-events)."""
    names: list[str] = read_recorded(__file__, "trace_events.json")
    return names


def events_help() -> str:
    """Return the names, one a line."""
    return "".join(f"{name}\n" for name in event_names())


def check_event(pattern: str, warn: Callable[..., None]) -> None:
    """Warn of an event that QEMU does not have; a `-` in front switches it off, and a pattern with
    a `*` may fit none.
    """
    name = pattern.removeprefix("-")
    if "*" not in name and name not in event_names():
        warn(f"warning: trace event '{name}' does not exist")


def take_trace(configuration: Configuration, option: Option) -> None:
    """Check what is to be traced.

    Raises:
        EarlyExit: The events are asked for.
        InputError: A key is unknown.
    """
    warn = configuration.located_warning(option.location)
    items = parse_opts(option.argument, "enable")
    for item in items:
        if item.key == "id":
            check_identifier(item.value)
        elif item.short_form is not None and not item.asks_for_help:
            warn(*short_form_warning(item))
    items = [item for item in items if item.key != "id"]
    check_items(KEYS, items)
    given = {item.key: item.value for item in items}
    if "enable" in given:
        if given["enable"] in HELP_WORDS:
            raise EarlyExit(events_help())
        check_event(given["enable"], warn)
    path = given.get("events")
    if path is not None and not os.path.exists(path.encode("latin-1")):
        line = f"{path}: No such file or directory"
        raise StartupError(StderrLine(line, prefixed=True, separator=""))
