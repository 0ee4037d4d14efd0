"""The messages that hmp can give, as templates taken from its own source, and which of them a run has provoked.

A template is a sentence with `<>` where a value stands; the source is read, never imported.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "hmp"
SPEAKERS = {"InputError", "StateError", "HostError", "ArgumentError", "StartupError", "warn",
            "report", "warn_once", "not_accepted", "wrong_type", "_map_or_refuse", "note", "Reply"}
SPEAKING_NAMES = re.compile(r"(message|template|refusal|FIXED\w*|UNEXPECTED|\w*HINTS?|\w*WARNING)$")
SLOT = "<>"
LONGEST = 2000
# What only clients of sockets and people at a terminal hear has instruments of its own.
NOT_HEARD = ("serve/", "console/")


def templates() -> dict[str, str]:
    """Every template with the module that it stands in."""
    found: dict[str, str] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        module = str(path.relative_to(SOURCE))
        if module.startswith(NOT_HEARD):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for text in _spoken(node):
                if " " in text.replace(SLOT, "").strip(" :'\n"):
                    found.setdefault(text.strip("\n\0"), module)
    return found


def _spoken(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Call) and _called_name(node.func) in SPEAKERS:
        return [text for argument in node.args for text in _texts(argument)]
    if isinstance(node, ast.keyword) and node.arg == "frozen":
        return _texts(node.value)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and SPEAKING_NAMES.search(target.id) for target in targets) and node.value:
            return _texts(node.value)
    return []


def _called_name(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _texts(node: ast.expr) -> list[str]:
    """The texts that an expression may stand for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [re.sub(r"\{\w*\}", SLOT, node.value)]
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else SLOT for part in node.values)
        return [re.sub(r"\{\w*\}", SLOT, "".join(map(str, parts)))]
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = [_texts(side) or [SLOT] for side in (node.left, node.right)]
        return [left + right for left in sides[0] for right in sides[1]]
    if isinstance(node, ast.Tuple):
        return [text for element in node.elts for text in _texts(element)]
    return []


# What no random command can bring about, and why.
OUT_OF_REACH = {
    "Cannot open /proc/self/pagemap: <>": "needs a user without rights",
    "Consider opening the backing store read-only": "needs a user without rights",
    "<>: requires an argument": "the instrument's own options come last; recorded in tests/rows",
    "qemu_prealloc_mem: preallocating memory failed: <>": "needs a host without memory",
    "virtio-mem device cannot get unplugged while some of its": "needs a running guest; in tests/test_virtio_mem.py",
    "expression nested too deeply": "the reference reads on; in tests/test_crash_cases.py",
    "Parameter '<>' can't be changed any more": "the reference changes what it shows and nothing else",
    "Page not present": "the page is looked at before",
    "memory at 0x<> can't be read: <>": "the reference dies of a truncated file; in tests/test_real_memory.py",
    "-numa <> is not supported by hmp": "a kind of node that hmp does not have",
}


class Coverage:
    """Which templates were seen in replies."""

    def __init__(self) -> None:
        self._waiting = {text: _pattern(text) for text in templates()}
        self.provoked: list[str] = []

    def look_at(self, reply: str) -> None:
        """Take note of the templates in a reply."""
        told = reply[:LONGEST]
        for text in [text for text, pattern in self._waiting.items() if told and pattern.search(told)]:
            self.provoked.append(text)
            del self._waiting[text]

    @property
    def missing(self) -> list[str]:
        """The templates that no reply has shown yet, with the reason where there is one."""
        return [f"{text}  [{reason}]" if (reason := _reason(text)) else text for text in self._waiting]


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern to search for; slots at the ends would only make the search slow."""
    sentence = text.removeprefix(SLOT).removesuffix(SLOT)
    return re.compile("[^\n]*?".join(map(re.escape, sentence.split(SLOT))))


def _reason(text: str) -> str:
    return next((reason for start, reason in OUT_OF_REACH.items() if text.startswith(start)), "")
