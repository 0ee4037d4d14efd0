"""What the guest does of its own will: whether it answers, how fast, and what it does with memory.

What follows from a policy is decided beside this file; how one is written is said in
`format_policy.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hmp.errors import ChoiceError, InvalidParameterError, ParameterValueError
from hmp.grammar.opts import parse_opts
from hmp.machine.qom.visitors import KeyvalVisitor

SYSTEMS = ("linux", "none")
MOVABLE, KERNEL, OFFLINE = "movable", "kernel", "offline"
ONLINE = (MOVABLE, KERNEL, OFFLINE)
RELEASE, REFUSE, HANG = "release", "refuse", "hang"
UNPLUG = (RELEASE, REFUSE, HANG)
IGNORE, POWER_OFF = "ignore", "shutdown"
POWER_BUTTON = (IGNORE, POWER_OFF)


class Policy(NamedTuple):
    """A guest's will.

    `online`: what it does with plugged memory. `unplug`: what it does when asked to let a DIMM go;
    None: what the memory allows, where kernel memory can't go. `latency` and `boot`: seconds for
    each step, and to boot. `max_virtio_mem`: bytes that it takes at most of each virtio-mem device.
    `power_button`: who listens to it.
    """

    system: str = "linux"
    online: str = MOVABLE
    unplug: str | None = None
    latency: float = 0.0
    boot: float = 0.0
    max_virtio_mem: int | None = None
    power_button: str = IGNORE

    @property
    def answers(self) -> bool:
        """Whether there is an operating system at all."""
        return self.system != "none"


CHOICES = {"system": SYSTEMS, "online": ONLINE, "unplug": UNPLUG, "power-button": POWER_BUTTON}
_SECONDS = ("latency", "boot")
_MAX_SECONDS = 86400.0


def parse_guest_policy(text: str, policy: Policy | None = None) -> Policy:
    """A policy with what the text asks for; what it leaves out is as in `policy`, or as usual.

    `linux` or `none`, `online=movable|kernel|offline`, `unplug=release|refuse|hang`, `latency=` and
    `boot=` in seconds (also `20ms`), `power-button=ignore|shutdown`, and `virtio-mem=SIZE`, what it
    takes at most of a device.
    """
    values: dict[str, Any] = {}
    for item in parse_opts(text, "system"):
        name = item.key.replace("-", "_")
        if item.key in CHOICES:
            if item.value not in CHOICES[item.key]:
                raise ChoiceError("guest" if item.key == "system" else item.key, item.value)
            values[name] = item.value
        elif item.key in _SECONDS:
            values[name] = parse_seconds(item.key, item.value)
        elif item.key == "virtio-mem":
            values["max_virtio_mem"] = KeyvalVisitor().size(item.key, item.value)
        else:
            raise InvalidParameterError(item.key)
    return (policy or Policy())._replace(**values)


def parse_seconds(key: str, text: str) -> float:
    """Seconds, or milliseconds with `ms`; ParameterValueError for what is no time from 0 to a
    day.
    """
    number, scale = (text[:-2], 0.001) if text.endswith("ms") else (text.removesuffix("s"), 1.0)
    try:
        seconds = float(number) * scale if number[:1].isdigit() or number[:1] == "." else -1.0
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MAX_SECONDS:
        raise ParameterValueError(key, "seconds, such as 0.5 or 20ms")
    return seconds


def format_policy(policy: Policy) -> str:
    """A policy in the words of --guest; what is as usual is left out, but for what happens to
    plugged memory.
    """
    words = [policy.system, f"online={policy.online}"]
    words += [f"unplug={policy.unplug}"] if policy.unplug else []
    words += [
        f"{name}={seconds:g}"
        for name, seconds in (("latency", policy.latency), ("boot", policy.boot))
        if seconds
    ]
    words += [f"virtio-mem={policy.max_virtio_mem}"] if policy.max_virtio_mem is not None else []
    words += (
        [f"power-button={policy.power_button}"]
        if policy.power_button != Policy().power_button
        else []
    )
    return ",".join(words)
