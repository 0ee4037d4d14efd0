"""The notes of a dump: the registers of each CPU, for debuggers (NT_PRSTATUS) and for QEMU's own
tools (docs/qemu-behaviour/dump.md §3). No CPU runs, so they are those after a reset.
"""

from __future__ import annotations

import struct

from hmp.machine.cpus.registers import (
    CODE,
    DATA,
    LDT,
    RESET_CR0,
    RESET_CS,
    RESET_CS_BASE,
    RESET_RFLAGS,
    RESET_RIP,
    SEGMENT_LIMIT,
    TSS,
)

NT_PRSTATUS, QEMU_NOTE = 1, 0
QEMU_NOTE_VERSION = 1


def cpu_notes(signatures: dict[int, int]) -> bytes:
    """Return the notes of CPUs, by index: the status of each, then the state of each.

    After a reset EDX has their signature.
    """
    statuses = (_note("CORE", NT_PRSTATUS, _status(*item)) for item in signatures.items())
    states = (_note("QEMU", QEMU_NOTE, _state(signature)) for signature in signatures.values())
    return b"".join((*statuses, *states))


def _note(name: str, kind: int, description: bytes) -> bytes:
    owner = name.encode() + b"\0"
    padded = owner.ljust(-(-len(owner) // 4) * 4, b"\0")
    return struct.pack("<III", len(owner), len(description), kind) + padded + description


def _status(index: int, signature: int) -> bytes:
    """Return an elf_prstatus of 32 bits: real mode is that of an i386."""
    edx, eip, cs, eflags = signature, RESET_RIP, RESET_CS, RESET_RFLAGS
    return struct.pack("<24xI52xI36xIII12x", index + 1, edx, eip, cs, eflags)


def _state(signature: int) -> bytes:
    """Return the registers in QEMU's form: general ones, segments, control registers."""
    general = struct.pack("<24xQ96xQQ", signature, RESET_RIP, RESET_RFLAGS)
    code = _segment(RESET_CS, CODE, RESET_CS_BASE)
    # DS, ES, FS, GS and SS; LDT and TR; GDT and IDT.
    others = (*(DATA,) * 5, LDT, TSS, 0, 0)
    segments = code + b"".join(_segment(0, flags, 0) for flags in others)
    control = struct.pack("<Q40x", RESET_CR0)
    body = general + segments + control
    return struct.pack("<II", QEMU_NOTE_VERSION, 8 + len(body)) + body


def _segment(selector: int, flags: int, base: int) -> bytes:
    return struct.pack("<III4xQ", selector, SEGMENT_LIMIT, flags, base)
