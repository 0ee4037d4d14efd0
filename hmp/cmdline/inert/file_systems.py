"""-fsdev and -virtfs: folders that a guest could mount, and the device that shows one."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import option_context
from hmp.cmdline.inert.option_lists import parse_group
from hmp.cmdline.options import Option
from hmp.errors import InputError
from hmp.grammar import terminals
from hmp.grammar.numbers import parse_option_number
from hmp.machine.objects.throttle import DEFAULT_LIMITS, ThrottleError, check_limits

# The keys that each driver takes beside those that name it.
DRIVERS = {
    "local": (
        *("path", "security_model", "fmode", "dmode", "multidevs", "writeout", "readonly"),
        "max_xattr",
    ),
    "synth": ("readonly", "max_xattr"),
}
OF_ALL = ("id", "fsdriver", "mount_tag")
SECURITY_MODELS = ("passthrough", "mapped-xattr", "mapped-file", "mapped", "none")
SECURITY_HINT = "Valid options are: security_model=[passthrough|mapped-xattr|mapped-file|none]"
MULTIDEVS = ("remap", "forbid", "warn")
THROTTLING = "throttling."


def take_fsdev(configuration: Configuration, option: Option) -> None:
    """Take a folder; raise InputError when QEMU would not share it."""
    given = _parse(configuration, option)
    configuration.claim_id("fsdev", given.get("id"))
    _add_later(configuration, option, given, given.get("id"))


def take_virtfs(configuration: Configuration, option: Option) -> None:
    """Take a folder with its device; raise InputError when QEMU would not share it."""
    given = _parse(configuration, option)
    tag = given.get("mount_tag")
    if "fsdriver" not in given or tag is None:
        raise InputError("Usage: -virtfs fsdriver,mount_tag=tag")
    identifier = given.get("id", tag)
    is_identifier = terminals.fullmatch(terminals.IDENTIFIER, identifier)
    if not is_identifier or identifier in configuration.identifiers["fsdev"]:
        raise InputError(f"duplicate or invalid fsdev id: {identifier}")
    configuration.claim_id("fsdev", identifier)
    _add_later(configuration, option, given, identifier)
    device = f"virtio-9p-pci,fsdev={identifier},mount_tag={tag.replace(',', ',,')}"
    configuration.devices.append((option.location, device))


def _parse(configuration: Configuration, option: Option) -> dict[str, str]:
    warn = configuration.located_warning(option.location)
    return parse_group(option.name, option.argument, warn)


def _add_later(
    configuration: Configuration, option: Option, given: dict[str, str], identifier: str | None
) -> None:
    def add() -> None:
        with option_context(option.location):
            _add(configuration, given, identifier)

    configuration.add_check(Stage.OPTIONS, add)


def _add(configuration: Configuration, given: dict[str, str], identifier: str | None) -> None:
    if identifier is None:
        raise InputError("fsdev: No id specified")
    driver = given.get("fsdriver")
    if driver is None:
        raise InputError("fsdev: No fsdriver specified")
    if driver not in DRIVERS:
        raise InputError(f"fsdev: fsdriver {driver} not found")
    for key in given:
        is_limit = driver == "local" and key.startswith(THROTTLING)
        if key not in (*OF_ALL, *DRIVERS[driver]) and not is_limit:
            raise InputError(f"'{key}' is invalid for fsdriver '{driver}'")
    if driver == "local":
        _check_local(given)
        configuration.shared_folders[identifier] = given["path"]


def _check_local(given: dict[str, str]) -> None:
    model = given.get("security_model")
    if model is None:
        raise InputError("security_model property not set", SECURITY_HINT)
    if model not in SECURITY_MODELS:
        raise InputError(f"invalid security_model property '{model}'", SECURITY_HINT)
    multidevs = given.get("multidevs", MULTIDEVS[0])
    if multidevs not in MULTIDEVS:
        hint = f"Valid options are: multidevs=[{'|'.join(MULTIDEVS)}]"
        raise InputError(f"invalid multidevs property '{multidevs}'", hint)
    if "path" not in given:
        raise InputError("path property not set")
    _check_throttling(given)
    if not model.startswith("mapped"):
        for key in ("fmode", "dmode"):
            if key in given:
                raise InputError(f"{key} is only valid for mapped security modes")


def _check_throttling(given: dict[str, str]) -> None:
    limits = {
        key.removeprefix(THROTTLING): parse_option_number(key, value)
        for key, value in given.items()
        if key.startswith(THROTTLING)
    }
    try:
        check_limits(DEFAULT_LIMITS | limits)
    except ThrottleError as error:
        raise InputError(f"invalid throttle configuration: {error.message}") from None
