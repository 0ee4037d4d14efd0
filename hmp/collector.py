"""Python's collector of garbage, while parts of the program are loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Look for no garbage meanwhile, and never among what is made meanwhile.

    Modules and what lives as long as the program make none, and looking for some takes a tenth of
    the start of a script or a console.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
