"""Run other programs on the console's terminal: the pager, an editor, and what follows a `|`."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from hmp.serve.event_loop import wait_writable
from hmp.serve.signals import unblock_termination_signals

POLL_S, GRACE_S = 0.02, 1.0


async def run_program(
    command: Sequence[str] | str,
    data: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a program, or a shell command, with `data` as its input, or else that of the terminal;
    return its exit status.

    Sockets are served meanwhile. Where the task is cancelled, as by a termination signal, the
    program ends, too.
    """
    with subprocess.Popen(
        command,
        bufsize=0,
        shell=isinstance(command, str),
        stdin=None if data is None else subprocess.PIPE,
        env=environment,
        preexec_fn=unblock_termination_signals,
    ) as process:
        feeding = asyncio.ensure_future(_feed(process.stdin, data or b""))
        try:
            while process.poll() is None:
                await asyncio.sleep(POLL_S)
        finally:
            feeding.cancel()
            _end(process)
    return process.returncode


async def _feed(stdin: IO[bytes] | None, data: bytes) -> None:
    """Write to a program as much as it reads, and close its input, unless it is the terminal."""
    if stdin is None:
        return
    rest, descriptor = memoryview(data), stdin.fileno()
    os.set_blocking(descriptor, False)
    with stdin, suppress(OSError):
        while rest:
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                await wait_writable(descriptor)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program that still runs, whether it likes to or not."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
