"""The options about the machine: its board, memory, CPUs, accelerator and names."""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.configuration import Configuration, MergeError
from hmp.cmdline.errors import EarlyExit
from hmp.cmdline.machine_properties.memory import parse_memory
from hmp.cmdline.options import Option
from hmp.errors import (
    BooleanValueError,
    InconsistentParameterError,
    InputError,
    InvalidParameterError,
)
from hmp.grammar import terminals
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import checked_id, parse_opts, short_form_warning
from hmp.machine.qom.visitors import BOOLEANS


def _handle_memory(configuration: Configuration, option: Option) -> None:
    configuration.memory_location = configuration.memory_location or option.location
    parse_memory(
        option.argument, configuration.memory, configuration.located_warning(option.location)
    )


def _handle_machine(configuration: Configuration, option: Option) -> None:
    if option.tree is not None:
        configuration.merge_machine(_with_hyphens(option.tree))
        return
    found = parse_keyval(option.argument, "type")
    try:
        configuration.merge_machine(_with_hyphens(found.tree))
    except MergeError as error:
        # Other words than those of -smp, -boot and files.
        raise InconsistentParameterError(error.parameter) from None
    if found.wants_help:
        from hmp.cmdline.machine_properties.help import machine_help

        raise EarlyExit(machine_help(str(configuration.machine.get("type", ""))))


def _with_hyphens(tree: dict[str, object]) -> dict[str, object]:
    # QEMU reads memory_backend= as memory-backend= (docs/qemu-behaviour/startup.md §4).
    return {key.replace("_", "-"): value for key, value in tree.items()}


def _handle_smp(configuration: Configuration, option: Option) -> None:
    configuration.merge_machine({"smp": _read_group(option, "cpus", "smp")})


def _handle_boot(configuration: Configuration, option: Option) -> None:
    tree = _read_group(option, "order", "boot")
    configuration.inert.append(option.location)
    configuration.merge_machine({"boot": tree})


def _read_group(option: Option, implied: str, module: str) -> dict[str, object]:
    """Return the keys of an option that is a group of properties of the machine; raise EarlyExit
    where it asks for help, which the group's module has.
    """
    if option.tree is not None:
        return option.tree
    found = parse_keyval(option.argument, implied)
    if found.wants_help:
        from importlib import import_module

        raise EarlyExit(import_module(f"hmp.cmdline.machine_properties.{module}").KEYS_HELP)
    return found.tree


def _handle_name(configuration: Configuration, option: Option) -> None:
    # Several -name merge (experiment: `-name x -name process=y`).
    for item in parse_opts(option.argument, "guest"):
        if item.asks_for_help:
            from hmp.cmdline.readconfig.groups import keys_help

            raise EarlyExit(keys_help("name"), status=1)
        if item.short_form is not None:
            configuration.located_warning(option.location)(*short_form_warning(item))
        if item.key == "debug-threads":
            if item.value not in BOOLEANS:
                raise BooleanValueError(item.key)
        elif item.key not in ("guest", "process"):
            raise InvalidParameterError(item.key)
        if item.key == "guest":
            configuration.name = configuration.message_form.name = item.value


def _handle_uuid(configuration: Configuration, option: Option) -> None:
    if not terminals.fullmatch(terminals.UUID, option.argument):
        raise InputError("failed to parse UUID string: wrong format")
    configuration.uuid = option.argument.lower()


def _handle_cpu(configuration: Configuration, option: Option) -> None:
    # The last one counts, for its help, too.
    configuration.cpu = option.argument


def _handle_mem_prealloc(configuration: Configuration, option: Option) -> None:
    configuration.mem_prealloc = True


def _handle_accel(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.machine_properties.accel import HELP_TEXT, parse_accel

    items = parse_opts(option.argument, "accel")
    configuration.claim_id("accel", checked_id(items))
    configuration.warn_of_short_forms(option.location, items)
    request = parse_accel(items, option.location)
    if request is None:
        raise EarlyExit(HELP_TEXT)
    configuration.accelerators.append(request)


def _handle_enable_kvm(configuration: Configuration, option: Option) -> None:
    configuration.machine["accel"] = "kvm"


def _handle_mem_path(configuration: Configuration, option: Option) -> None:
    configuration.memory_path = option.argument


def _handle_overcommit(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.inert.option_lists import parse_group

    warn = configuration.located_warning(option.location)
    given = parse_group(option.name, option.argument, warn)
    configuration.memory_lock = given.get("mem-lock", configuration.memory_lock)


HANDLERS: dict[str, Callable[[Configuration, Option], None]] = {
    "m": _handle_memory,
    "machine": _handle_machine,
    "M": _handle_machine,
    "smp": _handle_smp,
    "boot": _handle_boot,
    "name": _handle_name,
    "uuid": _handle_uuid,
    "cpu": _handle_cpu,
    "mem-prealloc": _handle_mem_prealloc,
    "accel": _handle_accel,
    "enable-kvm": _handle_enable_kvm,
    "mem-path": _handle_mem_path,
    "overcommit": _handle_overcommit,
}
"""What each of these options does to the configuration."""
