"""A dump as an ELF core file: headers, notes, memory, and the names of the sections at the end
(docs/qemu-behaviour/dump.md §2). The values are QEMU's; those that the ELF standard names are not
explained here.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator

from hmp.errors import HostError
from hmp.machine.guest_dump.blocks import Block
from hmp.machine.memory.dump import SavedFile
from hmp.units import MIB, U32

STEP_BYTES = 32 * MIB
SAVE_FAILED = "dump: failed to save memory"
ET_CORE, EM_386, EV_CURRENT, PT_LOAD, PT_NOTE, SHT_STRTAB = 4, 3, 1, 1, 4, 3
SECTION_NAMES = b"\0.shstrtab\0"
SECTIONS = 2
HEADER_SIZE = 8
"""What QEMU has for the size of the header, whatever its class."""


class ElfFormat:
    """The structures of one ELF class: the number of the class, and their layouts."""

    def __init__(self, number: int, word: str, program: str) -> None:
        self._number = number
        self._header = struct.Struct(f"<4sBBB9xHHI{3 * word}IHHHHHH")
        self._section = struct.Struct(f"<II{4 * word}II{2 * word}")
        self._program = struct.Struct(program)
        self.headers_size = self._header.size + SECTIONS * self._section.size
        self.program_size = self._program.size

    def header(self, program_headers: int) -> bytes:
        """Return the header of a file with so many program headers."""
        return self._header.pack(
            *(b"\x7fELF", self._number, 1, EV_CURRENT, ET_CORE, EM_386, EV_CURRENT, 0),
            *(self.headers_size, self._header.size, 0, HEADER_SIZE),
            *(self._program.size, program_headers, self._section.size, SECTIONS, SECTIONS - 1),
        )

    def sections(self, names_offset: int) -> bytes:
        """Return the section headers: an empty one, and that of the names."""
        names = (1, SHT_STRTAB, 0, 0, names_offset, len(SECTION_NAMES), 0, 0, 0, 0)
        return bytes(self._section.size) + self._section.pack(*names)

    def program(self, kind: int, offset: int, address: int, size: int) -> bytes:
        """Return a program header."""
        return self._program.pack(kind, offset, address, address, size, size)


# Flags, which QEMU leaves 0, stand at different places.
ELF32, ELF64 = ElfFormat(1, "I", "<IIIIII8x"), ElfFormat(2, "Q", "<I4xQQQQQ8x")


def elf_format(blocks: list[Block]) -> ElfFormat:
    """Return the class of a file for the whole memory: 64 bits where addresses need them."""
    # Firmware ends at 4 GiB, and QEMU looks at the end.
    return ELF64 if any(block.end >= U32 for block in blocks) else ELF32


def write_elf(file: SavedFile, form: ElfFormat, blocks: list[Block], notes: bytes) -> Iterator[int]:
    """Write a dump; yield the bytes of guest memory that each call wrote.

    Raises:
        HostError: The file can't be written, or memory of the host can't be read.
    """
    count = 1 + len(blocks)
    notes_offset = form.headers_size + count * form.program_size
    offset = notes_offset + len(notes)
    names_offset = offset + sum(block.size for block in blocks)
    yield from _write(file, form.header(count), "write elf header")
    yield from _write(file, form.sections(names_offset), "write section headers")
    table = form.program(PT_NOTE, notes_offset, 0, len(notes))
    for block in blocks:
        table += form.program(PT_LOAD, offset, block.start, block.size)
        offset += block.size
    yield from _write(file, table, "write program header table")
    yield from _write(file, notes, "write elf notes")
    file.failure = SAVE_FAILED
    for block in blocks:
        yield from _write_block(file, block)
    yield from _write(file, SECTION_NAMES, "write string table data")


def _write(file: SavedFile, data: bytes, part: str) -> Iterator[int]:
    file.failure = f"dump: failed to {part}"
    while data := data[file.write(data) :]:
        yield 0


def _write_block(file: SavedFile, block: Block) -> Iterator[int]:
    while block.size:
        # Its backend may have been deleted since a detached dump began.
        if block.offset + block.size > block.mapping.length:
            raise HostError.from_errno(SAVE_FAILED, errno.EFAULT)
        done = file.write(block.mapping.view(block.offset, min(block.size, STEP_BYTES)))
        yield done
        block = block.cut(block.start + done, block.end)
