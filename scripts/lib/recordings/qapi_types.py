"""The types behind -blockdev, -netdev, -audiodev and some properties of objects: their members from
query-qmp-schema, and the width of each number, which the schema does not tell, from QEMU's errors.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

from scripts.lib import QEMU, ROOT

FILE = ROOT / "hmp" / "machine" / "qapi" / "types.json"
WIDTH = re.compile(r"expects (u?int(?:8|16|32|64)_t)")
Entry = dict[str, Any]
# Values that are none of an alternate's kinds: the error has its name.
ALTERNATES: dict[str, Entry] = {
    "blockdev/blkdebug.image": {"driver": "raw", "file": 5},
    "blockdev/qcow2.backing": {"driver": "qcow2", "file": "x", "backing": 5},
    "blockdev/qcow2.overlap-check": {"driver": "qcow2", "file": "x", "overlap-check": 5},
}


def _run(arguments: list[str], lines: list[str]) -> tuple[list[Any], str]:
    """Run QEMU with QMP on stdin; return the messages, and what it says on stderr."""
    words = [QEMU, "-display", "none", "-M", "none", *arguments, "-qmp", "stdio"]
    text = "\n".join(['{"execute": "qmp_capabilities"}', *lines, '{"execute": "quit"}', ""])
    done = subprocess.run(
        words, input=text, text=True, capture_output=True, timeout=30, check=False
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


class _Types:
    """Names each type that a root needs by the first way that leads to it."""

    def __init__(self, schema: list[Entry]) -> None:
        self.entries = {entry["name"]: entry for entry in schema}
        self.names: dict[str, str] = {}
        self.found: dict[str, Any] = {}

    def add(self, number: str, name: str) -> str:
        """Return the name of a type, whose description is added the first time."""
        entry = self.entries[number]
        kind = entry["meta-type"]
        if kind == "builtin":
            return number
        if kind == "array":
            return f"[{self.add(entry['element-type'], name)}]"
        if number not in self.names:
            self.names[number] = name
            self.found[name] = None  # Its place is before the types of its members.
            self.found[name] = self._describe(entry, kind, name)
        return self.names[number]

    def _describe(self, entry: Entry, kind: str, name: str) -> Any:
        if kind == "enum":
            return [member["name"] for member in entry["members"]]
        if kind == "alternate":
            kinds = [self.add(member["type"], f"{name}*") for member in entry["members"]]
            return {"alternatives": kinds}
        members = {
            f"{member['name']}{'?' * ('default' in member)}": self.add(
                member["type"], f"{name}.{member['name']}"
            )
            for member in entry["members"]
        }
        if "tag" not in entry:
            return {"members": members}
        variants = {
            case["case"]: self.add(case["type"], f"{name}/{case['case']}")
            for case in entry["variants"]
        }
        # Most variants have no members of their own.
        full = {case: kind for case, kind in variants.items() if self._has_members(kind)}
        return {"members": members, "tag": entry["tag"], "variants": full}

    def _has_members(self, name: str) -> bool:
        found = self.found[name]
        return found is None or bool(found.get("members"))


def _sample(types: dict[str, Any], name: str) -> Any:
    """Return a value of a type, with only what it must have."""
    if name.startswith("["):
        return []
    simple = {"str": "x", "int": 1, "bool": True, "number": 1, "null": None}
    if name in simple:
        return simple[name]
    kind = types[name]
    if isinstance(kind, list):
        return kind[0]
    if "alternatives" in kind:
        return "x"
    found = _required(types, kind)
    case = kind.get("variants", {}).get(found.get(kind.get("tag", "")))
    return {**found, **_required(types, types[case])} if case else found


def _required(types: dict[str, Any], kind: Entry, until: str = "") -> Entry:
    found: Entry = {}
    for member, below in kind["members"].items():
        if member.rstrip("?") == until:
            break
        if not member.endswith("?"):
            found[member] = _sample(types, below)
    return found


def _numbers(types: dict[str, Any], name: str, seen: tuple[str, ...]) -> Iterator[tuple[Any, Any]]:
    """Yield ((type, member), function that puts a value there) for each number below a type."""
    if name.startswith("["):
        for place, put in _numbers(types, name[1:-1], seen):
            yield place, lambda value, put=put: [put(value)]
        return
    kind = types.get(name)
    if not isinstance(kind, dict) or name in seen:
        return
    for option in kind.get("alternatives", ()):
        yield from _numbers(types, option, (*seen, name))
    for member, below in kind.get("members", {}).items():
        before = _required(types, kind, member.rstrip("?"))
        if below == "int":
            yield (
                (name, member),
                lambda value, b=before, m=member: {**b, m.rstrip("?"): value},
            )
        for place, put in _numbers(types, below, (*seen, name)):
            yield (
                place,
                lambda value, put=put, b=before, m=member: {**b, m.rstrip("?"): put(value)},
            )
    for case, below in kind.get("variants", {}).items():
        base = {**_required(types, kind), kind["tag"]: case}
        for place, put in _numbers(types, below, (*seen, name)):
            yield place, lambda value, put=put, b=base: {**b, **put(value)}


def _flat(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _flat(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from _flat(below, f"{path}.{index}")
    else:
        yield f"{path}={'on' if value is True else value}"


class _Width:
    """Finds the C type of a number by what QEMU says of values that don't fit."""

    def __init__(self, root: str) -> None:
        self.root = root

    def of(self, put: Any) -> str:
        """Return the type: int8 to uint64, or size."""
        wrong = self._error_of(put(True))
        unsigned = "expects uint64" in wrong
        if not unsigned and "expected: integer" not in wrong:
            raise ValueError(wrong)
        narrow = WIDTH.search(self._error_of(put(1 << 40)))
        if narrow:
            return narrow[1].removesuffix("_t")
        if not unsigned:
            return "int"
        return "size" if "size" in self._error_of_text(put("zz")) else "uint64"

    def _error_of(self, value: Any) -> str:
        if self.root == "audiodev":
            return _run(["-audiodev", json.dumps(value)], [])[1]
        command = {"blockdev": "blockdev-add", "netdev": "netdev_add"}.get(self.root, "object-add")
        if self.root == "limits":
            value = {"qom-type": "throttle-group", "id": "t", "limits": value}
        line = json.dumps({"execute": command, "arguments": value})
        answers, _errors = _run([], [line])
        return next((item["error"]["desc"] for item in answers if "error" in item), "")

    def _error_of_text(self, value: Any) -> str:
        text = ",".join(_flat(value))
        if self.root == "blockdev":
            return _run(["-blockdev", text], [])[1]
        if self.root == "netdev":
            return _run(["-netdev", text], [])[1]
        return ""


