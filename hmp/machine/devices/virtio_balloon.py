"""virtio-balloon: memory that the guest gives back to the host, page by page, as it is asked to
(docs/qemu-behaviour/devices.md §13).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from hmp.errors import HostError, ParameterError, StateError
from hmp.machine import balloon
from hmp.machine.devices.pci.device import PciDevice
from hmp.machine.devices.virtio import (
    PRIVATE_DISCARD_WARNING,
    VirtioDevice,
    VirtioForms,
    VirtioPciGeneric,
    VirtioPciInterrupts,
)
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import Integer, Link, Property, Structure, bool_property
from hmp.units import ALL_ONES_64, PAGE_SIZE, U32

if TYPE_CHECKING:
    from hmp.machine.machine import Machine
    from hmp.machine.timers import Timer

UNKNOWN = ALL_ONES_64
"""What is shown of a statistic that the guest has not reported."""
# In the order in which QEMU lists them.
STATISTICS = (
    "stat-htlb-pgalloc",
    "stat-swap-out",
    "stat-alloc-stalls",
    "stat-available-memory",
    "stat-direct-reclaims",
    "stat-direct-scans",
    "stat-htlb-pgfail",
    "stat-free-memory",
    "stat-minor-faults",
    "stat-major-faults",
    "stat-total-memory",
    "stat-oom-kills",
    "stat-async-reclaims",
    "stat-swap-in",
    "stat-async-scans",
    "stat-disk-caches",
)
# A request of the guest has at most 256 pages of 4 KiB, and QEMU discards a larger page of the host
# only when one request has all of it (docs/qemu-behaviour/devices.md §13).
REQUEST_BYTES = 256 * PAGE_SIZE


class BalloonExistsError(StateError):
    """The machine has a balloon already."""

    def __init__(self) -> None:
        super().__init__("Only one balloon device is supported")


class FreePageHintError(StateError):
    """Hints of free pages are read in an iothread."""

    parameter = "free-page-hint"

    def __init__(self) -> None:
        super().__init__("'free-page-hint' requires 'iothread' to be set")


class PollingIntervalError(ParameterError):
    """The seconds between two requests of statistics are no number of 32 bits."""

    def __init__(self, value: int, message: str) -> None:
        super().__init__("guest-stats-polling-interval", message)
        self.value = value


class VirtioBalloon(VirtioDevice):
    """virtio-balloon-device.

    `target_pages` is how many pages of 4 KiB the guest is asked for, `actual_pages` how many it
    says to have given. `config_changed`: the guest was notified of another target and has not
    looked at it yet; `stats_requested`: it was asked for statistics and has not answered.
    """

    type_name = "virtio-balloon-device"
    has_legacy_form = True
    category = "Misc"

    deflate_on_oom = bool_property(False)
    free_page_hint = bool_property(False)
    page_poison = bool_property(True)
    free_page_reporting = bool_property(False)
    iothread: Property[Object | None] = Property(Link("iothread"))
    guest_stats: Property[dict[str, object]] = Property(
        Structure("guest statistics"), settable=False
    )
    guest_stats_polling_interval = Property(
        Integer(64, signed=True, label="int"), default=0, settable_when_realized=True
    )

    def __init__(self) -> None:
        super().__init__()
        self.target_pages = self.actual_pages = 0
        self.config_changed = self.stats_requested = False
        self.stats: Mapping[str, int] = {}
        self._last_update = 0
        self._machine: Machine | None = None
        self._timer: Timer | None = None

    @property
    def region_label(self) -> str:
        return "virtio-balloon"

    @guest_stats.getter
    def _get_guest_stats(self) -> dict[str, object]:
        return {
            "stats": {name: self.stats.get(name, UNKNOWN) for name in STATISTICS},
            "last-update": self._last_update,
        }

    @guest_stats_polling_interval.setter
    def _set_polling_interval(self, value: int) -> None:
        if value < 0:
            raise PollingIntervalError(value, "timer value must be greater than zero")
        if value >= U32:
            raise PollingIntervalError(value, "timer value is too big")
        before = self.guest_stats_polling_interval
        self.guest_stats_polling_interval = value
        if value == before:
            return
        if not before:
            self.stats_requested = True
        else:
            self._restart_timer()

    def _restart_timer(self) -> None:
        """Ask for statistics in so many seconds, and no more at an earlier time."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        interval = self.guest_stats_polling_interval
        if interval and self._machine:
            self._timer = self._machine.guest_timers.call_later(interval, self._request_stats)
        self.stats_requested = self.stats_requested and bool(interval)

    def _request_stats(self) -> None:
        self._timer, self.stats_requested = None, True

    def check_realizable(self, machine: Machine) -> None:
        if machine.balloon:
            raise BalloonExistsError
        if self.free_page_hint and not self.iothread:
            raise FreePageHintError

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        self._machine, machine.balloon = machine, self
        self.config_changed = True

    def unplug(self, machine: Machine) -> None:
        # `qom-set DEVICE realized off` may have taken it out before.
        if machine.balloon is self:
            machine.balloon = None
        self._machine = None
        self._restart_timer()
        super().unplug(machine)

    def reset(self) -> None:
        """Forget the statistics; target and reported size stay."""
        self.stats, self._last_update = {}, 0
        self.stats_requested = False

    def ask_for(self, pages: int) -> None:
        """Notify the guest that it is to give back so many pages."""
        self.target_pages, self.config_changed = pages, True

    def report_pages(self, machine: Machine, pages: int) -> None:
        """Take the guest's report of how many pages it has given back."""
        if pages != self.actual_pages:
            self.actual_pages = pages
            machine.events.emit("BALLOON_CHANGE", actual=balloon.actual_size(machine, self))

    def report_stats(self, stats: Mapping[str, int]) -> None:
        """Take the guest's statistics; those that it leaves out are unknown from now on."""
        self.stats, self._last_update = stats, int(time.time())
        self.stats_requested = False
        self._restart_timer()

    def give_back(self, machine: Machine, start: int, size: int) -> None:
        """Give guest-physical memory that the guest does not use back to the host.

        It reads as zeros then. Memory that the host can't take back stays as it is.
        """
        for segment in machine.address_space.segments(start, size):
            memory = segment.range.mapping if segment.range else None
            if segment.range is None or memory is None or not memory.writable:
                continue
            if memory.page_size > REQUEST_BYTES:
                machine.warn_once(
                    "Balloon used with backing page size > 4kiB, this may not be reliable"
                )
                continue
            if memory.is_file_backed and not memory.shared:
                machine.warn_once(PRIVATE_DISCARD_WARNING)
            with suppress(HostError):
                memory.discard(segment.range.host_offset(segment.addr), segment.size)


class VirtioBalloonPciBase(VirtioPciInterrupts):
    """A virtio-balloon on a PCI bus."""

    ancestors = ("virtio-balloon-pci-base", "virtio-pci", *PciDevice.ancestors)
    device_class = VirtioBalloon
    vdev: VirtioBalloon


class VirtioBalloonPci(VirtioPciGeneric, VirtioBalloonPciBase):
    """virtio-balloon-pci."""

    type_name = "virtio-balloon-pci"


class VirtioBalloonPciTransitional(VirtioBalloonPciBase):
    """virtio-balloon-pci-transitional: always in both forms."""

    type_name = "virtio-balloon-pci-transitional"

    def forms(self) -> VirtioForms:
        return VirtioForms(legacy=True, modern=True)


class VirtioBalloonPciNonTransitional(VirtioBalloonPciBase):
    """virtio-balloon-pci-non-transitional: in the form of virtio 1 alone."""

    type_name = "virtio-balloon-pci-non-transitional"
