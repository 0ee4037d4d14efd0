"""-machine accel=: accelerators by name, in order of preference; any will do, since no CPU runs.

The messages are QEMU's (experiment: `-machine none,accel=NAMES`).
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.errors import StartupError
from hmp.errors import StderrLine

KNOWN = ("tcg", "kvm", "xen", "hvf", "whpx", "nvmm", "mshv", "nitro", "qtest")


def check_accelerators(names: str, warn: Callable[..., None], given_twice: bool) -> None:
    """Check a list such as `kvm:tcg`, and warn of names that do not exist.

    Raises:
        StartupError: None of the names exists, or there is a -accel option, too.
    """
    if given_twice:
        raise StartupError('The -accel and "-machine accel=" options are incompatible')
    wanted = [name for name in names.split(":") if name]
    invalid = [f"invalid accelerator {name}" for name in wanted if name not in KNOWN]
    usable = [name for name in wanted if name in KNOWN]
    if not wanted:
        raise StartupError("no accelerator found")
    if not usable:
        raise StartupError(*_prefixed(invalid))
    if invalid:
        # QEMU writes its name in capitals here (experiment: `accel=foo:kvm`).
        fallback = "KVM" if usable[0] == "kvm" else usable[0]
        warn(*_prefixed([*invalid, f"falling back to {fallback}"]))


def _prefixed(lines: list[str]) -> list[str]:
    """QEMU prints each of these lines as a message of its own."""
    return [StderrLine(line, prefixed=True) for line in lines]
