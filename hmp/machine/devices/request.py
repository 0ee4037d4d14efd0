"""What a device_add asks for: driver, id and properties, from an option list or from JSON."""

from __future__ import annotations

from typing import NamedTuple

from hmp.errors import MissingParameterError
from hmp.grammar.opts import Option, find_driver, find_id


class DeviceRequest(NamedTuple):
    """A device to create; `properties` are names and unread values, in the order to set them."""

    driver: str
    identifier: str | None
    properties: list[tuple[str, object]]


def request_from_opts(options: list[Option]) -> DeviceRequest:
    """Return the request of an option list: the last driver, the first id, and of each property the
    last value (docs/qemu-behaviour/devices.md §1).

    Raises:
        MissingParameterError: There is no driver.
    """
    driver, identifier = find_driver(options), find_id(options)
    if driver is None:
        raise MissingParameterError("driver")
    last: dict[str, object] = {}
    for option in options:
        if option.key not in ("driver", "id"):
            last.pop(option.key, None)
            last[option.key] = option.value
    return DeviceRequest(driver, identifier.value if identifier else None, list(last.items()))


def request_from_members(members: dict[str, object]) -> DeviceRequest:
    """Return the request of a JSON object; an id or bus that is no string is ignored
    (docs/qemu-behaviour/qmp.md §A7).

    Raises:
        MissingParameterError: There is no driver.
    """
    driver, identifier = members.get("driver"), members.get("id")
    if not isinstance(driver, str):
        raise MissingParameterError("driver")
    properties = [
        (name, value)
        for name, value in members.items()
        if name not in ("driver", "id") and (name != "bus" or isinstance(value, str))
    ]
    return DeviceRequest(driver, identifier if isinstance(identifier, str) else None, properties)
