"""Lets `python -m hmp` start the program; nothing else may live here."""

from hmp.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
