"""-numa: an option list about the guest's NUMA nodes, their distances, CPUs and latencies."""

from __future__ import annotations

from hmp.errors import MissingParameterError
from hmp.grammar.opts import parse_opts
from hmp.machine.numa.options import NumaOptions, read_numa_options
from hmp.machine.qom.visitors import OptsVisitor


def parse_numa(text: str) -> NumaOptions:
    """Return what a -numa option says; InputError for the first field that is wrong."""
    fields: dict[str, object] = {}
    for item in parse_opts(text, "type"):
        values = fields.setdefault(item.key, [])
        assert isinstance(values, list)
        values.append(item.value)
    if "type" not in fields:
        raise MissingParameterError("type")
    return read_numa_options(fields, OptsVisitor())
