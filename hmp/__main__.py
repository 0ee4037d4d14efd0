"""Starts the program, as `hmp` and as `python -m hmp`."""

from __future__ import annotations

import os


def main() -> None:
    """Run the program; report in one line that the host has no means even to read it."""
    try:
        try:
            from hmp.cli import run
        except (ImportError, MemoryError, OSError) as error:
            os.write(2, f"hmp: can't read the program: {error!r}\n".encode())
            os._exit(1)
        run()
    except KeyboardInterrupt:
        os._exit(0)  # As a little later in the start (hmp.cli).


if __name__ == "__main__":
    main()
