"""The templates that scripts/differential reports are found in the source."""

from __future__ import annotations

import pytest

from scripts.lib.message_templates import templates

FOUND = templates()


@pytest.mark.parametrize(
    "template",
    [
        "slot <> is busy",
        "unknown command: '<>'",
        "Parameter '<>' expects 'on' or 'off'",
        "cannot change property size of <>",
        "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.",
    ],
)
def test_templates(template: str) -> None:
    assert any(found.startswith(template.strip()) for found in FOUND), sorted(FOUND)


def test_number_of_templates() -> None:
    assert len(FOUND) > 300
