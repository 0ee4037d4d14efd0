"""-monitor, -qmp, -chardev and -mon: which monitors there are and where (spec/startup.md section 13).

Nothing is opened here; `hmp.serve` serves what was collected.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import InputError, MachineRefusal
from hmp.grammar.options import Item, read_options
from hmp.startup.failure import StartupError, located
from hmp.values.readers import BOOLEANS, not_accepted

WORDS = ("stdio", "null", "none")
CHARDEV_KEYS = ("id", "backend", "path", "server", "wait", "signal", "mux", "logfile", "logappend")
CHARDEV_BACKENDS = ("null", "stdio", "socket", "file")
MON_KEYS = ("chardev", "mode", "pretty", "id")
MON_WARNING = "warning: '-mon' is deprecated, use '-object' with 'monitor-hmp' or 'monitor-qmp' types instead"


class MonitorRequest(NamedTuple):
    """A monitor: `monitor` or `qmp`, where it is (`stdio`, `unix:PATH,server=on,wait=off`, ...), and its option."""

    kind: str
    target: str
    location: str


class CharacterDevices:
    """The -chardev and -mon options of a command line, brought together when all of them are known."""

    def __init__(self) -> None:
        self._chardevs: list[tuple[str, dict[str, str]]] = []
        self._monitors: list[tuple[str, dict[str, str]]] = []

    @property
    def has_monitors(self) -> bool:
        """Whether a -mon was seen."""
        return bool(self._monitors)

    def add_chardev(self, location: str, argument: str) -> None:
        """Take one -chardev option; InputError for a key that no backend has."""
        items = read_options(argument, "backend")
        _check_keys(items, CHARDEV_KEYS)
        self._chardevs.append((location, {item.key: item.value for item in items}))

    def add_monitor(self, location: str, argument: str) -> None:
        """Take one -mon option; InputError for a bad key."""
        items = read_options(argument, "chardev")
        _check_keys(items, MON_KEYS)
        given = {item.key: item.value for item in items}
        if given.get("pretty", "on") not in BOOLEANS:
            raise InputError("Parameter 'pretty' expects 'on' or 'off'")
        self._monitors.append((location, given))

    def requests(self) -> list[MonitorRequest]:
        """The monitors that -mon asks for; StartupError for the first that can't be."""
        targets: dict[str, str] = {}
        for location, given in self._chardevs:
            with located(location):
                identifier = _required_identifier(given)
                targets[identifier] = _target(given)
        found: list[MonitorRequest] = []
        used: set[str] = set()
        for location, given in self._monitors:
            with located(location):
                found.append(_monitor(location, given, targets, used))
        return found


def _check_keys(items: list[Item], known: tuple[str, ...]) -> None:
    for item in items:
        if item.key not in known:
            raise InputError(f"Invalid parameter '{item.key}'")


def _required_identifier(given: dict[str, str]) -> str:
    if "id" not in given:
        raise InputError("chardev: no id specified")
    return given["id"]


def _target(given: dict[str, str]) -> str:
    backend, identifier = given.get("backend"), given["id"]
    if backend is None:
        raise InputError(f'chardev: "{identifier}" missing backend')
    if backend not in CHARDEV_BACKENDS:
        raise InputError(f"'{backend}' is not a valid char driver name")
    if backend in WORDS:
        return backend
    if "path" not in given:
        raise InputError("chardev: file: no filename given" if backend == "file" else "Unable to parse FD number")
    if backend == "file":
        return f"file:{given['path']}"
    settings = "".join(f",{key}={given[key]}" for key in ("server", "wait") if key in given)
    return f"unix:{given['path']}{settings}"


def _monitor(location: str, given: dict[str, str], targets: dict[str, str], used: set[str]) -> MonitorRequest:
    name, mode = given.get("chardev"), given.get("mode", "readline")
    if mode not in ("readline", "control"):
        raise not_accepted("mode", mode)
    if name is None:
        raise InputError("Parameter 'chardev' is missing")
    if name not in targets:
        raise MachineRefusal(f'chardev "{name}" not found')
    if name in used:
        raise MachineRefusal(f"chardev '{name}' is already in use")
    if mode == "readline" and BOOLEANS[given.get("pretty", "off")]:
        raise InputError("'pretty' is not compatible with HMP monitors")
    used.add(name)
    return MonitorRequest("qmp" if mode == "control" else "monitor", targets[name], location)


def read_monitor(kind: str, argument: str, location: str) -> MonitorRequest:
    """What -monitor or -qmp asks for; StartupError for a word that is no device."""
    target = argument.removeprefix("mon:")
    known = target in WORDS and not (kind == "qmp" and target == "none")
    if not known and not target.startswith(("unix:", "file:")):
        raise StartupError(f"{location}: '{argument}' is not a valid char driver",
                           f"\0{location}: parse error: {argument}")
    return MonitorRequest(kind, target, location)
