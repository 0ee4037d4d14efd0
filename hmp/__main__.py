"""Lets `python -m hmp` start the program; nothing else may live here."""

from hmp.cli import run

if __name__ == "__main__":
    run()
