"""A policy in words, `linux,online=kernel,latency=20ms`, as --guest, `guest policy` and `info guest` have it.

What follows from a policy is decided beside this file.
"""

from __future__ import annotations

from typing import Any

from hmp.errors import ChoiceError, InvalidParameterError, ParameterValueError
from hmp.grammar.opts import parse_opts
from hmp.guest.policy import ONLINE, POWER_BUTTON, SYSTEMS, UNPLUG, Policy
from hmp.machine.qom.visitors import KeyValueReader

CHOICES = {"system": SYSTEMS, "online": ONLINE, "unplug": UNPLUG, "power-button": POWER_BUTTON}
_SECONDS = ("latency", "boot")
_LONGEST = 86400.0


def read_guest_option(text: str, policy: Policy | None = None) -> Policy:
    """A policy with what the text asks for; what it leaves out is as in `policy`, or as usual.

    `linux` or `none`, `online=movable|kernel|offline`, `unplug=release|refuse|hang`, `latency=` and `boot=` in
    seconds (also `20ms`), `power-button=ignore|shutdown`, and `virtio-mem=SIZE`, what it takes at most of a device.
    """
    values: dict[str, Any] = {}
    for item in parse_opts(text, "system"):
        name = item.key.replace("-", "_")
        if item.key in CHOICES:
            if item.value not in CHOICES[item.key]:
                raise ChoiceError("guest" if item.key == "system" else item.key, item.value)
            values[name] = item.value
        elif item.key in _SECONDS:
            values[name] = read_seconds(item.key, item.value)
        elif item.key == "virtio-mem":
            values["most_virtio_mem"] = KeyValueReader().size(item.key, item.value)
        else:
            raise InvalidParameterError(item.key)
    return (policy or Policy())._replace(**values)


def read_seconds(key: str, text: str) -> float:
    """Seconds, or milliseconds with `ms`; ParameterValueError for what is no time from 0 to a day."""
    number, scale = (text[:-2], 0.001) if text.endswith("ms") else (text.removesuffix("s"), 1.0)
    try:
        seconds = float(number) * scale if number[:1].isdigit() or number[:1] == "." else -1.0
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:
        raise ParameterValueError(key, "seconds, such as 0.5 or 20ms")
    return seconds


def policy_text(policy: Policy) -> str:
    """A policy in the words of --guest; what is as usual is left out, but for what happens to plugged memory."""
    words = [policy.system, f"online={policy.online}"]
    words += [f"unplug={policy.unplug}"] if policy.unplug else []
    words += [f"{name}={seconds:g}" for name, seconds in (("latency", policy.latency), ("boot", policy.boot))
              if seconds]
    words += [f"virtio-mem={policy.most_virtio_mem}"] if policy.most_virtio_mem is not None else []
    words += [f"power-button={policy.power_button}"] if policy.power_button != Policy().power_button else []
    return ",".join(words)
