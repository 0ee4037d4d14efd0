"""The package that is built can be installed and used: the program, its data, the pytest plugin."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from hmp import __version__
from tests.support import ROOT

TEST_OF_A_USER = """
import pytest

@pytest.mark.hmp("-m 1G,slots=2,maxmem=4G")
def test_machine(hmp_machine):
    assert hmp_machine.devices == []
"""


def run(*words: str | Path, cwd: Path, script: str = "") -> str:
    """Run a command; return what it writes to stdout."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        input=script,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(kind: str, folder: Path) -> Path:
    """Build a source archive or a wheel, which itself is built from the archive."""
    if kind == "sdist":
        run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, cwd=ROOT)
        return next(folder.glob("*.tar.gz"))
    source = build("sdist", folder)
    options = ("--quiet", "--no-deps", "--no-build-isolation", "-w", folder)
    run(sys.executable, "-m", "pip", "wheel", *options, source, cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with the wheel, and with what it depends on."""
    folder = tmp_path_factory.mktemp("package")
    wheel = build("wheel", folder)
    environment = folder / "environment"
    venv.create(environment)
    site = next(environment.glob("lib/python*/site-packages"))
    # A path alone: the .pth files in there, among them that of the checkout, are not looked at.
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"])
    python = environment / "bin" / "python"
    options = ("--quiet", "--no-index", "--no-deps", "--ignore-installed")
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel),
        cwd=folder,
    )
    return environment / "bin"


def test_the_program(installed: Path, tmp_path: Path) -> None:
    script = "info version\n"
    shown = run(installed / "hmp", cwd=tmp_path, script=script)
    assert f"hmp {__version__}" in shown
    assert run(installed / "python", "-m", "hmp", cwd=tmp_path, script=script) == shown
    where = "import hmp; print(hmp.__file__)"
    assert str(installed.parent) in run(installed / "python", "-c", where, cwd=tmp_path)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-device", "help"), 'name "virtio-blk-pci"'),
        (("-cpu", "help"), "Skylake-Server"),
        (("--completion", "bash"), "complete "),
        (("--completion", "zsh"), "#compdef hmp"),
        (("--completion", "fish"), "complete -c hmp"),
    ],
)
def test_its_data(installed: Path, tmp_path: Path, words: tuple[str, ...], expected: str) -> None:
    assert expected in run(installed / "hmp", *words, cwd=tmp_path)


def test_lessons_and_types(installed: Path, tmp_path: Path) -> None:
    script = "from hmp.lessons.library import LESSONS_DIR as d; print(*d.iterdir(), d.parents[1])"
    *lessons, package = run(installed / "python", "-c", script, cwd=tmp_path).split()
    assert len([name for name in lessons if name.endswith(".md")]) >= 6
    assert (Path(package) / "py.typed").exists()


def test_the_pytest_plugin(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "test_user.py").write_text(TEST_OF_A_USER)
    assert "1 passed" in run(installed / "python", "-m", "pytest", "-q", cwd=tmp_path)
