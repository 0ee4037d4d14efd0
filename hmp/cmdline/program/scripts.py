"""Where the commands of a script come from, and how it is answered: -e, --script and FILE.hmp,
--quiet, --json and --extras. QEMU has none of these.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from hmp.cmdline.options import Option, tokenize

COMMAND, FILE = "e", "script"
FLAGS = QUIET, JSON, EXTRAS = "quiet", "json", "extras"
SUFFIX = ".hmp"
PROBE_BYTES = 1 << 16
# The first line of a saved script, and of one that a shell runs.
SHEBANG = rb"#![^\n]*?\bhmp ([^\n]*)"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class ScriptSource(NamedTuple):
    """A command of -e, or the path of a file of commands (bytes, held in a Latin-1 str)."""

    text: str
    is_file: bool


class ScriptOptions:
    """What the command line, whose `options` are all of its options, says of the script."""

    def __init__(self) -> None:
        self.sources: list[ScriptSource] = []
        self.flags: set[str] = set()
        self.options: list[Option] = []

    @property
    def is_given(self) -> bool:
        """Whether any of the options is given; without one a script is answered as by QEMU."""
        return bool(self.sources or self.flags)

    @property
    def is_silent(self) -> bool:
        """Whether neither banner nor prompts are written."""
        return bool(self.flags & {QUIET, JSON})

    @property
    def machine_words(self) -> list[str]:
        """The command line without what is about the script."""
        found: list[str] = []
        for option in self.options:
            if not is_of_script(option):
                found += [option.typed, *([option.argument] if option.takes_argument else [])]
        return found


def is_script(path: str) -> bool:
    """Return whether a positional argument, in QEMU the image of a disk, is a script: a text whose
    name ends in .hmp.
    """
    return path.endswith(SUFFIX) and b"\0" not in _beginning(path, b"\0")


def _beginning(path: str, otherwise: bytes) -> bytes:
    from hmp.files import open_regular  # Few command lines name a script.

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


def take_script_option(script: ScriptOptions, option: Option) -> bool:
    """Take an option about the script; return whether it is one."""
    if option.name in FLAGS:
        script.flags.add(option.name)
    elif is_of_script(option):
        script.sources.append(ScriptSource(option.argument, is_file=option.name != COMMAND))
    else:
        return False
    return True


def is_of_script(option: Option) -> bool:
    """Return whether an option is about the script, not about the machine."""
    return option.name in (COMMAND, FILE, *FLAGS) or (
        not option.name and is_script(option.argument)
    )


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
