"""-numa: an option list about the guest's NUMA nodes, their distances, CPUs and latencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import MissingParameterError
from hmp.grammar.opts import Option, check_identifier, parse_opts
from hmp.machine.qom.visitors import OptsVisitor

if TYPE_CHECKING:
    from hmp.machine.numa.options import NumaOptions


def parse_numa(text: str) -> NumaOptions:
    """Return what a -numa option says; InputError for the first field that is wrong."""
    # Few start with nodes, and every start with this module.
    from hmp.machine.numa.options import read_numa_options

    fields: dict[str, object] = {}
    for item in parse_opts(text, "type"):
        values = fields.setdefault(item.key, [])
        assert isinstance(values, list)
        values.append(item.value)
    if "type" not in fields:
        raise MissingParameterError("type")
    return read_numa_options(fields, OptsVisitor())


def check_option_identifier(items: list[Option]) -> str | None:
    """Return the id of an option list, or None; IdentifierError when it is not well-formed.

    QEMU checks it before anything else of the option.
    """
    identifier = next((item.value for item in items if item.key == "id"), None)
    if identifier is not None:
        check_identifier(identifier)
    return identifier
