"""`command | shell command`, `command > file` and `command >> file`, as a shell has them; on the
console only.

How a reply is shown without them is not decided here.
"""

from __future__ import annotations

import os
import re
import subprocess
from typing import NamedTuple

from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HostError
from hmp.serve.signals import unblock_termination_signals

# A bar between numbers is an `or` of the monitor's expressions, so what follows one must not begin
# a number.
_SIGN = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|$)|(?<=\s)(>>|>)(?=\s|$)|(?<=\s)(\|)(?=\s*$|\s+[^\s0-9(+~$\'-])'
)


class Redirection(NamedTuple):
    """A line's command, the sign (`|`, `>`, `>>` or empty), and the shell command or file after
    it.
    """

    command: str
    sign: str
    target: str


def split_redirection(line: str) -> Redirection:
    """Cut a line at its first sign that stands outside of quotes, with blanks around it."""
    for found in _SIGN.finditer(line):
        sign = found[1] or found[2]
        if sign:
            return Redirection(line[: found.start()].rstrip(), sign, line[found.end() :].strip())
    return Redirection(line, "", "")


def deliver_output(redirection: Redirection, text: str) -> int:
    """Give a reply (octets) to the file or shell command; the command's exit status, or HostError
    for the file.
    """
    octets = text.encode("latin-1")
    if not redirection.target:
        raise HostError(
            f"a {'command' if redirection.sign == '|' else 'file name'} is missing "
            f"after {redirection.sign}"
        )
    if redirection.sign == "|":
        return subprocess.run(
            redirection.target,
            shell=True,
            input=octets,
            check=False,
            preexec_fn=unblock_termination_signals,
        ).returncode
    try:
        path = os.path.expanduser(redirection.target)
        with open(path, "ab" if redirection.sign == ">>" else "wb") as file:
            file.write(octets)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise HostError(
            f"can't write {to_unicode(to_latin1(redirection.target))}: {reason}"
        ) from None
    return 0
