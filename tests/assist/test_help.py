"""Help: every property, type and event has a text, and the examples work."""

from __future__ import annotations

import pytest

from hmp.assist.help.descriptions import description_of, type_description
from hmp.assist.help.pages import EXAMPLES
from hmp.assist.properties import creatable_types, settable_options
from hmp.commands.registry import COMMANDS
from hmp.encoding import to_unicode
from hmp.monitor import Monitor


@pytest.mark.parametrize("implied_key", ["qom-type", "driver"])
def test_every_property_and_type_has_a_description(implied_key: str) -> None:
    for name in creatable_types(implied_key):
        assert type_description(name), name
        for item in settable_options(implied_key, name).values():
            assert description_of(item).strip() and "\n" not in description_of(item), (
                name,
                item.name,
            )


def test_the_examples_work(monitor: Monitor) -> None:
    for command, examples in EXAMPLES.items():
        assert command in COMMANDS.commands or command.removeprefix("info ") in COMMANDS.info
        for line, meaning in examples:
            reply = monitor.execute(line)
            monitor.machine.run_guest()
            assert meaning and not reply.failed, (line, to_unicode(reply.text))
