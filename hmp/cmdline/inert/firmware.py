"""-fw_cfg and -option-rom: what the guest's firmware would read; files must be there."""

from __future__ import annotations

import re

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import option_context
from hmp.cmdline.inert.option_lists import parse_group
from hmp.cmdline.options import Option
from hmp.errors import HostError, InputError, StderrLine

MAX_NAME = 55
SOURCES = ("file", "string", "gen_id")
# Those that come with QEMU.
OWN_ROM = re.compile(
    r"(vgabios.*|bios.*|kvmvapic|linuxboot_dma|multiboot_dma|pvh)\.bin|(efi|pxe)-.*\.rom"
)
QUOTED = "\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}"


def take_fw_cfg(configuration: Configuration, option: Option) -> None:
    """Take an item for the firmware, which is checked when the board is there."""
    given = parse_group(
        option.name, option.argument, configuration.located_warning(option.location)
    )

    def check() -> None:
        with option_context(option.location):
            _check_item(configuration, option, given)

    configuration.add_check(Stage.PARTS, check)


def _check_item(configuration: Configuration, option: Option, given: dict[str, str]) -> None:
    if configuration.board.name == "none":
        raise InputError("fw_cfg device not available")
    name = given.get("name")
    if not name or sum(bool(given.get(key)) for key in SOURCES) != 1:
        raise InputError("name, plus exactly one of file, string and gen_id, are needed")
    if len(name) > MAX_NAME:
        raise InputError(f"name too long (max. {MAX_NAME} char)")
    if not name.startswith("opt/"):
        configuration.located_warning(option.location)(
            'warning: externally provided fw_cfg item names should be prefixed with "opt/"'
        )
    if given.get("gen_id"):
        _reject_generator(configuration, given["gen_id"])
    if given.get("file"):
        reason = _read_error(given["file"])
        if reason:
            raise HostError(f"can't load {given['file']}: {reason}")
    if name in configuration.fw_cfg_names:
        raise InputError(f"duplicate fw_cfg file name: {name}")
    configuration.fw_cfg_names.add(name)


def _reject_generator(configuration: Configuration, identifier: str) -> None:
    """Raise InputError: no type of objects here writes items."""
    if identifier not in configuration.identifiers["object"]:
        raise InputError(f"Cannot find object ID '{identifier}'")
    raise InputError(f"Object ID '{identifier}' is not a 'fw_cfg-data-generator' subclass")


def _read_error(path: str) -> str:
    """Return why a file can't be read, as GLib says it; empty if it can."""
    shown = QUOTED.encode().decode("latin-1").format(path)
    try:
        with open(path.encode("latin-1"), "rb"):
            return ""
    except IsADirectoryError as error:
        return f"Error reading file {shown}: {error.strerror}"
    except OSError as error:
        return f"Failed to open file {shown}: {error.strerror}"


def take_option_rom(configuration: Configuration, option: Option) -> None:
    """Take an option ROM; raise InputError without a file."""
    given = parse_group(
        option.name, option.argument, configuration.located_warning(option.location)
    )
    if "romfile" not in given:
        raise InputError("Option ROM file is not specified")

    def check() -> None:
        path = given["romfile"]
        # What has no folder is looked for in those of -L, where QEMU's own are, too.
        reason = _read_error(path)
        if reason and not OWN_ROM.fullmatch(path) and configuration.board.name != "none":
            line = f"rom: file {path:20}: error {reason}"
            configuration.warn(StderrLine(line, prefixed=False))

    configuration.add_check(Stage.BOARD, check)
