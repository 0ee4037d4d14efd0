"""Completion of hmp's command line in bash, zsh and fish."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from hmp.cmdline.program.shell_completion import SHELLS, shell_completion


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["hmp", "--pla"], ["--play", "--plain"]),
        (["hmp", "--qui"], ["--quiet"]),
        (["hmp", "--js"], ["--json"]),
        (["hmp", "--scr"], ["--script", "--screen-reader"]),
        (["hmp", "--theme", ""], ["default", "dark", "light", "mono"]),
        (["hmp", "--play", "st"], ["stubborn"]),
        (["hmp", "-M", "q"], ["q35"]),
    ],
)
def test_bash_completes(words: list[str], expected: list[str], tmp_path: Path) -> None:
    script = tmp_path / "hmp.bash"
    script.write_text(shell_completion("bash"))
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
            [shell, "-c", f"source {script}; complete -C 'hmp --theme '"],
            capture_output=True,
            text=True,
        )
        assert sorted(line.split("\t")[0] for line in done.stdout.splitlines()) == [
            "dark",
            "default",
            "light",
            "mono",
        ]


def test_every_shell_knows_every_option() -> None:
    from hmp.cmdline.options import CONSOLE_HELP, FLAGS_HELP, HELP

    for shell in SHELLS:
        text = shell_completion(shell)
        for name in (*HELP, *FLAGS_HELP, *CONSOLE_HELP):
            assert f"--{name}" in text or f"-l {name} " in text, (shell, name)
