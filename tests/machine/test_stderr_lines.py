"""Lines for stderr that carry or omit the program's name, and the configuration they come from."""

import pytest

from hmp.cmdline.build import build_machine
from hmp.cmdline.errors import StartupError
from hmp.cmdline.parser import parse_command_line
from hmp.errors import StderrLine
from hmp.serve.scripting.runner import LineSplitter


def test_a_line_is_a_str_that_knows_its_prefix() -> None:
    line = StderrLine("ftruncate: Read-only file system", prefixed=False)
    assert line == "ftruncate: Read-only file system" and not line.prefixed


def test_each_invalid_accelerator_is_a_message_of_its_own() -> None:
    configuration = parse_command_line(["-machine", "none,accel=a:b"], lambda *lines: None)
    with pytest.raises(StartupError) as raised:
        build_machine(configuration)
    assert raised.value.lines == ("invalid accelerator a", "invalid accelerator b")
    assert all(isinstance(line, StderrLine) and line.prefixed for line in raised.value.lines)


def test_a_configuration_builds_any_number_of_machines() -> None:
    words = ["-machine", "q35,accel=tcg", "-m", "64M,slots=2,maxmem=1G"]
    words += ["-chardev", "null,id=c", "-mon", "c"]
    configuration = parse_command_line(words, lambda *lines: None)
    for _ in range(2):
        machine = build_machine(configuration)
        assert machine.board.name.startswith("pc-q35") and machine.memory_config.slots == 2
        assert [name for name in machine.objects.children if "monitor" in name] == [
            "compat_monitor0"
        ]
        machine.close()


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_do_not_depend_on_the_pieces_they_arrive_in(size: int) -> None:
    data = b"info status\n\nstop\xff\nlast"
    splitter = LineSplitter()
    lines = [
        line for at in range(0, len(data), size) for line in splitter.feed(data[at : at + size])
    ]
    assert lines + splitter.feed(b"") == ["info status", "", "stop\xff", "last"]
    assert splitter.feed(b"") == []
