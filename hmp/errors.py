"""The tree of errors, by who must act: the line is wrong, the machine refuses, the host refuses.

Each error carries the reference's sentence; how a mouth shows it may not live here.
"""

from __future__ import annotations


class HmpError(Exception):
    """A refusal with the reference's sentence, in octets.

    `hints` are whole lines that follow the sentence, `qmp_class` is the error class QMP reports and
    `span` is the part of the line that is to blame, as (start, end) octet offsets, when it is known.
    """

    qmp_class = "GenericError"

    def __init__(self, message: str, *hints: str, span: tuple[int, int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints
        self.span = span


class InputError(HmpError):
    """What was typed can't be read or doesn't fit: the user must write it differently."""


class MachineRefusal(HmpError):
    """The machine's present state forbids it: the user must change the machine first."""


class BareRefusal(MachineRefusal):
    """A refusal that the reference's monitor prints without `Error: ` in front."""


class DeviceNotFound(MachineRefusal):
    """A path or id leads to nothing (QMP class DeviceNotFound)."""

    qmp_class = "DeviceNotFound"

    def __init__(self, path: str) -> None:
        super().__init__(f"Device '{path}' not found")


class HostRefusal(HmpError):
    """The host refused memory or a file, with its reason."""
