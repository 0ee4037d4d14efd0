"""What a command line asks of the board's own devices: -vga, -usb, -usbdevice, and which of the
default ones are there.

A device of a kind takes the place of the default one (experiment: each type of devices).
"""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import option_context
from hmp.cmdline.options import Option
from hmp.machine.block.places import Place, units_on_bus
from hmp.machine.boards.onboard import Nic
from hmp.machine.boards.types import Board
from hmp.machine.machine import Machine
from hmp.machine.qom.visitors import KeyvalVisitor

DISPLAYS = {
    "none": "",
    "std": "VGA",
    "cirrus": "cirrus-vga",
    "vmware": "vmware-svga",
    "virtio": "virtio-vga",
}
ISA_DISPLAYS = {"VGA": "isa-vga", "cirrus-vga": "isa-cirrus-vga"}
REPLACE_DISPLAY = frozenset(
    ("VGA", "isa-vga", "cirrus-vga", "isa-cirrus-vga", "vmware-svga", "ati-vga", "virtio-vga")
)
REPLACE_CDROM = frozenset(("ide-cd", "ide-hd", "scsi-cd", "scsi-hd"))
REPLACE_FLOPPY = frozenset(("isa-fdc", "floppy"))
# Those of other names than their model.
SOUND_CARDS = {"ac97": "AC97", "es1370": "ES1370", "hda": "intel-hda", "virtio": "virtio-sound-pci"}
CODECS = {"intel-hda": "hda-duplex"}
FLOPPY_PORT = 0x3F0
USB_DEVICES = {
    "tablet": "usb-tablet",
    "mouse": "usb-mouse",
    "keyboard": "usb-kbd",
    "wacom-tablet": "usb-wacom-tablet",
}


def take_usb(configuration: Configuration, option: Option) -> None:
    """Take a -usb, which is a property of the machine."""
    configuration.merge_machine({"usb": "on"})


def request_onboard(configuration: Configuration, machine: Machine) -> None:
    """Tell the machine which devices of its board are asked for."""
    onboard, board = machine.onboard, machine.board
    has_defaults = configuration.defaults
    if configuration.display:
        # An unknown one is an error later.
        kind = configuration.display.partition(",")[0]
        onboard.display = _display_of(board, DISPLAYS.get(kind, ""))
    elif not has_defaults or REPLACE_DISPLAY & configuration.drivers:
        onboard.display = ""
    if "isa-fdc" in configuration.drivers:
        configuration.add_check(
            Stage.END, lambda: _warn_of_floppy_controllers(configuration, machine)
        )
    onboard.has_default_network = has_defaults and configuration.netdevs is None
    onboard.nics = [Nic(netdev="hub0port0")] if onboard.has_default_network else []
    if has_defaults:
        onboard.default_drives = _default_drives(board, configuration.drivers)
    elif configuration.netdevs is None:
        configuration.add_check(Stage.DEVICES, lambda: _warn_of_cards(configuration, machine))


def _warn_of_cards(configuration: Configuration, machine: Machine) -> None:
    """Warn of cards without a network: without the default one QEMU looks for them."""
    if machine.has_network:
        from hmp.cmdline.inert.network import warn_of_network

        warn_of_network(machine, configuration)


def _warn_of_floppy_controllers(configuration: Configuration, machine: Machine) -> None:
    """Warn of several where the first of a board is."""
    machine.onboard.ensure()
    plugged = (*machine.peripheral.children.values(), *machine.peripheral_anon.children.values())
    ports = [FLOPPY_PORT] * ("floppy-bus" in machine.board.buses.values()) + [
        device.get("iobase") for device in plugged if device.type_name == "isa-fdc"
    ]
    if ports.count(FLOPPY_PORT) > 1:
        configuration.warn(
            f"warning: multiple floppy disk controllers with iobase=0x{FLOPPY_PORT:x} have been "
            "found",
            "the one being picked for CMOS setup might not reflect your intent",
        )


def _display_of(board: Board, display: str) -> str:
    if board.root_bus:
        return display
    return ISA_DISPLAYS.get(display, "") if board.name == "isapc" else ""


def _default_drives(board: Board, drivers: set[str]) -> list[tuple[str, Place]]:
    found: list[tuple[str, Place]] = []
    if board.name == "none":
        return found
    if not REPLACE_CDROM & drivers:
        interface = "none" if board.name == "microvm" else "ide"
        bus, unit = divmod(2, units_on_bus(board, interface))
        media = "" if interface == "none" else "-cd"
        found.append((f"{interface}{bus}{media}{unit}", Place(interface, bus, unit)))
    if "floppy-bus" in board.buses.values() and not REPLACE_FLOPPY & drivers:
        found.append(("floppy0", Place("floppy", 0, 0)))
    return found


def make_requested(configuration: Configuration, machine: Machine) -> None:
    """Make the board's devices at once where an option may be wrong about them, and those that
    options other than -device ask for.

    Raises:
        HmpError: One can't be made.
    """
    if configuration.drives is not None or configuration.netdevs is not None or machine.globals:
        machine.onboard.ensure()
    configuration.run_checks(Stage.ONBOARD)
    if configuration.sound_card is not None:
        _make_sound_card(machine, *configuration.sound_card)
    configuration.run_checks(Stage.PARTS)
    for location, name in configuration.usb_devices:
        from hmp.cmdline.inert.usb import check_usb_device

        with option_context(location):
            check_usb_device(location, name, machine.board.name)
            machine.onboard.add_usb_device(USB_DEVICES[name])


def _make_sound_card(machine: Machine, model: str, audiodev: str) -> None:
    """Plug the card of -audio as a -device would."""
    from hmp.machine.devices.plug import create_device
    from hmp.machine.devices.request import DeviceRequest

    name = SOUND_CARDS.get(model, model)
    codec = CODECS.get(name)
    options: list[tuple[str, object]] = [] if codec else [("audiodev", audiodev)]
    create_device(machine, DeviceRequest(name, None, options), KeyvalVisitor(), hotplugged=False)
    if codec:
        machine.onboard.add_codec(codec, audiodev)
