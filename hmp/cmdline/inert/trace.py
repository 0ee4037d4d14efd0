"""-trace, -d and -D: events are switched on and files are made; nothing is traced or logged."""

from __future__ import annotations

import os

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, FileLocation, StartupError, option_context
from hmp.cmdline.inert.option_lists import check_items
from hmp.cmdline.options import Option
from hmp.cmdline.readconfig.groups import TEXT, OptionGroup
from hmp.errors import HostCallError, StderrLine
from hmp.grammar.opts import HELP_WORDS, check_identifier, parse_opts, short_form_warning
from hmp.machine.system_calls import read_file
from hmp.machine.tracing.events import events_help
from hmp.machine.tracing.log import ITEMS, UnknownLogItemError, asks_for_events, items_help

KEYS = OptionGroup("trace", dict.fromkeys(("enable", "events", "file"), TEXT), is_tree=False)


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


def start_log(configuration: Configuration) -> None:
    """Choose the items and make the files.

    Raises:
        EarlyExit: An item is unknown, or `help`: QEMU prints the list and ends with 1.
        StartupError: A file does not fit.
    """
    items, log = configuration.log_items, configuration.use_log()
    if items is not None and asks_for_events(items):
        raise EarlyExit(events_help())

    def warn(text: str) -> None:
        configuration.warn(f"warning: {text}")

    with option_context():
        try:
            log.set(items, configuration.log_file, warn)
        except UnknownLogItemError:
            raise EarlyExit(items_help("-d", ITEMS), status=1) from None
        if configuration.trace_file is not None:
            log.set(None, configuration.trace_file, warn)
