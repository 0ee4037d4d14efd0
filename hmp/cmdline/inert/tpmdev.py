"""-tpmdev: a backend of a TPM; nobody speaks to it."""

from __future__ import annotations

import os

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import EarlyExit, StartupError, located, option_context
from hmp.cmdline.inert.option_lists import check_items, keys_of
from hmp.cmdline.options import Option
from hmp.cmdline.readconfig.groups import TEXT, OptionGroup
from hmp.errors import HmpError, InputError, MissingParameterError, ParameterValueError, StderrLine
from hmp.grammar.opts import HELP_WORDS, check_identifier, parse_opts

TYPES = (
    "Supported TPM types (choose only one):",
    " passthrough   Passthrough TPM backend driver",
    "    emulator   TPM emulator backend driver",
)
KEYS = {
    name: OptionGroup("tpmdev", dict.fromkeys(keys.split(), TEXT), is_tree=False)
    for name, keys in (("passthrough", "type path cancel-path"), ("emulator", "type chardev"))
}
DEVICE = "/dev/tpm0"


def take_tpmdev(configuration: Configuration, option: Option) -> None:
    """Take a backend, which is checked when other backends and all objects are there.

    Raises:
        EarlyExit: Its types are asked for.
        InputError: Its id is malformed.
        DuplicateIdError: Another one has the id.
    """
    if option.argument in HELP_WORDS:
        configuration.warn(*(StderrLine(line, prefixed=False) for line in TYPES))
        raise EarlyExit("")
    given = keys_of(configuration, option, "type")
    identifier = given.get("id")
    if identifier is not None:
        check_identifier(identifier)
    configuration.claim_id("tpmdev", identifier)
    rest = [item for item in parse_opts(option.argument, "type") if item.key != "id"]

    def check() -> None:
        with option_context(option.location):
            _check_type(given)
            check_items(KEYS[given["type"]], rest)
        _open(configuration, option, given)

    configuration.add_check(Stage.BACKENDS, check)


def _check_type(given: dict[str, str]) -> None:
    if "id" not in given:
        raise MissingParameterError("id")
    if "type" not in given:
        raise _with_types(MissingParameterError("type"))
    if given["type"] not in KEYS:
        raise _with_types(ParameterValueError("type", "a TPM backend type"))


def _with_types(error: HmpError) -> HmpError:
    return InputError(error.message, *TYPES)


def _open(configuration: Configuration, option: Option, given: dict[str, str]) -> None:
    def fail(*messages: str) -> StartupError:
        first, *rest = (located(option.location, message) for message in messages)
        return StartupError(first, *(StderrLine(line, prefixed=True) for line in rest))

    if given["type"] == "passthrough":
        path = given.get("path", DEVICE)
        raise fail(_passthrough_error(path))
    label = given.get("chardev")
    if label is None:
        raise fail("tpm-emulator: parameter 'chardev' is missing")
    if label not in configuration.identifiers["chardev"]:
        raise fail(f"tpm-emulator: tpm chardev '{label}' not found")


def _passthrough_error(path: str) -> str:
    try:
        os.close(os.open(path.encode("latin-1"), os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError as error:
        return f"Cannot access TPM device using '{path}': {os.strerror(error.errno or 0)}"
    return f"'{path}' is not a TPM device."
