"""What a machine's CPUs are, as far as anything else depends on it."""

from __future__ import annotations

from hmp.machine.boards.types import Board
from hmp.record import Record

TYPE_SUFFIX = "-x86_64-cpu"
# The types above that of every model.
ANCESTORS = ("x86_64-cpu", "cpu", "device")
AMD = "AuthenticAMD"


class Cpu(Record):
    """The CPUs of a machine, all alike.

    `signature` is family, model and stepping as CPUID has them, and EDX after a reset. `phys_bits`
    is the width of a guest-physical address; `has_long_mode`: it is a 64-bit CPU;
    `has_topoext`: an AMD CPU that can tell the guest of threads; `has_apic`: it has an interrupt
    controller of its own.
    """

    model: str
    vendor: str
    phys_bits: int
    has_long_mode: bool
    has_topoext: bool = False
    has_x2apic: bool = False
    signature: int = 0
    has_apic: bool = True

    @property
    def type_name(self) -> str:
        """The QOM type."""
        return self.model + TYPE_SUFFIX

    @property
    def is_amd(self) -> bool:
        """Whether AMD made it: addresses below 1 TiB are reserved then."""
        return self.vendor == AMD


def cpu_signature(family: int, model: int, stepping: int) -> int:
    """Return the signature of a CPU, in which the upper parts of large numbers have fields of their
    own. Model max has no numbers of its own, and gets TCG's.
    """
    if not family:
        family, model, stepping = TCG_SIGNATURE
    upper = max(family - 15, 0) << 20 | model >> 4 << 16
    return upper | min(family, 15) << 8 | (model & 15) << 4 | stepping


# Family, model and stepping (experiment: dump-guest-memory with -cpu max).
TCG_SIGNATURE = 6, 6, 3
# As `hmp/machine/cpus/models.json` has them, which need not be read for these.
_DEFAULTS = {
    "qemu64": Cpu("qemu64", AMD, 40, True, signature=0x60FB1),
    "486": Cpu("486", "GenuineIntel", 32, False, signature=0x480, has_apic=False),
}


def default_cpu(board: Board) -> Cpu:
    """Return the CPU of a machine type for which none is asked."""
    return _DEFAULTS[board.cpu_model]
