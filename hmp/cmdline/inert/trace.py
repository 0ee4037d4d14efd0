"""-trace: its events are switched on, and nothing is traced."""

from __future__ import annotations

import os

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, FileLocation, StartupError
from hmp.cmdline.inert.option_lists import TEXT, KeyGroup, check_items
from hmp.cmdline.options import Option
from hmp.errors import HostCallError, StderrLine
from hmp.grammar.opts import HELP_WORDS, check_identifier, parse_opts, short_form_warning
from hmp.machine.system_calls import read_file
from hmp.machine.tracing.events import events_help

KEYS = KeyGroup(dict.fromkeys(("enable", "events", "file"), TEXT))


def take_trace(configuration: Configuration, option: Option) -> None:
    """Switch events on, or off with a `-` in front.

    Raises:
        EarlyExit: The events are asked for.
        InputError: A key is unknown.
        StartupError: The file of events can't be read.
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
        _switch(configuration, given["enable"], option.location)
    if "events" in given:
        _take_file(configuration, given["events"])
    configuration.trace_file = given.get("file", configuration.trace_file)


def _switch(configuration: Configuration, pattern: str, location: str) -> None:
    warn = configuration.located_warning(location)
    configuration.use_log().events.switch_by_option(pattern, lambda text: warn(f"warning: {text}"))


def _take_file(configuration: Configuration, path: str) -> None:
    """Switch on the events of a file, one a line; what begins with a # is a comment."""
    try:
        data = read_file(path)
    except HostCallError as error:
        line = f"{path}: {os.strerror(error.errno)}"
        raise StartupError(StderrLine(line, prefixed=True, separator="")) from None
    for number, line in enumerate(data.decode("latin-1").split("\n"), 1):
        if line and not line.startswith("#"):
            _switch(configuration, line, FileLocation(f"{path}:{number}"))
