"""The policy of the simulated guest: whether it answers, how fast, and what it does with memory;
parsed from --guest and written back.
"""

from __future__ import annotations

from typing import Any

from hmp.errors import ChoiceError, InvalidParameterError, ParameterValueError
from hmp.grammar.opts import parse_opts
from hmp.machine.qom.visitors import KeyvalVisitor
from hmp.record import Record

SYSTEMS = ("linux", "none")
MOVABLE, KERNEL, OFFLINE = "movable", "kernel", "offline"
ONLINE = (MOVABLE, KERNEL, OFFLINE)
RELEASE, REFUSE, HANG = "release", "refuse", "hang"
UNPLUG = (RELEASE, REFUSE, HANG)
FOLLOW = "follow"
BALLOON = (FOLLOW, REFUSE)
ONLINE_CPUS = "online"
CPUS = (ONLINE_CPUS, OFFLINE)
"""What may stand in place of a size."""
IGNORE, POWER_OFF = "ignore", "shutdown"
POWER_BUTTON = (IGNORE, POWER_OFF)


class Policy(Record):
    """How a guest behaves.

    `online` is the use of plugged memory, `cpus` that of plugged CPUs. `unplug` is the outcome of a
    request to release a DIMM or a CPU; None releases it, unless a DIMM holds kernel memory.
    `latency` and `boot` are the seconds that each step and booting take, `max_virtio_mem` the bytes
    that the guest takes of each virtio-mem device, at most. `max_balloon` are the bytes that it
    gives back to the host, at most; with `refuses_balloon` its balloon stays as it is.
    `power_button` is what the button does.
    """

    system: str = "linux"
    online: str = MOVABLE
    unplug: str | None = None
    latency: float = 0.0
    boot: float = 0.0
    max_virtio_mem: int | None = None
    max_balloon: int | None = None
    refuses_balloon: bool = False
    power_button: str = IGNORE
    cpus: str = ONLINE_CPUS

    @property
    def has_os(self) -> bool:
        """Whether an operating system boots."""
        return self.system != "none"


CHOICES = {
    "system": SYSTEMS,
    "online": ONLINE,
    "unplug": UNPLUG,
    "power-button": POWER_BUTTON,
    "cpus": CPUS,
}
_SECONDS = ("latency", "boot")
OPTIONS = ("online", "unplug", "latency", "boot", "power-button", "virtio-mem", "cpus", "balloon")
_MAX_SECONDS = 86400.0


def parse_guest_policy(text: str, policy: Policy | None = None) -> Policy:
    """Return the policy that a text such as `linux,online=kernel` asks for.

    What the text leaves out is as in `policy`, or the default. The options are `linux` or `none`,
    `online=movable|kernel|offline`, `unplug=release|refuse|hang`, `latency=` and `boot=` in seconds
    (also `20ms`), `power-button=ignore|shutdown`, `virtio-mem=SIZE`, `cpus=online|offline` and
    `balloon=follow|refuse|SIZE`.

    Raises:
        InputError: An option is unknown or has a bad value.
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
        elif item.key == "balloon":
            values["refuses_balloon"] = item.value == REFUSE
            values["max_balloon"] = (
                None if item.value in BALLOON else KeyvalVisitor().size(item.key, item.value)
            )
        else:
            raise InvalidParameterError(item.key)
    return (policy or Policy()).replace(**values)


def parse_seconds(key: str, text: str) -> float:
    """Return the seconds of `0.5`, `0.5s` or `20ms`.

    Raises:
        ParameterValueError: The text is no time from 0 to a day.
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
    """Return a policy as --guest takes it; defaults are left out, apart from `online`."""
    words = [policy.system, f"online={policy.online}"]
    words += [f"unplug={policy.unplug}"] if policy.unplug else []
    words += [
        f"{name}={seconds:g}"
        for name, seconds in (("latency", policy.latency), ("boot", policy.boot))
        if seconds
    ]
    words += [f"virtio-mem={policy.max_virtio_mem}"] if policy.max_virtio_mem is not None else []
    if policy.refuses_balloon or policy.max_balloon is not None:
        words.append(f"balloon={REFUSE if policy.refuses_balloon else policy.max_balloon}")
    for name, value, default in (
        ("power-button", policy.power_button, IGNORE),
        ("cpus", policy.cpus, ONLINE_CPUS),
    ):
        words += [f"{name}={value}"] if value != default else []
    return ",".join(words)
