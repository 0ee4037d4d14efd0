"""-acpitable: a table for the guest, of which nothing is made; its files are opened."""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.inert.option_lists import keys_of
from hmp.cmdline.options import Option
from hmp.errors import HostError, InputError, InvalidParameterError
from hmp.machine.qom.visitors import OptsVisitor

# The fields of a header with their bits, 0 for a text, in the order in which QEMU reads them.
HEADER = {
    "sig": 0,
    "rev": 8,
    "oem_id": 0,
    "oem_table_id": 0,
    "oem_rev": 32,
    "asl_compiler_id": 0,
    "asl_compiler_rev": 32,
}
HEADER_BYTES = 36
LENGTH_FIELD = slice(4, 8)


def check_acpitable(configuration: Configuration, option: Option) -> None:
    """Check a table; InputError or HostError for the first thing that is wrong."""
    given = keys_of(configuration, option, "data")
    for key, bits in HEADER.items():
        if bits and key in given:
            OptsVisitor().integer(key, given[key], bits, False)
    for key in given:
        if key not in (*HEADER, "data", "file"):
            raise InvalidParameterError(key)
    if ("data" in given) == ("file" in given):
        raise InputError("'-acpitable' requires one of 'data' or 'file'")
    content = b"".join(_read(path) for path in given.get("file", given.get("data", "")).split(":"))
    warn = configuration.located_warning(option.location)
    if "file" in given:
        _check_header(content, warn)
    elif not given.keys() & HEADER.keys():
        warn("warning: ACPI table: no headers are specified")


def _read(path: str) -> bytes:
    try:
        with open(path.encode("latin-1"), "rb") as file:
            return file.read()
    except IsADirectoryError as error:
        raise HostError.from_os(f"can't read file {path}", error) from None
    except OSError as error:
        raise HostError.from_os(f"Could not open '{path}'", error) from None


def _check_header(content: bytes, warn: Callable[..., None]) -> None:
    if len(content) < HEADER_BYTES:
        raise InputError(
            f"ACPI table claiming to have header is too short, available: {len(content)}, "
            f"expected: {HEADER_BYTES}"
        )
    length = int.from_bytes(content[LENGTH_FIELD], "little")
    if length != len(content):
        warn(
            f"warning: ACPI table has wrong length, header says {length}, actual size "
            f"{len(content)} bytes"
        )
