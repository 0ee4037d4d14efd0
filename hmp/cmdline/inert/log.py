"""-d, -D and -trace file=: what is logged and where to, which is looked at after all options."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, option_context
from hmp.machine.tracing.events import events_help
from hmp.machine.tracing.log import ITEMS, UnknownLogItemError, asks_for_events, items_help


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
