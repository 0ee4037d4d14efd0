"""Completion of hmp's command line for bash, zsh and fish, generated from the table of options.

After an option that takes a value come its words, files where it takes one, or nothing; everywhere
else the options, with one dash as `--help` shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hmp.cmdline.options import ARGUMENT_COUNTS, CONSOLE_HELP, FLAGS_HELP, HELP, WITH_ARGUMENT
from hmp.errors import InputError
from hmp.settings.options import BY_NAME

# What takes a file or a folder, of hmp's options and of those without an effect.
FILES = (
    *("mem-path", "pidfile", "record", "play", "script", "check-lesson", "lessons", "readconfig"),
    *("qtest-log", "fleet", "L", "bios", "kernel", "initrd", "dtb", "shim", "cdrom"),
    *("fda", "fdb", "hda", "hdb", "hdc", "hdd", "sd", "pflash", "mtdblock", "option-rom"),
)
BOARDS = ("pc", "q35", "microvm", "isapc", "none")


def _choices() -> dict[str, tuple[str, ...]]:
    """Return the values of the options that take one of a few words."""
    from hmp.lessons.library import lesson_names
    from hmp.machine.backends.create import SUPPORTED_TYPES
    from hmp.machine.devices.types import PLUGGABLE_TYPES

    return {name: BY_NAME[name].choices for name in CONSOLE_HELP} | {
        "machine": BOARDS,
        "M": BOARDS,
        "play": tuple(lesson_names()),
        "completion": tuple(SHELLS),
        "object": SUPPORTED_TYPES,
        "device": tuple(PLUGGABLE_TYPES),
        "vga": ("none",),
        "nic": ("none",),
        "net": ("none",),
        "guest": ("linux", "none"),
        "incoming": ("defer",),
        "monitor": ("stdio", "none", "null", "pty", "unix:"),
    }


def _descriptions() -> dict[str, str]:
    """Return a line of help for each option."""
    lines = {**HELP, **CONSOLE_HELP}
    found = {name: text.rpartition("\n    ")[2] for name, text in lines.items()}
    return {**found, **FLAGS_HELP}


def _patterns(names: Iterable[str]) -> str:
    """Return names as a pattern of `case`, with one dash or two."""
    return "|".join(f"-{name}|--{name}" for name in sorted(names))


def _bash() -> str:
    choices = _choices()
    cases = "".join(
        f"    {_patterns([name])}) words='{' '.join(words)}'; files={'y' * (name in FILES)} ;;\n"
        for name, words in choices.items()
    )
    files = _patterns(name for name in FILES if name not in choices)
    others = _patterns(name for name in WITH_ARGUMENT if name not in (*choices, *FILES))
    second = _patterns(ARGUMENT_COUNTS)
    options = " ".join(f"-{name}" for name in _descriptions())
    return f"""# bash completion of hmp: source it, or put it into the directory of completions.
_hmp() {{
  local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words='' files=''
  COMPREPLY=()
  case "${{COMP_WORDS[COMP_CWORD-2]:-}}" in
    {second}) before='second value' ;;
  esac
  case "$before" in
{cases}    {files}|'second value') files=y ;;
    {others}) return ;;
    *)
      words=' {options}' files=y
      [[ $word == --* ]] && words="${{words// -/ --}}"
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  [ -n "$COMPREPLY" ] || [ -z "$files" ] || COMPREPLY=($(compgen -f -- "$word"))
}}
complete -o nosort -F _hmp hmp
"""


def _zsh() -> str:
    choices, lines = _choices(), []
    for name, meaning in _descriptions().items():
        # _arguments gives brackets, colons and backslashes a meaning, the shell quotes.
        described = re.sub(r"([\[\]:'\\])", r"\\\1", meaning).replace("\\'", "'\\''")
        values = _zsh_action(name, choices)
        takes = "" if name in FLAGS_HELP else f":{name}:{values}"
        takes = ":number: " * (ARGUMENT_COUNTS.get(name, 1) - 1) + takes
        lines.append(f"  '-{name}[{described}]{takes}'")
    joined = " \\\n".join(lines)
    head = "#compdef hmp\n# zsh completion of hmp: save it as _hmp in a directory of $fpath.\n"
    return f"{head}_arguments \\\n{joined} \\\n  '*:file:_files'\n"


def _zsh_action(name: str, choices: dict[str, tuple[str, ...]]) -> str:
    """Return what completes the value of an option; a blank is nothing."""
    if name in choices:
        return f"({' '.join(choices[name])})"
    return "_files" if name in FILES else " "


def _fish() -> str:
    choices = _choices()
    lines = ["# fish completion of hmp: save it as hmp.fish in the directory of fish completions."]
    for name, meaning in _descriptions().items():
        described = meaning.replace("\\", "\\\\").replace("'", "\\'")
        if name in FLAGS_HELP:
            takes = ""
        else:
            words = f" -a '{' '.join(choices[name])}'" if name in choices else ""
            takes = f" {'-r -F' if name in FILES else '-x'}{words}"
        lines.append(f"complete -c hmp -o {name} -d '{described}'{takes}")
    return "\n".join(lines) + "\n"


SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}


def shell_completion(shell: str) -> str:
    """Return the completion script for a shell; InputError for an unknown shell."""
    if shell not in SHELLS:
        raise InputError(f"there is completion for {', '.join(SHELLS)}, not for '{shell}'")
    return SHELLS[shell]()
