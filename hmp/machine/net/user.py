"""User-mode networking: addresses are checked, and the ports of hostfwd listen."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Any

from hmp.errors import HostCallError, HostError, InputError
from hmp.machine.host import sockets
from hmp.machine.net.netdev import Netdev

Options = dict[str, Any]
DEFAULT_NETWORK = "10.0.2.0/24"
MIN_PREFIX, MAX_PREFIX = 4, 32
MAX_IPV6_PREFIX = 126
RULE = re.compile(
    r"(?P<protocol>[^:]*):(?P<host>[^:]*):(?P<port>[^-]*)-(?P<guest>[^:]*):(?P<to>.*)"
)


def set_up(netdev: Netdev, options: Options) -> None:
    """Check the addresses, and listen where hostfwd says; raise HmpError for the first fault."""
    if options.get("ipv4") is False and options.get("ipv6") is False:
        raise InputError("IPv4 and IPv6 disabled")
    network = _network(str(options.get("net", DEFAULT_NETWORK)))
    _check_addresses(options, network)
    _check_ipv6(options)
    if "smb" in options:
        raise HostError("Could not find '/usr/sbin/smbd', please install it")
    for rule in reversed(_texts(options.get("hostfwd"))):
        add_forwarding(netdev, rule)
    for rule in _texts(options.get("guestfwd")):
        if not re.match(r"tcp:[^:]*:\d+-", rule):
            raise InputError(f"Invalid guest forwarding rule '{rule}'")
    restrict = "on" if options.get("restrict") else "off"
    netdev.info = f"net={network.network_address},restrict={restrict}"


def _texts(value: object) -> list[str]:
    return [str(item["str"]) for item in value] if isinstance(value, list) else []


def _network(text: str) -> ipaddress.IPv4Network:
    address, slash, prefix = text.partition("/")
    try:
        parsed = ipaddress.IPv4Address(address)
    except ValueError:
        raise InputError("Failed to parse netmask") from None
    if slash and prefix.isdecimal() and not MIN_PREFIX <= int(prefix) <= MAX_PREFIX:
        raise InputError(f"Invalid netmask provided (must be in range {MIN_PREFIX}-{MAX_PREFIX})")
    try:
        return ipaddress.IPv4Network(f"{parsed}/{prefix or 24}", strict=False)
    except ValueError:
        raise InputError("Failed to parse netmask") from None


def _check_addresses(options: Options, network: ipaddress.IPv4Network) -> None:
    for key, name in (("host", "host"), ("dns", "DNS"), ("dhcpstart", "DHCP start address")):
        if key not in options:
            continue
        try:
            address = ipaddress.IPv4Address(options[key])
        except ValueError:
            raise InputError(f"Failed to parse {name}") from None
        if address not in network:
            owner = {"host": "Host", "dns": "DNS", "dhcpstart": "DHCP"}[key]
            raise InputError(f"{owner} doesn't belong to network")


def _check_ipv6(options: Options) -> None:
    if "ipv6-prefix" in options:
        try:
            ipaddress.IPv6Address(options["ipv6-prefix"])
        except ValueError:
            raise InputError("Failed to parse IPv6 prefix") from None
    if not 0 <= options.get("ipv6-prefixlen", 64) <= MAX_IPV6_PREFIX:
        raise InputError(
            "Invalid IPv6 prefix provided (IPv6 prefix length must be between 0 and "
            f"{MAX_IPV6_PREFIX})"
        )


def add_forwarding(netdev: Netdev, rule: str) -> None:
    """Listen on a port of the host, as a rule of hostfwd says.

    Raises:
        InputError: The rule is malformed.
        HostError: The port can't be had.
    """
    found = RULE.fullmatch(rule)
    if found is None:
        raise InputError(f"Invalid host forwarding rule '{rule}' ({_fault(rule)})")
    if found["protocol"] not in ("tcp", "udp", ""):
        raise InputError(f"Invalid host forwarding rule '{rule}' (Bad protocol name)")
    digits = re.match(r"\d*", found["port"])
    port = int(digits[0] or 0) if digits else 0
    kind = socket.SOCK_DGRAM if found["protocol"] == "udp" else socket.SOCK_STREAM
    sock = sockets.open_socket(socket.AF_INET, kind)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sockets.bind(sock, (found["host"] or "0.0.0.0", port))
        if kind == socket.SOCK_STREAM:
            sockets.listen(sock)
    except HostCallError:
        sock.close()
        raise HostError(f"Could not set up host forwarding rule '{rule}'") from None
    netdev.sockets[f"{found['protocol'] or 'tcp'}:{found['host']}:{port}"] = sock


def _fault(rule: str) -> str:
    protocol, colon, rest = rule.partition(":")
    if not colon:
        return "No : separators"
    if protocol not in ("tcp", "udp", ""):
        return "Bad protocol name"
    if ":" not in rest:
        return "Missing : separator"
    return "Bad host port separator" if "-" not in rest else "Bad guest port"


def remove_forwarding(netdev: Netdev, rule: str) -> bool:
    """Close the port of a rule; return whether there was one.

    Raises:
        InputError: The rule is malformed.
    """
    protocol, colon, rest = rule.partition(":")
    if not colon or protocol not in ("tcp", "udp", "") or ":" not in rest:
        raise InputError("invalid format")
    sock = netdev.sockets.pop(f"{protocol or 'tcp'}:{rest}", None)
    if sock is None:
        return False
    sock.close()
    return True
