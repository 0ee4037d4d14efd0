"""-netdev, -nic and -net: network backends, which are made before the late objects."""

from __future__ import annotations

import re

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.errors import EarlyExit, option_context
from hmp.cmdline.inert.option_lists import check_choice
from hmp.cmdline.inert.structures import read_structured
from hmp.cmdline.options import Option
from hmp.errors import InputError, InvalidParameterError, MissingParameterError
from hmp.grammar.opts import HELP_WORDS, checked_id, find_id, parse_opts
from hmp.grammar.opts import Option as Element
from hmp.machine.boards.onboard import Nic
from hmp.machine.machine import Machine

# These take nested options, and are made before the others.
MODERN_TYPES = ("stream", "dgram")
NETDEV_TYPES = (
    *("user", "tap", "l2tpv3", "socket", "stream", "dgram", "vde", "bridge", "hubport", "netmap"),
    *("vhost-user", "vhost-vdpa", "passt"),
)
CARD_KEYS = ("type", "id", "netdev", "macaddr", "model", "addr", "vectors")
MAX_CARDS = 8
LARGEST_MAC_NUMBER = 0xFFFFFF
_MAC = re.compile("((0[xX])?[0-9a-fA-F]+[:-]){5}((0[xX])?[0-9a-fA-F]+)?")
_NUMBER = re.compile("0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*")
VIRTIO = "virtio-net-pci"
ALL_MODELS = "Available NIC models (use -nic model=help for a filtered list):"
NIC_TYPES = ("none", "nic", *NETDEV_TYPES)


class Netdevs:
    """The network backends and cards of a command line.

    `replaces_default` says that there is an option, which the sections of a -readconfig are none of
    (experiment: the default card stays, and no warnings come).
    """

    def __init__(self) -> None:
        self.replaces_default = False
        self.modern: list[tuple[str, dict[str, object]]] = []
        self.lists: list[tuple[str, list[Element]]] = []
        # Those of -nic and of -net, in their order.
        self.with_card: list[tuple[str, list[Element]]] = []
        self.on_hub: list[tuple[str, list[Element]]] = []

    def create(self, machine: Machine, configuration: Configuration) -> None:
        """Make all network backends; raise StartupError for the first that can't be made."""
        from hmp.machine.net.options import read_options

        for location, options in self.modern:
            with option_context(location):
                machine.net.add(options)
        for location, items in self.lists:
            with option_context(location):
                if find_id(items) is None:
                    raise MissingParameterError("id")
                netdev = machine.net.add(read_options(items))
                machine.net.option_ids.add(netdev.identifier)
        nics = machine.onboard.nics = []
        for location, items in self.with_card:
            with option_context(location):
                nics.extend(make_backend_of_card(machine, items))
                _check_count(nics)
        for location, items in self.on_hub:
            with option_context(location):
                nics.extend(make_client_of_hub(machine, items))
                _check_count(nics)
        if configuration.defaults and not self.replaces_default:
            for kind in ("nic", "user"):
                nics.extend(make_client_of_hub(machine, [Element("type", kind)]))
            return
        configuration.add_check(Stage.DEVICES, lambda: warn_of_network(machine, configuration))


def _check_count(nics: list[Nic]) -> None:
    if len(nics) > MAX_CARDS:
        raise InputError("no more on-board/default NIC slots available")


def make_backend_of_card(machine: Machine, items: list[Element]) -> list[Nic]:
    """Make the backend of a -nic, and return its card, if it has one."""
    from hmp.machine.net.options import read_options

    given = {item.key: item.value for item in items}
    check_choice("type", given.get("type", "user"), NIC_TYPES)
    if given.get("type") == "none":
        return []
    for_backend = [item for item in items if item.key not in ("mac", "model")]
    if not any(item.key == "id" for item in for_backend):
        for_backend.append(Element("id", machine.net.next_name()))
    if "type" not in given:
        for_backend.append(Element("type", "user"))
    netdev = machine.net.add_named(read_options(for_backend))
    mac = _checked_mac(given.get("mac", ""))
    return [Nic("", _model(machine, given.get("model", "")), mac, netdev.identifier, 0)]


