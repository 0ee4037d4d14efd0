"""Help: every property, type and event has a text, and the examples work."""

from __future__ import annotations

import pytest

from hmp.assist.help.descriptions import description_of, type_description
from hmp.assist.help.pages import EXAMPLES, extra_help
from hmp.assist.properties import creatable_types, settable_options
from hmp.commands.registry import COMMANDS
from hmp.console.builtins import builtin_list
from hmp.console.line import CONSOLE_COMMANDS
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


TOPICS = (
    *([], ["info"], ["object_add"], ["device_add"], ["guest"]),
    *(["object_add", name] for name in creatable_types("qom-type")),
    *(["device_add", name] for name in creatable_types("driver")),
)


@pytest.mark.parametrize("width", [40, 80, 100, 120])
def test_help_fits_the_screen(width: int) -> None:
    for words in TOPICS:
        lines = extra_help(CONSOLE_COMMANDS, list(builtin_list()), words, width)
        assert lines and all(len(line) < width for line in lines), words


def test_options_are_described_below_each_other() -> None:
    lines = extra_help(CONSOLE_COMMANDS, [], ["device_add", "pc-dimm"], 60)
    at = lines.index("Options of pc-dimm (A memory backend in a memory slot):")
    assert lines[at + 1 : at + 6] == [
        "  id      id              needed. The name by which other",
        "                          commands know it",
        "  memdev  memory-backend  needed. The backend that holds",
        "                          the memory; it can serve one",
        "                          device",
    ]
