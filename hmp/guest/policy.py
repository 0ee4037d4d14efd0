"""What the guest does of its own will: whether it answers, how fast, and what it does with memory.

What follows from a policy is decided beside this file; how one is written is said in `policy_text.py`.
"""

from __future__ import annotations

from typing import NamedTuple

SYSTEMS = ("linux", "none")
MOVABLE, KERNEL, OFFLINE = "movable", "kernel", "offline"
ONLINE = (MOVABLE, KERNEL, OFFLINE)
RELEASE, REFUSE, HANG = "release", "refuse", "hang"
UNPLUG = (RELEASE, REFUSE, HANG)
IGNORE, POWER_OFF = "ignore", "shutdown"
POWER_BUTTON = (IGNORE, POWER_OFF)


class Policy(NamedTuple):
    """A guest's will.

    `online`: what it does with plugged memory. `unplug`: what it does when asked to let a DIMM go; None: what the
    memory allows, where kernel memory can't go. `latency` and `boot`: seconds for each step, and to boot.
    `most_virtio_mem`: bytes that it takes at most of each virtio-mem device. `power_button`: who listens to it.
    """

    system: str = "linux"
    online: str = MOVABLE
    unplug: str | None = None
    latency: float = 0.0
    boot: float = 0.0
    most_virtio_mem: int | None = None
    power_button: str = IGNORE

    @property
    def answers(self) -> bool:
        """Whether there is an operating system at all."""
        return self.system != "none"
