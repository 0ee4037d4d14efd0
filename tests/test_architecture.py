"""docs/architecture.md names calls and packages that exist."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CALLS = sorted(set(re.findall(r"`([\w.]+)`\s+\(`(hmp/[\w/]+\.py)`\)", TEXT)))


def defined(path: str) -> set[str]:
    """Return the names of a module, and those of its classes as Class.name."""
    found: set[str] = set()

    def add(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.add(prefix + node.name)
            if isinstance(node, ast.ClassDef):
                add(node.body, f"{node.name}.")
            targets = node.targets if isinstance(node, ast.Assign) else []
            if isinstance(node, ast.AnnAssign):
                targets = [node.target]
            found.update(prefix + target.id for target in targets if isinstance(target, ast.Name))

    add(ast.parse((ROOT / path).read_text(encoding="utf-8")).body, "")
    return found


@pytest.mark.parametrize(("name", "path"), CALLS, ids=[name for name, _path in CALLS])
def test_calls_exist(name: str, path: str) -> None:
    assert name in defined(path)


def test_every_package_is_described() -> None:
    described = set(re.findall(r"`(hmp/\w+)/`", TEXT))
    assert described == {f"hmp/{path.parent.name}" for path in (ROOT / "hmp").glob("*/__init__.py")}


def test_paths_exist() -> None:
    for path in re.findall(r"`((?:hmp|tests|scripts|grammar|docs)/[\w/.-]+)`", TEXT):
        assert (ROOT / path).exists(), path
