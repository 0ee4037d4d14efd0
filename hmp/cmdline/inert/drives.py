"""-drive, -blockdev, -hda and the like: collected here, and opened with the machine's block graph
once all options are known (stage 7 of docs/qemu-behaviour/startup.md §3).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import EarlyExit, StartupError, option_context
from hmp.cmdline.inert.structures import read_structured
from hmp.cmdline.options import Option
from hmp.grammar.opts import HELP_WORDS, checked_id, parse_opts
from hmp.machine.machine import Machine

# Options that stand for a drive: what -drive would be given.
SHORT_FORMS = {
    **{f"hd{letter}": {"index": str(at)} for at, letter in enumerate("abcd")},
    "": {"index": "0"},
    "cdrom": {"index": "2", "media": "cdrom"},
    "fda": {"if": "floppy", "index": "0"},
    "fdb": {"if": "floppy", "index": "1"},
    "pflash": {"if": "pflash"},
    "mtdblock": {"if": "mtd"},
    "sd": {"if": "sd"},
}


class _Given(NamedTuple):
    location: str
    options: dict[str, str]


class Drives:
    """The drives and nodes of a command line."""

    def __init__(self) -> None:
        self.drives: list[_Given] = []
        self.nodes: list[tuple[str, dict[str, object]]] = []

    def create(self, machine: Machine, configuration: Configuration) -> None:
        """Add all to the machine's block graph: nodes first, then drives.

        Raises:
            StartupError: The first that is wrong, or whose image can't be opened.
        """
        # The empty drives come after those that options ask for.
        empty, machine.onboard.default_drives = machine.onboard.default_drives, []
        for location, options in self.nodes:
            with _messages_at(location, machine, configuration):
                machine.block.add_node(options)
        for drive in self.drives:
            with _messages_at(drive.location, machine, configuration):
                self._add(machine, configuration, drive)
        machine.block.add_empty(empty)
        configuration.add_check(Stage.BOARD, lambda: self._check_flash(machine))
        configuration.add_check(Stage.BOARD, lambda: _lock_images(machine))
        configuration.add_check(Stage.ONBOARD, lambda: self._check_places(machine))

    def _add(self, machine: Machine, configuration: Configuration, drive: _Given) -> None:
        from hmp.machine.block.drive import FORMATS_HELP, add_drive

        for key in ("format", "driver"):
            if drive.options.get(key) in HELP_WORDS:
                raise EarlyExit(FORMATS_HELP)
        backend = add_drive(machine, drive.options, machine.emit_output, configuration.snapshot)
        if backend.place.interface == "virtio":
            # After the devices of options (experiment: their order in peripheral-anon).
            text = f"virtio-blk-pci,drive={backend.name}"
            configuration.devices.append((drive.location, text))

    def _check_flash(self, machine: Machine) -> None:
        """Raise the error of a drive whose place a property of the machine has taken."""
        target = machine.machine_object
        for drive, backend in zip(self.drives, machine.block.backends.values(), strict=False):
            name = f"pflash{backend.place.unit}"
            is_flash = backend.place.interface == "pflash" and target.property(name) is not None
            if is_flash and target.get(name):
                raise StartupError(f"{drive.location}: clashes with -machine")

    def _check_places(self, machine: Machine) -> None:
        """Raise the error of a drive where the board has no place for one."""
        from hmp.machine.block.places import has_place

        for drive, backend in zip(self.drives, machine.block.backends.values(), strict=False):
            place = backend.place
            if not has_place(machine.board, place):
                raise StartupError(
                    f"{drive.location}: machine type does not support if={place.interface},"
                    f"bus={place.bus},unit={place.unit}"
                )


@contextmanager
def _messages_at(location: str, machine: Machine, configuration: Configuration) -> Iterator[None]:
    """Let errors and warnings in the block begin with the option."""
    before = machine.emit_output
    machine.emit_output = configuration.located_warning(location)
    try:
        with option_context(location):
            yield
    finally:
        machine.emit_output = before


def _lock_images(machine: Machine) -> None:
    """Lock the images of the drives that the board has a device for, which is made later."""
    from hmp.machine.block.permissions import device_use, lock_files

    for backend in machine.block.backends.values():
        interface = backend.place.interface
        if backend.root is None or interface not in ("ide", "floppy"):
            continue
        kind = "floppy"
        if interface == "ide":
            kind = "ide-cd" if backend.is_cdrom else "ide-hd"
        lock_files(backend.root, device_use(kind, backend.name, backend.root, False))


def take_drive(configuration: Configuration, option: Option) -> None:
    """Take a -drive, of which only the id is checked at once."""
    items = parse_opts(option.argument, "")
    configuration.warn_of_short_forms(option.location, items)
    identifier = checked_id(items)
    configuration.claim_id("drive", identifier)
    given = {item.key: item.value for item in items}
    if identifier is not None:
        given["id"] = identifier
    drives_of(configuration).drives.append(_Given(option.location, given))


def take_short_form(configuration: Configuration, option: Option) -> None:
    """Take -hda FILE and the like."""
    given = {**SHORT_FORMS[option.name], "file": option.argument}
    drives_of(configuration).drives.append(_Given(option.location, given))


def take_blockdev(configuration: Configuration, option: Option) -> None:
    """Take a -blockdev, whose values are checked at once."""
    options = read_structured("blockdev", option.argument, "driver")
    drives_of(configuration).nodes.append((option.location, options))


def drives_of(configuration: Configuration) -> Drives:
    """Return the drives of the command line."""
    if configuration.drives is None:
        configuration.drives = Drives()
    return configuration.drives
