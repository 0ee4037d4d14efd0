"""The features that CPUs are asked for, and what is left of them."""

from __future__ import annotations

from collections.abc import Iterator

from hmp.errors import StateError
from hmp.machine.accelerator import Accelerator
from hmp.machine.cpus.recorded import (
    Values,
    dependencies,
    dependent_features,
    ignored_flags,
    synonyms,
    unsupported_features,
)

# Each excludes the other, and both are left out.
MPX, APX = "mpx", "apxf"


class MissingFeaturesError(StateError):
    """The accelerator lacks features that `enforce` demands."""

    def __init__(self, accelerator: str) -> None:
        super().__init__(f"{accelerator} doesn't support requested features")


class Features:
    """The flags of a CPU model; `given` are the names that -cpu sets, some by another name.

    `warnings` takes away what can't be, and must be called first; `lacking` has the names of it.
    """

    def __init__(self, values: Values, given: set[str]) -> None:
        self.values = values
        names = synonyms()
        for name in given & names.keys():
            values[names[name]] = values[name]
        self.given = {names.get(name, name) for name in given}
        self.lacking: list[str] = []
        self._lacks_avx10 = False

    def has(self, flag: str) -> bool:
        """Return whether the CPUs have a feature."""
        return self.values[flag] is True

    def warnings(self, accelerator: Accelerator) -> Iterator[str]:
        """Take away the features that can't be; yield QEMU's warnings of those asked for."""
        yield from self.drop_dependent()
        if accelerator.is_kvm:
            # What KVM supports depends on the host; these CPUs do not run.
            return
        shown = self.has("check") or self.has("enforce")
        for feature in unsupported_features():
            if self.has(feature.name):
                self.lacking.append(feature.name)
                if shown:
                    yield f"TCG doesn't support requested feature: {feature}"
        version = self.values["avx10-version"]
        if version:
            self._lacks_avx10 = True
            if shown:
                yield f"TCG doesn't support requested feature: avx10.{version}."
        for feature in unsupported_features():
            self.values[feature.name] = False

    def drop_dependent(self) -> Iterator[str]:
        """Take away the features that need others which are off; yield QEMU's warnings of those
        asked for.
        """
        lost = {
            name
            for flag, needing in dependencies().items()
            if not self.has(flag)
            for name in needing
            if self.has(name)
        }
        for feature in dependent_features():
            if feature.name in lost & self.given:
                yield (f"This feature depends on other features that were not requested: {feature}")
        self.values.update(dict.fromkeys((*lost, *ignored_flags()), False))

    def update_synonyms(self) -> None:
        """Give the other names of the flags their values."""
        for name, flag in synonyms().items():
            self.values[name] = self.values[flag]

    def enforce(self) -> None:
        """Raise MissingFeaturesError when a feature is lacking and must not."""
        if (self.lacking or self._lacks_avx10) and self.has("enforce"):
            raise MissingFeaturesError("TCG")
