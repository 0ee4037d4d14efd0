"""From a model and its properties to the CPUs of a machine, with QEMU's warnings and errors in its
order (experiments: `-cpu qemu64,...` with one and with several things wrong).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import HmpError, StateError
from hmp.machine.cpus import topology
from hmp.machine.cpus.cpu import ANCESTORS, TYPE_SUFFIX, Cpu, cpu_signature
from hmp.machine.cpus.features import Features
from hmp.machine.cpus.options import CpuOptions
from hmp.machine.cpus.places import check_levels, check_node
from hmp.machine.cpus.properties import (
    CpuGlobalError,
    find_property,
    read_member,
    read_text,
)
from hmp.machine.cpus.recorded import HOST_MODELS, model_values
from hmp.machine.qom.globals import GlobalProperty

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

MIN_PHYS_BITS, TCG_PHYS_BITS = 32, 40
WIDE_32_BIT, NARROW_32_BIT = 36, 32
UNSET_GUEST_PHYS_BITS = (0, (1 << 32) - 1)
# What each version of AVX10 is made of.
AVX10_FLAGS = {
    1: ("avx10", "avx10-128", "avx10-256", "avx10-512"),
    2: ("avx10-vnni-int",),
}
HYPER_V_VENDOR = "Microsoft Hv"
AMD_MICROCODE, INTEL_MICROCODE = 0x1000065, 1 << 32


class AddressWidthError(StateError):
    """The guest-physical address width that is asked for is not possible."""

    parameter = "phys-bits"

    def __init__(self, message: str) -> None:
        super().__init__(message)


class CpuFactory:
    """Makes the CPUs of a machine."""

    def __init__(self, machine: Machine, options: CpuOptions) -> None:
        self.machine, self.options = machine, options
        self.type_name = options.model.name + TYPE_SUFFIX
        self.values = model_values(machine.board, options.model)
        # The names of the properties that -cpu sets.
        self.given: set[str] = set()
        self._warnings: list[str] = []
        self.has_cache_model = not self.values["legacy-cache"]

    def make(self) -> Cpu:
        """Return the CPUs; warnings come once for each.

        Raises:
            HmpError: The first property that is wrong.
        """
        self.apply_properties()
        if not self.machine.has_cpu:
            raise StateError("apic-id property was not initialized properly")
        check_levels(self.values, 0, topology.levels_of(self.machine.topology, 0))
        check_node(self.machine, self.values, 0)
        cpu = self.finish()
        for index in range(1, self.machine.cpu_count):
            check_node(self.machine, self.values, index)
        self._warn_of_the_others(cpu)
        return cpu

    def finish(self) -> Cpu:
        """Return what the properties make of a CPU; emit its warnings.

        Raises:
            HmpError: The first property that the CPU can't have.
        """
        self._apply_switches()
        if self.options.model.name == "host" and not self.machine.accelerator.is_kvm:
            raise StateError("CPU model 'host' requires KVM or HVF")
        features = Features(self.values, self.given)
        self._warnings = list(features.warnings(self.machine.accelerator))
        for line in self._warnings:
            self.machine.warn(line)
        features.enforce()
        cpu = self._cpu(features)
        if not (self.values["legacy-cache"] or self.has_cache_model):
            raise StateError(f"CPU model '{cpu.model}' doesn't support legacy-cache=off")
        features.update_synonyms()
        self._complete(cpu, features)
        return cpu

    def _complete(self, cpu: Cpu, features: Features) -> None:
        """Set what the CPU itself chooses (experiment: qom-get of every property of a few)."""
        machine, values = self.machine, self.values
        is_shared = topology.possible_count(machine.topology) > machine.topology["sockets"]
        values |= {
            "phys-bits": cpu.phys_bits,
            "unavailable-features": features.lacking,
            "hv-vendor-id": values["hv-vendor-id"] or HYPER_V_VENDOR,
            "ucode-rev": values["ucode-rev"] or (AMD_MICROCODE if cpu.is_amd else INTEL_MICROCODE),
            "ht": is_shared,
            "cmp-legacy": is_shared and cpu.is_amd,
            "cmp_legacy": is_shared and cpu.is_amd,
        }
        if values["guest-phys-bits"] == UNSET_GUEST_PHYS_BITS[1]:
            values["guest-phys-bits"] = 0

    def apply_properties(self) -> None:
        """Set what -global sets, then what `name=value` of -cpu does, which QEMU takes for more of
        the same.
        """
        types = (self.type_name, *ANCESTORS)
        of_model = [GlobalProperty(self.type_name, *item) for item in self.options.properties]
        for item in (*self.machine.globals.of_types(types), *of_model):
            try:
                known = find_property(self.options.model.name, self.type_name, item.name)
                self.set(item.name, read_text(known, item.value))
            except HmpError as error:
                raise CpuGlobalError(item, error) from None

    def board_values(self) -> dict[str, object]:
        """Return what the properties of the CPUs have become that the machine was started with."""
        self.apply_properties()
        self._apply_switches()
        features = Features(self.values, self.given)
        for _warning in features.warnings(self.machine.accelerator):
            pass  # It was given at the start.
        features.update_synonyms()
        width = {"phys-bits": self.machine.cpu.phys_bits}
        if self.values["guest-phys-bits"] in UNSET_GUEST_PHYS_BITS:
            width["guest-phys-bits"] = 0
        return {**self.values, **width, "unavailable-features": features.lacking}

    def _apply_switches(self) -> None:
        """Set what `+name` and `-name` set."""
        for names, value in (
            (self.options.switched_on, True),
            (self.options.switched_off, False),
        ):
            for name in names:
                item = find_property(self.options.model.name, self.type_name, name)
                self.set(name, read_member(item, value))

    def set(self, name: str, value: object) -> None:
        """Set a property to a value that was read."""
        self.values[name] = value
        self.given.add(name)
        if name == "avx10-version":
            # A lower version later takes none away (experiment: 2, then 1).
            for needed, flags in AVX10_FLAGS.items():
                if int(str(value)) >= needed:
                    self.values.update(dict.fromkeys(flags, True))

    def _cpu(self, features: Features) -> Cpu:
        return Cpu(
            self.options.model.name,
            self._vendor(),
            self._phys_bits(features),
            features.has("lm"),
            features.has("topoext"),
            features.has("x2apic"),
            cpu_signature(*(int(str(self.values[key])) for key in ("family", "model", "stepping"))),
            features.has("apic"),
        )

    def _vendor(self) -> str:
        of_model = str(self.values["vendor"])
        return of_model if "vendor" in self.given else self.machine.accelerator.vendor(of_model)

    def _phys_bits(self, features: Features) -> int:
        asked = int(str(self.values["phys-bits"]))
        guest = int(str(self.values["guest-phys-bits"]))
        if not features.has("lm"):
            for name, bits in (("phys-bits", asked), ("guest-phys-bits", guest)):
                if bits and (name, bits) != ("guest-phys-bits", UNSET_GUEST_PHYS_BITS[1]):
                    raise AddressWidthError(f"{name} is not user-configurable in 32 bit")
            wide = features.has("pae") or features.has("pse36")
            return WIDE_32_BIT if wide else NARROW_32_BIT
        bits = self.machine.accelerator.phys_bits(
            asked,
            self._follows_host(),
            int(str(self.values["host-phys-bits-limit"])),
            self.machine.warn,
        )
        if bits < MIN_PHYS_BITS:
            raise AddressWidthError(f"phys-bits should be at least {MIN_PHYS_BITS} (but is {bits})")
        if guest not in UNSET_GUEST_PHYS_BITS and not MIN_PHYS_BITS <= guest <= bits:
            raise AddressWidthError(
                f"guest-phys-bits should be between {MIN_PHYS_BITS} and {bits}  (but is {guest})"
            )
        return bits

    def _follows_host(self) -> bool:
        """Return whether the width is to be the host's: under KVM that of two models is."""
        if "host-phys-bits" in self.given:
            return self.values["host-phys-bits"] is True
        return self.options.model.name in HOST_MODELS

    def _warn_of_the_others(self, cpu: Cpu) -> None:
        topology.warn_of_threads(self.machine, cpu)
        for _index in range(1, self.machine.cpu_count):
            for line in self._warnings:
                self.machine.warn(line)
        topology.check_apic_ids(self.machine, cpu)
