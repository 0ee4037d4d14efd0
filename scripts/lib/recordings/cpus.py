"""The CPU models of QEMU as facts: names, versions, features, and which of these TCG lacks.

Everything is asked of the running program. A model is stored as its differences from another one,
since most versions differ in a few flags.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from typing import Any, NamedTuple

from scripts.lib import QEMU, ROOT
from scripts.lib.recordings.hmp import LiveProgram

FILE = ROOT / "hmp" / "machine" / "cpus" / "models.json"
MACHINES = tuple(
    f"pc-q35-{version}"
    for version in (
        *("11.1", "11.0", "10.2", "10.1", "10.0", "9.2", "9.1", "9.0", "8.2", "8.1", "8.0"),
        *("7.2", "7.1", "7.0", "6.2", "6.1", "6.0", "5.2"),
    )
)
LEVELS = ("min-level", "level-func7", "min-xlevel", "min-xlevel2")
# Only on x86 machines; the other two have no more.
EXTRA_MODEL = "max"
# These two exclude each other, so that not all flags can be on at once.
CONFLICT = ("mpx", "apxf")
# QEMU warns of what is missing on stderr, which nobody reads while it runs.
FLAGS_PER_PROGRAM = 10
FEATURE = re.compile(
    r"warning: (TCG doesn't support|This feature depends on)[\w ]*: (\S+)\.(\S+) \[bit (\d+)\]"
)

Values = dict[str, Any]


class Model(NamedTuple):
    """A model in query-cpu-definitions, with its properties."""

    definition: Values
    values: Values


class Expander:
    """A running QEMU that is asked for CPU models."""

    def __init__(self, arguments: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.program = LiveProgram(QEMU, arguments, self.folder.name)

    def ask(self, name: str, **arguments: object) -> Any:
        """Return the result of a QMP command."""
        return self.program.command(name, **arguments)["return"]

    def expand(self, name: str, kind: str = "full", props: Values | None = None) -> Values:
        """Return the properties of a model."""
        model = {"name": name, "props": props or {}}
        found: Values = self.ask("query-cpu-model-expansion", type=kind, model=model)
        values: Values = found["model"]["props"]
        return values

    def models(self) -> dict[str, Model]:
        """Return every model by name."""
        return {
            entry["name"]: Model(entry, self.expand(entry["name"]))
            for entry in self.ask("query-cpu-definitions")
        }

    def finish(self) -> str:
        """End the program; return what it wrote on stderr."""
        _status, errors = self.program.finish()
        self.folder.cleanup()
        return errors


def record() -> None:
    """Write the file of models."""
    expander = Expander("-M pc")
    models = expander.models()
    static = expander.expand(EXTRA_MODEL, "static")
    flags = [name for name, value in static.items() if isinstance(value, bool)]
    rows, shown_flags = _help()
    dependencies = _dependencies(flags)
    data = {
        "full": list(models[EXTRA_MODEL].values),
        "static": list(static),
        "properties": _properties(expander, "device-list-properties"),
        "qom": [entry[0] for entry in _properties(expander, "qom-list-properties")],
        "synonyms": _synonyms(expander, flags),
        "levels": _levels(expander, flags),
        "dependencies": dependencies,
        "dependents": _dependents(flags, dependencies),
        "ignored": _ignored(expander, flags),
        "unsupported": _unsupported(flags),
        "base": models["base"].values,
        "models": _stored(models),
        "latest": _latest(),
        "machines": _machines(models),
        "help": rows,
        "flags": shown_flags,
    }
    expander.finish()
    lines = (f"{json.dumps(key)}: {_laid_out(value)}" for key, value in data.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="ascii")


def _laid_out(value: object) -> str:
    """Return JSON with a line for each entry of a table."""
    if isinstance(value, dict) and any(isinstance(item, dict) for item in value.values()):
        rows = (f"{json.dumps(key)}: {_compact(item)}" for key, item in value.items())
        return "{\n" + ",\n".join(rows) + "\n}"
    return _compact(value)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _properties(expander: Expander, command: str) -> list[list[Any]]:
    """Return name, type, default value and description of each, without trailing absent ones."""
    found = []
    for entry in expander.ask(command, typename=f"{EXTRA_MODEL}-x86_64-cpu"):
        row = [entry.get(key) for key in ("name", "type", "default-value", "description")]
        while row[-1] is None:
            row.pop()
        found.append(row)
    return found


def _changes(before: Values, after: Values) -> Values:
    return {key: value for key, value in after.items() if before.get(key) != value}


def _synonyms(expander: Expander, flags: list[str]) -> dict[str, str]:
    """Return the other names of each flag, as they follow it."""
    base = expander.expand("base")
    # Those of a flag that needs others are seen by their spelling alone.
    spelled = {key: key.replace("_", "-") for key in base if "_" in key}
    found = {key: flag for key, flag in spelled.items() if flag in flags}
    for flag in flags:
        for key, value in _changes(base, expander.expand("base", props={flag: True})).items():
            if key != flag and value is True:
                found[key] = flag
    return found


def _levels(expander: Expander, flags: list[str]) -> list[list[Any]]:
    """Return which CPUID levels each flag needs: the levels, and their flags."""
    base = expander.expand("base")
    groups: dict[str, list[str]] = {}
    for flag in flags:
        changed = _changes(base, expander.expand("base", props={flag: True}))
        needed = {key: changed[key] for key in LEVELS if key in changed}
        if needed:
            groups.setdefault(json.dumps(needed), []).append(flag)
    return [[json.loads(needed), " ".join(names)] for needed, names in groups.items()]


def _dependencies(flags: list[str]) -> dict[str, str]:
    """Return the flags that need each one, found by switching that one off."""
    found: dict[str, set[str]] = {}
    for left_out in CONFLICT:
        wanted = {flag: flag != left_out for flag in flags}
        for at in range(0, len(flags), FLAGS_PER_PROGRAM):
            expander = Expander("-M pc")
            usual = expander.expand("base", "static", wanted)
            for flag in flags[at : at + FLAGS_PER_PROGRAM]:
                without = expander.expand("base", "static", wanted | {flag: False})
                lost = {name for name in flags if usual[name] and not without[name]} - {flag}
                if lost and usual[flag]:
                    found.setdefault(flag, set()).update(lost)
            expander.finish()
    return {flag: " ".join(sorted(names)) for flag, names in found.items()}


def _ignored(expander: Expander, flags: list[str]) -> str:
    """Return the flags that stay off though all are asked for: those of KVM."""
    stay_off = set(flags)
    for left_out in CONFLICT:
        values = expander.expand("base", "static", {flag: flag != left_out for flag in flags})
        stay_off -= {flag for flag in flags if values[flag]}
    return " ".join(sorted(stay_off))


def _unsupported(flags: list[str]) -> list[list[Any]]:
    """Return the features that TCG lacks, by register and bit, in the order of its warnings."""
    found: list[tuple[str, ...]] = []
    for left_out in CONFLICT:
        model = ",".join(["base", *(f"{flag}={_on(flag != left_out)}" for flag in flags)])
        features = FEATURE.findall(Expander(f"-M pc -cpu {model}").finish())
        lacking = [item[1:] for item in features if item[0].startswith("TCG")]
        for index, feature in enumerate(lacking):
            if feature not in found:
                found.insert(found.index(lacking[index - 1]) + 1 if index else 0, feature)
    return _by_register(found)


def _dependents(flags: list[str], dependencies: dict[str, str]) -> list[list[Any]]:
    """Return the features that need others, by register and bit."""
    needing = {name for names in dependencies.values() for name in names.split()}
    found: list[tuple[str, ...]] = []
    for flag in sorted(needing):
        errors = Expander(f"-M pc -cpu base,{flag}=on").finish()
        found += [item[1:] for item in FEATURE.findall(errors) if item[0].startswith("This")]
    return _by_register(found)


def _by_register(features: list[tuple[str, ...]]) -> list[list[Any]]:
    """Return a list of the features of each register: its name, and their names and bits."""
    found: list[list[Any]] = []
    for register, name, bit in features:
        if not found or found[-1][0] != register:
            found.append([register, []])
        found[-1][1].append([name, int(bit)])
    return found


def _on(value: bool) -> str:
    return "on" if value else "off"


def _stored(models: dict[str, Model]) -> dict[str, Values]:
    """Return each model as its differences from the most similar one before it."""
    stored: dict[str, Values] = {}
    versions = {name: model for name, model in models.items() if "alias-of" not in model.definition}
    for name in sorted(versions):
        best, changed = "base", _changes(models["base"].values, versions[name].values)
        for other in stored:
            fewer = _changes(versions[other].values, versions[name].values)
            if len(fewer) < len(changed):
                best, changed = other, fewer
        stored[name] = {
            "like": best,
            "on": " ".join(key for key, value in changed.items() if value is True),
            "off": " ".join(key for key, value in changed.items() if value is False),
            "set": {key: value for key, value in changed.items() if not isinstance(value, bool)},
        }
    found: dict[str, Values] = {}
    for name, model in models.items():
        entry = model.definition
        alias = {"alias": entry["alias-of"]} if "alias-of" in entry else stored[name]
        kinds = {key: entry[key] for key in ("static", "migration-safe", "deprecated")}
        usual = {"static": False, "migration-safe": True, "deprecated": False}
        found[name] = {
            **{key: value for key, value in alias.items() if value},
            **_changes(usual, kinds),
        }
    return found


def _latest() -> Values:
    """Return the versions that microvm chooses, where they differ, and those of isapc."""
    found = {}
    for machine in ("pc", "microvm", "isapc"):
        expander = Expander(f"-M {machine}")
        entries = expander.ask("query-cpu-definitions")
        found[machine] = {entry["name"]: entry.get("alias-of", "") for entry in entries}
        expander.finish()
    return {
        machine: _changes(found["pc"], entries)
        for machine, entries in found.items()
        if machine != "pc"
    }


def _machines(models: dict[str, Model]) -> dict[str, Values]:
    """Return what other values a machine version gives to all models, and to single ones."""
    found: dict[str, Values] = {}
    for machine in MACHINES:
        expander = Expander(f"-M {machine}")
        changes = {
            name: _changes(model.values, other.values)
            for (name, model), other in zip(models.items(), expander.models().values(), strict=True)
        }
        expander.finish()
        common = {
            key: value
            for key, value in changes["base"].items()
            if all(changed.get(key) == value for changed in changes.values())
        }
        single = {name: _changes(common, changed) for name, changed in changes.items()}
        found[machine.removeprefix("pc-q35-")] = {
            "": common,
            **{name: changed for name, changed in single.items() if changed},
        }
    return {version: values for version, values in found.items() if any(values.values())}


def _help() -> tuple[list[list[str]], list[str]]:
    """Return the models in the order of `-cpu help`, with their descriptions, and its flags."""
    text = subprocess.run(
        [*QEMU.split(), "-cpu", "help"], capture_output=True, text=True, timeout=30
    ).stdout
    models, _blank, flags = text.partition("\n\n")
    rows = (line.split(maxsplit=1) for line in models.split("\n")[1:])
    return [[*row, ""][:2] for row in rows], flags.partition(":")[2].split()
