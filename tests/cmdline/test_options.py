"""docs/options.md lists the options as the table has them."""

from __future__ import annotations

import re

from hmp.cmdline.options import (
    CONSOLE_HELP,
    FLAGS,
    FLAGS_HELP,
    HELP,
    INERT,
    INERT_FLAGS,
    UNSUPPORTED,
    WITH_ARGUMENT,
    help_text,
)
from tests.support import ROOT, run

SECTIONS = (ROOT / "docs" / "options.md").read_text(encoding="utf-8").split("\n## ")


def listed(section: str) -> set[str]:
    lines = (line for line in section.splitlines() if line.startswith(("`-", "| `-")))
    return {name for line in lines for name in re.findall(r"`-(\S+?)`", line)}


def test_every_option_is_listed_once() -> None:
    _head, in_effect, inert, unsupported = SECTIONS
    assert listed(in_effect) == {*HELP, *FLAGS_HELP, *CONSOLE_HELP, "M", "net", "h"}
    assert listed(inert) == {*INERT, *INERT_FLAGS}
    assert listed(unsupported) == set(UNSUPPORTED)
    every = [*HELP, *FLAGS_HELP, *CONSOLE_HELP, "M", "net", "h", *INERT, *INERT_FLAGS, *UNSUPPORTED]
    assert len(every) == len(set(every))
    assert set(every) == WITH_ARGUMENT | FLAGS


def test_help_names_what_has_no_effect() -> None:
    text = help_text()
    assert "\nTaken and checked, but without an effect" in text
    assert all(f"-{name}" in text for name in (*INERT, *INERT_FLAGS, *UNSUPPORTED))


def test_unsupported_options_say_why() -> None:
    done = run("", "-qtest", "stdio")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(
        "-qtest stdio: not supported by hmp: QEMU's test protocol is not spoken\n"
    )
