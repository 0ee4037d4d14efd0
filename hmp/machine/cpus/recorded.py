"""The CPU models of QEMU, from `models.json`, which `scripts/record cpus` records.

The file is read when it is first needed: a machine with its default CPU does without.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from hmp.machine.boards.types import Board
from hmp.machine.cpus.cpu import TYPE_SUFFIX
from hmp.recorded import read_recorded

Values = dict[str, object]


class CpuModel(NamedTuple):
    """A CPU model of a machine type; `alias` is the versioned model that it stands for, if any."""

    name: str
    alias: str
    version: str
    static: bool
    migration_safe: bool
    deprecated: bool


class Feature(NamedTuple):
    """A feature of a CPU and where the guest finds it: a register's name, and the bit in it."""

    name: str
    register: str
    bit: int

    def __str__(self) -> str:
        return f"{self.register}.{self.name} [bit {self.bit}]"


class CpuProperty(NamedTuple):
    """A property of a CPU; those without a default value have none of their own."""

    name: str
    type: str
    default: object = None
    help: str = ""


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_recorded(__file__, "models.json")
    return data


def cpu_models(board: Board) -> dict[str, CpuModel]:
    """Return the models by name, in the order of query-cpu-definitions."""
    chosen = _data()["latest"].get(board.name, {})
    found = {}
    for name, entry in _data()["models"].items():
        version = entry.get("alias", "")
        # isapc chooses a version, too, but names none.
        alias = chosen.get(name, version)
        found[name] = CpuModel(
            name,
            alias,
            alias or version or name,
            entry.get("static", False),
            entry.get("migration-safe", True),
            entry.get("deprecated", False),
        )
    return found


def cpu_type_names() -> list[str]:
    """Return the QOM types of all models."""
    return [name + TYPE_SUFFIX for name in _data()["models"]]


def model_values(board: Board, model: CpuModel) -> Values:
    """Return a model's properties on a machine type, in the order of query-cpu-model-expansion."""
    values = _version_values(model.version)
    changes = _data()["machines"].get(board.version, {})
    values |= changes.get("", {}) | changes.get(model.name, {})
    return {name: values[name] for name in _data()["full"] if name in values}


def _version_values(name: str) -> Values:
    entry = _data()["models"][name]
    values: Values = _version_values(entry["like"]) if name != "base" else dict(_data()["base"])
    values |= dict.fromkeys(entry.get("on", "").split(), True)
    values |= dict.fromkeys(entry.get("off", "").split(), False)
    values |= entry.get("set", {})
    if name not in HOST_MODELS:
        for extra in HOST_PROPERTIES:
            values.pop(extra, None)
    return values


# The models that follow the accelerator or the host, and what only they have.
HOST_MODELS = ("max", "host")
HOST_PROPERTIES = ("host-cache-info", "migratable")


def static_names() -> list[str]:
    """Return the names of the properties in a static expansion, in its order."""
    names: list[str] = _data()["static"]
    return names


def properties(model: str) -> dict[str, CpuProperty]:
    """Return the properties of a model's type by name, in the order of device-list-properties."""
    found = (CpuProperty(*row) for row in _data()["properties"])
    return {
        item.name: item
        for item in found
        if model in HOST_MODELS or item.name not in HOST_PROPERTIES
    }


def qom_names() -> list[str]:
    """Return the names in qom-list-properties of a CPU, in its order."""
    names: list[str] = _data()["qom"]
    return names


def synonyms() -> dict[str, str]:
    """Return the flags by their other names."""
    names: dict[str, str] = _data()["synonyms"]
    return names


def unsupported_features() -> list[Feature]:
    """Return the features that TCG does not have, in the order of its warnings."""
    return _features("unsupported")


def dependent_features() -> list[Feature]:
    """Return the features that need others, in the order of QEMU's warnings."""
    return _features("dependents")


def _features(table: str) -> list[Feature]:
    return [Feature(name, register, bit) for register, bits in _data()[table] for name, bit in bits]


def dependencies() -> dict[str, list[str]]:
    """Return the flags that each flag brings down when it is off."""
    return {flag: names.split() for flag, names in _data()["dependencies"].items()}


def ignored_flags() -> list[str]:
    """Return the flags that TCG never has, and says nothing of."""
    names: str = _data()["ignored"]
    return names.split()


def levels() -> list[tuple[dict[str, int], list[str]]]:
    """Return the CPUID levels that flags need, with those flags."""
    return [(needed, names.split()) for needed, names in _data()["levels"]]


def help_rows() -> list[tuple[str, str]]:
    """Return the models and their descriptions in the order of `-cpu help`."""
    return [(name, text) for name, text in _data()["help"]]


def help_flags() -> list[str]:
    """Return the flags in the order of `-cpu help`."""
    flags: list[str] = _data()["flags"]
    return flags
