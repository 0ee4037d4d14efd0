"""Generates the result of query-qmp-schema: commands, events and types, in the form of QMP's
introspection.

What QEMU has is described as QEMU describes it (`schema_file.py`), as far as it exists here; our
own commands by their parameters and results.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from hmp.machine.events import EVENTS
from hmp.qmp.command import QmpCommand
from hmp.qmp.schema_file import Callable, Kind, recorded
from hmp.qmp.types import EMPTY, JSON_TYPES, Enumeration, List, Structure, Type

Entry = dict[str, object]


@cache
def describe(commands: tuple[QmpCommand, ...]) -> list[Entry]:
    """Return the schema of the commands; it is the same for every machine."""
    types = _Types()
    own = _OwnTypes(types)
    known = recorded()
    entries = [
        _callable(types, "command", command.name, known["commands"][command.name])
        if command.name in known["commands"]
        else own.command(command)
        for command in commands
    ]
    entries += [_callable(types, "event", name, known["events"][name]) for name in EVENTS]
    return entries + types.entries


def _callable(types: _Types, meta_type: str, name: str, found: Callable) -> Entry:
    entry: Entry = {"name": name}
    if "returns" in found:
        entry["ret-type"] = types.add(found["returns"])
    if found.get("oob"):
        entry["allow-oob"] = True
    entry |= {"meta-type": meta_type, "arg-type": types.add(found["arguments"])}
    return entry | _features(found.get("features", []))


def _features(features: list[str]) -> Entry:
    return {"features": features} if features else {}


class _Types:
    """The entries of the types that were added, and of those that they use."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._names: set[str] = set()

    def add(self, name: str) -> str:
        """Return the name, after making the entry of the type the first time."""
        if name not in self._names:
            self._names.add(name)
            entry: Entry = {"name": name}
            self.entries.append(entry)
            entry |= self._describe(name)
        return name

    def add_own(self, name: str) -> Entry:
        """Return the entry of a type of ours, to be filled."""
        self._names.add(name)
        self.entries.append({"name": name})
        return self.entries[-1]

    def _describe(self, name: str) -> Entry:
        if name.startswith("["):
            return {"element-type": self.add(name[1:-1]), "meta-type": "array"}
        if name not in recorded()["types"]:
            return {"json-type": {**JSON_TYPES, "null": "null"}[name], "meta-type": "builtin"}
        found = recorded()["types"][name]
        if isinstance(found, list):
            return enumeration(found)
        if "alternatives" in found:
            members = [{"type": self.add(kind)} for kind in found["alternatives"]]
            return {"members": members, "meta-type": "alternate"}
        return self._object(found)

    def _object(self, found: Kind) -> Entry:
        entry: Entry = {
            "members": [
                {**_member(name), "type": self.add(kind)} for name, kind in found["members"].items()
            ],
            "meta-type": "object",
        }
        if "tag" in found:
            entry["tag"] = found["tag"]
            entry["variants"] = [
                {"case": case, "type": self.add(kind)} for case, kind in found["variants"].items()
            ]
        return entry | _features(found.get("features", []))


def enumeration(words: list[str]) -> Entry:
    """Return the description of an enumeration."""
    return {
        "members": [_member(word) for word in words],
        "meta-type": "enum",
        "values": [word.partition("!")[0] for word in words],
    }


def _member(text: str) -> Entry:
    name, *features = text.split("!")
    optional: Entry = {"default": None} if name.endswith("?") else {}
    return {"name": name.removesuffix("?"), **optional} | _features(features)


class _OwnTypes:
    """Names and describes the types of our own commands."""

    def __init__(self, types: _Types) -> None:
        self._types = types
        self._known: list[Type] = []

    def command(self, command: QmpCommand) -> Entry:
        """Return the entry of a command."""
        arguments = Structure(
            {f"{item.name}{'?' * item.optional}": item.type for item in command.parameters}
        )
        return {
            "name": command.name,
            "ret-type": self._name(command.returns),
            "meta-type": "command",
            "arg-type": self._name(arguments if command.parameters else EMPTY),
        }

    def _name(self, kind: Type) -> str:
        if isinstance(kind, str):
            return self._types.add(kind)
        if isinstance(kind, List):
            return self._types.add(f"[{self._name(kind.element)}]")
        if kind in self._known:
            return f"x-hmp-{self._known.index(kind)}"
        self._known.append(kind)
        entry = self._types.add_own(f"x-hmp-{len(self._known) - 1}")
        if isinstance(kind, Enumeration):
            entry |= enumeration(list(kind.values))
        else:
            entry |= {"members": list(self._members(kind)), "meta-type": "object"}
        return str(entry["name"])

    def _members(self, kind: Structure) -> Iterator[Entry]:
        for name, member in kind.members.items():
            yield {**_member(name), "type": self._name(member)}
