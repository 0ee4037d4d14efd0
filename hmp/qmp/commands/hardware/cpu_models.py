"""query-cpu-definitions and the queries about one CPU model, or two."""

from __future__ import annotations

from hmp.errors import (
    MissingParameterError,
    ParameterTypeError,
    StateError,
    UnexpectedParameterError,
)
from hmp.machine.cpus.cpu import TYPE_SUFFIX
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.types import ANY, BOOLEAN, STRING, Enumeration, List, Structure

FULL, STATIC = "full", "static"


def query_cpu_definitions(ctx: Context, arguments: Arguments) -> object:
    """Return the CPU models that -cpu takes."""
    from hmp.machine.cpus.expansion import cpu_definitions

    found = []
    for model, unavailable in cpu_definitions(ctx.machine.board, ctx.machine.accelerator):
        found.append(
            {
                "name": model.name,
                "typename": model.name + TYPE_SUFFIX,
                "unavailable-features": unavailable,
                **({"alias-of": model.alias} if model.alias else {}),
                "static": model.static,
                "migration-safe": model.migration_safe,
                "deprecated": model.deprecated,
            }
        )
    return found


def query_cpu_model_expansion(ctx: Context, arguments: Arguments) -> object:
    """Return the properties of a model, all or those of a static one."""
    from hmp.machine.cpus.expansion import expand

    name, props = _model("model", arguments["model"])
    expanded, values = expand(
        ctx.machine.board, name, props, arguments["type"] == STATIC, ctx.machine.warn_on_stderr
    )
    return {"model": {"name": expanded, "props": values}}


def query_cpu_model_baseline(ctx: Context, arguments: Arguments) -> object:
    """Fail: x86 has no such query."""
    _two_models(arguments)
    raise StateError("CPU model baseline is not supported on this target")


def query_cpu_model_comparison(ctx: Context, arguments: Arguments) -> object:
    """Fail: x86 has no such query."""
    _two_models(arguments)
    raise StateError("CPU model comparison is not supported on this target")


def _two_models(arguments: Arguments) -> None:
    for key in ("modela", "modelb"):
        _model(key, arguments[key])


def _model(key: str, raw: object) -> tuple[str, dict[str, object]]:
    """Return name and properties of a CpuModelInfo; InputError when it is none."""
    if not isinstance(raw, dict):
        raise ParameterTypeError(key, "object")
    if "name" not in raw:
        raise MissingParameterError(f"{key}.name")
    name = Parameter(f"{key}.name").read(raw["name"])
    props = raw.get("props", {})
    if not isinstance(props, dict):
        raise ParameterTypeError(f"{key}.props", "object")
    for member in raw:
        if member not in ("name", "props"):
            raise UnexpectedParameterError(f"{key}.{member}")
    return str(name), props


_MODEL = Structure({"name": STRING, "props?": ANY})
_DEFINITION = Structure(
    {
        "name": STRING,
        "migration-safe?": BOOLEAN,
        "static": BOOLEAN,
        "unavailable-features?": List(STRING),
        "typename": STRING,
        "alias-of?": STRING,
        "deprecated": BOOLEAN,
    }
)
_TWO_MODELS = (Parameter("modela", _MODEL), Parameter("modelb", _MODEL))
COMMANDS = (
    QmpCommand("query-cpu-definitions", query_cpu_definitions, (), List(_DEFINITION)),
    QmpCommand(
        "query-cpu-model-expansion",
        query_cpu_model_expansion,
        (Parameter("type", Enumeration((STATIC, FULL))), Parameter("model", _MODEL)),
        Structure({"model": _MODEL, "deprecated-props?": List(STRING)}),
    ),
    QmpCommand(
        "query-cpu-model-baseline",
        query_cpu_model_baseline,
        _TWO_MODELS,
        Structure({"model": _MODEL}),
    ),
    QmpCommand(
        "query-cpu-model-comparison",
        query_cpu_model_comparison,
        _TWO_MODELS,
        Structure(
            {
                "result": Enumeration(("incompatible", "identical", "superset", "subset")),
                "responsible-properties": List(STRING),
            }
        ),
    ),
)
