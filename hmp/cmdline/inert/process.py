"""-run-with: the user and the root folder of the process, which stay what they are."""

from __future__ import annotations

import os
import re

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import StartupError
from hmp.cmdline.inert.option_lists import parse_group
from hmp.cmdline.options import Option
from hmp.errors import InputError


def take_run_with(configuration: Configuration, option: Option) -> None:
    """Take a user, who must exist, and a folder; raise InputError for a user who does not."""
    given = parse_group(
        option.name, option.argument, configuration.located_warning(option.location)
    )
    if "user" in given:
        number = _user_number(given["user"])
        if number == 0:
            configuration.add_check(Stage.END, _reject_root)
    folder = given.get("chroot")
    if folder is not None:
        configuration.add_check(Stage.END, lambda: _check_folder(folder))


def _user_number(name: str) -> int:
    import pwd

    if re.fullmatch("[0-9]+:[0-9]+", name):
        return int(name.partition(":")[0])
    try:
        return pwd.getpwnam(name.encode("latin-1").decode("utf-8", "surrogateescape")).pw_uid
    except (KeyError, ValueError):
        raise InputError(f'User "user={name}" doesn\'t exist (and is not <uid>:<gid>)') from None


def _reject_root() -> None:
    # QEMU makes sure that it can't become root again.
    raise StartupError("Dropping privileges failed")


def _check_folder(path: str) -> None:
    if not os.path.isdir(path.encode("latin-1")):
        raise StartupError("chroot failed")
