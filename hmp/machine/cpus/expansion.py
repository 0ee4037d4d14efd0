"""query-cpu-definitions and query-cpu-model-expansion: what the CPU models are."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hmp.errors import StateError
from hmp.machine.accelerator import Accelerator
from hmp.machine.boards.types import Board
from hmp.machine.cpus.cpu import TYPE_SUFFIX
from hmp.machine.cpus.features import Features
from hmp.machine.cpus.properties import find_property, read_member
from hmp.machine.cpus.recorded import (
    CpuModel,
    Values,
    cpu_models,
    levels,
    model_values,
    static_names,
    unsupported_features,
)

STATIC_MODEL = "base"
# Without this one, a level is the smallest that the features need.
LEVELS = {
    "min-level": "level",
    "min-xlevel": "xlevel",
    "min-xlevel2": "xlevel2",
    "level-func7": "level-func7",
}


class CpuModelNotFoundError(StateError):
    """No CPU model has that name."""

    parameter = "model.name"

    def __init__(self, name: str) -> None:
        super().__init__(f"CPU model '{name}' not found")
        self.name = name


class CpuDefinition(NamedTuple):
    """A model, and what of its features the accelerator does not have."""

    model: CpuModel
    unavailable: list[str]


def cpu_definitions(board: Board, accelerator: Accelerator) -> list[CpuDefinition]:
    """Return every CPU model of a machine type."""
    lacking = [feature.name for feature in unsupported_features()]
    found = []
    for model in cpu_models(board).values():
        if model.name == "host":
            unavailable = [] if accelerator.is_kvm else ["kvm"]
        elif model.name == "max" or accelerator.is_kvm:
            unavailable = []
        else:
            values = model_values(board, model)
            unavailable = [name for name in lacking if values[name]]
        found.append(CpuDefinition(model, unavailable))
    return found


def expand(
    board: Board, name: str, props: Values, static: bool, warn: Callable[[str], None]
) -> tuple[str, Values]:
    """Return a model with properties as another one: its name, and its properties.

    Raises:
        HmpError: There is no such model, or a property is wrong.
    """
    model = cpu_models(board).get(name)
    if model is None:
        raise CpuModelNotFoundError(name)
    values = model_values(board, model)
    for key, value in props.items():
        item = find_property(name, name + TYPE_SUFFIX, key)
        values[key] = read_member(item, value, "model.props.")
    features = Features(values, set(props))
    for line in features.drop_dependent():
        warn(line)
    if props:
        _raise_levels(features, set(props))
    features.update_synonyms()
    if static:
        return STATIC_MODEL, {key: values[key] for key in static_names()}
    return name, values


def _raise_levels(features: Features, given: set[str]) -> None:
    """Set the levels to what the features need at least, where they are not given."""
    values = features.values
    for needed, flags in levels():
        if any(features.has(flag) for flag in flags):
            for key, least in needed.items():
                values[key] = max(int(str(values[key])), least)
    for least_key, key in LEVELS.items():
        if key not in given:
            values[key] = values[least_key]
