"""Find the process of a QEMU that runs on this host, for what of its memory is resident."""

from __future__ import annotations

from hmp.connect.answers import Answers
from hmp.machine.memory.smaps import read_smaps


def readable_process(process: int) -> str:
    """Return the folder of a process in /proc, empty where its memory can't be looked at."""
    # The file can be opened by others than those who may read it.
    return str(process) if process and read_smaps(str(process)) else ""


def find_process(answers: Answers) -> int:
    """Return the process id of a QEMU on this host, 0 where none is it.

    The threads of its CPUs lead there, also behind a proxy. Another host's numbers may name some
    process of this one: it has to have memory where QEMU says that it has.
    """
    threads = [int(cpu.get("thread-id", 0)) for cpu in answers["cpus"] or ()]
    process = _group_of(threads[0]) if threads else 0
    addresses = [block.address for block in answers.blocks.values()]
    if not process or not any(addresses):
        return process
    areas = read_smaps(str(process))
    if not areas:
        return process
    known = [address for address in addresses if address]
    is_it = any(area.start <= known[0] < area.end for area in areas)
    return process if is_it else 0


def _group_of(thread: int) -> int:
    """Return the process that a thread belongs to, 0 where there is no such thread."""
    try:
        with open(f"/proc/{thread}/status", encoding="utf-8", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("Tgid:"))
    except (OSError, StopIteration):
        return 0
