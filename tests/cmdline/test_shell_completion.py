"""Completion of hmp's command line in bash, zsh and fish."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hmp.cmdline.options import CONSOLE_HELP, FLAGS_HELP, HELP
from hmp.cmdline.program.shell_completion import SHELLS, shell_completion


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["hmp", "-pla"], ["-play", "-plain"]),
        # Two dashes are taken as well, and stay.
        (["hmp", "--pla"], ["--play", "--plain"]),
        (["hmp", "-qui"], ["-quiet"]),
        (["hmp", "-js"], ["-json"]),
        (["hmp", "-scr"], ["-script", "-screen-reader"]),
        (["hmp", "-theme", ""], ["default", "dark", "light", "mono"]),
        (["hmp", "--theme", "d"], ["default", "dark"]),
        (["hmp", "-play", "st"], ["stubborn"]),
        (["hmp", "-M", "q"], ["q35"]),
        (["hmp", "-guest", ""], ["linux", "none"]),
        # After a switch comes no value.
        (["hmp", "-plain", "-vers"], ["-version"]),
        (["hmp", "-ascii", "o"], ["odd-file"]),
        (["hmp", "-screen-reader", "-editi"], ["-editing"]),
        # These take values that nobody can list, or files.
        (["hmp", "-m", ""], []),
        (["hmp", "-m", "-pla"], []),
        (["hmp", "-append", "o"], []),
        (["hmp", "-uuid", "o"], []),
        (["hmp", "-record", "o"], ["odd-file"]),
        (["hmp", "-kernel", "o"], ["odd-file"]),
        (["hmp", "-play", "odd"], ["odd-file"]),
        (["hmp", "-fleet", "3", "o"], ["odd-file"]),
        (["hmp", "-m", "1G", "-vers"], ["-version"]),
        (["hmp", "odd"], ["odd-file"]),
    ],
)
def test_bash_completes(words: list[str], expected: list[str], tmp_path: Path) -> None:
    script = tmp_path / "hmp.bash"
    script.write_text(shell_completion("bash"))
    (tmp_path / "odd-file").touch()
    listed = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"source {script}; COMP_WORDS=({listed}); COMP_CWORD={len(words) - 1}; _hmp; "
            'printf "%s\\n" "${COMPREPLY[@]}"',
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert sorted(done.stdout.split()) == sorted(expected), done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_zsh_and_fish_accept_the_script(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(shell_completion(shell))
    done = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    if shell == "fish":
        done = subprocess.run(
            [shell, "-c", f"source {script}; complete -C 'hmp -theme '"],
            capture_output=True,
            text=True,
        )
        assert sorted(line.split("\t")[0] for line in done.stdout.splitlines()) == [
            "dark",
            "default",
            "light",
            "mono",
        ]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_knows_every_option(shell: str) -> None:
    words = re.split(r"[\s'|)\[]+", shell_completion(shell))
    dash = "" if shell == "fish" else "-"
    for name in (*HELP, *FLAGS_HELP, *CONSOLE_HELP):
        assert f"{dash}{name}" in words, name


def test_zsh_and_fish_offer_values_where_an_option_takes_one() -> None:
    zsh = dict(re.findall(r"^  '-([\w-]+)\[.*?(?<!\\)\](.*?)'", shell_completion("zsh"), re.M))
    fish = dict(
        re.findall(
            r"^complete -c hmp -o ([\w-]+) -d '.*?(?<!\\)'(.*)$", shell_completion("fish"), re.M
        )
    )
    assert set(zsh) == set(fish) == {*HELP, *FLAGS_HELP, *CONSOLE_HELP}
    assert all(zsh[name] == fish[name] == "" for name in FLAGS_HELP)
    assert (zsh["theme"], fish["theme"]) == (
        ":theme:(default dark light mono)",
        " -x -a 'default dark light mono'",
    )
    assert (zsh["m"], fish["m"]) == (":m: ", " -x")
    assert (zsh["record"], fish["record"]) == (":record:_files", " -r -F")
    assert zsh["fleet"] == ":number: :fleet:_files"
