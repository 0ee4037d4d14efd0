"""-msg: what messages on stderr begin with; QEMU answers these lines in the same way."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from hmp.cmdline.errors import StartupError
from hmp.cmdline.messages import MessageForm
from hmp.cmdline.parser import parse_command_line
from tests.support import PROGRAM

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z "


def form_after(line: str) -> MessageForm:
    form = MessageForm()
    parse_command_line(shlex.split(line), lambda *lines: None, message_form=form)
    return form


@pytest.mark.parametrize(
    ("line", "prefix"),
    [
        ("-m 64", ""),
        ("-msg timestamp=on", TIME),
        ("-msg timestamp=on,guest-name=on -name vm", TIME + "vm "),
        ("-name guest=vm -msg guest-name=yes", "vm "),
        ("-msg guest-name=on", ""),
        ("-msg guest-name=on -name vm -msg timestamp=y", TIME),
        ("-msg timestamp=on -msg timestamp=off", ""),
    ],
)
def test_prefix(line: str, prefix: str) -> None:
    assert re.fullmatch(prefix, form_after(line).prefix())


def test_a_wrong_value_changes_nothing() -> None:
    form = MessageForm()
    with pytest.raises(StartupError, match="Parameter 'timestamp' expects 'on' or 'off'"):
        parse_command_line(
            ["-msg", "guest-name=on,timestamp=2"], lambda *lines: None, message_form=form
        )
    assert not form.has_name


def test_messages_of_the_program_and_hints() -> None:
    words = shlex.split("-name vm -msg timestamp=on,guest-name=on -M nosuch")
    done = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, check=False)
    first, hint = done.stderr.splitlines()
    assert re.fullmatch(TIME + r'vm \S+: unsupported machine type: "nosuch"', first)
    assert hint == "Use -machine help to list supported machines"


def test_what_is_found_before_comes_without() -> None:
    words = shlex.split("-msg timestamp=on -nosuch")
    done = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, check=False)
    assert re.fullmatch(r"\S+: -nosuch: invalid option\n", done.stderr)
