"""-machine accel=: accelerators by name, in order of preference; any of them will do, since no CPU
runs.

The messages are the reference's (experiment: `-machine none,accel=NAMES`).
"""

from __future__ import annotations

from collections.abc import Callable

from hmp.cmdline.errors import StartupError

KNOWN = ("tcg", "kvm", "xen", "hvf", "whpx", "nvmm", "mshv", "nitro", "qtest")


def check_accelerators(names: str, warn: Callable[..., None], given_twice: bool) -> None:
    """Check `kvm:tcg` and the like; StartupError when none of them exists."""
    if given_twice:
        raise StartupError('The -accel and "-machine accel=" options are incompatible')
    wanted = [name for name in names.split(":") if name]
    invalid = [f"invalid accelerator {name}" for name in wanted if name not in KNOWN]
    usable = [name for name in wanted if name in KNOWN]
    if not wanted:
        raise StartupError("no accelerator found")
    if not usable:
        raise StartupError(invalid[0], *(f"\0{line}" for line in invalid[1:]))
    if invalid:
        warn(
            *invalid[:1],
            *(f"\0{line}" for line in (*invalid[1:], f"falling back to {_shown(usable[0])}")),
        )


def _shown(name: str) -> str:
    return "KVM" if name == "kvm" else name
