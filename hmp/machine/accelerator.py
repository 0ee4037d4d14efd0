"""The accelerators: their properties, which of them can start on this host, and what follows for
the CPUs, none of which runs (docs/qemu-behaviour/cpus.md §5).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import ClassVar

from hmp.errors import HostCallError, HostError
from hmp.machine.qom.object import Object
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    HostPath,
    Integer,
    Property,
    PropertyValueError,
    Text,
)
from hmp.machine.system_calls import O_RDWR, close, open_file

EMULATED_PHYS_BITS = 40


class AcceleratorStartError(HostError):
    """The host does not have what an accelerator needs; `reason` is what is missing."""

    def __init__(self, name: str, reason: str, code: int) -> None:
        super().__init__(f"failed to initialize {name}: {os.strerror(code)}")
        self.name, self.reason, self.errno = name, reason, code


class Accelerator(Object):
    """An accelerator; `label` is what QEMU calls it in messages."""

    ancestors: ClassVar[tuple[str, ...]] = ("accel",)
    accel_name: ClassVar[str] = ""
    runs_cpus: ClassVar[bool] = True

    @property
    def label(self) -> str:
        """What QEMU calls it when it falls back to it."""
        return self.accel_name

    @property
    def is_kvm(self) -> bool:
        """Whether it is KVM."""
        return False

    def start(self) -> None:
        """Raise AcceleratorStartError when the host does not have it."""

    def vendor(self, of_model: str) -> str:
        """Return the vendor of a CPU whose model has another one."""
        return of_model

    def phys_bits(
        self, asked: int, from_host: bool, limit: int, warn: Callable[[str], None]
    ) -> int:
        """Return the width of the guest-physical addresses of a 64-bit CPU.

        `asked` is phys-bits, 0 when it is not given; `from_host` and `limit` are host-phys-bits and
        host-phys-bits-limit, which only KVM looks at.
        """
        return asked or EMULATED_PHYS_BITS


class TcgAccelerator(Accelerator):
    """QEMU's own emulation, the default."""

    type_name = "tcg-accel"
    accel_name = "tcg"

    one_insn_per_tb = Property(
        Boolean(), "Only put one guest insn in each translation block", default=False
    )
    thread = Property(Text(), default="multi")
    tb_size = Property(Integer(32, label="int"), "TCG translation block cache size", default=0)
    split_wx = Property(Boolean(), "Map jit pages into separate RW and RX regions", default=False)

    @thread.setter
    def _set_thread(self, value: str) -> None:
        if value not in ("single", "multi"):
            raise PropertyValueError("thread", value, f"Invalid 'thread' setting {value}")
        self.thread = value


class QtestAccelerator(Accelerator):
    """No CPU at all, for QEMU's own tests."""

    type_name = "qtest-accel"
    accel_name = "qtest"
    runs_cpus = False


