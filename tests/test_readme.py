"""The README is true: its sessions and its Python are run."""

from __future__ import annotations

import re

import pytest

from tests.support import ROOT, monitor, say

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
SESSIONS = [text for _language, text in BLOCKS if "(qemu) " in text and "# mount" not in text]



@pytest.mark.parametrize("session", SESSIONS, ids=range(len(SESSIONS)))
def test_session(session: str) -> None:
    parts = re.split(r"^\(qemu\) ", session, flags=re.M)[1:]
    with monitor("-m 1G,slots=3,maxmem=4G") as on:
        for part in parts:
            line, _newline, reply = part.partition("\n")
            assert say(on, line) == reply, line


def test_python(pytester: pytest.Pytester) -> None:
    (text,) = (text for language, text in BLOCKS if language == "python")
    pytester.makepyfile(text)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=3)


def test_every_script_and_option_that_is_named_exists() -> None:
    from hmp.startup.option_table import ALONE, WITH_ARGUMENT

    for name in set(re.findall(r"scripts/([a-z-]+)", README)):
        assert (ROOT / "scripts" / name).exists(), name
    for name in re.findall(r"`--?([a-z][a-z-]*)`", README):
        assert name in ALONE or name in WITH_ARGUMENT, name
