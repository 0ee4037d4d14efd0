"""-netdev, -nic and -net: network backends, whose ids are unique and keys known."""

from __future__ import annotations

from hmp.cmdline.configuration import Configuration, Stage
from hmp.cmdline.inert.keys import keys_of
from hmp.cmdline.inert.option_lists import check_choice
from hmp.cmdline.options import Option
from hmp.errors import (
    InvalidParameterError,
    MissingParameterError,
)
from hmp.grammar.opts import check_identifier

# Of each type of network backend the keys (recorded: query-qmp-schema, netdev_add).
NETDEV_KEYS = {
    "user": (
        "hostname restrict ipv4 ipv6 ip net host tftp bootfile dhcpstart dns dnssearch domainname "
        "ipv6-prefix ipv6-prefixlen ipv6-host ipv6-dns smb smbserver hostfwd guestfwd "
        "tftp-server-name"
    ),
    "tap": (
        "ifname fd fds script downscript br helper sndbuf vnet_hdr vhost vhostfd vhostfds "
        "vhostforce queues poll-us"
    ),
    "l2tpv3": (
        "src dst srcport dstport ipv6 udp cookie64 counter pincounter txcookie rxcookie "
        "txsession rxsession offset"
    ),
    "socket": "fd listen connect mcast localaddr udp",
    "stream": "addr server reconnect-ms",
    "dgram": "local remote",
    "vde": "sock port group mode",
    "bridge": "br helper",
    "hubport": "hubid netdev",
    "netmap": "ifname devname",
    "vhost-user": "chardev vhostforce queues",
    "vhost-vdpa": "vhostdev vhostfd queues x-svq",
    "passt": (
        "path quiet vhost-user mtu address netmask mac gateway interface outbound outbound-if4 "
        "outbound-if6 dns search fqdn dhcp-dns dhcp-search map-host-loopback map-guest-addr "
        "dns-forward dns-host tcp udp icmp dhcp ndp dhcpv6 ra freebind ipv4 ipv6 tcp-ports "
        "udp-ports param"
    ),
}
NETDEV_TYPES = tuple(NETDEV_KEYS)
NIC_TYPES = ("none", "nic", *NETDEV_TYPES)


def check_netdev(configuration: Configuration, option: Option) -> None:
    """Check a -netdev: its type, its keys, and that its id is new."""
    if option.argument.startswith("{"):
        return
    given = keys_of(configuration, option, "type")
    if "id" in given:
        check_identifier(given["id"])
    if "type" not in given:
        raise MissingParameterError("type")
    check_choice("type", given["type"], NETDEV_TYPES)
    if "id" not in given:
        raise MissingParameterError("id")
    known = ("type", "id", *NETDEV_KEYS[given["type"]].split())
    for key in given:
        # A dotted key or an element of a list.
        if key.partition(".")[0] not in known:
            raise InvalidParameterError(key)
    configuration.claim_id("netdev", given["id"])
    name = given["id"]
    configuration.add_check(
        Stage.END, lambda: configuration.warn(f"warning: netdev {name} has no peer")
    )


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
