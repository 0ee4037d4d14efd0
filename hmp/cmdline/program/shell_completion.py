"""Completion of hmp's command line for bash, zsh and fish, generated from the table of options."""

from __future__ import annotations

import re

from hmp.cmdline.options import CONSOLE_HELP, FLAGS_HELP, HELP
from hmp.errors import InputError
from hmp.settings.options import SETTINGS

FILES = ("mem-path", "pidfile", "record", "play", "script", "check-lesson", "lessons")
BOARDS = ("pc", "q35", "microvm", "isapc", "none")


def _choices() -> dict[str, tuple[str, ...]]:
    """Return the values of the options that take one of a few words."""
    from hmp.lessons.library import lesson_names
    from hmp.machine.backends.create import SUPPORTED_TYPES
    from hmp.machine.devices.types import PLUGGABLE_TYPES

    return {setting.name: setting.choices for setting in SETTINGS} | {
        "machine": BOARDS,
        "M": BOARDS,
        "play": tuple(lesson_names()),
        "completion": tuple(SHELLS),
        "object": SUPPORTED_TYPES,
        "device": tuple(PLUGGABLE_TYPES),
        "vga": ("none",),
        "nic": ("none",),
        "net": ("none",),
        "monitor": ("stdio", "none", "null", "pty", "unix:"),
    }


def _descriptions() -> dict[str, str]:
    """Return a line of help for each option."""
    lines = {**HELP, **CONSOLE_HELP}
    found = {name: text.rpartition("\n    ")[2] for name, text in lines.items()}
    return {**found, **FLAGS_HELP}


def _bash() -> str:
    cases = "".join(
        f"    -{name}|--{name}) words='{' '.join(words)}' ;;\n"
        for name, words in _choices().items()
    )
    options = " ".join(f"--{name}" for name in _descriptions())
    return f"""# bash completion of hmp: source it, or put it into the directory of completions.
_hmp() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" words=''
  case "${{COMP_WORDS[COMP_CWORD-1]}}" in
{cases}    -{"|-".join(FILES)}|--{"|--".join(FILES)}) ;;
    *) words='{options}' ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [ -n "$COMPREPLY" ] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -o nosort -F _hmp hmp
"""


def _zsh() -> str:
    words, lines = _choices(), []
    for name, meaning in _descriptions().items():
        # _arguments gives brackets, colons and backslashes a meaning, the shell quotes.
        described = re.sub(r"([\[\]:'\\])", r"\\\1", meaning).replace("\\'", "'\\''")
        values = f"({' '.join(words[name])})" if name in words else "_files"
        takes = "" if name in FLAGS_HELP else f":{name}:{values}"
        lines.append(f"  '--{name}[{described}]{takes}'")
    joined = " \\\n".join(lines)
    head = "#compdef hmp\n# zsh completion of hmp: save it as _hmp in a directory of $fpath.\n"
    return f"{head}_arguments -s \\\n{joined}\n"


def _fish() -> str:
    words, lines = (
        _choices(),
        ["# fish completion of hmp: save it as hmp.fish in the directory of fish completions."],
    )
    for name, meaning in _descriptions().items():
        described = meaning.replace("\\", "\\\\").replace("'", "\\'")
        takes = (
            ""
            if name in FLAGS_HELP
            else f" -x -a '{' '.join(words[name])}'"
            if name in words
            else " -r"
        )
        lines.append(f"complete -c hmp -l {name} -d '{described}'{takes}")
    return "\n".join(lines) + "\n"


SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def shell_completion(shell: str) -> str:
    """Return the completion script for a shell; InputError for an unknown shell."""
    if shell not in SHELLS:
        raise InputError(f"there is completion for {', '.join(SHELLS)}, not for '{shell}'")
    return SHELLS[shell]()
