"""The configuration: what a command line asks for. `parser.py` fills it, and `build.py` builds the
machine from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from hmp.cmdline.chardevs import STDIO, VC, CharacterDevices
from hmp.cmdline.errors import StartupError, located
from hmp.cmdline.messages import MessageForm
from hmp.cmdline.ports import Ports
from hmp.cmdline.program.options import ProgramOptions
from hmp.errors import DuplicateIdError, ParameterError
from hmp.grammar.opts import Option as OptsItem
from hmp.grammar.opts import short_form_warning
from hmp.machine.backends.create import ObjectRequest
from hmp.machine.boards.types import Board, find_board
from hmp.machine.chardevs.device_text import MUX_PREFIX, SOCKET_PREFIXES
from hmp.machine.qom.globals import GlobalProperties, GlobalProperty
from hmp.machine.run_state import ShutdownActions
from hmp.record import Record


class DefaultChardevs(Record):
    """The backend of the default monitor, empty when there is none, and the texts of the default
    ports by kind.
    """

    monitor: str
    ports: dict[str, str]


MONITOR_TYPES = ("monitor-hmp", "monitor-qmp")

if TYPE_CHECKING:
    from hmp.cmdline.descriptors import AddedDescriptor
    from hmp.cmdline.inert.drives import Drives
    from hmp.cmdline.inert.network import Netdevs
    from hmp.cmdline.machine_properties.accel import AccelRequest
    from hmp.cmdline.options import Option
    from hmp.guest.policy import Policy
    from hmp.machine.chardevs.device import FrontEnd
    from hmp.machine.tracing.log import Log
    from hmp.machine.vnc import VncDisplay


class Stage(Enum):
    """When building the machine checks what options without an effect ask for: when all options
    are parsed, when the log is open, after the first objects, after the character devices, with
    the properties of the machine, when all backends and objects are there, as the board loads its
    firmware, when its own devices are there, before what -usbdevice and -device ask for, when all
    devices are there, and at the end.
    """

    PARSED = auto()
    LOGGED = auto()
    OBJECTS = auto()
    OPTIONS = auto()
    MACHINE = auto()
    BACKENDS = auto()
    BOARD = auto()
    ONBOARD = auto()
    PARTS = auto()
    DEVICES = auto()
    END = auto()


class MergeError(ParameterError):
    """A member of the machine that is a value in one option and a group in another."""


def _merge(target: dict[str, object], tree: dict[str, object]) -> None:
    for key, value in tree.items():
        present = target.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            _merge(present, value)
        elif present is not None and isinstance(present, dict) != isinstance(value, dict):
            raise MergeError(key, f"Parameter '{key}' used inconsistently")
        else:
            target[key] = value


class Configuration:
    """What a command line asks for; `warn` writes lines to stderr, `to_stdout` text to stdout.

    With `is_program` the default monitor is the program's, on stdin and stdout. What a machine is
    needed to check is kept as text, with the location for messages.
    """

    def __init__(self, warn: Callable[..., None]) -> None:
        self.warn = warn
        self.to_stdout: Callable[[str], None] = lambda text: None
        # What writes an error while the half-made machine still has its sockets: who waits at a
        # monitor's, as libvirt does, reads stderr as soon as it closes.
        self.report_error: Callable[[StartupError], None] = lambda error: None
        self.is_program = False
        self.program = ProgramOptions()
        self.memory: dict[str, str] = {}
        self.memory_location = ""
        self.machine: dict[str, object] = {}
        self.objects: list[ObjectRequest] = []
        self.devices: list[tuple[str, str | dict[str, object]]] = []
        self.numa: list[tuple[str, str]] = []
        # The ids that options have, by group: a group of option_groups, or the name of the option.
        self.identifiers: defaultdict[str, set[str]] = defaultdict(set)
        self.vnc_displays: list[VncDisplay] = []
        self.display_options: dict[str, object] = {}
        self.audiodevs: dict[str, dict[str, object]] = {}
        # What -audio asks for: a driver for devices that name none, or a card with its driver.
        self.default_audiodev = ""
        self.sound_card: tuple[str, str] | None = None
        self.drives: Drives | None = None
        self.snapshot = False
        self.netdevs: Netdevs | None = None
        self.globals = GlobalProperties()
        # What other options set of parts of the board, by type and property.
        self.preset_values: dict[tuple[str, str], object] = {}
        # The folders of -L, where firmware is looked for.
        self.data_folders: list[str] = []
        # The last -d, -D and -trace file=.
        self.log_items: str | None = None
        self.log_file: str | None = None
        self.trace_file: str | None = None
        self.log: Log | None = None
        # The last -incoming: location and URI; and -loadvm.
        self.incoming: tuple[str, str] | None = None
        self.loads_snapshot = False
        self._checks: dict[Stage, list[Callable[[], None]]] = {}
        # The options that were given and have no effect, as typed.
        self.inert: list[str] = []
        self.name: str | None = None
        self.message_form = MessageForm()
        self.uuid = ""
        self.stopped = self.preconfig = False
        self.memory_path: str | None = None
        self.mem_prealloc = False
        self.memory_lock = "off"
        # All options, as they were given.
        self.options: list[Option] = []
        self.character_devices = CharacterDevices(self.claim_id)
        self.ports = Ports()
        # The last -qtest and -qtest-log.
        self.qtest: str | None = None
        self.qtest_log = ""
        # What has stdin and stdout, once the monitors are started.
        self.stdio_user: FrontEnd | None = None
        self.descriptors: list[AddedDescriptor] = []
        # C-a, the default of -echr.
        self.escape_character = 1
        self.defaults = True
        self.display = ""
        self.keymap = "en-us"
        # The names of the items of -fw_cfg.
        self.fw_cfg_names: set[str] = set()
        # The types of -device, some of which take the place of default devices.
        self.drivers: set[str] = set()
        # The first -device that asks for help: location and type.
        self.device_help: tuple[str, str] | None = None
        self.shared_folders: dict[str, str] = {}
        self.usb_devices: list[tuple[str, str]] = []
        self.cpu: str | None = None
        self.guest_policy: Policy | None = None
        # What -action and its short forms say, by cause, and where the first of them is.
        self.actions: dict[str, str] = {}
        self.actions_location = ""
        self.shutdown_actions = ShutdownActions()
        self.accelerators: list[AccelRequest] = []

    def use_log(self) -> Log:
        """Return the log, which few command lines say anything of."""
        from hmp.machine.tracing.log import Log

        self.log = self.log or Log()
        return self.log

    def add_check(self, stage: Stage, check: Callable[[], None]) -> None:
        """Let a stage of building the machine call a check."""
        self._checks.setdefault(stage, []).append(check)

    def run_checks(self, stage: Stage) -> None:
        """Run the checks of a stage."""
        for check in self._checks.get(stage, ()):
            check()

    @property
    def board(self) -> Board:
        """The machine type, once it is known to exist."""
        board = find_board(str(self.machine.get("type", "pc")))
        assert board is not None
        return board

    def merge_machine(self, tree: dict[str, object]) -> None:
        """Merge members into those of -machine, as -smp and -boot and files do.

        Raises:
            MergeError: A member is a value here and a group there.
        """
        _merge(self.machine, tree)

    def claim_id(self, group: str, identifier: str | None) -> None:
        """Record the id of an option; raise DuplicateIdError when another of its group has it."""
        if identifier is None:
            return
        if identifier in self.identifiers[group]:
            raise DuplicateIdError(identifier, group)
        self.identifiers[group].add(identifier)

    def add_global(self, driver: str, name: str, value: str) -> None:
        """Take a -global; it stands for a device of its own, as far as the default ones go."""
        self.globals.items.append(GlobalProperty(driver, name, value))
        self.drivers.add(driver)

    def default_chardevs(self, board_has_ports: bool) -> DefaultChardevs:
        """Return what QEMU adds where no ports and no monitor are asked for; the program's monitor
        is on stdin and stdout, if they are free. Other machines have no default monitor.
        """
        devices, ports = self.character_devices, self.ports
        has_monitor = devices.has_monitor or ports.has_monitor or self.has_monitor_object
        has_ports = self.defaults and board_has_ports
        added = ports.defaults(has_monitor, self.drivers) if has_ports else {}
        has_monitor |= any(text.startswith(MUX_PREFIX) for text in added.values())
        if has_monitor or not self.is_program:
            return DefaultChardevs("", added)
        if not (
            self.program.daemonize or devices.uses_stdio or ports.uses_stdio or self.qtest == STDIO
        ):
            return DefaultChardevs(STDIO, added)
        return DefaultChardevs(VC if self.defaults else "", added)

    @property
    def audiodev_of_cards(self) -> str:
        """Return what cards play through that name no backend: the driver of -audio, or that of the
        host where there are no drivers and -nodefaults is not given; empty for nothing.
        """
        has_host_default = self.defaults and not self.audiodevs
        return self.default_audiodev or ("#default" if has_host_default else "")

    @property
    def machine_words(self) -> list[str]:
        """The command line without what is about the script."""
        from hmp.cmdline.program.scripts import machine_words

        return machine_words(self.options)

    @property
    def runs_at_start(self) -> bool:
        """Whether the machine runs once it is built."""
        return not (self.stopped or self.preconfig)

    @property
    def makes_sockets(self) -> bool:
        """Whether a character device is a socket, whose file must not stay."""
        return (
            self.character_devices.makes_sockets
            or self.ports.makes_sockets
            or (self.qtest or "").startswith(SOCKET_PREFIXES)
        )

    @property
    def has_monitor_object(self) -> bool:
        """Whether a -object is a monitor."""
        return any(request.qom_type in MONITOR_TYPES for request in self.objects)

    def warn_of_short_forms(self, location: str, items: list[OptsItem]) -> None:
        """Warn about each word of an option that stands for a boolean, such as `x` for x=on."""
        for item in items:
            if item.short_form and not item.asks_for_help:
                self.located_warning(location)(*short_form_warning(item))

    def located_warning(self, location: str) -> Callable[..., None]:
        """Return a function that writes a warning about the option at a location."""
        return lambda first, *rest: self.warn(located(location, first), *rest)
