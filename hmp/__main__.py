"""Starts the program, as `hmp` and as `python -m hmp`."""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Run the program; report in one line that the host has no means even to read it."""
    # Until something else is decided a SIGINT ends the process, as any other signal does, and as it
    # ends QEMU: Python would print where it came. A shell has it ignored in the background.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        from hmp.collector import no_collection

        with no_collection():
            from hmp.cli import run
    except (ImportError, MemoryError, OSError) as error:
        os.write(2, f"hmp: can't read the program: {error!r}\n".encode())
        os._exit(1)
    run()


if __name__ == "__main__":
    main()
