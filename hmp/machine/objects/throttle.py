"""throttle-group: limits of drives, given at once as `limits`, or one by one as `x-...`."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from hmp.errors import InputError, StateError
from hmp.machine.qapi.types import Described
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Integer, Property, PropertyValueError

MAX_RATE = 10**15
MAX_LENGTH = (1 << 32) - 1
_PARTS = ("", "-max", "-max-length")
KINDS = tuple(f"{unit}-{way}" for unit in ("iops", "bps") for way in ("total", "read", "write"))
"""Each has a rate, a rate of bursts (`-max`), and how many seconds one may last (`-max-length`)."""


# Without a burst its length is a second.
DEFAULT_LIMITS = {
    **{f"{kind}{part}": int(part == "-max-length") for kind in KINDS for part in _PARTS},
    "iops-size": 0,
}


class ThrottleError(InputError):
    """Limits that contradict each other, or that no drive can have."""


class Limit(NamedTuple):
    """A limit: operations or bytes a second, on average and in a burst, and its seconds."""

    average: int
    burst: int
    length: int


def check_limits(limits: dict[str, int]) -> None:
    """Raise ThrottleError for the first rule of QEMU that limits break (found by experiment)."""
    found = {
        # QEMU keeps the length in 32 bits.
        kind: Limit(limits[kind], limits[f"{kind}-max"], limits[f"{kind}-max-length"] & MAX_LENGTH)
        for kind in KINDS
    }
    for unit in ("bps", "iops"):
        total, *parts = (found[f"{unit}-{way}"] for way in ("total", "read", "write"))
        for field in (0, 1):
            if total[field] and any(part[field] for part in parts):
                raise ThrottleError(
                    "bps/iops/max total values and read/write values cannot be used at the same "
                    "time"
                )
    rates = (found[f"iops-{way}"].average for way in ("total", "read", "write"))
    if limits["iops-size"] and not any(rates):
        raise ThrottleError("iops size requires an iops value to be set")
    for unit in ("bps", "iops"):
        for way in ("total", "read", "write"):
            _check_limit(found[f"{unit}-{way}"])


def _check_limit(limit: Limit) -> None:
    if not 0 <= limit.average <= MAX_RATE or not 0 <= limit.burst <= MAX_RATE:
        raise ThrottleError(f"bps/iops/max values must be within [0, {MAX_RATE}]")
    if not limit.length:
        raise ThrottleError("the burst length cannot be 0")
    if limit.length > 1 and not limit.burst:
        raise ThrottleError("burst length set without burst rate")
    if limit.length > 1 and limit.burst > MAX_RATE // limit.length:
        raise ThrottleError("burst length too high for this burst rate")
    if limit.burst and not limit.average:
        raise ThrottleError("bps_max/iops_max require corresponding bps/iops values")
    if limit.burst and limit.burst < limit.average:
        raise ThrottleError("bps_max/iops_max cannot be lower than bps/iops")


class LimitProperty(Property[int]):
    """One limit, as a number."""

    def __init__(self, name: str) -> None:
        super().__init__(Integer(64, signed=True, label="int"), name=name)

    @property
    def limit(self) -> str:
        """Its name among the limits."""
        return self.name.removeprefix("x-")

    def get(self, instance: object) -> object:
        assert isinstance(instance, ThrottleGroup)
        return instance.values[self.limit]

    def set(self, instance: object, value: object) -> None:
        assert isinstance(instance, ThrottleGroup) and isinstance(value, int)
        if instance.parent is not None:
            raise StateError("Property cannot be set after initialization")
        if value < 0:
            raise PropertyValueError(self.name, value, "Property values cannot be negative")
        if self.name.endswith("length") and value > MAX_LENGTH:
            # QEMU leaves out a blank.
            raise PropertyValueError(
                self.name, value, f"{self.name} value must be in therange [0, {MAX_LENGTH}]"
            )
        instance.values[self.limit] = value


class LimitsProperty(Property[dict[str, int]]):
    """All limits at once."""

    def get(self, instance: object) -> object:
        assert isinstance(instance, ThrottleGroup)
        return dict(instance.values)

    def set(self, instance: object, value: object) -> None:
        assert isinstance(instance, ThrottleGroup) and isinstance(value, dict)
        limits = instance.values | value
        for name, number in limits.items():
            if name.endswith("length") and number > MAX_LENGTH:
                raise PropertyValueError(
                    name, number, f"{name} value must be in the range [0, {MAX_LENGTH}]"
                )
        check_limits(limits)
        instance.values = limits


class ThrottleGroup(UserObject):
    """throttle-group: `values` are its limits, by name."""

    type_name = "throttle-group"
    limits = LimitsProperty(Described("ThrottleLimits", "limits"))
    # A declaration each, as QEMU has them.
    single: ClassVar[tuple[LimitProperty, ...]] = tuple(
        LimitProperty(f"x-{name}") for name in DEFAULT_LIMITS
    )

    def __init__(self) -> None:
        super().__init__()
        self.values = dict(DEFAULT_LIMITS)

    def complete(self) -> None:
        check_limits(self.values)


ThrottleGroup.declared = (*ThrottleGroup.declared, *ThrottleGroup.single)
ThrottleGroup.by_name.update((item.name, item) for item in ThrottleGroup.single)
