"""The second pass over the command line: each option read on its own, in line order
(docs/qemu-behaviour/startup.md §3).

Nothing is made here: `build.py` makes the machine from what this pass collected.
"""

from __future__ import annotations

from collections.abc import Callable

from hmp import QEMU_VERSION, __version__
from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, option_context
from hmp.cmdline.memory import parse_memory, without_byte_letter
from hmp.cmdline.monitors import MON_WARNING, parse_monitor
from hmp.cmdline.numa import check_option_identifier
from hmp.cmdline.options import CONSOLE_HELP, Option, help_text, tokenize
from hmp.commands.objects import split_device_options
from hmp.errors import (
    BooleanValueError,
    HmpError,
    InconsistentParameterError,
    InputError,
    InvalidParameterError,
    ParameterError,
    UnexpectedParameterError,
)
from hmp.grammar import terminals
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import HELP_WORDS, parse_opts, short_form_warning
from hmp.machine.backends.create import CREATABLE, read_request
from hmp.machine.qom.visitors import BOOLEANS, OptsVisitor, QObjectVisitor
from hmp.settings.options import BY_NAME, ON

VERSION_TEXT = (
    f"QEMU emulator version {QEMU_VERSION} (hmp {__version__})\n"
    "hmp, a QEMU human monitor for memory hotplug that needs no virtual machine\n"
)
MAX_MACHINES = 100_000
SIZE_KEYS = ("size", "align", "offset", "hugetlbsize")


class DuplicateIdError(ParameterError):
    """Another option of the group has that id."""

    def __init__(self, identifier: str, group: str) -> None:
        super().__init__("id", f"Duplicate ID '{identifier}' for {group}")
        self.identifier, self.group = identifier, group


def parse_command_line(words: list[str], warn: Callable[..., None]) -> Configuration:
    """Read argv (octets, without the program); StartupError for the first fault, EndEarly for
    -version and -help.
    """
    configuration = Configuration(warn)
    for option in tokenize(words):
        visitor = _OPTIONS.get(option.name)
        if visitor:
            with option_context(option.location):
                visitor(configuration, option)
    return configuration


def _memory(configuration: Configuration, option: Option) -> None:
    configuration.memory_location = configuration.memory_location or option.location
    parse_memory(
        option.argument, configuration.memory, configuration.located_warning(option.location)
    )


def _machine(configuration: Configuration, option: Option) -> None:
    found = parse_keyval(option.argument, "type")
    if found.wants_help:
        raise EarlyExit(
            "Supported machines are:\n" + "".join(f"{name}\n" for name in ("pc", "q35", "none"))
        )
    tree = {key.replace("_", "-"): value for key, value in found.tree.items()}
    for key, value in tree.items():
        present = configuration.machine.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            present.update(value)
        elif present is not None and isinstance(present, dict) != isinstance(value, dict):
            raise InconsistentParameterError(key)
        else:
            configuration.machine[key] = value


def _smp(configuration: Configuration, option: Option) -> None:
    configuration.smp.update(parse_keyval(option.argument, "cpus").tree)


def _object(configuration: Configuration, option: Option) -> None:
    text = option.argument
    if text.startswith("{"):
        from hmp.json.parser import parse_json

        members = parse_json(text)
        assert isinstance(members, dict)
        configuration.objects.append(
            read_request(members, QObjectVisitor(), UnexpectedParameterError)
        )
        return
    items = parse_opts(text, "qom-type")
    identifier = check_option_identifier(items)
    _claim_id(configuration, "object", identifier)
    lists: list[str] = []
    given: dict[str, object] = {}
    wants_help = False
    for item in items:
        if item.short_form in HELP_WORDS:
            wants_help = True
            continue
        if item.short_form:
            configuration.located_warning(option.location)(*short_form_warning(item))
        value = without_byte_letter(item.value) if item.key in SIZE_KEYS else item.value
        if item.key == "host-nodes":
            lists.append(value)
            given[item.key] = lists
        else:
            given[item.key] = value
    if identifier is not None:
        given["id"] = identifier
    if wants_help and given.get("qom-type") in CREATABLE:
        from hmp.commands import type_help

        raise EarlyExit(type_help.object_help(given["qom-type"]))
    configuration.objects.append(read_request(given, OptsVisitor(), InvalidParameterError))


def _claim_id(configuration: Configuration, group: str, identifier: str | None) -> None:
    if identifier is None:
        return
    if identifier in configuration.identifiers[group]:
        raise DuplicateIdError(identifier, group)
    configuration.identifiers[group].add(identifier)


def _device(configuration: Configuration, option: Option) -> None:
    text = option.argument
    if text.startswith("{"):
        from hmp.json.parser import parse_json

        given = parse_json(text)
        assert isinstance(given, dict)
        configuration.devices.append((option.location, given))
        return
    items = parse_opts(text, "driver")
    _claim_id(configuration, "device", check_option_identifier(items))
    for item in items:
        if item.short_form and item.short_form not in HELP_WORDS:
            configuration.located_warning(option.location)(*short_form_warning(item))
    driver = split_device_options(items)[0]
    if driver is not None and (
        driver in HELP_WORDS or any(item.short_form in HELP_WORDS for item in items)
    ):
        from hmp.commands import type_help

        try:
            text = type_help.device_help(driver)
        except HmpError as error:
            configuration.located_warning(option.location)(error.message)
            raise EarlyExit("") from None
        raise EarlyExit(text)
    configuration.devices.append((option.location, text))


