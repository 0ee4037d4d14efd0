"""The QEMU human monitor for memory hotplug, over memory that is really mapped.

This file holds the version and nothing else, so that importing the package costs nothing.
"""

__version__ = "0.1.0"
QEMU_VERSION = "11.1.3"
