"""Run other programs on the console's terminal: the pager, and what follows a `|`."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from hmp.serve.signals import is_terminating, unblock_termination_signals

POLL_S, GRACE_S = 0.1, 1.0


def run_program(
    command: Sequence[str] | str, data: bytes, environment: Mapping[str, str] | None = None
) -> int:
    """Run a program, or a shell command, with `data` as its input; return its exit status.

    A termination signal that comes meanwhile ends the program, too.
    """
    with subprocess.Popen(
        command,
        shell=isinstance(command, str),
        stdin=subprocess.PIPE,
        env=environment,
        preexec_fn=unblock_termination_signals,
    ) as process:
        unsent: bytes | None = data
        while True:
            try:
                process.communicate(unsent, POLL_S)
                return process.returncode
            except subprocess.TimeoutExpired:
                unsent = None  # `communicate` goes on with what it was given first.
            if is_terminating():
                return _end(process)


def _end(process: subprocess.Popen[bytes]) -> int:
    """End a program, whether it likes to or not."""
    process.terminate()
    try:
        return process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
