"""-object and -device: an option list or JSON."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit
from hmp.cmdline.machine_properties.memory import without_byte_letter
from hmp.cmdline.options import Option
from hmp.errors import InvalidParameterError, UnexpectedParameterError
from hmp.grammar.opts import HELP_WORDS, checked_id, find_driver, parse_opts, short_form_warning
from hmp.machine.backends.create import read_request
from hmp.machine.qom.visitors import KeyvalVisitor, OptsVisitor, QObjectVisitor

# The values of -object that may end with KB, MB, GB or TB.
SIZE_KEYS = ("size", "align", "offset", "hugetlbsize")


def take_object(configuration: Configuration, option: Option) -> None:
    """Take a -object, which is created when the machine is built.

    Raises:
        EarlyExit: The properties of a type are asked for.
        HmpError: The text is malformed, or it has no id or no type.
    """
    text = option.argument
    if option.tree is not None:
        configuration.objects.append(
            read_request(option.tree, KeyvalVisitor(), UnexpectedParameterError)
        )
        return
    if text.startswith("{"):
        from hmp.json.parser import parse_json

        members = parse_json(text)
        assert isinstance(members, dict)
        configuration.objects.append(
            read_request(members, QObjectVisitor(), UnexpectedParameterError)
        )
        return
    given, wants_help = _read_object_options(configuration, option)
    kind = given.get("qom-type")
    if kind in HELP_WORDS or (wants_help and kind is not None):
        from hmp.commands import type_help

        # For an unknown type QEMU goes on to its error.
        if kind in HELP_WORDS or type_help.is_known(kind):
            raise EarlyExit(type_help.object_help(kind))
    configuration.objects.append(read_request(given, OptsVisitor(), InvalidParameterError))


def _read_object_options(
    configuration: Configuration, option: Option
) -> tuple[dict[str, object], bool]:
    """Return the keys of an -object in option-list form, and whether one of them asks for help."""
    items = parse_opts(option.argument, "qom-type")
    identifier = checked_id(items)
    configuration.claim_id("object", identifier)
    lists: list[str] = []
    given: dict[str, object] = {}
    wants_help = False
    for item in items:
        if item.key in HELP_WORDS:
            wants_help = True
            continue
        if item.short_form is not None:
            configuration.located_warning(option.location)(*short_form_warning(item))
        value = without_byte_letter(item.value) if item.key in SIZE_KEYS else item.value
        # Lists add up; of other keys the last value counts (docs/qemu-behaviour/startup.md §5).
        if item.key == "host-nodes":
            lists.append(value)
            given[item.key] = lists
        else:
            given[item.key] = value
    if identifier is not None:
        # Of several ids the first one counts (docs/qemu-behaviour/startup.md §4).
        given["id"] = identifier
    return given, wants_help


def take_device(configuration: Configuration, option: Option) -> None:
    """Take a -device, of which only the id is checked at once."""
    text = option.argument
    if text.startswith("{"):
        from hmp.json.parser import parse_json

        given = parse_json(text)
        assert isinstance(given, dict)
        configuration.devices.append((option.location, given))
        configuration.drivers.add(str(given.get("driver")))
        return
    items = parse_opts(text, "driver")
    configuration.claim_id("device", checked_id(items))
    for item in items:
        if item.short_form is not None and item.short_form not in HELP_WORDS:
            configuration.located_warning(option.location)(*short_form_warning(item))
    driver = find_driver(items)
    configuration.drivers.add(driver or "")
    if driver is not None and (
        driver in HELP_WORDS or any(item.short_form in HELP_WORDS for item in items)
    ):
        configuration.device_help = configuration.device_help or (option.location, driver)
    # The properties are read when all objects exist (docs/qemu-behaviour/startup.md §9).
    configuration.devices.append((option.location, text))
