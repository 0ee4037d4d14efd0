"""--guest: what the simulated guest does of its own will; QEMU has no such option.

What follows from a policy is decided in `hmp.machine.guest`.
"""

from __future__ import annotations

from hmp.errors import InputError
from hmp.grammar.options import read_options
from hmp.machine.guest import Policy
from hmp.values.readers import KeyValueReader, not_accepted

SYSTEMS = ("linux", "none")


def read_guest_option(text: str) -> Policy:
    """The policy of `linux` (the default) or `none`, with `virtio-mem=SIZE` for what it takes at most of a device."""
    policy = Policy()
    for item in read_options(text, "system"):
        if item.key == "system":
            if item.value not in SYSTEMS:
                raise not_accepted("guest", item.value)
            policy = policy._replace(answers=item.value == "linux")
        elif item.key == "virtio-mem":
            policy = policy._replace(most_virtio_mem=KeyValueReader().size(item.key, item.value))
        else:
            raise InputError(f"Invalid parameter '{item.key}'")
    return policy
