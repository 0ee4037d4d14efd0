"""What a shadow predicts of a plug is what QEMU does."""

from __future__ import annotations

import random

import pytest

from scripts.lib.generators.random_plugs import MACHINES
from scripts.lib.predictions import compare_plugs
from tests.connect.reference import needs_reference

PLUGS = 34


@needs_reference
@pytest.mark.parametrize("arguments", MACHINES, ids=range(len(MACHINES)))
def test_random_plugs(arguments: str) -> None:
    found = list(compare_plugs(random.Random(arguments), arguments, PLUGS))
    assert len(found) == PLUGS
    assert [item for item in found if item.predicted != item.told] == []
    assert any(" in slot " in item.told for item in found)
