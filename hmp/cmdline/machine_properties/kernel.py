"""-kernel, -initrd, -append, -shim, -dtb and -bios, which are properties of the machine: what the
files must be. Nothing is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from hmp.cmdline.errors import StartupError
from hmp.errors import HostError, InputError, StderrLine

# The property that each option sets.
PROPERTIES = {
    **{name: name for name in ("kernel", "initrd", "append", "shim", "dtb")},
    "bios": "firmware",
}
# Firmware that comes with QEMU, which needs no path.
OWN_FIRMWARE = ("bios.bin", "bios-256k.bin", "bios-microvm.bin", "qboot.rom")
FIRMWARE_STEP = 1 << 16
# Of a Linux kernel: the least that has a header, where its magic is, and its version.
HEADER_BYTES, MAGIC_AT, MAGIC, VERSION_AT = 8192, 0x202, b"HdrS", 0x206
FIRST_WITH_INITRD, FIRST_WITH_DTB = 0x200, 0x209
ELF_MAGIC, PVH_NOTE = b"\x7fELF", b"Xen\0"


def check_kernel(machine: dict[str, object], board: str) -> None:
    """Raise the error of a kernel that the board can't load."""
    if board == "none":
        raise InputError(
            "The -kernel parameter is not supported (use the generic 'loader' device instead)."
        )
    with _loading():
        _check_kernel({key: str(machine[key]) for key in PROPERTIES if key in machine})


def check_firmware(name: str, folders: Iterable[str]) -> None:
    """Raise the error of firmware that no board can load; `folders` are those of -L."""
    with _loading():
        _check_firmware(name, folders)


@contextmanager
def _loading() -> Iterator[None]:
    """Let the board's loader speak, which prints `qemu: ` in place of the program's name."""
    try:
        yield
    except HostError as error:
        raise StartupError(StderrLine(f"qemu: {error.message}", prefixed=False)) from None


def _check_firmware(name: str, folders: Iterable[str]) -> None:
    if name in OWN_FIRMWARE:
        return
    for path in (name, *(f"{folder}/{name}" for folder in folders)):
        try:
            size = os.path.getsize(path.encode("latin-1"))
        except (OSError, ValueError):
            continue
        if size and size % FIRMWARE_STEP == 0 and not os.path.isdir(path.encode("latin-1")):
            return
    raise HostError(f"could not load PC BIOS '{name}'")


def _check_kernel(given: dict[str, str]) -> None:
    path = given["kernel"]
    header = _read(path)
    if header.startswith(ELF_MAGIC):
        if PVH_NOTE not in header:
            raise InputError("Error loading uncompressed kernel without PVH ELF Note")
        return
    has_magic = header[MAGIC_AT : MAGIC_AT + len(MAGIC)] == MAGIC
    version = int.from_bytes(header[VERSION_AT : VERSION_AT + 2], "little") if has_magic else 0
    if "initrd" in given and version < FIRST_WITH_INITRD:
        raise HostError("linux kernel too old to load a ram disk")
    if len(header) < HEADER_BYTES:
        raise HostError("invalid kernel header")
    if "initrd" in given:
        _check_initrd(given["initrd"])
    if "dtb" in given:
        if version < FIRST_WITH_DTB:
            raise HostError("Linux kernel too old to load a dtb")
        with HostError.wrapping_os_errors(f"error reading dtb {given['dtb']}"):
            os.stat(given["dtb"].encode("latin-1"))


def _read(path: str) -> bytes:
    name = path.encode("latin-1")
    with HostError.wrapping_os_errors(f"could not open kernel file '{path}'"):
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        with HostError.wrapping_os_errors(f"could not load kernel '{path}'"):
            return os.read(descriptor, 1 << 20)
    finally:
        os.close(descriptor)


def _check_initrd(path: str) -> None:
    try:
        os.stat(path.encode("latin-1"))
    except OSError as error:
        shown = "{}".join("“”").encode().decode("latin-1").format(path)
        raise HostError(
            f"error reading initrd {path}: Failed to open file {shown}: open() failed: "
            f"{os.strerror(error.errno or 0)}"
        ) from None
