"""-accel, -enable-kvm and -machine accel=: the first accelerator that exists and starts
(docs/qemu-behaviour/cpus.md §5).
"""

from __future__ import annotations

from typing import NamedTuple

from hmp.cmdline.errors import StartupError
from hmp.errors import HmpError, StderrLine
from hmp.grammar.opts import HELP_WORDS, Option
from hmp.machine.accelerator import (
    ACCELERATORS,
    Accelerator,
    AcceleratorStartError,
    TcgAccelerator,
)
from hmp.machine.devices.plug import set_property
from hmp.machine.machine import Machine
from hmp.machine.qom.visitors import StringInputVisitor

HELP_TEXT = "Accelerators supported in QEMU binary:\ntcg\nmshv\nnitro\nkvm\n"
# What -machine has of them, too.
KVM_KEYS = ("kernel-irqchip", "kvm-shadow-mem")


class AccelRequest(NamedTuple):
    """An accelerator by name, with properties as text; without a location it is of -machine."""

    name: str
    location: str = ""
    properties: tuple[tuple[str, str], ...] = ()


def parse_accel(items: list[Option], location: str) -> AccelRequest | None:
    """Return what the elements of -accel ask for, None where that is the list of accelerators."""
    properties = [(item.key, item.value) for item in items if item.key not in ("id", "accel")]
    names = [item.value for item in items if item.key == "accel"]
    if not names or names[-1] in HELP_WORDS:
        return None
    return AccelRequest(names[-1], location, tuple(properties))


def choose_accelerator(
    machine: Machine, requests: list[AccelRequest], options: dict[str, object]
) -> Accelerator:
    """Return the accelerator that -accel options, or else those of -machine, ask for.

    KVM that this host does not have is no error where nothing else is asked for: no CPU runs.

    Raises:
        StartupError: None exists, a property is wrong, or there are both kinds of options.
    """
    if "accel" in options:
        if requests:
            raise StartupError('The -accel and "-machine accel=" options are incompatible')
        requests = _listed(str(options["accel"]))
    elif not requests:
        return TcgAccelerator()
    return _Chooser(machine, options).choose(requests)


def _listed(names: str) -> list[AccelRequest]:
    if not names:
        raise StartupError("no accelerator found")
    return [AccelRequest(name) for name in names.split(":")]


class _Chooser:
    """Tries accelerators in order; `lines` are what QEMU says of those that can't be."""

    def __init__(self, machine: Machine, options: dict[str, object]) -> None:
        self.machine = machine
        self.globals = [(key, str(options[key])) for key in KVM_KEYS if key in options]
        self.lines: list[str] = []

    def choose(self, requests: list[AccelRequest]) -> Accelerator:
        """Return the first that can be, and warn of the others before it."""
        try:
            chosen = self._first_that_starts(requests)
        except HmpError as error:
            raise StartupError(*_prefixed([*self.lines, error.message])) from None
        if chosen is None:
            raise StartupError(*_prefixed(self.lines))
        if self.lines:
            self.machine.emit_stderr(*_prefixed([*self.lines, f"falling back to {chosen.label}"]))
        return chosen

    def _first_that_starts(self, requests: list[AccelRequest]) -> Accelerator | None:
        # QEMU looks at all names of a list of -machine, and at options one after another.
        if requests and not requests[0].location:
            requests = [request for request in requests if self._exists(request)]
        for index, request in enumerate(requests):
            if request.location and not self._exists(request):
                continue
            accelerator = self._make(request)
            try:
                accelerator.start()
            except AcceleratorStartError as error:
                if accelerator.is_kvm and not requests[index + 1 :]:
                    return accelerator
                self._say(request, error.reason)
                self._say(request, error.message)
                continue
            return accelerator
        return None

    def _exists(self, request: AccelRequest) -> bool:
        if request.name not in ACCELERATORS:
            self._say(request, f"invalid accelerator {request.name}")
        return request.name in ACCELERATORS

    def _make(self, request: AccelRequest) -> Accelerator:
        accelerator = ACCELERATORS[request.name]()
        for key, value in self.globals if accelerator.is_kvm else ():
            prefix = f"can't apply global {accelerator.type_name}.{key}={value}: "
            self._set(accelerator, key, value, prefix)
        for key, value in request.properties:
            self._set(accelerator, key, value, f"{request.location}: ")
        return accelerator

    def _set(self, accelerator: Accelerator, key: str, value: str, prefix: str) -> None:
        try:
            set_property(self.machine, accelerator, key, value, StringInputVisitor())
        except HmpError as error:
            error.message = prefix + error.message
            raise

    def _say(self, request: AccelRequest, text: str) -> None:
        self.lines.append(f"{request.location}: {text}" if request.location else text)


def _prefixed(lines: list[str]) -> list[str]:
    """QEMU prints each of these lines as a message of its own."""
    return [StderrLine(line, prefixed=True) for line in lines]
