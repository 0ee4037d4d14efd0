"""What the guest sees and what it is about to do, for `info guest`, QMP and tests.

It only shows; nothing is changed by looking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.guest.memory import BlockRun
from hmp.guest.policy import format_policy

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class GuestInfo(NamedTuple):
    """System, state (off, booting, up; held; silent), the policy as --guest takes it, MemTotal in
    bytes, and blocks.

    `notes` are lines about what waits: flags in slots, verdicts, faults.
    """

    system: str
    state: str
    policy: str
    total: int
    notes: list[str]
    blocks: list[BlockRun]


def guest_info(machine: Machine) -> GuestInfo:
    """The present view."""
    guest = machine.guest
    state = guest.state if machine.run_state.is_running else f"{guest.state}, machine stopped"
    state += ", held" * guest.held + ", silent" * guest.silent
    return GuestInfo(
        guest.policy.system,
        state,
        format_policy(guest.policy),
        guest.memory.total(),
        _notes(machine),
        guest.memory.runs(),
    )


def _name(machine: Machine, number: int) -> str:
    device = machine.registers.slots[number].device
    return (
        f"slot {number} ({device.identifier})" if device and device.identifier else f"slot {number}"
    )


def _notes(machine: Machine) -> list[str]:
    notes = []
    for number, slot in enumerate(machine.registers.slots):
        asked = [
            word
            for word, flag in (
                ("insertion", slot.insert_pending),
                ("removal", slot.removal_requested),
            )
            if flag
        ]
        if asked:
            notes.append(f"{_name(machine, number)} waits: {' and '.join(asked)}")
    stuck_slot = machine.guest.slots.stuck_slot
    if stuck_slot is not None:
        notes.append(
            f"{_name(machine, stuck_slot)}: the removal hangs, and what comes after it waits"
        )
    for unplug_outcome, counts in machine.guest.unplug_outcomes.items():
        notes += [
            f"unplug of {device}: {unplug_outcome}, {count} more"
            for device, count in counts.items()
            if count > 0
        ]
    return notes + [
        f"fault: {kind}, {count} more" for kind, count in machine.faults.waiting().items()
    ]
