"""Starts the program for `python -m hmp`."""

from hmp.cli import run

if __name__ == "__main__":
    run()
