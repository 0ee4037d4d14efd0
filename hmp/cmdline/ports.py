"""-serial, -parallel, -debugcon and -gdb: character devices of the guest. It does not write to
them, and what comes in is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from hmp.cmdline.chardevs import (
    CHARDEV_PREFIX,
    CharacterDevices,
    chardev_context,
    device_text_error,
)
from hmp.cmdline.errors import StartupError
from hmp.errors import HmpError, InputError, StderrLine
from hmp.machine.chardevs.create import create_from_options
from hmp.machine.chardevs.device import CharacterDevice, GuestPort
from hmp.machine.chardevs.device_text import MUX_PREFIX, SOCKET_PREFIXES, parse_device_text
from hmp.machine.chardevs.monitors import add_monitor_on
from hmp.machine.machine import Machine
from hmp.machine.qom.visitors import KeyvalVisitor
from hmp.record import Record

SERIAL, PARALLEL, DEBUGCON = "serial", "parallel", "debugcon"
MAX_PARALLEL_PORTS = 3
_DEFAULT_SCREEN = "vc:80Cx24C"
# QEMU's second message about a bad character device.
_PROBLEMS = {
    SERIAL: "could not connect serial device to character backend '{}'",
    PARALLEL: "could not connect parallel device to character backend '{}'",
    DEBUGCON: "invalid character backend '{}'",
}
# The devices that take the place of a board's own port.
_REPLACING = {SERIAL: "isa-serial", PARALLEL: "isa-parallel"}
# How many ports a board has; others have as many as there can be.
_SERIAL_PORTS = {"none": 0, "microvm": 1, "": 4}
_PARALLEL_PORTS = {"none": 0, "microvm": 0, "": MAX_PARALLEL_PORTS}


class PortRequest(Record):
    """A text that describes a port's character device, and the option it came from."""

    location: str
    text: str


class Ports:
    """The ports of a command line, and the debugger's place."""

    def __init__(self) -> None:
        self._requests: dict[str, list[PortRequest]] = {SERIAL: [], PARALLEL: [], DEBUGCON: []}
        self._debuggers: list[PortRequest] = []
        self.without_graphics = False

    def add(self, kind: str, location: str, text: str) -> None:
        """Take a -serial, -parallel or -debugcon."""
        self._requests[kind].append(PortRequest(location, text))

    def add_debugger(self, location: str, text: str) -> None:
        """Take a -gdb, or a -s."""
        self._debuggers.append(PortRequest(location, text))

    @property
    def has_monitor(self) -> bool:
        """Whether a monitor shares a port, so that there is no default one."""
        return any(
            request.text.startswith(MUX_PREFIX)
            for requests in self._requests.values()
            for request in requests
        )

    def _texts(self) -> Iterator[str]:
        for requests in (*self._requests.values(), self._debuggers):
            for request in requests:
                yield request.text.removeprefix(MUX_PREFIX)

    @property
    def uses_stdio(self) -> bool:
        """Whether a port is on stdin and stdout."""
        return "stdio" in self._texts()

    @property
    def makes_sockets(self) -> bool:
        """Whether a port is on a socket."""
        return any(text.startswith(SOCKET_PREFIXES) for text in self._texts())

    def defaults(self, has_monitor: bool, drivers: set[str]) -> dict[str, str]:
        """Return the texts of a board's own ports that neither options nor devices replace."""
        found = {PARALLEL: "null" if self.without_graphics else _DEFAULT_SCREEN}
        found[SERIAL] = "stdio" if self.without_graphics else _DEFAULT_SCREEN
        if self.without_graphics and not has_monitor:
            found[SERIAL] = f"{MUX_PREFIX}stdio"
        return {
            kind: text
            for kind, text in found.items()
            if not self._requests[kind] and _REPLACING[kind] not in drivers
        }

    def open(self, machine: Machine, devices: CharacterDevices, defaults: dict[str, str]) -> None:
        """Open the character devices of all ports (stage 13)."""
        counts = {
            SERIAL: _count_of(_SERIAL_PORTS, machine),
            PARALLEL: _count_of(_PARALLEL_PORTS, machine),
        }
        for kind, requests in self._requests.items():
            added = [PortRequest("", defaults[kind])] if kind in defaults else []
            for number, request in enumerate([*requests, *added]):
                if kind == PARALLEL and number == MAX_PARALLEL_PORTS:
                    raise StartupError(f"{request.location}: too many parallel ports")
                if request.text == "none" and kind != DEBUGCON:
                    continue
                label = kind if kind == DEBUGCON else f"{kind}{number}"
                device = _open(machine, devices, kind, label, request)
                if kind == DEBUGCON:
                    continue
                with chardev_context(machine, request.location):
                    is_there = number < counts[kind]
                    device.attach(GuestPort(is_there, kind == SERIAL))
                    onboard = {SERIAL: machine.onboard.serial, PARALLEL: machine.onboard.parallel}
                    if is_there:
                        onboard[kind][number] = device.name

    def plug_debugcon(self, machine: Machine) -> None:
        """Plug the device of -debugcon after those of -device; StartupError when it can't be."""
        for request in self._requests[DEBUGCON]:
            from hmp.machine.devices.plug import create_device
            from hmp.machine.devices.request import DeviceRequest

            # With chardev:ID the character device has another name, and is not found.
            device = DeviceRequest("isa-debugcon", DEBUGCON, [("chardev", DEBUGCON)])
            with chardev_context(machine, request.location):
                create_device(machine, device, KeyvalVisitor(), hotplugged=False)

    def start_debuggers(self, machine: Machine) -> None:
        """Open the places where debuggers connect, the last step of the start."""
        if not self._debuggers:
            return
        from hmp.machine.chardevs.gdb import GdbError, start_gdbserver

        for request in self._debuggers:
            try:
                start_gdbserver(machine, request.text)
            except GdbError as error:
                lines = (f"{request.location}: {line}" for line in (error.message, *error.hints))
                raise StartupError(*(StderrLine(line, prefixed=True) for line in lines)) from None


def _open(
    machine: Machine, devices: CharacterDevices, kind: str, label: str, request: PortRequest
) -> CharacterDevice:
    problem = _PROBLEMS[kind].format(request.text)
    second = f"{request.location}: {problem}" if request.location else problem
    try:
        if request.text.startswith(CHARDEV_PREFIX):
            return _find(machine, request.text[len(CHARDEV_PREFIX) :])
        given = parse_device_text(request.text, label)
        if kind != DEBUGCON:
            devices.check_label(label)
        machine.chardevs.inform = lambda line: machine.emit_stderr(f"{request.location}: {line}")
        device = create_from_options(machine, given)
        if request.text.startswith(MUX_PREFIX):
            add_monitor_on(machine, device)
        return device
    except HmpError as error:
        raise device_text_error(request.location, error, second) from None


def _count_of(counts: dict[str, int], machine: Machine) -> int:
    return counts.get(machine.board.name, counts[""])


def _find(machine: Machine, name: str) -> CharacterDevice:
    found = machine.chardevs.find(name)
    if found is None:
        # QEMU has nothing more to say than its second message.
        raise InputError("")
    return found
