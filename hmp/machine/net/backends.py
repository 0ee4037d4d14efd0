"""What each type of network backend needs of the host, and how it fails (experiments)."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hmp.errors import HmpError, HostCallError, HostError, InputError, StateError
from hmp.machine import system_calls
from hmp.machine.host import sockets
from hmp.machine.net import user
from hmp.machine.net.netdev import Netdev

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

Options = dict[str, Any]
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
IFREQ = struct.Struct("16sH22x")
DEFAULT_SCRIPT, DEFAULT_DOWN_SCRIPT = "/etc/qemu-ifup", "/etc/qemu-ifdown"
FAILED_STATUS = 256
"""QEMU's status of a script that can't be run."""


def _user(machine: Machine, netdev: Netdev, options: Options) -> None:
    user.set_up(netdev, options)


def _hubport(machine: Machine, netdev: Netdev, options: Options) -> None:
    netdev.hub = options["hubid"]
    name = options.get("netdev")
    if name is not None:
        netdev.connected = machine.net.find_netdev(name)
        if netdev.connected is None:
            raise InputError(f"netdev '{name}' not found")


def _socket(machine: Machine, netdev: Netdev, options: Options) -> None:
    ways = [key for key in ("fd", "listen", "connect", "mcast", "udp") if key in options]
    if len(ways) != 1:
        raise InputError("exactly one of listen=, connect=, mcast= or udp= is required")
    way = ways[0]
    if "localaddr" in options and way not in ("mcast", "udp"):
        raise InputError("localaddr= is only valid with mcast= or udp=")
    if way == "fd":
        raise HostError("can't get socket option SO_TYPE")
    if way == "udp" and "localaddr" not in options:
        raise InputError("localaddr= is mandatory with udp=")
    host, port = host_and_port(str(options[way]))
    if way == "listen":
        netdev.sockets["listen"] = _listen(host, port)
    elif way == "connect":
        list(sockets.resolve(host, port))
    elif way == "udp":
        local_host, local_port = host_and_port(str(options["localaddr"]))
        netdev.sockets["udp"] = _datagram(local_host, local_port)
        netdev.info = f"socket: udp={host}:{port}"
    else:
        netdev.info = f"socket: mcast={host}:{port}"


def host_and_port(text: str) -> tuple[str, str]:
    """Return the parts of HOST:PORT; raise InputError when there is no colon."""
    host, colon, port = text.partition(":")
    if not colon:
        raise InputError(f"host address '{text}' doesn't contain ':' separating host from port")
    if not port.isdecimal():
        raise InputError(f"port number '{port}' is invalid")
    return host, port


def _listen(host: str, port: str) -> socket.socket:
    for family, address in sockets.resolve(host or "0.0.0.0", port, passive=True):
        sock = sockets.open_socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sockets.bind(sock, address)
            sockets.listen(sock)
            return sock
        except HostCallError as error:
            sock.close()
            raise HostError.from_call(f"can't bind ip={address[0]} to socket", error) from None
    raise InputError(f"address resolution failed for {host}:{port}")


def _datagram(host: str, port: str) -> socket.socket:
    for family, address in sockets.resolve(host or "0.0.0.0", port, socket.SOCK_DGRAM):
        sock = sockets.open_socket(family, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sockets.bind(sock, address)
            return sock
        except HostCallError as error:
            sock.close()
            raise HostError.from_call(f"can't bind ip={address[0]} to socket", error) from None
    raise InputError(f"address resolution failed for {host}:{port}")


def _stream(machine: Machine, netdev: Netdev, options: Options) -> None:
    address = options["addr"]
    if options.get("server"):
        if options.get("reconnect-ms"):
            raise InputError("'reconnect-ms' option is incompatible with socket in server mode")
        if address["type"] == "inet":
            netdev.sockets["listen"] = _listen(address["host"], address["port"])
        elif address["type"] == "unix":
            netdev.sockets["listen"] = _listen_unix(address["path"])
            netdev.paths.append(address["path"])
        netdev.info = "initializing"
    else:
        # QEMU connects in the background, and only `info network` shows a failure.
        netdev.info = _connect(netdev, address)


def _connect(netdev: Netdev, address: Options) -> str:
    """Return what `info network` shows of a connection."""
    try:
        if address["type"] == "inet":
            netdev.sockets["stream"] = sockets.connect_tcp(address["host"], address["port"])
            return f"tcp:{address['host']}:{address['port']}"
        if address["type"] == "unix":
            netdev.sockets["stream"] = sockets.connect_unix(address["path"])
            return f"unix:{address['path']}"
    except HostCallError as error:
        failed = HostError.from_call(f"Failed to connect to '{address['path']}'", error)
        return f"error: {failed.message}"
    except HmpError as error:
        return f"error: {error.message}"
    return "connecting"


def _listen_unix(path: str) -> socket.socket:
    sock = sockets.open_socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if system_calls.exists(path.encode("latin-1")):
            system_calls.unlink(path.encode("latin-1"))
        sockets.bind(sock, path.encode("latin-1"))
        sockets.listen(sock)
    except HostCallError as error:
        sock.close()
        raise HostError.from_call(f"Failed to bind socket to {path}", error) from None
    return sock


def _dgram(machine: Machine, netdev: Netdev, options: Options) -> None:
    local, remote = options.get("local"), options.get("remote")
    if local is None:
        raise InputError("dgram requires local= parameter")
    if remote is None and local["type"] in ("inet", "unix"):
        raise InputError("type=inet or type=unix requires remote parameter")
    if local["type"] == "inet":
        netdev.sockets["udp"] = _datagram(local["host"], local["port"])
        netdev.info = (
            f"udp={local['host']}:{local['port']}/{remote['host']}:{remote['port']}"
            if remote
            else ""
        )
    elif local["type"] == "unix":
        sock = sockets.open_socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        netdev.sockets["udp"] = sock
        if system_calls.exists(local["path"].encode("latin-1")):
            system_calls.unlink(local["path"].encode("latin-1"))
        sockets.bind(sock, local["path"].encode("latin-1"))
        netdev.paths.append(local["path"])
        netdev.info = f"udp={local['path']}:{remote['path']}" if remote else ""


def _tap(machine: Machine, netdev: Netdev, options: Options) -> None:
    if "fd" in options or "fds" in options:
        if any(key in options for key in ("ifname", "script", "downscript", "vnet_hdr", "helper")):
            raise InputError(
                "ifname=, script=, downscript=, vnet_hdr= are invalid with fd=/fds=/helper="
            )
        _check_tap_descriptor(str(options.get("fd", options.get("fds", ""))))
        netdev.info = f"fd={options.get('fd', '')}"
        return
    script = options.get("script", DEFAULT_SCRIPT)
    down = options.get("downscript", DEFAULT_DOWN_SCRIPT)
    name = _open_tap(netdev, str(options.get("ifname", "")))
    if script not in ("", "no"):
        # Scripts change the host; none is run.
        raise HostError(f"network script {script} failed with status {FAILED_STATUS}")
    if options.get("vhost") and not system_calls.exists(b"/dev/vhost-net"):
        raise HostError("Could not open '/dev/vhost-net': No such file or directory")
    netdev.info = f"ifname={name},script={script},downscript={down}"


def _check_tap_descriptor(text: str) -> None:
    if not text.isdecimal():
        raise InputError(f"Invalid file descriptor number '{text}'")
    try:
        os.fstat(int(text))
    except (OSError, OverflowError):
        reason = "Bad file descriptor"
        raise HostError(
            f"Can't set file descriptor {text} non-blocking: {reason}: {reason}"
        ) from None


def _open_tap(netdev: Netdev, name: str) -> str:
    try:
        descriptor = system_calls.open_file(b"/dev/net/tun", system_calls.O_RDWR)
    except HostCallError as error:
        raise HostError.from_call("could not open /dev/net/tun", error) from None
    netdev.descriptors.append(descriptor)
    wanted = (name or "tap%d").encode("latin-1")[:15]
    try:
        answer = fcntl.ioctl(descriptor, TUNSETIFF, IFREQ.pack(wanted, IFF_TAP | IFF_NO_PI))
    except OSError as error:
        shown = name or "tap%d"
        raise HostError(
            f"could not configure /dev/net/tun ({shown}): {os.strerror(error.errno or 0)}"
        ) from None
    return str(IFREQ.unpack(answer)[0].rstrip(b"\0").decode("latin-1"))


def _bridge(machine: Machine, netdev: Netdev, options: Options) -> None:
    raise HostError("bridge helper failed")


def _vhost_user(machine: Machine, netdev: Netdev, options: Options) -> None:
    name = str(options["chardev"])
    if name not in machine.chardevs.children:
        raise StateError(f'chardev "{name}" not found')
    raise StateError(f'chardev "{name}" is not reconnectable')


def _l2tpv3(machine: Machine, netdev: Netdev, options: Options) -> None:
    netdev.info = "l2tpv3: connected"


def _vde(machine: Machine, netdev: Netdev, options: Options) -> None:
    raise HostError("Could not open vde: No such file or directory")


def _vhost_vdpa(machine: Machine, netdev: Netdev, options: Options) -> None:
    device = options.get("vhostdev")
    if device is None and "vhostfd" not in options:
        raise InputError("vhost-vdpa: neither vhostdev= nor vhostfd= was specified")
    raise HostError(f"Could not open '{device}': No such file or directory")


def _passt(machine: Machine, netdev: Netdev, options: Options) -> None:
    quoted = "“passt”".encode().decode("latin-1")
    raise HostError(
        f"Error creating daemon: Failed to execute child process {quoted} "
        "(No such file or directory)"
    )


MAKERS: dict[str, Callable[[Machine, Netdev, Options], None]] = {
    "user": _user,
    "hubport": _hubport,
    "socket": _socket,
    "stream": _stream,
    "dgram": _dgram,
    "tap": _tap,
    "bridge": _bridge,
    "vhost-user": _vhost_user,
    "l2tpv3": _l2tpv3,
    "vde": _vde,
    "vhost-vdpa": _vhost_vdpa,
    "passt": _passt,
}
