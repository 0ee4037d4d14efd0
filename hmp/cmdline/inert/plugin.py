"""-plugin: a file that watches the code of the guest, of which there is none."""

from __future__ import annotations

import os

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.options import Option
from hmp.errors import InputError
from hmp.grammar.opts import (
    HELP_WORDS,
    checked_id,
    parse_opts,
    short_form_warning,
)

HELP_TEXT = "Plugin options\n  file=<path/to/plugin.so>\n  plugin specific arguments\n"
SUFFIX = ".so"


def take_plugin(configuration: Configuration, option: Option) -> None:
    """Take a plugin, which is looked for when the monitors are there.

    Raises:
        EarlyExit: The keys are asked for.
        InputError: No file is named.
    """
    warn = configuration.located_warning(option.location)
    if option.argument in HELP_WORDS:
        raise EarlyExit(HELP_TEXT)
    items = parse_opts(option.argument, "file")
    checked_id(items)
    for item in items:
        if item.short_form is not None and not item.asks_for_help:
            warn(*short_form_warning(item))
    path = None
    for item in items:
        if item.key == "file":
            if not item.value:
                raise InputError("requires a non-empty argument")
            path = path or item.value
        elif path is None:
            raise InputError("missing earlier '-plugin file=' option")
        elif item.key == "arg" and item.short_form is None:
            name, equals, _value = item.value.partition("=")
            warn(
                f"warning: using 'arg={item.value}' is deprecated",
                f"Please use '{item.value if equals else f'{name}=on'}' directly",
            )
    if path is not None:
        configuration.add_check(Stage.BOARD, lambda: _load(path))


def _load(path: str) -> None:
    """Raise StartupError, as QEMU does where there is no such file."""
    name = path if path.endswith(SUFFIX) else path + SUFFIX
    if any(os.path.isfile(known.encode("latin-1")) for known in (path, name)):
        raise StartupError(f"Could not load plugin {path}: no code runs here that it could watch")
    reason = f"{name}: cannot open shared object file: No such file or directory"
    raise StartupError(f"Could not load plugin {path}: {reason}")
