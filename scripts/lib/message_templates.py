"""The messages of hmp, as templates read from its source, and which of them a run has provoked.

A template is a message with `<>` in place of values; the source is parsed, never imported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from scripts.lib import ROOT

SOURCE = ROOT / "hmp"
ERRORS = {"HmpError", "ArgumentError", "StartupError"}
# Calls that print their argument; the second pair replaces the first in the machine.
EMITTERS = {"warn", "warn_once", "report", "note", "emit_output", "emit_stderr", "Reply"}
FROM_HOST = ("from_os", "from_errno")
MESSAGE_NAMES = re.compile(r"(message|template|error|FIXED\w*|SET_ONCE|\w*HINTS?|\w*WARNING)$")
# Errors that make a message of what a parameter expects, and a name that holds such a text.
EXPECTATIONS = {
    "ParameterValueError": "Parameter '<>' expects ",
    "integer_wanted": "Parameter '<>' expects ",
    "ParameterTypeError": "Invalid parameter type for '<>', expected: ",
}
SLOT = "<>"
MAX_REPLY = 2000
# What only clients of sockets and terminals receive is tested in tests/e2e.
IGNORED = ("serve/", "console/")


def templates() -> dict[str, str]:
    """Return every template with the module that it is defined in."""
    found: dict[str, str] = {}
    trees = {
        str(path.relative_to(SOURCE)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }
    errors = _error_classes(trees.values())
    for module, tree in trees.items():
        if module.startswith(IGNORED):
            continue
        for node in ast.walk(tree):
            for text in _messages(node, errors):
                if " " in text.replace(SLOT, "").strip(" :'\n"):
                    found.setdefault(text.strip("\n\0"), module)
    return found


def _error_classes(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Return the classes of errors, each with the start of the message that it or a base makes."""
    bases = {
        node.name: [_called_name(base) for base in node.bases]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = dict.fromkeys(ERRORS, "")
    while more := {
        name: EXPECTATIONS.get(name, found[parent])
        for name, parents in bases.items()
        for parent in parents
        if name not in found and parent in found
    }:
        found.update(more)
    return found


def _messages(node: ast.AST, errors: dict[str, str]) -> list[str]:
    if isinstance(node, ast.ClassDef) and node.name in errors:
        expectation = next(
            (errors[base] for base in map(_called_name, node.bases) if base in errors), ""
        )
        return [
            text
            for call in ast.walk(node)
            if isinstance(call, ast.Call) and _called_name(call.func) == "__init__"
            for text in _argument_texts(call, expectation)
        ]
    if isinstance(node, ast.Call):
        name = _called_name(node.func)
        if name in FROM_HOST:
            return [f"{text}: {SLOT}" for text in _argument_texts(node)]
        return (
            _argument_texts(node, errors.get(name, ""))
            if name in EMITTERS or name in errors
            else []
        )
    if isinstance(node, ast.keyword) and node.arg in ("frozen", "immutable_message"):
        return _texts(node.value)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name) and node.value:
                if target.id in EXPECTATIONS:
                    return [EXPECTATIONS[target.id] + text for text in _texts(node.value)]
                if MESSAGE_NAMES.search(target.id):
                    return _texts(node.value)
    return []


def _argument_texts(call: ast.Call, expectation: str = "") -> list[str]:
    """Return the texts that a call is given; to errors with an expectation the second one."""
    return [
        expectation + text if expectation and index == 1 else text
        for index, argument in enumerate(call.args)
        for text in _texts(argument)
    ]


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
    "<>: requires an argument": "the instrument's own options come last; recorded",
    "qemu_prealloc_mem: preallocating memory failed: <>": "needs a host without memory",
    "virtio-mem device cannot get unplugged while some of "
    "its": "needs a running guest; in tests/machine/devices/test_virtio_mem.py",
    "expression nested too deeply": "QEMU reads on; in tests/test_qemu_crashes.py",
    "Parameter '<>' can't be changed any more": "QEMU changes what it shows and nothing else",
    "Page not present": "the page is looked at before",
    "memory at 0x<> can't be read: "
    "<>": "QEMU crashes on a truncated file; in tests/machine/backends/test_real_memory.py",
    "-numa <> is not supported by hmp": "a kind of node that hmp does not have",
}


class Coverage:
    """Which templates were seen in replies."""

    def __init__(self) -> None:
        self._waiting = {text: _pattern(text) for text in templates()}
        self.provoked: list[str] = []

    def look_at(self, reply: str) -> None:
        """Take note of the templates in a reply."""
        told = reply[:MAX_REPLY]
        for text in [
            text for text, pattern in self._waiting.items() if told and pattern.search(told)
        ]:
            self.provoked.append(text)
            del self._waiting[text]

    @property
    def missing(self) -> list[str]:
        """The templates that no reply has shown yet, with the reason where there is one."""
        return [
            f"{text}  [{reason}]" if (reason := _reason(text)) else text for text in self._waiting
        ]


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern to search for; slots at the ends would only make the search slow."""
    sentence = text.removeprefix(SLOT).removesuffix(SLOT)
    return re.compile("[^\n]*?".join(map(re.escape, sentence.split(SLOT))))


def _reason(text: str) -> str:
    return next((reason for start, reason in OUT_OF_REACH.items() if text.startswith(start)), "")