class KvmAccelerator(Accelerator):
    """The host's KVM. Here it is only asked whether it is there."""

    type_name = "kvm-accel"
    accel_name = "kvm"

    notify_window = Property(
        Integer(32),
        "Clock cycles without an event window after which a notification VM exit occurs",
        default=0,
    )
    dirty_ring_size = Property(
        Integer(32),
        "Size of KVM dirty page ring buffer (default: 0, i.e. use bitmap)",
        default=0,
    )
    honor_guest_pat = Property(
        Enumeration("OnOffAuto", "auto", "on", "off"),
        "Disable KVM quirk that ignores guest PAT memory type settings (default: auto)",
        default="auto",
    )
    device = Property(
        HostPath(), "Path to the device node to use (default: /dev/kvm)", default="/dev/kvm"
    )
    rapl_helper_socket = Property(
        HostPath(), "Socket Path for comminucating with the Virtual MSR helper daemon", default=""
    )
    xen_version = Property(
        Integer(32),
        "Xen version to be emulated (in XENVER_version form e.g. 0x4000a for 4.10)",
        default=0,
    )
    kvm_shadow_mem = Property(
        Integer(64, signed=True, label="int"), "KVM shadow MMU size", default=-1
    )
    notify_vmexit = Property(
        Enumeration("NotifyVMexitOption", "run", "internal-error", "disable"),
        "Enable notify VM exit",
        default="run",
    )
    xen_gnttab_max_frames = Property(
        Integer(16), "Maximum number of grant table frames", default=64
    )
    kernel_irqchip = Property(
        Enumeration("on|off|split", "on", "off", "split"),
        "Configure KVM in-kernel irqchip",
        default="on",
    )
    rapl = Property(
        Boolean(), "Allow energy related MSRs for RAPL interface in Guest", default=False
    )
    xen_evtchn_max_pirq = Property(Integer(16), "Maximum number of Xen PIRQs", default=256)

    @dirty_ring_size.setter
    def _set_dirty_ring_size(self, value: int) -> None:
        if value & (value - 1):
            raise PropertyValueError(
                "dirty-ring-size", value, "dirty-ring-size must be a power of two."
            )
        self.dirty_ring_size = value

    @property
    def label(self) -> str:
        return "KVM"

    @property
    def is_kvm(self) -> bool:
        return True

    def start(self) -> None:
        open_device("kvm", self.device, "Could not access KVM kernel module: {}")

    def vendor(self, of_model: str) -> str:
        from hmp.machine.memory.host import host_cpu

        return host_cpu().vendor or of_model

    def phys_bits(
        self, asked: int, from_host: bool, limit: int, warn: Callable[[str], None]
    ) -> int:
        from hmp.machine.memory.host import host_cpu

        host = host_cpu().phys_bits
        if host and asked not in (0, host):
            warn(f"Host physical bits ({host}) does not match phys-bits property ({asked})")
        if host and from_host:
            return min(host, limit) if limit else host
        return super().phys_bits(asked, from_host, limit, warn)


class MshvAccelerator(Accelerator):
    """Microsoft's hypervisor."""

    type_name = "mshv-accel"
    accel_name = "mshv"

    def start(self) -> None:
        open_device("mshv", "/dev/mshv", "Failed to open /dev/mshv: {}", errno.EPERM)


class NitroAccelerator(Accelerator):
    """Amazon's enclaves."""

    type_name = "nitro-accel"
    accel_name = "nitro"

    enclave_cid = Property(Integer(64), "Enclave CID (0 = auto-assigned by Nitro)", default=0)
    debug_mode = Property(
        Boolean(), "Start enclave in debug mode (enables console output)", default=False
    )

    def start(self) -> None:
        open_device("nitro", "/dev/nitro_enclaves", "nitro: failed to open /dev/nitro_enclaves: {}")


ACCELERATORS: dict[str, type[Accelerator]] = {
    kind.accel_name: kind
    for kind in (
        TcgAccelerator,
        QtestAccelerator,
        KvmAccelerator,
        MshvAccelerator,
        NitroAccelerator,
    )
}

# Those of QEMU's build that query-accelerators lists, in its order.
PRESENT = ("kvm", "mshv", "qtest", "tcg")


def open_device(name: str, path: str, reason: str, code: int = 0) -> None:
    """Open the device of an accelerator for a moment.

    Raises:
        AcceleratorStartError: It can't be opened; `code` is the errno that QEMU shows then, if not
            that of the host.
    """
    try:
        close(open_file(path.encode("latin-1"), O_RDWR))
    except HostCallError as error:
        raise AcceleratorStartError(
            name, reason.format(os.strerror(error.errno)), code or error.errno
        ) from None


def is_kvm_in_use(accelerator: Accelerator) -> bool:
    """Return whether KVM was asked for, and this process may use it."""
    if not accelerator.is_kvm:
        return False
    try:
        accelerator.start()
    except AcceleratorStartError:
        return False
    return True
