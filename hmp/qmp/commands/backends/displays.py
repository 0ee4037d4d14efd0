"""The commands about displays and sound, which are known by what the command line says of them."""

from __future__ import annotations

import re

from hmp.errors import ParameterError, StateError
from hmp.machine.vnc import VncDisplay, find_display, refuse_screendump
from hmp.qmp.command import Arguments, QmpCommand
from hmp.qmp.commands.absent import NotActiveError
from hmp.qmp.context import Context

_EXPIRY = re.compile(r"now|never|\+?[0-9]+")


def query_vnc(ctx: Context, arguments: Arguments) -> object:
    """Return the first display."""
    display = find_display(ctx.machine.vnc_displays, None)
    if display is None or not display.service:
        return {"enabled": False}
    return {"enabled": True, "clients": [], **display.address()}


def query_vnc_servers(ctx: Context, arguments: Arguments) -> object:
    """Return all displays, the last one first."""
    return [
        {
            "id": display.id,
            "auth": display.authentication,
            "clients": [],
            "server": [{**display.address(), "websocket": False}] if display.service else [],
        }
        for display in reversed(ctx.machine.vnc_displays)
    ]


def query_display_options(ctx: Context, arguments: Arguments) -> object:
    """Return what -display says; nothing is shown anywhere, so that there is one type."""
    return {"type": "none", **ctx.machine.display_options}


def set_password(ctx: Context, arguments: Arguments) -> object:
    """Take the password of a VNC display."""
    if arguments["protocol"] == "spice":
        raise SpiceNotUsedError
    _display(ctx, arguments.get("display")).set_password()
    return {}


def expire_password(ctx: Context, arguments: Arguments) -> object:
    """Take the time until which a password can be used."""
    if arguments["protocol"] == "spice":
        raise SpiceNotUsedError
    if not _EXPIRY.fullmatch(arguments["time"]):
        value = arguments["time"]
        raise ParameterError("time", f"Parameter 'time' doesn't take value '{value}'")
    if find_display(ctx.machine.vnc_displays, arguments.get("display")) is None:
        raise StateError("Could not set password expire time")
    return {}


def change_vnc_password(ctx: Context, arguments: Arguments) -> object:
    """Take the password of the first VNC display."""
    _display(ctx, None).set_password()
    return {}


def _display(ctx: Context, identifier: str | None) -> VncDisplay:
    found = find_display(ctx.machine.vnc_displays, identifier)
    if found is None:
        raise StateError("No VNC display is present")
    return found


class SpiceNotUsedError(NotActiveError):
    """There is no SPICE here."""

    def __init__(self) -> None:
        super().__init__("SPICE is not in use")


def screendump(ctx: Context, arguments: Arguments) -> object:
    """Look for the display and refuse: nothing is drawn on it."""
    refuse_screendump(ctx.machine, arguments.get("device"), "head" in arguments)
    return {}


def query_audiodevs(ctx: Context, arguments: Arguments) -> object:
    """Return the audio backends, with the defaults of what was not given."""
    return [
        {
            "timer-period": 10000,
            **options,
            **{way: {**_AUDIO_DEFAULTS, **_given(options, way)} for way in ("in", "out")},
        }
        for options in ctx.machine.audiodevs.values()
    ]


def _given(options: dict[str, object], way: str) -> dict[str, object]:
    found = options.get(way, {})
    assert isinstance(found, dict)
    return found


_AUDIO_DEFAULTS: dict[str, object] = {
    "mixing-engine": True,
    "voices": 1,
    "channels": 2,
    "format": "s16",
    "fixed-settings": True,
    "frequency": 44100,
}
COMMANDS = (
    QmpCommand("query-display-options", query_display_options, is_recorded=True),
    QmpCommand("query-audiodevs", query_audiodevs, is_recorded=True),
    QmpCommand("query-vnc", query_vnc, is_recorded=True),
    QmpCommand("query-vnc-servers", query_vnc_servers, is_recorded=True),
    QmpCommand("screendump", screendump, is_recorded=True),
    QmpCommand("set_password", set_password, is_recorded=True),
    QmpCommand("expire_password", expire_password, is_recorded=True),
    QmpCommand("change-vnc-password", change_vnc_password, is_recorded=True),
)
