"""The option groups of QEMU's command line: how the keys of each are checked."""

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
    """Record the groups: those whose keys are checked, which of them have an `id` since several
    options make a list of them, those with dotted keys, and those that take any.

    The keys are in what `record command-line-options` writes.
    """
    program = LiveProgram(QEMU, "-M none", ".")
    listed = program.command("query-command-line-options")["return"]
    program.finish()
    names = [group["option"] for group in listed if group["option"]]
    groups: dict[str, list[str]] = {"checked": [], "with_id": [], "trees": [], "unchecked": []}
    for name in sorted((*names, *UNLISTED)):
        if "not supported" in _errors(f"-set {name}.x.y=z"):
            groups["trees"].append(name)
        elif "-readconfig" in _errors("-readconfig FILE", f'[{name}]\nno-such-key = "1"\n'):
            groups["checked"].append(name)
            if "'id'" not in _errors("-readconfig FILE", f'[{name} "x"]\n'):
                groups["with_id"].append(name)
        else:
            groups["unchecked"].append(name)
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