def record() -> None:
    """Record the types."""
    answers, _ = _run([], ['{"execute": "query-qmp-schema"}'])
    schema = next(item["return"] for item in answers if isinstance(item.get("return"), list))
    types = _Types(schema)
    entries = types.entries

    def argument(command: str) -> str:
        return str(entries[command]["arg-type"])

    def member(number: str, name: str) -> str:
        return next(str(m["type"]) for m in entries[number]["members"] if m["name"] == name)

    objects = {v["case"]: v["type"] for v in entries[argument("object-add")]["variants"]}
    audio = entries[str(entries["query-audiodevs"]["ret-type"])]["element-type"]
    roots = {
        "blockdev": argument("blockdev-add"),
        "netdev": argument("netdev_add"),
        "audiodev": audio,
        "limits": member(objects["throttle-group"], "limits"),
        "rules": member(objects["authz-list"], "rules"),
        "socket": member(objects["x-vfio-user-server"], "socket"),
        "display": str(entries["query-display-options"]["ret-type"]),
        "key": str(entries[member(argument("send-key"), "keys")]["element-type"]),
    }
    for name, number in roots.items():
        types.add(number, name)
    found = types.found
    for name, value in ALTERNATES.items():
        line = json.dumps({"execute": "blockdev-add", "arguments": {**value, "node-name": "n"}})
        answers, _ = _run([], [line])
        error = next(item["error"]["desc"] for item in answers if "error" in item)
        found[name]["label"] = error.rpartition("expected: ")[2]
    empty = [name for name, kind in found.items() if kind == {"members": {}}]
    for name in empty:
        del found[name]
    known: dict[tuple[str, str], str] = {}
    for root in ("blockdev", "netdev", "audiodev", "limits"):
        width = _Width(root)
        for place, put in _numbers(found, root, ()):
            if place not in known:
                known[place] = width.of(put)
    for (name, member_name), width_name in known.items():
        found[name]["members"][member_name] = width_name
    lines = ",\n".join(f"{json.dumps(name)}:{_compact(kind)}" for name, kind in found.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="ascii")
    print(f"{len(found)} types, {len(known)} numbers")


def _compact(kind: Any) -> str:
    return json.dumps(kind, separators=(",", ":"))
