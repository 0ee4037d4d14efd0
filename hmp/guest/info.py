"""The state of the simulated guest, for `info guest`, x-hmp-query-guest and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hmp.guest.guest import UP
from hmp.guest.memory import BlockRun
from hmp.guest.policy import format_policy
from hmp.units import PAGE_SIZE, format_size

if TYPE_CHECKING:
    from hmp.machine.machine import Machine


class GuestInfo(NamedTuple):
    """The guest's state as text (off, booting or up, and what holds it up), its policy as --guest
    takes it, MemTotal (`total`) in bytes, and its memory blocks.

    `notes` are lines about the CPUs, the balloon, and about what is pending: requests in slots,
    unplug outcomes, faults.
    """

    system: str
    state: str
    policy: str
    total: int
    notes: list[str]
    blocks: list[BlockRun]


def guest_info(machine: Machine) -> GuestInfo:
    """Return the present state; nothing changes."""
    guest = machine.guest
    state = guest.state if machine.run_state.is_running else f"{guest.state}, machine stopped"
    state += ", held" * guest.on_hold + ", silent" * guest.interrupts_masked
    return GuestInfo(
        guest.policy.system,
        state,
        format_policy(guest.policy),
        guest.mem_total(),
        _notes(machine),
        guest.memory.block_runs(),
    )


def _slot_name(machine: Machine, number: int) -> str:
    device = machine.ports.memory.slots[number].device
    return (
        f"slot {number} ({device.identifier})" if device and device.identifier else f"slot {number}"
    )


def _balloon_notes(machine: Machine) -> list[str]:
    device = machine.balloon
    if device is None:
        return []
    given, wanted = device.actual_pages * PAGE_SIZE, device.target_pages * PAGE_SIZE
    if not given and not wanted:
        return []
    return [f"balloon: {format_size(given)} given back, {format_size(wanted)} asked for"]


def _cpu_notes(machine: Machine) -> list[str]:
    """Return which CPUs are online, where there may be several, and what is asked of them."""
    driver, possible = machine.guest.cpu_hotplug, machine.possible_cpu_count
    notes = []
    if machine.guest.state == UP and possible > 1:
        numbers = ", ".join(map(str, sorted(driver.online)))
        notes.append(f"CPUs online: {numbers} (of {possible})")
    for index, slot in sorted(machine.ports.cpus.slots.items()):
        for request, flag in (
            ("insertion", slot.insert_pending),
            ("removal", slot.removal_requested),
        ):
            if flag:
                notes.append(f"CPU {index} waits: {request}")
    if driver.stuck is not None:
        notes.append(f"CPU {driver.stuck}: the removal hangs, and what comes after it waits")
    return notes


def _notes(machine: Machine) -> list[str]:
    notes = []
    for number, slot in enumerate(machine.ports.memory.slots):
        requests = [
            request
            for request, flag in (
                ("insertion", slot.insert_pending),
                ("removal", slot.removal_requested),
            )
            if flag
        ]
        if requests:
            notes.append(f"{_slot_name(machine, number)} waits: {' and '.join(requests)}")
    stuck_slot = machine.guest.memory_hotplug.stuck
    if stuck_slot is not None:
        notes.append(
            f"{_slot_name(machine, stuck_slot)}: the removal hangs, and what comes after it waits"
        )
    notes += _cpu_notes(machine)
    notes += _balloon_notes(machine)
    for outcome, counts in machine.guest.unplug_outcomes.items():
        notes += [
            f"unplug of {device}: {outcome}, {count} more"
            for device, count in counts.items()
            if count > 0
        ]
    return notes + [
        f"fault: {kind}, {count} more" for kind, count in machine.faults.waiting().items()
    ]
