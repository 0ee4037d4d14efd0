"""Find the process of a QEMU that runs on this host, for what of its memory is resident."""

from __future__ import annotations

from hmp.connect.shadow.answers import Answers


def readable_process(process: int) -> str:
    """Return the folder of a process in /proc, empty where its memory can't be looked at."""
    try:
        # The file can be opened by others than those who may read it.
        with open(f"/proc/{process}/smaps", "rb") as areas:
            return str(process) if areas.readline() else ""
    except OSError:
        return ""


def find_process(answers: Answers) -> int:
    """Return the process id of a QEMU on this host, 0 where none is it.

    The threads of its CPUs lead there, also behind a proxy. Another host's numbers may name some
    process of this one: it has to have memory where QEMU says that it has.
    """
    threads = [int(cpu.get("thread-id", 0)) for cpu in answers["cpus"] or ()]
    process = _group_of(threads[0]) if threads else 0
    addresses = [block.address for block in answers.blocks.values() if block.address]
    if process and addresses and not _has_memory_at(process, addresses[0]):
        return 0
    return process


def _group_of(thread: int) -> int:
    """Return the process that a thread belongs to, 0 where there is no such thread."""
    try:
        with open(f"/proc/{thread}/status", encoding="utf-8", errors="replace") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("Tgid:"))
    except (OSError, StopIteration):
        return 0


def _has_memory_at(process: int, address: int) -> bool:
    """Return whether a process has mapped memory at an address; so it has where nobody may look."""
    try:
        with open(f"/proc/{process}/maps", encoding="utf-8", errors="replace") as areas:
            ranges = [line.partition(" ")[0].split("-") for line in areas]
    except OSError:
        return True
    return not ranges or any(int(start, 16) <= address < int(end, 16) for start, end in ranges)
