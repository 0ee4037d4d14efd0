"""What `scripts/record` records of QEMU and the program reads: JSON files beside the modules that
use them, each read when it is first needed.
"""

from __future__ import annotations

import os
from typing import Any


def read_recorded(module_file: str, name: str) -> Any:
    """Return what is in the JSON file `name` beside a module's `__file__`."""
    # json is not loaded for a plain machine; pathlib and importlib.resources take longer than it.
    import json

    with open(os.path.join(os.path.dirname(module_file), name), encoding="utf-8") as file:
        return json.load(file)
