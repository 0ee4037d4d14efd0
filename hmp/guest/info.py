"""What the guest sees and what it is about to do, for `info guest`, QMP and tests.

It only shows; nothing is changed by looking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.guest.memory import BlockRun
from hmp.guest.policy import policy_text

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class GuestView(NamedTuple):
    """System, state (off, booting, up; held; silent), the policy as --guest takes it, MemTotal in bytes, and blocks.

    `notes` are lines about what waits: flags in slots, verdicts, faults.
    """

    system: str
    state: str
    policy: str
    total: int
    notes: list[str]
    blocks: list[BlockRun]


def describe_guest(machine: Machine) -> GuestView:
    """The present view."""
    guest = machine.guest
    state = guest.state if machine.run_state.is_running else f"{guest.state}, machine stopped"
    state += ", held" * guest.held + ", silent" * guest.silent
    return GuestView(guest.policy.system, state, policy_text(guest.policy), guest.memory.total(), _notes(machine),
                     guest.memory.runs())


def _name(machine: Machine, number: int) -> str:
    device = machine.registers.slots[number].device
    return f"slot {number} ({device.identifier})" if device and device.identifier else f"slot {number}"


def _notes(machine: Machine) -> list[str]:
    notes = []
    for number, slot in enumerate(machine.registers.slots):
        asked = [word for word, flag in (("insertion", slot.inserting), ("removal", slot.removing)) if flag]
        if asked:
            notes.append(f"{_name(machine, number)} waits: {' and '.join(asked)}")
    hanging = machine.guest.slots.hanging
    if hanging is not None:
        notes.append(f"{_name(machine, hanging)}: the removal hangs, and what comes after it waits")
    for verdict, counts in machine.guest.verdicts.items():
        notes += [f"unplug of {device}: {verdict}, {count} more" for device, count in counts.items() if count > 0]
    return notes + [f"fault: {kind}, {count} more" for kind, count in machine.faults.waiting().items()]
