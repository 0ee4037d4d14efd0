"""-chardev, -monitor, -qmp and -mon: the character devices of a command line and the monitors on
them, made in QEMU's stages (docs/qemu-behaviour/startup.md §3, §13).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hmp.cmdline.errors import EarlyExit, StartupError, located, option_context
from hmp.cmdline.options import Option
from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    DuplicateIdError,
    HmpError,
    IdentifierError,
    InputError,
    InvalidParameterError,
    MissingParameterError,
    StderrLine,
)
from hmp.grammar import opts
from hmp.grammar.opts import (
    HELP_WORDS,
    check_identifier,
    checked_id,
    parse_opts,
    short_form_warning,
)
from hmp.machine.chardevs.create import BACKENDS_HELP, create_from_options
from hmp.machine.chardevs.device_text import parse_device_text
from hmp.machine.chardevs.monitors import HmpMonitor, MonitorObject, QmpMonitor, add_monitor
from hmp.machine.chardevs.options import KEYS_HELP, Values, check_options
from hmp.machine.machine import Machine
from hmp.machine.qom.visitors import BOOLEANS
from hmp.record import Record

Warn = Callable[..., None]
ClaimId = Callable[[str, str | None], None]
STDIO, VC = "stdio", "vc"
CHARDEV_PREFIX = "chardev:"
"""In front of the id of a -chardev, in place of a text that describes one."""
_MON_KEYS = ("chardev", "mode", "pretty")
_MON_HELP = "mon options:\n  chardev=<str>\n  mode=<str>\n  pretty=<bool (on/off)>\n"
_MON_WARNING = (
    "warning: '-mon' is deprecated, use '-object' with 'monitor-hmp' or 'monitor-qmp' types instead"
)


class MonitorRequest(Record):
    """A monitor that the option at a location asks for."""

    location: str
    given: dict[str, str]


class CharacterDevices:
    """The character devices and monitors of a command line; `claim_id` takes the ids of options.

    `has_monitor` says that an option asks for a monitor, or for none, in place of the default.
    """

    def __init__(self, claim_id: ClaimId) -> None:
        self._claim_id = claim_id
        self._chardevs: list[tuple[str, Values]] = []
        self._monitors: list[MonitorRequest] = []
        self._count = 0
        self._has_mon = self.has_monitor = False

    def add_chardev(self, option: Option, warn: Warn) -> None:
        """Take a -chardev; InputError for a key that is unknown or a value of the wrong type."""
        items = parse_opts(option.argument, "backend")
        self._claim_id("chardev", checked_id(items))
        if any(item.key == "backend" and item.value in HELP_WORDS for item in items):
            raise EarlyExit(BACKENDS_HELP)
        _check_short_forms(items, warn, KEYS_HELP)
        self._chardevs.append((option.location, check_options(items)))

    def add_monitor(self, option: Option) -> None:
        """Take a -monitor, -qmp or -qmp-pretty; StartupError when it is no character device."""
        self.has_monitor = True
        text = option.argument
        given = {"mode": "readline" if option.name == "monitor" else "control"}
        if option.name == "qmp-pretty":
            given["pretty"] = "on"
        if text.startswith(CHARDEV_PREFIX):
            label = text[len(CHARDEV_PREFIX) :]
            try:
                check_identifier(label)
            except IdentifierError as error:
                # Here without the line that says what one is.
                raise StartupError(f"{option.location}: {error.message}") from None
            self._claim_id("mon", label)
        elif given["mode"] == "readline" and text == "none":
            return
        else:
            label = f"compat_monitor{self._count}"
            self._chardevs.append((option.location, self._read_text(option, label)))
            self._count += 1
        self._monitors.append(
            MonitorRequest(option.location, {**given, "chardev": label, "id": label})
        )

    def _read_text(self, option: Option, label: str) -> Values:
        try:
            given = parse_device_text(option.argument, label)
            self._claim_id("chardev", label)
            return given
        except HmpError as error:
            second = f"{option.location}: parse error: {option.argument}"
            raise device_text_error(option.location, error, second) from None

    def check_label(self, label: str) -> None:
        """Raise DuplicateIdError when an option has the id."""
        if any(given.get("id") == label for _location, given in self._chardevs):
            raise DuplicateIdError(label, "chardev")

    def add_mon(self, option: Option, warn: Warn) -> None:
        """Take a -mon; InputError for a bad key or value."""
        # QEMU warns once, however many there are, and of none in a file (experiment: two -mon).
        if not (self._has_mon or option.source):
            warn(_MON_WARNING)
        self._has_mon = self.has_monitor = True
        items = parse_opts(option.argument, "chardev")
        self._claim_id("mon", checked_id(items))
        _check_short_forms(items, warn, _MON_HELP)
        given: dict[str, str] = {}
        for item in items:
            if item.key not in (*_MON_KEYS, "id"):
                raise InvalidParameterError(item.key)
            if item.key == "pretty" and item.value not in BOOLEANS:
                raise BooleanValueError("pretty")
            if item.key != "id" or "id" not in given:
                given[item.key] = item.value
        self._monitors.append(MonitorRequest(option.location, given))

    @property
    def uses_stdio(self) -> bool:
        """Whether one of the character devices is stdin and stdout."""
        return any(given.get("backend") == STDIO for _location, given in self._chardevs)

    @property
    def makes_sockets(self) -> bool:
        """Whether one of the character devices is a socket."""
        return any(given.get("backend") == "socket" for _location, given in self._chardevs)

    def open(self, machine: Machine, default: str) -> None:
        """Open the character devices, in the order of the line, then that of the default monitor,
        if its backend is not empty (stage 6).
        """
        machine.chardevs.monitor_count = self._count
        for location, given in self._chardevs:
            with chardev_context(machine, location):
                if "id" not in given:
                    raise InputError("chardev: no id specified")
                machine.chardevs.option_ids.add(given["id"])
                create_from_options(machine, given)
        if default:
            with chardev_context(machine, ""):
                label = machine.chardevs.next_monitor_name()
                create_from_options(machine, {"backend": default, "id": label})

    def start_monitors(self, machine: Machine, has_default: bool) -> None:
        """Put the monitors on their character devices (stage 12)."""
        for request in self._monitors:
            with chardev_context(machine, request.location):
                monitor = _monitor(request.given)
                name = request.given.get("id") or machine.chardevs.next_monitor_name()
                add_monitor(machine, name, monitor)
        if has_default:
            label = f"compat_monitor{self._count}"
            add_monitor(machine, label, _monitor({"chardev": label}))


def _check_short_forms(items: list[opts.Option], warn: Warn, help_text: str) -> None:
    """Warn of bare words, or raise EarlyExit where one asks for help."""
    for item in items:
        if item.asks_for_help:
            # QEMU ends with 1, as for -m (docs/qemu-behaviour/startup.md §4).
            raise EarlyExit(help_text, status=1)
        if item.short_form is not None:
            warn(*short_form_warning(item))


def device_text_error(location: str, error: HmpError, second: str) -> StartupError:
    """Return the two lines of a bad text: the reason, if QEMU gives any, and what it was for."""
    first = [f"{location}: {error.message}" if location else error.message] if error.message else []
    lines = (StderrLine(line, prefixed=True) for line in (*first, *error.hints, second))
    return StartupError(*lines)


@contextmanager
def chardev_context(machine: Machine, location: str) -> Iterator[None]:
    """Let errors, and lines about waiting for a client, begin with the option as typed."""
    before = machine.chardevs.inform
    machine.chardevs.inform = lambda line: machine.emit_stderr(located(location, line))
    try:
        with option_context(location):
            yield
    finally:
        machine.chardevs.inform = before


def _monitor(given: dict[str, str]) -> MonitorObject:
    mode = given.get("mode", "readline")
    if mode not in ("readline", "control"):
        raise ChoiceError("mode", mode)
    if "chardev" not in given:
        raise MissingParameterError("chardev")
    pretty = BOOLEANS[given.get("pretty", "off")]
    monitor: MonitorObject
    if mode == "control":
        monitor = QmpMonitor()
        monitor.pretty = pretty
    elif pretty:
        raise InputError("'pretty' is not compatible with HMP monitors")
    else:
        monitor = HmpMonitor()
    monitor.chardev = given["chardev"]
    return monitor
