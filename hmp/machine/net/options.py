"""The option list of a network backend, as -netdev and netdev_add have it."""

from __future__ import annotations

from typing import Any

from hmp.errors import MissingParameterError
from hmp.grammar.opts import Option
from hmp.machine.qapi.types import describe, read_structure
from hmp.machine.qom.visitors import OptsVisitor


def read_options(items: list[Option]) -> dict[str, Any]:
    """Return the checked options of a list; a repeated key adds to a list.

    Raises:
        InputError: The first that is missing, wrong or unknown.
    """
    kind = next((item.value for item in reversed(items) if item.key == "type"), None)
    lists = _lists_of(kind)
    given: dict[str, object] = {}
    for item in items:
        if item.key in lists:
            below = given.setdefault(item.key, [])
            assert isinstance(below, list)
            below.append({"str": item.value})
        elif item.key != "id" or "id" not in given:
            given[item.key] = item.value
    # QEMU asks for the type first here (experiment: `-netdev restrict=on`).
    if kind is None:
        raise MissingParameterError("type")
    if "id" not in given:
        _check_type(kind)
    return read_structure("netdev", OptsVisitor(), given)


def _check_type(kind: str) -> None:
    from hmp.errors import ChoiceError
    from hmp.machine.qapi.types import words_of

    if kind not in words_of("netdev.type"):
        raise ChoiceError("type", kind)


def _lists_of(kind: str | None) -> set[str]:
    variant = describe("netdev")["variants"].get(kind or "")
    if variant is None:
        return set()
    members = describe(variant)["members"]
    return {name.removesuffix("?") for name, below in members.items() if below.startswith("[")}
