"""What the machine and the program are: query-version, -name, -uuid, -kvm, -target, and the negotiation.

They only show; nothing is decided here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.qmp import message
from hmp.qmp.command import Arguments, Parameter, QmpCommand
from hmp.qmp.types import BOOLEAN, INTEGER, STRING, Enumeration, List, Structure

if TYPE_CHECKING:
    from hmp.qmp.session import Session

TARGETS = Enumeration.of(
    "aarch64 alpha arm avr hexagon hppa i386 loongarch64 m68k microblaze mips mips64 mips64el mipsel or1k "
    "ppc ppc64 riscv32 riscv64 rx s390x sh4 sh4eb sparc sparc64 tricore x86_64 xtensa xtensaeb")
TARGET = "x86_64"


def negotiate(session: Session, arguments: Arguments) -> object:
    """Enter command mode."""
    session.negotiate(arguments.get("enable", []))
    return {}


def query_version(session: Session, arguments: Arguments) -> object:
    """The reference's version and our package."""
    return message.version()


def query_name(session: Session, arguments: Arguments) -> object:
    """The name given with -name."""
    return {} if session.machine.name is None else {"name": session.machine.name}


def query_uuid(session: Session, arguments: Arguments) -> object:
    """The UUID given with -uuid."""
    return {"UUID": session.machine.uuid}


def query_kvm(session: Session, arguments: Arguments) -> object:
    """No hypervisor is in use, though the reference could."""
    return {"enabled": False, "present": True}


def query_target(session: Session, arguments: Arguments) -> object:
    """The architecture of the guest."""
    return {"arch": TARGET}


_NUMBERS = Structure({"major": INTEGER, "minor": INTEGER, "micro": INTEGER})
COMMANDS = (
    QmpCommand("qmp_capabilities", negotiate, (Parameter("enable", List(Enumeration(("oob",))), optional=True),)),
    QmpCommand("query-version", query_version, (), Structure({"qemu": _NUMBERS, "package": STRING})),
    QmpCommand("query-name", query_name, (), Structure({"name?": STRING})),
    QmpCommand("query-uuid", query_uuid, (), Structure({"UUID": STRING})),
    QmpCommand("query-kvm", query_kvm, (), Structure({"enabled": BOOLEAN, "present": BOOLEAN}),
               features=("deprecated",)),
    QmpCommand("query-target", query_target, (), Structure({"arch": TARGETS})),
)
