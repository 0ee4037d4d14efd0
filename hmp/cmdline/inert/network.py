"""-netdev, -nic and -net: network backends, which are made before the late objects."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import EarlyExit, option_context
from hmp.cmdline.inert.keys import keys_of
from hmp.cmdline.inert.option_lists import check_choice
from hmp.cmdline.inert.structures import read_structured
from hmp.cmdline.options import Option
from hmp.grammar.opts import HELP_WORDS, check_identifier, find_id, parse_opts, short_form_warning
from hmp.grammar.opts import Option as Element
from hmp.machine.machine import Machine

# These take nested options, and are made before the others.
MODERN_TYPES = ("stream", "dgram")
NETDEV_TYPES = (
    *("user", "tap", "l2tpv3", "socket", "stream", "dgram", "vde", "bridge", "hubport", "netmap"),
    *("vhost-user", "vhost-vdpa", "passt"),
)
NIC_TYPES = ("none", "nic", *NETDEV_TYPES)


class Netdevs:
    """The network backends of a command line."""

    def __init__(self) -> None:
        self.modern: list[tuple[str, dict[str, object]]] = []
        self.lists: list[tuple[str, list[Element]]] = []

    def create(self, machine: Machine, configuration: Configuration) -> None:
        """Make all network backends; raise StartupError for the first that can't be made."""
        from hmp.machine.net.options import read_options

        for location, options in self.modern:
            with option_context(location):
                machine.net.add(options)
        for location, items in self.lists:
            with option_context(location):
                machine.net.add(read_options(items))
        configuration.add_check(Stage.END, lambda: _warn(machine, configuration))


def _warn(machine: Machine, configuration: Configuration) -> None:
    for text in machine.net.warnings() if machine.accelerator.runs_cpus else ():
        configuration.warn(f"warning: {text}")


def check_netdev(configuration: Configuration, option: Option) -> None:
    """Take a -netdev; its id is checked at once, and all of one with nested options."""
    text = option.argument
    netdevs = configuration.netdevs = configuration.netdevs or Netdevs()
    kind = text.partition(",")[0].removeprefix("type=")
    if text.startswith("{") or kind in MODERN_TYPES:
        options = read_structured("netdev", text, "type")
        netdevs.modern.append((option.location, options))
        return
    items = parse_opts(text, "type")
    identifier = find_id(items)
    if identifier is not None:
        check_identifier(identifier.value)
    for item in items:
        if item.short_form:
            configuration.located_warning(option.location)(*short_form_warning(item))
    if kind in HELP_WORDS:
        from hmp.machine.net.network import TYPES

        raise EarlyExit("Available netdev backend types:\n" + "".join(f"{t}\n" for t in TYPES))
    configuration.claim_id("netdev", identifier.value if identifier else None)
    netdevs.lists.append((option.location, items))


def check_nic(configuration: Configuration, option: Option) -> None:
    """Check the type of a -nic or -net, of which `none` frees a PCI slot."""
    given = keys_of(configuration, option, "type")
    kind = given.get("type", "user")
    check_choice("type", kind, NIC_TYPES)
    configuration.network = option.argument
    if option.name == "net" and kind != "none":
        if not configuration.hub:
            configuration.add_check(Stage.END, lambda: _warn_of_hub(configuration))
        configuration.hub.append(kind)


def _warn_of_hub(configuration: Configuration) -> None:
    """Warn of a -net that connects nothing: all of them are on one hub."""
    if "nic" not in configuration.hub:
        configuration.warn("warning: hub 0 with no nics")
    elif all(kind == "nic" for kind in configuration.hub):
        configuration.warn("warning: hub 0 is not connected to host network")
