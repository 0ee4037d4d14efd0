"""The option groups of QEMU's command line: which keys each has, with their types."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

from scripts.lib import QEMU
from scripts.lib.recordings.hmp import LiveProgram

DATA = Path(__file__).parents[3] / "hmp" / "cmdline" / "readconfig" / "option_groups.json"
# A group that query-command-line-options leaves out.
UNLISTED = ("audiodev",)
TIMEOUT_S = 20


def record() -> None:
    """Record the groups: those whose keys are checked with these, and with `id` where several
    options make a list of them; of the others the names.
    """
    program = LiveProgram(QEMU, "-M none", ".")
    listed = program.command("query-command-line-options")["return"]
    program.finish()
    types = {
        group["option"]: {item["name"]: item["type"] for item in reversed(group["parameters"])}
        for group in listed
        if group["option"]
    }
    checked, unchecked, trees = {}, [], []
    for name in sorted((*types, *UNLISTED)):
        if "not supported" in _errors(f"-set {name}.x.y=z"):
            trees.append(name)
        elif "-readconfig" in _errors("-readconfig FILE", f'[{name}]\nno-such-key = "1"\n'):
            checked[name] = types[name]
            if "'id'" not in _errors("-readconfig FILE", f'[{name} "x"]\n'):
                checked[name]["id"] = "identifier"
        else:
            unchecked.append(name)
    groups = {"checked": checked, "trees": trees, "unchecked": unchecked}
    DATA.write_text(json.dumps(groups, indent=1) + "\n", encoding="utf-8")


def _errors(arguments: str, text: str = "") -> str:
    """Return what QEMU says of arguments, in which FILE is a file with the text."""
    with tempfile.NamedTemporaryFile("w", suffix=".cfg") as file:
        file.write(text)
        file.flush()
        words = [*QEMU.split(), *["-M", "none", "-monitor", "stdio"]]
        done = subprocess.run(
            [*words, *arguments.replace("FILE", file.name).split()],
            input="quit\n",
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        return done.stderr
