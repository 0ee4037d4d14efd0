"""Write the picture of the memory map to a file that a user names."""

from __future__ import annotations

import os

from hmp.errors import HostError
from hmp.files import open_regular, reason_of, write_all
from hmp.machine.machine import Machine
from hmp.memory_map.regions import memory_map
from hmp.memory_map.svg import draw_svg


def write_svg(machine: Machine, file: str) -> None:
    """Write the map of a machine as SVG; raise HostError when the file can't be written."""
    picture = draw_svg(memory_map(machine)).encode()
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        descriptor = open_regular(os.path.expanduser(file), flags)
        try:
            write_all(descriptor, picture)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise HostError(f"can't write {file}: {reason_of(error)}") from None
