"""Keep how far the user has come in each lesson, in the XDG state directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from hmp.encoding import to_latin1, to_unicode
from hmp.errors import HmpError, HostError
from hmp.files import open_regular, read_text, reason_of, write_all
from hmp.json.encoder import dump
from hmp.json.parser import parse_json

MAX_BYTES = 1 << 16


class Result(NamedTuple):
    """How far the user has come in a lesson: `steps` of `total` are done, and whether it was
    finished once.
    """

    steps: int = 0
    total: int = 0
    is_finished: bool = False


def results_path() -> Path:
    """Return the path of the file, which need not exist."""
    from platformdirs import user_state_path

    return user_state_path("hmp") / "lessons.json"


def load_results() -> dict[str, Result]:
    """Return the results by name of the lesson; a file that can't be read counts as empty."""
    try:
        found = parse_json(read_text(results_path(), MAX_BYTES))
    except (OSError, HmpError):
        return {}
    return {
        to_unicode(name): Result(
            _number(value, "steps"), _number(value, "of"), value.get("finished") is True
        )
        for name, value in (found.items() if isinstance(found, dict) else ())
        if isinstance(value, dict)
    }


def _number(members: dict[str, object], name: str) -> int:
    value = members.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def save_result(name: str, result: Result) -> None:
    """Keep the result of a lesson; raise HostError when the file can't be written."""
    results = {**load_results(), name: result}
    members = {
        to_latin1(key): {"steps": item.steps, "of": item.total, "finished": item.is_finished}
        for key, item in results.items()
    }
    path = results_path()
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = open_regular(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(descriptor, f"{dump(members)}\n".encode())
        finally:
            os.close(descriptor)
        new.replace(path)
    except OSError as error:
        raise HostError(f"can't write {path}: {reason_of(error)}") from None
