"""The accelerator that a machine is started with: a name, since no CPU runs, and what follows from
it for the CPUs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hmp.errors import HostCallError
from hmp.machine.memory.host import host_cpu
from hmp.machine.system_calls import O_RDWR, close, open_file

KVM_DEVICE = b"/dev/kvm"
EMULATED_PHYS_BITS = 40


class Accelerator(NamedTuple):
    """An accelerator by its name in `-accel`."""

    name: str = "tcg"

    @property
    def is_kvm(self) -> bool:
        """Whether KVM was asked for."""
        return self.name == "kvm"

    @property
    def is_tcg(self) -> bool:
        """Whether QEMU would emulate the CPUs itself, with the features that it has."""
        return self.name == "tcg"

    @property
    def is_kvm_enabled(self) -> bool:
        """Whether KVM was asked for, and this process may use the host's."""
        return self.is_kvm and has_kvm()

    def vendor(self, of_model: str) -> str:
        """Return the vendor of a CPU whose model has another one: under KVM that of the host."""
        return (host_cpu().vendor or of_model) if self.is_kvm else of_model

    def phys_bits(
        self, asked: int, from_host: bool, limit: int, warn: Callable[[str], None]
    ) -> int:
        """Return the width of the guest-physical addresses of a 64-bit CPU.

        `asked` is phys-bits, 0 when it is not given; `from_host` and `limit` are host-phys-bits and
        host-phys-bits-limit, which only KVM looks at.
        """
        host = host_cpu().phys_bits if self.is_kvm else 0
        if host and asked not in (0, host):
            warn(f"Host physical bits ({host}) does not match phys-bits property ({asked})")
        if host and from_host:
            return min(host, limit) if limit else host
        return asked or EMULATED_PHYS_BITS


def has_kvm() -> bool:
    """Return whether this process may use the host's KVM."""
    try:
        close(open_file(KVM_DEVICE, O_RDWR))
    except HostCallError:
        return False
    return True
