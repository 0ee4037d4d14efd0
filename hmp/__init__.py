"""The QEMU human monitor for memory hotplug, over memory that is really mapped.

The public names are imported when they are first asked for: importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"
# The release whose answers hmp gives.
QEMU_VERSION = "11.1.3"

# Type checkers do not run `__getattr__`: they find the public names here.
if TYPE_CHECKING:
    from hmp.cmdline.factory import create_machine
    from hmp.errors import HmpError, HostError, InputError, StateError
    from hmp.machine.machine import Machine
    from hmp.monitor import Monitor, Reply

__all__ = [
    "QEMU_VERSION",
    "HmpError",
    "HostError",
    "InputError",
    "Machine",
    "Monitor",
    "Reply",
    "StateError",
    "__version__",
    "create_machine",
]
_MODULES = {
    "HmpError": "hmp.errors",
    "HostError": "hmp.errors",
    "InputError": "hmp.errors",
    "StateError": "hmp.errors",
    "Machine": "hmp.machine.machine",
    "Monitor": "hmp.monitor",
    "Reply": "hmp.monitor",
    "create_machine": "hmp.cmdline.factory",
}


def __getattr__(name: str) -> object:
    """Import a public name (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module 'hmp' has no attribute '{name}'")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
