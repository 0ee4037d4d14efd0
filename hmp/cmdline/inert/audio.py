"""-audiodev and -audio: sound drivers that play nothing, and the board's sound card."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration
from hmp.cmdline.errors import EarlyExit, StartupError
from hmp.cmdline.inert.structures import read_structured
from hmp.cmdline.options import Option
from hmp.errors import InputError
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import HELP_WORDS
from hmp.machine.qapi.types import read_structure
from hmp.machine.qom.visitors import KeyvalVisitor

# Those of QEMU's package; others are modules that are not installed.
AVAILABLE = ("none", "alsa", "oss", "wav")
MODELS = {
    "ac97": "sound card of Intel chipsets",
    "adlib": "FM synthesizer",
    "cs4231a": "Windows Sound System",
    "es1370": "PCI sound card",
    "gus": "wavetable card",
    "hda": "High Definition Audio",
    "sb16": "ISA sound card",
    "virtio": "virtio sound card",
}
DEFAULT_ID = "audiodev0"


def take_audiodev(configuration: Configuration, option: Option) -> None:
    """Take a driver, for devices that name it; HmpError when it is wrong, EarlyExit for help."""
    if option.argument in HELP_WORDS:
        raise EarlyExit(_drivers_help())
    _add(configuration, read_structured("audiodev", option.argument, "driver"))


def take_audio(configuration: Configuration, option: Option) -> None:
    """Take the default driver, or with model= a driver and the card that uses it.

    Raises:
        EarlyExit: The drivers or the models are asked for.
        HmpError: A member is wrong, or there is no such card.
    """
    found = parse_keyval(option.argument, "driver")
    if found.wants_help:
        raise EarlyExit(_drivers_help())
    model = found.tree.pop("model", None)
    if model in HELP_WORDS:
        raise EarlyExit(_models_help())
    if model is not None and model not in MODELS:
        configuration.to_stdout(_models_help())
        raise InputError(f"Unknown audio device model `{model}'")
    found.tree.setdefault("id", DEFAULT_ID)
    options = read_structure("audiodev", KeyvalVisitor(), found.tree)
    if model is None:
        if not configuration.default_audiodev:
            configuration.default_audiodev = str(options["id"])
        return
    if configuration.sound_card is not None:
        raise InputError("only one -audio option is allowed")
    _add(configuration, options)
    configuration.sound_card = str(model), str(options["id"])


def _add(configuration: Configuration, options: dict[str, object]) -> None:
    identifier = str(options["id"])
    if identifier in configuration.audiodevs:
        raise StartupError(
            f"attempt to add duplicate property '{identifier}' to object (type 'container')"
        )
    configuration.audiodevs[identifier] = options


def _drivers_help() -> str:
    return "Available audio drivers:\n" + "".join(f"{name}\n" for name in AVAILABLE)


def _models_help() -> str:
    lines = (f"{name:11} {text}\n" for name, text in MODELS.items())
    return "Valid audio device model names:\n" + "".join(lines)
