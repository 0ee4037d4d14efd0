"""What the checks of options share: their keys, with a warning for each bare word."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.options import Option
from hmp.grammar.opts import parse_opts, short_form_warning


def keys_of(configuration: Configuration, option: Option, implied_key: str) -> dict[str, str]:
    """Return the values by key, with a warning for each bare word.

    Of several ids the first counts, of other keys the last value (docs/qemu-behaviour/startup.md
    §4).
    """
    found: dict[str, str] = {}
    for item in parse_opts(option.argument, implied_key):
        if item.short_form is not None and not item.asks_for_help:
            configuration.located_warning(option.location)(*short_form_warning(item))
        if item.key != "id" or item.key not in found:
            found[item.key] = item.value
    return found