def _check_keys(given: dict[str, str], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise InvalidParameterError(key)


def make_client_of_hub(machine: Machine, items: list[Element]) -> list[Nic]:
    """Make what a -net asks for, on hub 0: a backend, or a card, which is returned."""
    from hmp.machine.net.options import read_options

    given = {item.key: item.value for item in items}
    kind = given.get("type")
    if kind is None:
        raise MissingParameterError("type")
    check_choice("type", kind, NIC_TYPES)
    if kind == "none":
        _check_keys(given, ("type", "id"))
        return []
    if kind != "nic":
        if kind in ("hubport", "vhost-vdpa", "stream", "dgram", "passt"):
            raise InputError(f"network backend '{kind}' is only supported with -netdev/-nic")
        named = [item for item in items if item.key == "id"]
        added = [] if named else [Element("id", machine.net.next_name())]
        netdev = machine.net.add_named(read_options([*items, *added]))
        machine.net.add_port(0, netdev)
        return []
    _check_keys(given, CARD_KEYS)
    netdev_id = given.get("netdev")
    if netdev_id is None:
        port = machine.net.add_port(0, None)
        netdev_id = port.identifier
    elif machine.net.find_netdev(netdev_id) is None:
        raise InputError(f"netdev '{netdev_id}' not found")
    name = given.get("id") or machine.net.next_name()
    mac = _checked_mac(given.get("macaddr", ""))
    model = _model(machine, given.get("model", ""))
    return [Nic(name, model, mac, netdev_id)]


def _models_help(title: str, buses: tuple[str, ...] | None) -> str:
    """Return the list of the types of network cards, of all or of those for some buses."""
    from hmp.machine.catalogue import records

    lines = [title]
    for name in sorted(records.type_names()):
        record = records.find_type(name)
        if record is None or record.abstract or not record.creatable:
            continue
        kinds = [item.bus for item in records.lineage(name) if item.bus]
        if any(item.name == "netdev" for item in records.properties(name)) and (
            buses is None or kinds[0] in buses
        ):
            alias = f" (aka {record.alias})" if buses is not None and name == VIRTIO else ""
            lines.append(f"{name}{alias.replace('virtio-net', 'virtio')}")
    return "".join(f"{line}\n" for line in lines)


def _model(machine: Machine, name: str) -> str:
    if name in HELP_WORDS:
        buses = tuple(machine.board.buses.values())
        raise EarlyExit(
            _models_help("Available NIC models for this configuration:", (*buses, "PCI"))
        )
    return VIRTIO if name == "virtio" else name


def _checked_mac(text: str) -> str:
    """Return an address: six bytes, or a number for the last three (experiments)."""
    if not text:
        return ""
    if _MAC.fullmatch(text):
        # A byte keeps its last digits alone, and the last one may be missing.
        numbers = [int(part or "0", 16) & 0xFF for part in re.split("[:-]", text)]
    elif _NUMBER.fullmatch(text) and (number := _read_number(text)) <= LARGEST_MAC_NUMBER:
        numbers = list(number.to_bytes(6))
    else:
        raise InputError("invalid syntax for ethernet address")
    if numbers[0] & 1:
        raise InputError("NIC cannot have multicast MAC address")
    return ":".join(f"{number:02x}" for number in numbers)


def _read_number(text: str) -> int:
    is_octal = text.startswith("0") and text.isdecimal()
    return int(text, 8) if is_octal else int(text, 0)


def warn_of_network(machine: Machine, configuration: Configuration) -> None:
    """Warn of backends and cards that are connected to nothing, and of cards that are not there."""
    if not machine.accelerator.runs_cpus:
        return
    machine.onboard.ensure()
    for text in machine.net.warnings():
        configuration.warn(f"warning: {text}")
    for nic in machine.onboard.nics:
        if not machine.onboard.has_bus_for(nic):
            name, model = nic.name or "anonymous", nic.model or "unspecified"
            configuration.warn(
                f"warning: requested NIC ({name}, model {model}) was not created "
                "(not supported by this machine?)"
            )


def check_netdev(configuration: Configuration, option: Option) -> None:
    """Take a -netdev; its id is checked at once, and all of one with nested options."""
    text = option.argument
    netdevs = configuration.netdevs = configuration.netdevs or Netdevs()
    netdevs.replaces_default |= not option.source
    kind = text.partition(",")[0].removeprefix("type=")
    if text.startswith("{") or kind in MODERN_TYPES:
        options = read_structured("netdev", text, "type")
        netdevs.modern.append((option.location, options))
        return
    items = parse_opts(text, "type")
    identifier = checked_id(items)
    configuration.warn_of_short_forms(option.location, items)
    if kind in HELP_WORDS:
        from hmp.machine.net.network import TYPES

        raise EarlyExit("Available netdev backend types:\n" + "".join(f"{t}\n" for t in TYPES))
    configuration.claim_id("netdev", identifier)
    netdevs.lists.append((option.location, items))


def check_nic(configuration: Configuration, option: Option) -> None:
    """Take a -nic or -net, whose values are checked when the network is made."""
    items = parse_opts(option.argument, "type")
    configuration.warn_of_short_forms(option.location, items)
    configuration.claim_id(option.name, checked_id(items))
    kind = next((item.value for item in reversed(items) if item.key == "type"), "")
    if kind in HELP_WORDS and option.name == "nic":
        from hmp.machine.net.network import TYPES

        models = _models_help(ALL_MODELS, None)
        backends = "".join(f"{name}\n" for name in TYPES)
        raise EarlyExit(f"Available netdev backend types:\n{backends}\n{models}")
    netdevs = configuration.netdevs = configuration.netdevs or Netdevs()
    netdevs.replaces_default |= not option.source
    (netdevs.with_card if option.name == "nic" else netdevs.on_hub).append((option.location, items))
