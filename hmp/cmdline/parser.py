"""The second pass over the command line: each option is parsed into the configuration, in order
(docs/qemu-behaviour/startup.md §3, stage 1).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hmp import QEMU_VERSION, __version__
from hmp.cmdline.configuration import Configuration, MergeError
from hmp.cmdline.errors import EarlyExit, StartupError, located, option_context
from hmp.cmdline.machine_properties.options import HANDLERS as MACHINE_HANDLERS
from hmp.cmdline.messages import MessageForm
from hmp.cmdline.options import (
    SCRIPT_OPTIONS,
    Option,
    help_text,
    tokenize,
)
from hmp.cmdline.ports import DEBUGCON, PARALLEL, SERIAL
from hmp.cmdline.program.options import HANDLERS as PROGRAM_HANDLERS
from hmp.errors import (
    DuplicateIdError,
    StderrLine,
)
from hmp.grammar.numbers import parse_number
from hmp.grammar.opts import (
    HELP_WORDS,
    checked_id,
    parse_opts,
)
from hmp.machine.qom.visitors import BOOLEANS
from hmp.units import U64

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


def parse_command_line(
    words: list[str],
    warn: Callable[..., None],
    to_stdout: Callable[[str], None] | None = None,
    message_form: MessageForm | None = None,
) -> Configuration:
    """Parse argv (bytes, held in Latin-1 strs, without the program's name); the program itself
    passes `to_stdout`, and the form of its messages, which -msg changes.

    Raises:
        StartupError: The first option that is wrong.
        EarlyExit: An option asks for a text, such as -version.
    """
    configuration = Configuration(warn)
    if to_stdout:
        configuration.to_stdout, configuration.is_program = to_stdout, True
    configuration.message_form = message_form or MessageForm()
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


def _handle_object(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.objects import take_object

    take_object(configuration, option)


def _handle_device(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.objects import take_device

    take_device(configuration, option)


def _handle_numa(configuration: Configuration, option: Option) -> None:
    # Only the id is checked so early, the rest needs the machine (stage 16 of
    # docs/qemu-behaviour/startup.md §3).
    configuration.claim_id("numa", checked_id(parse_opts(option.argument, "type")))
    configuration.numa.append((option.location, option.argument))


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
    # What follows a number does not count, and one that does not fit 63 bits is the last that does.
    found = re.match(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", option.argument)
    if found:
        magnitude = parse_number(found[2])
        value = -magnitude if found[1] == "-" else magnitude
        configuration.escape_character = max(-(U64 // 2), min(value, U64 // 2 - 1)) % 256
    else:
        configuration.to_stdout("Bad argument to echr\n")


def _handle_add_fd(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.descriptors import take_add_fd

    take_add_fd(configuration, option)


def _handle_action(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.program.action import take_action

    take_action(configuration, option)


def _handle_version(configuration: Configuration, option: Option) -> None:
    raise EarlyExit(VERSION_TEXT)


def _handle_help(configuration: Configuration, option: Option) -> None:
    raise EarlyExit(f"{VERSION_TEXT}usage: hmp [options]\n\n{help_text()}")


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


def _handle_msg(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.inert.option_lists import parse_group

    warn = configuration.located_warning(option.location)
    given = parse_group(option.name, option.argument, warn)
    # That of a file has no effect (experiment: [msg] in -readconfig).
    if not option.source:
        form = configuration.message_form
        form.has_time = BOOLEANS[given.get("timestamp", "off")]
        form.has_name = BOOLEANS[given.get("guest-name", "off")]


def _handle_stopped(configuration: Configuration, option: Option) -> None:
    configuration.stopped = True


def _handle_preconfig(configuration: Configuration, option: Option) -> None:
    configuration.preconfig = True


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


def _handle_vga(configuration: Configuration, option: Option) -> None:
    from hmp.cmdline.inert.displays import take_vga

    take_vga(configuration, option)


_HANDLERS: dict[str, Callable[[Configuration, Option], None]] = {
    **MACHINE_HANDLERS,
    "object": _handle_object,
    "device": _handle_device,
    "numa": _handle_numa,
    "monitor": _handle_monitor,
    "qmp": _handle_monitor,
    "qmp-pretty": _handle_monitor,
    "no-reboot": _handle_action,
    "no-shutdown": _handle_action,
    "watchdog-action": _handle_action,
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
    "guest": _handle_guest,
    "msg": _handle_msg,
    "incoming": _handle_incoming,
    "S": _handle_stopped,
    "preconfig": _handle_preconfig,
    **dict.fromkeys(("", *SCRIPT_OPTIONS), _handle_script),
    "nodefaults": _handle_nodefaults,
    "vga": _handle_vga,
}
