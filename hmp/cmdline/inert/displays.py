"""-display, -vga, -vnc and -k: nothing is shown; what is asked for must be there."""

from __future__ import annotations

import os
from collections.abc import Mapping

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import EarlyExit, StartupError, option_context
from hmp.cmdline.inert.option_lists import check_choice, parse_group
from hmp.cmdline.inert.structures import NoHelpError
from hmp.cmdline.options import Option
from hmp.errors import BooleanValueError, InputError, StderrLine, UnexpectedParameterError
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import HELP_WORDS
from hmp.machine.qom.visitors import BOOLEANS
from hmp.machine.vnc import FIRST_PORT, VncDisplay, free_name

# Those whose package is not installed beside QEMU, with its name (experiment: each).
PACKAGES = {
    "gtk": "qemu-system-gui",
    "sdl": "qemu-system-gui",
    "spice-app": "qemu-system-gui",
    "egl-headless": "qemu-system-modules-opengl",
    "dbus": "qemu-system-modules-opengl",
}
DISPLAYS = ("default", "none", "gtk", "sdl", "egl-headless", "curses", "spice-app", "dbus", "vnc")
COMMON = ("full-screen", "window-close", "show-cursor")
OPENGL = ("off", "on", "core", "es")
KEYS = {
    "gtk": ("grab-on-hover", "zoom-to-fit", "show-tabs", "show-menubar", "keep-aspect-ratio")
    + ("scale",),
    "sdl": ("grab-mod",),
    "egl-headless": ("rendernode",),
    "curses": ("charset",),
    "dbus": ("rendernode", "addr", "p2p", "audiodev"),
}
DISPLAY_HELP = """Available display backend types:
none
curses

Some display backends support suboptions, which can be set with
   -display backend,option=value,option=value...
For a short list of the suboptions for each display, see the top-level -help output; more detail \
is in the documentation.
"""
VGA_NAMES = {
    "none": "no graphic card",
    "std": "standard VGA",
    "cirrus": "Cirrus VGA",
    "vmware": "VMWare SVGA",
    "virtio": "Virtio VGA",
}
VGA_PACKAGES = {
    "qxl": ("QXL VGA", "qemu-system-modules-spice"),
    "tcx": ("TCX framebuffer", "qemu-system-modules-opengl"),
    "cg3": ("CG3 framebuffer", "qemu-system-modules-opengl"),
}
RETRACES = ("retrace=dumb", "retrace=precise")
# On isapc they have no bus.
PCI_ONLY = {"vmware": "vmware_vga", "virtio": "virtio-vga"}
KEYMAPS = frozenset(
    ("ar", "bepo", "cz", "da", "de", "de-ch", "en-gb", "en-us", "es", "et", "fi", "fo", "fr")
    + ("fr-be", "fr-ca", "fr-ch", "hr", "hu", "is", "it", "ja", "lt", "lv", "mk", "nl", "no")
    + ("pl", "pt", "pt-br", "ru", "sl", "sv", "th", "tr")
)


def check_display(configuration: Configuration, option: Option) -> None:
    """Check a display; InputError for the first thing that is wrong with its keys."""
    text = option.argument
    if text in HELP_WORDS:
        raise EarlyExit(DISPLAY_HELP)
    if text.startswith("vnc="):
        vnc = parse_group("vnc", text[4:], configuration.located_warning(option.location))
        _add_vnc(configuration, option, vnc)
        return
    if text == "vnc":
        raise InputError("VNC requires a display argument vnc=<display>")
    found = parse_keyval(text, "type")
    if found.wants_help:
        raise NoHelpError
    given = found.tree
    kind = str(given.pop("type", "default"))
    check_choice("type", kind, DISPLAYS)
    _check_keys(kind, given)
    shown = {key: BOOLEANS.get(str(given[key])) for key in COMMON if key in given}
    configuration.display_options |= shown | {key: given[key] for key in ("gl",) if key in given}
    configuration.add_check(Stage.OBJECTS, lambda: _check_present(configuration, kind, given))


def take_full_screen(configuration: Configuration, option: Option) -> None:
    """Take a -full-screen, which query-display-options shows."""
    configuration.display_options["full-screen"] = True


def _check_keys(kind: str, given: Mapping[str, object]) -> None:
    for key in COMMON:
        if given.get(key, "on") not in BOOLEANS:
            raise BooleanValueError(key)
    if "gl" in given:
        check_choice("gl", str(given["gl"]), OPENGL)
    for key in given:
        if key not in (*COMMON, "gl", *KEYS.get(kind, ())):
            raise UnexpectedParameterError(key)


