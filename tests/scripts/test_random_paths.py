"""Random command lines name paths in a folder of their own: whoever plays them may write there."""

from __future__ import annotations

import random
import re

import pytest

from scripts.lib import fuzz_input
from scripts.lib.generators import random_startup

# Paths of objects.
ALLOWED = r"/(?:machine|objects)\b"


@pytest.mark.parametrize("make", [random_startup.command_line, fuzz_input.command_line])
def test_no_path_is_absolute(make: object) -> None:
    assert callable(make)
    for seed in range(4000):
        text = make(random.Random(seed))
        assert not re.search(rf"(?:^|[\s=:,'\"])(?!{ALLOWED})/\w", text), text