def _numa(configuration: Configuration, option: Option) -> None:
    _claim_id(configuration, "numa", check_option_identifier(parse_opts(option.argument, "type")))
    configuration.numa.append((option.location, option.argument))


def _name(configuration: Configuration, option: Option) -> None:
    configuration.name = None
    for item in parse_opts(option.argument, "guest"):
        if item.short_form:
            configuration.located_warning(option.location)(*short_form_warning(item))
        if item.key == "debug-threads":
            if item.value not in BOOLEANS:
                raise BooleanValueError(item.key)
        elif item.key not in ("guest", "process"):
            raise InvalidParameterError(item.key)
        if item.key == "guest":
            configuration.name = item.value


def _uuid(configuration: Configuration, option: Option) -> None:
    if not terminals.fullmatch(terminals.UUID, option.argument):
        raise InputError("failed to parse UUID string: wrong format")
    configuration.uuid = option.argument.lower()


def _monitor(configuration: Configuration, option: Option) -> None:
    configuration.monitors.append(parse_monitor(option.name, option.argument, option.location))


def _chardev(configuration: Configuration, option: Option) -> None:
    _claim_id(
        configuration, "chardev", check_option_identifier(parse_opts(option.argument, "backend"))
    )
    configuration.character_devices.add_chardev(option.location, option.argument)


def _mon(configuration: Configuration, option: Option) -> None:
    if not configuration.character_devices.has_monitors:
        configuration.located_warning(option.location)(MON_WARNING)
    configuration.character_devices.add_monitor(option.location, option.argument)


def _no_reboot(configuration: Configuration, option: Option) -> None:
    configuration.shutdown_actions = configuration.shutdown_actions._replace(exit_on_reset=True)


def _no_shutdown(configuration: Configuration, option: Option) -> None:
    configuration.shutdown_actions = configuration.shutdown_actions._replace(pause_on_shutdown=True)


def _action(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.action import parse_action

    configuration.shutdown_actions = parse_action(option.argument, configuration.shutdown_actions)


def _version(configuration: Configuration, option: Option) -> None:
    raise EarlyExit(VERSION_TEXT)


def _help(configuration: Configuration, option: Option) -> None:
    raise EarlyExit(f"{VERSION_TEXT}usage: hmp [options]\n\n{help_text()}")


def _cpu(configuration: Configuration, option: Option) -> None:
    configuration.cpu_model = option.argument.partition(",")[0]


def _guest(configuration: Configuration, option: Option) -> None:
    from hmp.guest.policy import parse_guest_policy

    configuration.guest_policy = parse_guest_policy(option.argument)


def _fleet(configuration: Configuration, option: Option) -> None:
    count, _blank, folder = option.argument.partition(" ")
    if not count.isdigit() or not 0 < int(count) <= MAX_MACHINES:
        raise InputError(f"'{count}' is no number of machines from 1 to {MAX_MACHINES}")
    configuration.fleet = int(count), folder


def _setting(configuration: Configuration, option: Option) -> None:
    configuration.settings[option.name] = BY_NAME[option.name].read(option.argument)


def _plain(configuration: Configuration, option: Option) -> None:
    configuration.settings["plain"] = ON


def _speed(configuration: Configuration, option: Option) -> None:
    try:
        configuration.speed = float(option.argument)
    except ValueError:
        configuration.speed = 0.0
    if not 0 < configuration.speed < float("inf"):
        raise InputError(f"'{option.argument}' is no speed; 2 is twice as fast")


def _completion(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.shell_completion import shell_completion

    raise EarlyExit(shell_completion(option.argument))


def _disk(configuration: Configuration, option: Option) -> None:
    configuration.disks.append(option.argument)


def _set(attribute: str, value: bool | None = None) -> Callable[[Configuration, Option], None]:
    """The reader of an option that only sets something: to `value`, or to what was given."""

    def visitor(configuration: Configuration, option: Option) -> None:
        setattr(configuration, attribute, option.argument if value is None else value)

    return visitor


_OPTIONS: dict[str, Callable[[Configuration, Option], None]] = {
    "m": _memory,
    "machine": _machine,
    "M": _machine,
    "smp": _smp,
    "object": _object,
    "device": _device,
    "numa": _numa,
    "name": _name,
    "uuid": _uuid,
    "monitor": _monitor,
    "qmp": _monitor,
    "qmp-pretty": _monitor,
    "no-reboot": _no_reboot,
    "no-shutdown": _no_shutdown,
    "action": _action,
    "chardev": _chardev,
    "mon": _mon,
    "version": _version,
    "help": _help,
    "h": _help,
    "": _disk,
    "cpu": _cpu,
    "guest": _guest,
    "fleet": _fleet,
    "plain": _plain,
    "speed": _speed,
    "completion": _completion,
    "play": _set("lesson"),
    "record": _set("recording"),
    "write-config": _set("writes_config", True),
    **dict.fromkeys(CONSOLE_HELP, _setting),
    "S": _set("stopped", True),
    "mem-prealloc": _set("mem_prealloc", True),
    "daemonize": _set("daemonizes", True),
    "exit-on-error": _set("exit_on_error", True),
    "nodefaults": _set("has_defaults", False),
    "accel": _set("accelerated", True),
    "mem-path": _set("memory_path"),
    "vga": _set("display"),
    "net": _set("network"),
    "nic": _set("network"),
    "pidfile": _set("pid_file"),
}
