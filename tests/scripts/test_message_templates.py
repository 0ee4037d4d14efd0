"""The templates that scripts/differential reports are found in the source."""

from __future__ import annotations

from scripts.lib.message_templates import templates

START_OF_SOME = (
    "slot <> is busy",
    "unknown command: '<>'",
    "Parameter '<>' expects 'on' or 'off'",
    "cannot change property size of <>",
    "Identifiers consist of letters, digits, '-', '.', '_', starting with a letter.",
)


def test_templates() -> None:
    found = templates()
    assert len(found) > 300
    for start in START_OF_SOME:
        assert any(template.startswith(start) for template in found), sorted(found)
