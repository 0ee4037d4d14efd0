"""The second pass over the command line: each option is parsed into the configuration, in order
(docs/qemu-behaviour/startup.md §3, stage 1).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hmp import QEMU_VERSION, __version__
from hmp.cmdline.configuration import Configuration, MergeError
from hmp.cmdline.errors import EarlyExit, StartupError, located, option_context
from hmp.cmdline.machine_properties.memory import parse_memory, without_byte_letter
from hmp.cmdline.options import (
    SCRIPT_OPTIONS,
    Option,
    help_text,
    tokenize,
)
from hmp.cmdline.ports import DEBUGCON, PARALLEL, SERIAL
from hmp.cmdline.program.options import HANDLERS as PROGRAM_HANDLERS
from hmp.errors import (
    BooleanValueError,
    DuplicateIdError,
    InconsistentParameterError,
    InputError,
    InvalidParameterError,
    StderrLine,
    UnexpectedParameterError,
)
from hmp.grammar import terminals
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.numbers import parse_integer
from hmp.grammar.opts import (
    HELP_WORDS,
    checked_id,
    find_driver,
    parse_opts,
    short_form_warning,
)
from hmp.machine.backends.create import read_request
from hmp.machine.qom.visitors import BOOLEANS, KeyvalVisitor, OptsVisitor, QObjectVisitor

VERSION_TEXT = (
    f"QEMU emulator version {QEMU_VERSION} (hmp {__version__})\n"
    "hmp, a QEMU human monitor for memory hotplug that needs no virtual machine\n"
)
TARGET_OPTIONS = ("connect", "write", "force")
# Options whose help is the list of their keys, although they may begin with a value.
LISTING_KEYS = ("action", "global", "vnc")
SPICE_MISSING = (
    "There is no option group 'spice'",
    "Perhaps you want to install qemu-system-modules-spice package?",
)
# The values of -object that may end with KB, MB, GB or TB.
SIZE_KEYS = ("size", "align", "offset", "hugetlbsize")


def parse_command_line(
    words: list[str], warn: Callable[..., None], to_stdout: Callable[[str], None] | None = None
) -> Configuration:
    """Parse argv (bytes, held in Latin-1 strs, without the program's name); the program itself
    passes `to_stdout`.

    Raises:
        StartupError: The first option that is wrong.
        EarlyExit: An option asks for a text, such as -version.
    """
    configuration = Configuration(warn)
    if to_stdout:
        configuration.to_stdout, configuration.is_program = to_stdout, True
    options = tokenize(words)
    if any(option.may_be_of_script for option in options):
        from hmp.cmdline.program.scripts import with_options_of_file

        options = with_options_of_file(options)
    configuration.options = options
    if any(option.name in ("readconfig", "set") for option in options):
        from hmp.cmdline.readconfig.resolve import resolve_options

        options = resolve_options(options)
    if any(option.name in TARGET_OPTIONS for option in options):
        from hmp.cmdline.program.target import check_target_options

        check_target_options(options)
    for option in options:
        with option_context(option.location):
            _handle(configuration, option)
    return configuration


def _handle(configuration: Configuration, option: Option) -> None:
    if option.error:
        raise option.error
    if option.name in LISTING_KEYS and option.argument in HELP_WORDS:
        from hmp.cmdline.readconfig.groups import keys_help

        raise EarlyExit(keys_help(option.name), status=1)
    try:
        if option.name in PROGRAM_HANDLERS:
            PROGRAM_HANDLERS[option.name](configuration.program, option)
        else:
            _HANDLERS.get(option.name, _handle_inert)(configuration, option)
    except (DuplicateIdError, MergeError) as error:
        # That is found while the file is read.
        with option_context(option.source or option.location):
            raise error from None


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
    tree = option.tree
    if tree is None:
        found = parse_keyval(option.argument, "cpus")
        if found.wants_help:
            from hmp.cmdline.machine_properties.smp import KEYS_HELP

            raise EarlyExit(KEYS_HELP)
        tree = found.tree
    configuration.merge_machine({"smp": tree})


def _handle_boot(configuration: Configuration, option: Option) -> None:
    tree = option.tree
    if tree is None:
        found = parse_keyval(option.argument, "order")
        if found.wants_help:
            from hmp.cmdline.machine_properties.boot import KEYS_HELP

            raise EarlyExit(KEYS_HELP)
        tree = found.tree
    configuration.inert.append(option.location)
    configuration.merge_machine({"boot": tree})


def _handle_object(configuration: Configuration, option: Option) -> None:
    text = option.argument
    if option.tree is not None:
        configuration.objects.append(
            read_request(option.tree, KeyvalVisitor(), UnexpectedParameterError)
        )
        return
    if text.startswith("{"):
        from hmp.json.parser import parse_json

        members = parse_json(text)
        assert isinstance(members, dict)
        configuration.objects.append(
            read_request(members, QObjectVisitor(), UnexpectedParameterError)
        )
        return
    given, wants_help = _read_object_options(configuration, option)
    kind = given.get("qom-type")
    if kind in HELP_WORDS or (wants_help and kind is not None):
        from hmp.commands import type_help

        # For an unknown type QEMU goes on to its error.
        if kind in HELP_WORDS or type_help.is_known(kind):
            raise EarlyExit(type_help.object_help(kind))
    configuration.objects.append(read_request(given, OptsVisitor(), InvalidParameterError))


def _read_object_options(
    configuration: Configuration, option: Option
) -> tuple[dict[str, object], bool]:
    """Return the keys of an -object in option-list form, and whether one of them asks for help."""
    items = parse_opts(option.argument, "qom-type")
    identifier = checked_id(items)
    configuration.claim_id("object", identifier)
    lists: list[str] = []
    given: dict[str, object] = {}
    wants_help = False
    for item in items:
        if item.key in HELP_WORDS:
            wants_help = True
            continue
        if item.short_form is not None:
            configuration.located_warning(option.location)(*short_form_warning(item))
        value = without_byte_letter(item.value) if item.key in SIZE_KEYS else item.value
        # Lists add up; of other keys the last value counts (docs/qemu-behaviour/startup.md §5).
        if item.key == "host-nodes":
            lists.append(value)
            given[item.key] = lists
        else:
            given[item.key] = value
    if identifier is not None:
        # Of several ids the first one counts (docs/qemu-behaviour/startup.md §4).
        given["id"] = identifier
    return given, wants_help


def _handle_device(configuration: Configuration, option: Option) -> None:
    text = option.argument
    if text.startswith("{"):
        from hmp.json.parser import parse_json

        given = parse_json(text)
        assert isinstance(given, dict)
        configuration.devices.append((option.location, given))
        configuration.drivers.add(str(given.get("driver")))
        return
    items = parse_opts(text, "driver")
    configuration.claim_id("device", checked_id(items))
    for item in items:
        if item.short_form is not None and item.short_form not in HELP_WORDS:
            configuration.located_warning(option.location)(*short_form_warning(item))
    driver = find_driver(items)
    configuration.drivers.add(driver or "")
    if driver is not None and (
        driver in HELP_WORDS or any(item.short_form in HELP_WORDS for item in items)
    ):
        configuration.device_help = configuration.device_help or (option.location, driver)
    # The properties are read when all objects exist (docs/qemu-behaviour/startup.md §9).
    configuration.devices.append((option.location, text))


def _handle_numa(configuration: Configuration, option: Option) -> None:
    # Only the id is checked so early, the rest needs the machine (stage 16 of
    # docs/qemu-behaviour/startup.md §3).
    configuration.claim_id("numa", checked_id(parse_opts(option.argument, "type")))
    configuration.numa.append((option.location, option.argument))


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
            configuration.name = item.value


def _handle_uuid(configuration: Configuration, option: Option) -> None:
    if not terminals.fullmatch(terminals.UUID, option.argument):
        raise InputError("failed to parse UUID string: wrong format")
    configuration.uuid = option.argument.lower()


def _handle_monitor(configuration: Configuration, option: Option) -> None:
    configuration.character_devices.add_monitor(option)


def _handle_chardev(configuration: Configuration, option: Option) -> None:
    warn = configuration.located_warning(option.location)
    configuration.character_devices.add_chardev(option, warn)


def _handle_mon(configuration: Configuration, option: Option) -> None:
    configuration.character_devices.add_mon(option, configuration.located_warning(option.location))


def _handle_port(configuration: Configuration, option: Option) -> None:
    configuration.ports.add(option.name, option.location, option.argument)


def _handle_debugger(configuration: Configuration, option: Option) -> None:
    from hmp.machine.chardevs.gdb import DEFAULT_TEXT

    text = option.argument if option.name == "gdb" else DEFAULT_TEXT
    configuration.ports.add_debugger(option.location, text)


def _handle_qtest(configuration: Configuration, option: Option) -> None:
    configuration.qtest = option.argument


def _handle_qtest_log(configuration: Configuration, option: Option) -> None:
    configuration.qtest_log = option.argument


def _handle_nographic(configuration: Configuration, option: Option) -> None:
    configuration.ports.without_graphics = True


def _handle_escape_character(configuration: Configuration, option: Option) -> None:
    # What follows a number does not count.
    found = re.match(r"\s*[+-]?(0[xX][0-9a-fA-F]+|[0-9]+)", option.argument)
    if found:
        configuration.escape_character = parse_integer(found[0].strip()) % 256
    else:
        configuration.to_stdout("Bad argument to echr\n")


def _handle_add_fd(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.descriptors import parse_add_fd

    warn = configuration.located_warning(option.location)
    configuration.descriptors.append(parse_add_fd(option.argument, warn))


def _handle_no_reboot(configuration: Configuration, option: Option) -> None:
    configuration.shutdown_actions = configuration.shutdown_actions._replace(exit_on_reset=True)


def _handle_no_shutdown(configuration: Configuration, option: Option) -> None:
    configuration.shutdown_actions = configuration.shutdown_actions._replace(pause_on_shutdown=True)


def _handle_action(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.action import parse_action

    configuration.shutdown_actions = parse_action(option.argument, configuration.shutdown_actions)


def _handle_version(configuration: Configuration, option: Option) -> None:
    raise EarlyExit(VERSION_TEXT)


def _handle_help(configuration: Configuration, option: Option) -> None:
    raise EarlyExit(f"{VERSION_TEXT}usage: hmp [options]\n\n{help_text()}")


def _handle_cpu(configuration: Configuration, option: Option) -> None:
    # The last one counts, for its help, too.
    configuration.cpu = option.argument


def _handle_guest(configuration: Configuration, option: Option) -> None:
    from hmp.guest.policy import parse_guest_policy

    configuration.guest_policy = parse_guest_policy(option.argument)


def _handle_inert(configuration: Configuration, option: Option) -> None:
    if option.name == "spice":
        # As where the package of it is not installed.
        first, second = (located(option.location, line) for line in SPICE_MISSING)
        raise StartupError(first, StderrLine(second, prefixed=True))
    from hmp.cmdline.inert.checks import take_inert

    take_inert(configuration, option)


def _handle_incoming(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.incoming import check_incoming

    configuration.incoming = option.location, check_incoming(option.argument)


def _handle_stopped(configuration: Configuration, option: Option) -> None:
    configuration.stopped = True


def _handle_preconfig(configuration: Configuration, option: Option) -> None:
    configuration.preconfig = True


def _handle_mem_prealloc(configuration: Configuration, option: Option) -> None:
    configuration.mem_prealloc = True


def _handle_script(configuration: Configuration, option: Option) -> None:
    if option.may_be_of_script:
        from hmp.cmdline.program.scripts import ScriptOptions, is_of_script

        if is_of_script(option):
            program = configuration.program
            program.script = program.script or ScriptOptions()
            program.script.take(option)
            return
    # As in QEMU a positional argument is the image of a disk.
    _handle_inert(configuration, option)


def _handle_nodefaults(configuration: Configuration, option: Option) -> None:
    configuration.defaults = False


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


def _handle_vga(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.inert.displays import take_vga

    take_vga(configuration, option)


def _handle_overcommit(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.inert.option_lists import parse_group

    warn = configuration.located_warning(option.location)
    given = parse_group(option.name, option.argument, warn)
    configuration.memory_lock = given.get("mem-lock", configuration.memory_lock)


_HANDLERS: dict[str, Callable[[Configuration, Option], None]] = {
    "m": _handle_memory,
    "machine": _handle_machine,
    "M": _handle_machine,
    "smp": _handle_smp,
    "boot": _handle_boot,
    "object": _handle_object,
    "device": _handle_device,
    "numa": _handle_numa,
    "name": _handle_name,
    "uuid": _handle_uuid,
    "monitor": _handle_monitor,
    "qmp": _handle_monitor,
    "qmp-pretty": _handle_monitor,
    "no-reboot": _handle_no_reboot,
    "no-shutdown": _handle_no_shutdown,
    "action": _handle_action,
    "chardev": _handle_chardev,
    "mon": _handle_mon,
    **dict.fromkeys((SERIAL, PARALLEL, DEBUGCON), _handle_port),
    "gdb": _handle_debugger,
    "s": _handle_debugger,
    "nographic": _handle_nographic,
    "echr": _handle_escape_character,
    "qtest": _handle_qtest,
    "qtest-log": _handle_qtest_log,
    "add-fd": _handle_add_fd,
    "version": _handle_version,
    "help": _handle_help,
    "h": _handle_help,
    "cpu": _handle_cpu,
    "guest": _handle_guest,
    "incoming": _handle_incoming,
    "S": _handle_stopped,
    "preconfig": _handle_preconfig,
    "mem-prealloc": _handle_mem_prealloc,
    **dict.fromkeys(("", *SCRIPT_OPTIONS), _handle_script),
    "nodefaults": _handle_nodefaults,
    "accel": _handle_accel,
    "enable-kvm": _handle_enable_kvm,
    "mem-path": _handle_mem_path,
    "vga": _handle_vga,
    "overcommit": _handle_overcommit,
}
