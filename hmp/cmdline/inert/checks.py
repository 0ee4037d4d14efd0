"""Options that have no effect on memory. Each is taken and checked as QEMU checks it, as far as its
own syntax, ids and files go (experiments with wrong values); nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import EarlyExit, StartupError, option_context
from hmp.cmdline.inert.acpitable import check_acpitable
from hmp.cmdline.inert.audio import take_audio, take_audiodev
from hmp.cmdline.inert.displays import (
    check_display,
    check_vnc,
    take_full_screen,
    take_keymap,
)
from hmp.cmdline.inert.drives import take_blockdev, take_drive, take_short_form
from hmp.cmdline.inert.file_systems import take_fsdev, take_virtfs
from hmp.cmdline.inert.firmware import take_fw_cfg, take_option_rom
from hmp.cmdline.inert.network import check_netdev, check_nic
from hmp.cmdline.inert.option_lists import (
    check_choice,
    check_icount,
    check_replay,
    keys_of,
    parse_group,
)
from hmp.cmdline.inert.plugin import take_plugin
from hmp.cmdline.inert.process import take_run_with
from hmp.cmdline.inert.smbios import check_smbios
from hmp.cmdline.inert.structures import NoHelpError
from hmp.cmdline.inert.tpmdev import take_tpmdev
from hmp.cmdline.inert.trace import take_trace
from hmp.cmdline.inert.usb import take_usbdevice
from hmp.cmdline.machine_properties.kernel import PROPERTIES as KERNEL_PROPERTIES
from hmp.cmdline.onboard import take_usb
from hmp.cmdline.options import Option
from hmp.errors import (
    InputError,
    InvalidParameterError,
    UnexpectedParameterError,
)
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import HELP_WORDS, check_identifier
from hmp.machine.qom.globals import GlobalProperty

DATA_FOLDERS = ("/usr/share/qemu", "/usr/share/seabios")
# Those that have no check of their own.
LISTS = ("iscsi", "sandbox")
RTC_CLOCKS, RTC_FIXES = ("host", "rt", "vm"), ("none", "slew")


def take_inert(configuration: Configuration, option: Option) -> None:
    """Take an option that has no effect; raise StartupError or HmpError where QEMU rejects it."""
    configuration.inert.append(option.location)
    if option.name in _CHECKS:
        _CHECKS[option.name](configuration, option)
    elif option.name in LISTS:
        _parse_group(configuration, option)


def _parse_group(configuration: Configuration, option: Option) -> dict[str, str]:
    warn = configuration.located_warning(option.location)
    return parse_group(option.name, option.argument, warn)


def _take_no_bootchk(configuration: Configuration, option: Option) -> None:
    # Machines that boot from no floppy don't have the property.
    configuration.merge_machine({"fd-bootchk": "off"})


def _take_win2k_hack(configuration: Configuration, option: Option) -> None:
    name = GlobalProperty("ide-device", "win2k-install-hack", "true")
    configuration.globals.items.append(name)


def _take_snapshot(configuration: Configuration, option: Option) -> None:
    configuration.snapshot = True


def _take_rtc(configuration: Configuration, option: Option) -> None:
    given = _parse_group(configuration, option)
    configuration.add_check(Stage.LOGGED, lambda: _check_rtc(given))
    if given.get("driftfix") == RTC_FIXES[1]:
        configuration.preset_values["mc146818rtc", "lost_tick_policy"] = RTC_FIXES[1]


def _check_rtc(given: dict[str, str]) -> None:
    base = given.get("base", "utc")
    if base not in ("utc", "localtime") and not re.fullmatch(
        r"\d{4}-\d{1,2}-\d{1,2}(T\d{1,2}:\d{1,2}:\d{1,2})?", base
    ):
        raise StartupError(
            "invalid datetime format",
            "valid formats: '2006-06-17T16:01:21' or '2006-06-17'",
        )
    for key, choices in (("clock", RTC_CLOCKS), ("driftfix", RTC_FIXES)):
        if given.get(key, choices[0]) not in choices:
            raise StartupError(f"invalid option value '{given[key]}'")


def _check_compat(configuration: Configuration, option: Option) -> None:
    choices = {
        "deprecated-input": ("accept", "reject", "crash"),
        "deprecated-output": ("accept", "hide"),
        "unstable-input": ("accept", "reject", "crash"),
        "unstable-output": ("accept", "hide"),
    }
    found = parse_keyval(option.argument, "")
    if found.wants_help:
        raise NoHelpError
    for key, value in found.tree.items():
        if key not in choices:
            raise UnexpectedParameterError(key)
        check_choice(key, str(value), choices[key])


def _take_icount(configuration: Configuration, option: Option) -> None:
    given = _parse_group(configuration, option)
    for stage, check in ((Stage.PARSED, check_replay), (Stage.MACHINE, check_icount)):
        configuration.add_check(stage, partial(_check_at, option.location, check, given))


def _check_at(
    location: str, check: Callable[[dict[str, str]], None], given: dict[str, str]
) -> None:
    with option_context(location):
        check(given)


def _check_seed(configuration: Configuration, option: Option) -> None:
    if not option.argument.isdecimal():
        raise InputError(f"Invalid seed number: {option.argument}")


def _check_dfilter(configuration: Configuration, option: Option) -> None:
    number = "(0[xX][0-9a-fA-F]+|[0-9]+)"
    if not re.fullmatch(rf"({number}([-+]|\.\.){number},?)*", option.argument):
        raise InputError("Bad range specifier")


def _check_logfile(configuration: Configuration, option: Option) -> None:
    configuration.log_file = option.argument


def _check_global(configuration: Configuration, option: Option) -> None:
    found = re.match(r"([^.=,]+)\.([^=,]+)=(.*)", option.argument, re.DOTALL)
    if found and not option.source:
        configuration.add_global(found[1], found[2], found[3])
        return
    # No key is implied here, so that the text may not begin with a value.
    text = option.argument
    if "=" not in text.partition(",")[0] and not option.source:
        configuration.located_warning(option.location)(
            f"warning: short-form boolean option '{text}' deprecated",
            f"Please use {text}=on instead",
        )
        raise InvalidParameterError(text)
    given = keys_of(configuration, option, "")
    if option.source:
        # Nothing is required there (experiment: a [global] without value).
        given = dict.fromkeys(("driver", "property", "value"), "(null)") | given
    check_identifier(given.pop("id", "x"))
    for key in given:
        if key not in ("driver", "property", "value"):
            raise InvalidParameterError(key)
    if len(given) < 3:
        raise InputError("options 'driver', 'property', and 'value' are required")
    configuration.add_global(given["driver"], given["property"], given["value"])


def _set_kernel_property(configuration: Configuration, option: Option) -> None:
    configuration.merge_machine({KERNEL_PROPERTIES[option.name]: option.argument})


def _add_data_folder(configuration: Configuration, option: Option) -> None:
    if option.argument in HELP_WORDS:
        folders = (*configuration.data_folders, *DATA_FOLDERS)
        raise EarlyExit("".join(f"{folder}\n" for folder in folders))
    if option.argument:
        configuration.data_folders.append(option.argument)


def _take_loadvm(configuration: Configuration, option: Option) -> None:
    configuration.loads_snapshot = True


def _take_log_items(configuration: Configuration, option: Option) -> None:
    configuration.log_items = option.argument


def _reject_xen(configuration: Configuration, option: Option) -> None:
    raise InputError("Option not supported for this target")


_CHECKS: dict[str, Callable[[Configuration, Option], None]] = {
    **dict.fromkeys(("hda", "hdb", "hdc", "hdd", "cdrom", "fda", "fdb"), take_short_form),
    **dict.fromkeys(("pflash", "mtdblock", "sd", ""), take_short_form),
    "drive": take_drive,
    "blockdev": take_blockdev,
    "no-fd-bootchk": _take_no_bootchk,
    "win2k-hack": _take_win2k_hack,
    "snapshot": _take_snapshot,
    "netdev": check_netdev,
    "nic": check_nic,
    "net": check_nic,
    "audiodev": take_audiodev,
    "audio": take_audio,
    "fsdev": take_fsdev,
    "virtfs": take_virtfs,
    "plugin": take_plugin,
    "display": check_display,
    "full-screen": take_full_screen,
    "vnc": check_vnc,
    "smbios": check_smbios,
    "acpitable": check_acpitable,
    "fw_cfg": take_fw_cfg,
    "rtc": _take_rtc,
    "compat": _check_compat,
    "icount": _take_icount,
    "seed": _check_seed,
    "dfilter": _check_dfilter,
    "usb": take_usb,
    "usbdevice": take_usbdevice,
    "D": _check_logfile,
    "global": _check_global,
    "xen-attach": _reject_xen,
    "xen-domid-restrict": _reject_xen,
    **dict.fromkeys(KERNEL_PROPERTIES, _set_kernel_property),
    "loadvm": _take_loadvm,
    "d": _take_log_items,
    "L": _add_data_folder,
    "tpmdev": take_tpmdev,
    "trace": take_trace,
    "k": take_keymap,
    "run-with": take_run_with,
    "option-rom": take_option_rom,
}
