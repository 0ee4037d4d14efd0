"""qmp_capabilities, and query-version, -name, -uuid, -kvm and -target."""

from __future__ import annotations

from hmp.machine.accelerator import PRESENT, is_kvm_in_use
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.context import Context
from hmp.qmp.messages import version
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, Enumeration, List, Structure

# Every target of QEMU, as its schema lists them.
TARGETS = Enumeration.of(
    "aarch64 alpha arm avr hexagon hppa i386 loongarch64 m68k microblaze mips mips64 mips64el "
    "mipsel or1k ppc ppc64 riscv32 riscv64 rx s390x sh4 sh4eb sparc sparc64 "
    "tricore x86_64 xtensa xtensaeb"
)
TARGET = "x86_64"
ACCELERATORS = Enumeration.of("hvf kvm mshv nvmm qtest tcg whpx xen")


def negotiate(ctx: Context, arguments: Arguments) -> object:
    """Enter command mode."""
    ctx.negotiate(arguments.get("enable", []))
    return {}


def query_version(ctx: Context, arguments: Arguments) -> object:
    """Return QEMU's version and our package."""
    return version()


def query_name(ctx: Context, arguments: Arguments) -> object:
    """Return the name that -name gave."""
    return {} if ctx.machine.name is None else {"name": ctx.machine.name}


def query_vm_generation_id(ctx: Context, arguments: Arguments) -> object:
    """Return the id of a vmgenid device; raise NoGenerationIdError without one."""
    from hmp.machine.queries import generation_id

    return {"guid": generation_id(ctx.machine)}


def query_uuid(ctx: Context, arguments: Arguments) -> object:
    """Return the UUID that -uuid gave."""
    return {"UUID": ctx.machine.uuid}


def query_kvm(ctx: Context, arguments: Arguments) -> object:
    """Return whether KVM is in use; QEMU's build could use it, so it is `present`."""
    return {"enabled": is_kvm_in_use(ctx.machine.accelerator), "present": True}


def query_accelerators(ctx: Context, arguments: Arguments) -> object:
    """Return the accelerator in use, and those of QEMU's build."""
    return {"enabled": ctx.machine.accelerator.accel_name, "present": list(PRESENT)}


def query_target(ctx: Context, arguments: Arguments) -> object:
    """Return the architecture of the guest."""
    return {"arch": TARGET}


def query_current_machine(ctx: Context, arguments: Arguments) -> object:
    """Return whether the guest could be woken from a suspended state: by the board's ACPI."""
    return {"wakeup-suspend-support": ctx.machine.board.pci_ports != 0}


_NUMBERS = Structure({"major": INTEGER, "minor": INTEGER, "micro": INTEGER})
COMMANDS = (
    QmpCommand(
        "qmp_capabilities",
        negotiate,
        (Parameter("enable", List(Enumeration(("oob",))), optional=True),),
    ),
    QmpCommand(
        "query-version", query_version, (), Structure({"qemu": _NUMBERS, "package": STRING})
    ),
    QmpCommand("query-name", query_name, (), Structure({"name?": STRING})),
    QmpCommand("query-uuid", query_uuid, (), Structure({"UUID": STRING})),
    QmpCommand("query-vm-generation-id", query_vm_generation_id, (), Structure({"guid": STRING})),
    QmpCommand(
        "query-kvm",
        query_kvm,
        (),
        Structure({"enabled": BOOLEAN, "present": BOOLEAN}),
    ),
    QmpCommand(
        "query-accelerators",
        query_accelerators,
        (),
        Structure({"enabled": ACCELERATORS, "present": List(ACCELERATORS)}),
    ),
    QmpCommand("query-current-machine", query_current_machine, is_recorded=True),
    QmpCommand("query-target", query_target, (), Structure({"arch": TARGETS})),
)
