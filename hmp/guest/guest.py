"""The simulated guest: it boots, handles hotplug interrupts and answers as a recorded Linux did
(docs/qemu-behaviour/qmp.md §B).

It acts through the ACPI registers and the virtio-mem requests only. `memory.py` is its view of its
memory.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from hmp.guest.acpi import MemoryHotplugDriver, eject_pending
from hmp.guest.memory import GuestMemory
from hmp.guest.policy import HANG, POWER_OFF, REFUSE, RELEASE, Policy

if TYPE_CHECKING:
    from hmp.guest.balloon import BalloonDriver
    from hmp.guest.cpus import CpuHotplugDriver
    from hmp.machine.devices.base import Device
    from hmp.machine.devices.dimm import Dimm
    from hmp.machine.machine import Machine

OFF, BOOTING, UP = "off", "booting", "up"


class Guest:
    """The guest of one machine.

    While `on_hold` it does nothing and forgets nothing. With `interrupts_masked` it loses every
    interrupt; the requests stay in the registers. `unplug_outcomes` overrule the policy: how many
    of the next unplugs of a DIMM or CPU, by id, are refused or hang.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.policy = Policy()
        self.memory = GuestMemory(machine)
        self.state = OFF
        self.on_hold = self.interrupts_masked = False
        self.unplug_outcomes: dict[str, Counter[str]] = {REFUSE: Counter(), HANG: Counter()}
        self.memory_hotplug = MemoryHotplugDriver(machine, self)
        self._run_queue: deque[Callable[[], None]] = deque()
        self._pending: set[str] = set()
        self._boot_generation = 0
        self._powered_off = self._button_pressed = False

    @cached_property
    def balloon(self) -> BalloonDriver:
        """The balloon driver, made when it is first asked for: most machines have no balloon."""
        from hmp.guest.balloon import BalloonDriver

        return BalloonDriver(self._machine, self)

    @cached_property
    def cpu_hotplug(self) -> CpuHotplugDriver:
        """The driver of the CPUs, made when it is first asked for: few machines plug any."""
        from hmp.guest.cpus import CpuHotplugDriver

        return CpuHotplugDriver(self._machine, self)

    @property
    def _has_cpu_requests(self) -> bool:
        return self._machine.ports.has_used_cpus

    @property
    def _has_balloon_driver(self) -> bool:
        return self._machine.balloon is not None or "balloon" in self.__dict__

    def change_policy(self, policy: Policy) -> None:
        """Follow another policy from now on.

        A new limit for virtio-mem or the balloon lets the driver look at its devices again.
        """
        balloon = self._machine.balloon
        if balloon:
            balloon.config_changed = True
        if policy.max_virtio_mem != self.policy.max_virtio_mem:
            # Only virtio-mem has a driver that looks at the flag.
            for device in self._machine.memory_devices:
                device.config_changed = device.label == "virtio-mem"
        self.policy = policy

    def run(self) -> None:
        """Do everything that can be done now; called while the machine runs."""
        # Each step may raise interrupts, so they are looked at before every one.
        while not self.on_hold:
            self._poll()
            if not self._run_queue:
                return
            self._run_queue.popleft()()

    def call_later(self, delay: float, action: Callable[[], None]) -> None:
        """Run an action in `delay` seconds, unless the guest is reset before.

        Without a delay it runs within the present `run`.
        """
        if not delay:
            self._run_queue.append(action)
            return
        # The timer outlasts a reset, the action must not.
        generation = self._boot_generation

        def enqueue() -> None:
            if generation == self._boot_generation:
                self._run_queue.append(action)

        self._machine.timers.call_later(delay, enqueue)

    def call_after_latency(self, action: Callable[[], None]) -> None:
        """Run an action after the time that the policy gives to each step."""
        self.call_later(self.policy.latency, action)

    def _poll(self) -> None:
        """Boot a machine that was switched on, or look for interrupts of a running system."""
        if self.state == OFF and not self._powered_off:
            self.state = BOOTING
            self.call_after_latency(self._boot)
        elif self.state == UP:
            self._handle_interrupts()

    def _boot(self) -> None:
        # The firmware runs even where no system boots.
        self._machine.run_state.run_firmware()
        if self.policy.has_os:
            self.call_later(self.policy.boot, self._on_booted)

    def _on_booted(self) -> None:
        self.state = UP
        # A booting kernel finds memory without ACPI, and interrupts from before its driver are
        # lost, while the flags in the slots stay (docs/qemu-behaviour/qmp.md §B1).
        self._forget_interrupts()
        self.memory.find_boot_memory()
        if self._has_cpu_requests:
            self.cpu_hotplug.on_boot()

    def _forget_interrupts(self) -> None:
        machine = self._machine
        machine.ports.memory.irq_pending = machine.ports.pci.irq_pending = False
        if self._has_cpu_requests:
            machine.ports.cpus.irq_pending = False

    def _handle_interrupts(self) -> None:
        machine = self._machine
        if self.interrupts_masked:
            self._forget_interrupts()
            self._button_pressed = False
            return
        self._schedule("memory slots", machine.ports.memory.irq_pending, self.memory_hotplug.scan)
        self._schedule(
            "PCI slots",
            machine.ports.pci.irq_pending,
            lambda: eject_pending(machine.ports.pci, self.balloon.on_eject),
        )
        if self._has_cpu_requests:
            self._schedule("CPUs", self.cpu_hotplug.has_work(), self.cpu_hotplug.scan)
        changed = any(device.config_changed for device in machine.memory_devices)
        self._schedule("virtio-mem", changed, self._run_drivers)
        if self._has_balloon_driver:
            self._schedule("balloon", self.balloon.has_work(), self.balloon.run)
        self._schedule("power button", self._button_pressed, machine.run_state.guest_shutdown)

    def _schedule(self, source: str, is_raised: bool, action: Callable[[], None]) -> None:
        """Handle a raised interrupt one step later; those raised until then are handled with it."""
        if not is_raised or source in self._pending:
            return
        self._pending.add(source)

        def handle() -> None:
            self._pending.discard(source)
            action()

        self.call_after_latency(handle)

    def _run_drivers(self) -> None:
        # Loaded when there is a virtio-mem: most machines have none.
        from hmp.guest.virtio_mem import resize_to_request
        from hmp.machine.devices.virtio_mem import VirtioMem

        for device in self._machine.memory_devices:
            if device.config_changed:
                device.config_changed = False
                assert isinstance(device, VirtioMem)
                resize_to_request(self._machine, device, self.policy.max_virtio_mem, self.balloon)
        self.balloon.settle()

    def mem_total(self) -> int:
        """Return MemTotal in bytes: online memory without the kernel's share and the balloon."""
        return max(self.memory.mem_total() - self.balloon.hidden_size, 0)

    def decided_outcome(self, device: Device) -> str:
        """Return what an action or the policy decides of a request to release a device; without
        either it is released.
        """
        for outcome, counts in self.unplug_outcomes.items():
            if counts[device.identifier] > 0:
                counts[device.identifier] -= 1
                return outcome
        return self.policy.unplug or RELEASE

    def unplug_outcome(self, device: Dimm) -> str:
        """Return what becomes of a request to release a DIMM: release, refuse or hang."""
        decided = self.decided_outcome(device)
        if decided != RELEASE or self.policy.unplug:
            return decided
        if not self.memory.can_release(device):
            return REFUSE
        # Linux tries for ever to find other pages (docs/qemu-behaviour/qmp.md §B1).
        return RELEASE if self.balloon.can_leave(device.addr, device.region_size) else HANG

    def release(self) -> None:
        """End a hold, and finish an unplug that hangs."""
        self.on_hold = False
        self.memory_hotplug.eject_stuck()
        if self._has_cpu_requests:
            self.cpu_hotplug.eject_stuck()

    def on_power_button(self) -> None:
        """Take note of the power button; a system that is up handles it like an interrupt."""
        self._button_pressed = self.state == UP and self.policy.power_button == POWER_OFF

    def on_reset(self) -> None:
        """Forget everything that was under way; the guest boots when the machine runs."""
        self._reset()
        self._powered_off = False

    def on_power_off(self) -> None:
        """Forget everything that was under way; the guest stays off until the next reset."""
        self._reset()
        self._powered_off = True

    def _reset(self) -> None:
        self._boot_generation += 1
        self.state, self._button_pressed = OFF, False
        self._run_queue.clear()
        self._pending.clear()
        self.memory_hotplug.reset()
        if self._has_cpu_requests:
            self.cpu_hotplug.reset()
        self.memory.clear()
        if self._has_balloon_driver:
            self.balloon.reset()