def _check_present(configuration: Configuration, kind: str, given: Mapping[str, object]) -> None:
    if kind in PACKAGES:
        raise StartupError(
            f"Display '{kind}' is not available. Perhaps you want to install {PACKAGES[kind]} "
            "package?"
        )
    if "window-close" in given:
        configuration.warn("window-close is only valid for GTK and SDL, ignoring option")
    if given.get("gl", "off") != "off":
        raise StartupError(f"OpenGL is not supported by display backend '{kind}'")
    if kind == "curses" and not os.isatty(1):
        configuration.add_check(Stage.END, _reject_curses)


def _reject_curses() -> None:
    raise StartupError(StderrLine("We need a terminal output", prefixed=False))


def check_vnc(configuration: Configuration, option: Option) -> None:
    """Check a display of VNC, of which nothing is opened."""
    given = parse_group("vnc", option.argument, configuration.located_warning(option.location))
    # In a file the address may be missing, and there is no display then.
    if "vnc" in given:
        _add_vnc(configuration, option, given)


def _add_vnc(configuration: Configuration, option: Option, given: dict[str, str]) -> None:
    configuration.claim_id("vnc", given.get("id"))
    display = VncDisplay(given.get("id") or free_name(configuration.vnc_displays))
    display.has_password = given.get("password") == "on"
    configuration.vnc_displays.append(display)

    def open_display() -> None:
        with option_context(option.location):
            address = _vnc_address(given.get("vnc", "none"))
            if address:
                display.family, display.host, display.service = address
            _check_keymap(configuration.keymap)

    configuration.add_check(Stage.END, open_display)


def _vnc_address(address: str) -> tuple[str, ...]:
    """Return family, host and service of an address; a port is counted from VNC's first."""
    if address == "none":
        return ()
    if address.startswith("unix:"):
        return "unix", "", address.removeprefix("unix:")
    if ":" not in address:
        raise InputError("no vnc port specified")
    host, _colon, port = address.rpartition(":")
    if not port.isdecimal():
        raise InputError(f"can't convert to a number: {port}")
    service = str(FIRST_PORT + int(port))
    if host.startswith("["):
        return "ipv6", host.strip("[]"), service
    return "ipv4", {"": "0.0.0.0", "localhost": "127.0.0.1"}.get(host, host), service


def _check_keymap(name: str) -> None:
    if name not in KEYMAPS:
        raise InputError(f"could not find keymap file for language '{name}'")


def take_keymap(configuration: Configuration, option: Option) -> None:
    """Take the layout of the keyboard, which VNC looks for."""
    configuration.keymap = option.argument


def take_vga(configuration: Configuration, option: Option) -> None:
    """Take the graphics card, of several the last one: whether there is one decides which PCI slots
    are free.
    """
    if not configuration.display:
        configuration.add_check(Stage.OBJECTS, lambda: _check_vga(configuration))
        configuration.add_check(Stage.BOARD, lambda: _check_bus(configuration))
        configuration.add_check(Stage.END, lambda: _warn_of_unused_vga(configuration))
    configuration.display = option.argument or "none"


def _check_vga(configuration: Configuration) -> None:
    text = configuration.display
    name, comma, rest = text.partition(",")
    if text == "help":
        raise EarlyExit(_vga_help(configuration))
    if name in VGA_PACKAGES:
        card, package = VGA_PACKAGES[name]
        raise StartupError(f"{card} not available. Perhaps you want to install {package} package?")
    if name not in VGA_NAMES or (comma and rest not in RETRACES):
        raise StartupError(f"unknown vga type: {text}")


def _vga_help(configuration: Configuration) -> str:
    default = "std" if _default_vga(configuration) else "cirrus"
    return "".join(
        f"{key:20} {shown}{' (default)' * (key == default)}\n" for key, shown in VGA_NAMES.items()
    )


def _default_vga(configuration: Configuration) -> bool:
    return configuration.board.root_bus_kind in ("PCI", "PCIE")


def _check_bus(configuration: Configuration) -> None:
    device = PCI_ONLY.get(configuration.display)
    if device and configuration.board.name == "isapc":
        configuration.warn(f"isa_vga_init: {device}: no PCI bus")


def _warn_of_unused_vga(configuration: Configuration) -> None:
    if configuration.board.name in ("none", "microvm") and configuration.display != "none":
        configuration.warn(
            "warning: A -vga option was passed but this machine type does not use that option; "
            "No VGA device has been created"
        )
