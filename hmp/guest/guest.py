"""The simulated guest: boots, hears hotplug interrupts, and works off what was asked as a recorded
Linux did.

It touches the machine through registers and virtio-mem's requests (docs/qemu-behaviour/qmp.md §B);
what its memory looks like from inside is in `memory.py`, and whether the machine runs at all is the
machine's business.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.guest.acpi import AcpiMemory, eject_leaving
from hmp.guest.memory import GuestMemory
from hmp.guest.policy import HANG, POWER_OFF, REFUSE, RELEASE, Policy

if TYPE_CHECKING:
    from hmp.machine.devices.dimm import Dimm
    from hmp.machine.machine import Machine

OFF, BOOTING, UP = "off", "booting", "up"


class Guest:
    """One guest; `held` while it does nothing but will go on, `silent` while it hears nothing and
    never will.

    `unplug_outcomes` are answers that were asked for in advance: how often the unplug of a DIMM, by
    id, is to be refused or to hang.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.policy = Policy()
        self.memory = GuestMemory(machine)
        self.state = OFF
        self.held = self.silent = False
        self.unplug_outcomes: dict[str, Counter[str]] = {REFUSE: Counter(), HANG: Counter()}
        self.slots = AcpiMemory(machine, self)
        self._ready: deque[Callable[[], None]] = deque()
        self._heard: set[str] = set()
        self._life = 0
        self._is_over = self._button = False

    def change_policy(self, policy: Policy) -> None:
        """Have another will from now on; what is wanted of virtio-mem devices is looked at again if
        that changes.
        """
        if policy.max_virtio_mem != self.policy.max_virtio_mem:
            for device in self._machine.memory_devices:
                device.config_changed = device.label == "virtio-mem"
        self.policy = policy

    def run(self) -> None:
        """Do what can be done now; the machine calls this while it runs."""
        while not self.held:
            self._notice()
            if not self._ready:
                return
            self._ready.popleft()()

    def after(self, delay: float, action: Callable[[], None]) -> None:
        """Do something in `delay` seconds, unless the guest's life ends before; at 0 in this
        turn.
        """
        if not delay:
            self._ready.append(action)
            return
        life = self._life

        def arrive() -> None:
            if life == self._life:
                self._ready.append(action)

        self._machine.timers.call_later(delay, arrive)

    def step(self, action: Callable[[], None]) -> None:
        """Do something after the time that a step of this guest takes."""
        self.after(self.policy.latency, action)

    def _notice(self) -> None:
        """Look at what the machine has to say, and plan to act on it."""
        if self.state == OFF and not self._is_over:
            self.state = BOOTING
            self.step(self._boot)
        elif self.state == UP:
            self._hear()

    def _boot(self) -> None:
        self._machine.run_state.run_firmware()
        if self.policy.answers:
            self.after(self.policy.boot, self._booted)

    def _booted(self) -> None:
        """The system is up: memory that is there was found without ACPI, and older interrupts are
        lost.
        """
        self.state = UP
        self._machine.registers.irq_pending = self._machine.pci_registers.irq_pending = False
        self.memory.find_present()

    def _hear(self) -> None:
        machine = self._machine
        if self.silent:
            machine.registers.irq_pending = machine.pci_registers.irq_pending = self._button = False
            return
        self._plan("memory slots", machine.registers.irq_pending, self.slots.scan)
        self._plan(
            "PCI slots",
            machine.pci_registers.irq_pending,
            lambda: eject_leaving(machine.pci_registers),
        )
        changed = any(device.config_changed for device in machine.memory_devices)
        self._plan("virtio-mem", changed, self._run_drivers)
        self._plan("power button", self._button, machine.run_state.guest_shutdown)

    def _plan(self, subject: str, is_raised: bool, action: Callable[[], None]) -> None:
        """Act on an interrupt one step later; what is raised until then is heard with it."""
        if not is_raised or subject in self._heard:
            return
        self._heard.add(subject)

        def act() -> None:
            self._heard.discard(subject)
            action()

        self.step(act)

    def _run_drivers(self) -> None:
        """Let the driver look at devices whose configuration changed; only virtio-mem has such."""
        from hmp.guest.virtio_mem import follow_request
        from hmp.machine.devices.virtio_mem import VirtioMem

        for device in self._machine.memory_devices:
            if device.config_changed:
                device.config_changed = False
                assert isinstance(device, VirtioMem)
                follow_request(self._machine, device, self.policy.max_virtio_mem)

    def unplug_outcome(self, device: Dimm) -> str:
        """What becomes of a request to let a DIMM go: release, refuse or hang."""
        for answer, counts in self.unplug_outcomes.items():
            if counts[device.identifier] > 0:
                counts[device.identifier] -= 1
                return answer
        return self.policy.unplug or (RELEASE if self.memory.can_release(device) else REFUSE)

    def release(self) -> None:
        """Go on, and let go what hangs."""
        self.held = False
        self.slots.release_hanging()

    def on_power_button(self) -> None:
        """Somebody pressed the power button; an interrupt like any other."""
        self._button = self.state == UP and self.policy.power_button == POWER_OFF

    def on_reset(self) -> None:
        """The machine was reset: whatever was under way is forgotten, and the guest boots when the
        machine runs.
        """
        self._end_life()
        self._is_over = False

    def on_power_off(self) -> None:
        """The guest is over until the next reset."""
        self._end_life()
        self._is_over = True

    def _end_life(self) -> None:
        self._life += 1
        self.state, self._button = OFF, False
        self._ready.clear()
        self._heard.clear()
        self.slots.forget()
        self.memory.forget()
