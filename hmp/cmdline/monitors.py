"""-monitor, -qmp, -chardev and -mon: the monitors and their character devices
(docs/qemu-behaviour/startup.md §13); `hmp.serve` opens them.
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.cmdline.chardev import (
    BACKENDS,
    CHARDEV_KEYS,
    STDIO,
    ChardevConfig,
    DescriptorError,
    NotAChardev,
    parse_chardev,
    parse_device_string,
)
from hmp.cmdline.errors import StartupError, option_context
from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    HostError,
    InputError,
    InvalidParameterError,
    MissingParameterError,
    StateError,
    StderrLine,
)
from hmp.grammar.opts import Option, parse_opts
from hmp.machine.qom.visitors import BOOLEANS

HMP, QMP = "monitor", "qmp"
MON_KEYS = ("chardev", "mode", "pretty", "id")
MON_WARNING = (
    "warning: '-mon' is deprecated, use '-object' with 'monitor-hmp' or 'monitor-qmp' types instead"
)


class ChardevError(StateError):
    """No -chardev has that id, or another monitor has it."""

    parameter = "chardev"

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class MonitorRequest(NamedTuple):
    """A monitor of a kind (HMP or QMP) on a character device.

    `location` is the option that asked for it, `name` its name in the object tree, `label` the id
    of its -chardev, if any. `is_named` says that -mon gave the name.
    """

    kind: str
    chardev: ChardevConfig
    location: str
    pretty: bool = False
    name: str = ""
    label: str = ""
    is_named: bool = False


class CharacterDevices:
    """The -chardev and -mon options of a command line; they may come in any order."""

    def __init__(self) -> None:
        self._chardevs: list[tuple[str, list[Option]]] = []
        self._monitors: list[tuple[str, dict[str, str]]] = []
        self.has_mon = False

    def add_chardev(self, location: str, argument: str) -> None:
        """Add a -chardev; InputError for a key that no backend has."""
        items = parse_opts(argument, "backend")
        _check_keys(items, CHARDEV_KEYS)
        self._chardevs.append((location, items))

    def add_monitor(self, location: str, argument: str) -> None:
        """Add a -mon; InputError for a bad key or value."""
        items = parse_opts(argument, "chardev")
        _check_keys(items, MON_KEYS)
        given = {item.key: item.value for item in items}
        if given.get("pretty", "on") not in BOOLEANS:
            raise BooleanValueError("pretty")
        self._monitors.append((location, given))
        self.has_mon = True

    def refer(self, option: str, identifier: str, location: str) -> None:
        """Add a -monitor, -qmp or -qmp-pretty with the argument `chardev:ID`."""
        given = {"chardev": identifier, "mode": "readline" if option == "monitor" else "control"}
        if option == "qmp-pretty":
            given["pretty"] = "on"
        self._monitors.append((location, given))

    def requests(self) -> list[MonitorRequest]:
        """Return the monitors of the -mon options; StartupError for the first that is wrong."""
        chardevs: dict[str, tuple[str, ChardevConfig]] = {}
        for location, items in self._chardevs:
            with option_context(location):
                identifier = _required_identifier(items)
                chardevs[identifier] = location, parse_chardev(identifier, items)
        found: list[MonitorRequest] = []
        used: set[str] = set()
        for location, given in self._monitors:
            with option_context(location):
                found.append(_monitor(given, chardevs, used))
        return found


def _check_keys(items: list[Option], known: tuple[str, ...]) -> None:
    for item in items:
        if item.key not in known:
            raise InvalidParameterError(item.key)


def _required_identifier(items: list[Option]) -> str:
    identifier = next((item.value for item in items if item.key == "id"), None)
    if identifier is None:
        raise InputError("chardev: no id specified")
    return identifier


def _monitor(
    given: dict[str, str], chardevs: dict[str, tuple[str, ChardevConfig]], used: set[str]
) -> MonitorRequest:
    name, mode = given.get("chardev"), given.get("mode", "readline")
    if mode not in ("readline", "control"):
        raise ChoiceError("mode", mode)
    if name is None:
        raise MissingParameterError("chardev")
    if name not in chardevs:
        raise ChardevError(name, f'chardev "{name}" not found')
    if name in used:
        raise ChardevError(name, f"chardev '{name}' is already in use")
    pretty = BOOLEANS[given.get("pretty", "off")]
    if mode == "readline" and pretty:
        raise InputError("'pretty' is not compatible with HMP monitors")
    used.add(name)
    location, chardev = chardevs[name]
    if chardev.kind not in BACKENDS:
        raise InputError(f"a monitor on a '{chardev.kind}' is not supported by hmp")
    return MonitorRequest(
        QMP if mode == "control" else HMP, chardev, location, pretty, given.get("id", ""), name
    )


def parse_monitor(option: str, argument: str, location: str) -> MonitorRequest:
    """Return the monitor of a -monitor, -qmp or -qmp-pretty.

    Raises:
        StartupError: The argument is no character device, with QEMU's second line where it has one.
    """
    kind = HMP if option == "monitor" else QMP
    # The second line, for a malformed text; a path that is too long and a bad descriptor have none
    # (experiment: `-qmp unix:`).
    parse_error = StderrLine(f"{location}: parse error: {argument}", prefixed=True)
    try:
        chardev = parse_device_string(argument)
        # Only -monitor knows the word (docs/qemu-behaviour/startup.md §13).
        if kind == QMP and argument == "none":
            raise NotAChardev
    except NotAChardev:
        raise StartupError(
            f"{location}: '{argument}' is not a valid char driver", parse_error
        ) from None
    except HostError as error:
        raise StartupError(f"{location}: {error.message}", *error.hints) from None
    except DescriptorError as error:
        raise StartupError(f"{location}: {error.message}") from None
    except InputError as error:
        first = [f"{location}: {error.message}"] if error.message else []
        raise StartupError(*first, parse_error) from None
    return MonitorRequest(kind, chardev, location, pretty=option == "qmp-pretty")


def default_monitor(in_background: bool) -> MonitorRequest:
    """Return the monitor of a command line that asks for none: on stdio, if there is one."""
    return MonitorRequest(HMP, parse_device_string("null" if in_background else "stdio"), "")


def check_stdio(requests: list[MonitorRequest], in_background: bool) -> None:
    """Raise StartupError for a second monitor on stdio, or for one in the background."""
    users = [request for request in requests if request.chardev.kind == STDIO]
    if users and in_background:
        raise StartupError(f"{users[0].location}: cannot use stdio with -daemonize")
    if len(users) > 1:
        last = next((request for request in users if request.kind == HMP), users[1])
        raise StartupError(f"{last.location}: cannot use stdio by multiple character devices")


def name_monitors(requests: list[MonitorRequest]) -> list[MonitorRequest]:
    """Return the monitors with their names in the object tree; those without get a number
    (docs/qemu-behaviour/qmp.md §A1).
    """
    found: list[MonitorRequest] = []
    for request in requests:
        # Monitors that -mon names do not count (experiment: `-mon chardev=a,id=x -monitor null`).
        name = request.name or f"compat_monitor{sum(not other.is_named for other in found)}"
        found.append(
            request._replace(name=name, is_named=bool(request.name), label=request.label or name)
        )
    return found
