"""Where the commands of a script come from, and how it is answered: -e, --script and FILE.hmp,
--quiet, --json and --extras. QEMU has none of these.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from hmp.cmdline.options import COMMAND, FILE, Option, tokenize
from hmp.files import open_regular

PROBE_BYTES = 1 << 16
# The first line of a saved script, and of one that a shell runs.
SHEBANG = rb"#![^\n]*?\bhmp ([^\n]*)"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ScriptSource(NamedTuple):
    """A command of -e, or the path of a file of commands (bytes, held in a Latin-1 str)."""

    text: str
    is_file: bool


class ScriptOptions:
    """What the command line says of the script: `flags` are the names of --quiet and the like."""

    def __init__(self) -> None:
        self.sources: list[ScriptSource] = []
        self.flags: set[str] = set()

    def take(self, option: Option) -> None:
        """Take an option about the script."""
        if option.name in ("", COMMAND, FILE):
            self.sources.append(ScriptSource(option.argument, is_file=option.name != COMMAND))
        else:
            self.flags.add(option.name)


def is_of_script(option: Option) -> bool:
    """Return whether an option is about the script, not about the machine.

    A positional argument, in QEMU the image of a disk, is a script if it is a text whose name ends
    in .hmp.
    """
    if option.name or not option.may_be_of_script:
        return option.may_be_of_script
    return b"\0" not in _beginning(option.argument, b"\0")


def _beginning(path: str, otherwise: bytes) -> bytes:
    """Return the first bytes of a file, and something else where it can't be read."""
    try:
        descriptor = open_regular(os.fsdecode(path.encode("latin-1")), os.O_RDONLY)
    except OSError:
        return otherwise
    try:
        return os.read(descriptor, PROBE_BYTES)
    except OSError:
        return otherwise
    finally:
        os.close(descriptor)


def with_options_of_file(options: list[Option]) -> list[Option]:
    """Return the options with those in the first line of the first file of commands, such as
    `#!/usr/bin/env -S hmp -m 1G`, if the command line itself says nothing about the machine.

    Raises:
        StartupError: An option of the file is unknown, or its argument is missing.
    """
    if not all(is_of_script(option) for option in options):
        return options
    file = next((option for option in options if option.name in ("", FILE)), None)
    if file is None:
        return options
    head = re.match(SHEBANG, _beginning(file.argument, b"").removeprefix(_BYTE_ORDER_MARK))
    if head is None:
        return options
    import shlex

    try:
        words = shlex.split(head[1].decode("latin-1"))
    except ValueError:  # A quotation that does not end: the shell's line, not ours.
        return options
    return [*tokenize(words), *options]


def machine_words(options: list[Option]) -> list[str]:
    """Return a command line without what is about the script."""
    found: list[str] = []
    for option in options:
        if not is_of_script(option):
            found += [option.typed, *([option.argument] if option.takes_argument else [])]
    return found
