"""Objects that connect to another process, or to a device of the host."""

from __future__ import annotations

from typing import ClassVar

from hmp.errors import FileOpenError, HostCallError, HostError, InputError, StateError
from hmp.machine import system_calls
from hmp.machine.host import sockets
from hmp.machine.qapi.types import Described
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    HostPath,
    Property,
    PropertyValueError,
    Text,
)

QUOTES = "“{}”".encode().decode("latin-1")
"""GLib's quotes; a text is bytes in Latin-1 here."""
GRAB_KEYS = (
    *("ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"),
)
MAX_PIXELS = 32767


class Pixels(Property[str]):
    """A number of pixels, which QEMU declares as a text."""

    def set(self, instance: object, value: object) -> None:
        text = str(value)
        if not text.isdecimal() or int(text) > MAX_PIXELS:
            raise PropertyValueError(
                self.name, value, f"{self.name} property must be in the range [0..{MAX_PIXELS}]"
            )
        super().set(instance, value)


class InputBarrier(UserObject):
    """input-barrier: a keyboard and mouse from a Barrier server."""

    type_name = "input-barrier"
    client = Property(Text(), default="", required=True, name="name")
    server = Property(Text(), default="localhost")
    port = Property(Text(), default="24800")
    x_origin = Pixels(Text(), default="0")
    y_origin = Pixels(Text(), default="0")
    width = Pixels(Text(), default="1920")
    height = Pixels(Text(), default="1080")

    def complete(self) -> None:
        sockets.connect_tcp(self.server, self.port).close()


class InputLinux(UserObject):
    """input-linux: a keyboard or mouse of the host, which must be one."""

    type_name = "input-linux"
    evdev = Property(HostPath(), default="", required=True)
    grab_all = Property(Boolean(), default=False, name="grab_all")
    repeat = Property(Boolean(), default=False)
    grab_toggle = Property(Enumeration("GrabToggleKeys", *GRAB_KEYS), default="ctrl-ctrl")

    def complete(self) -> None:
        try:
            descriptor = system_calls.open_file(
                self.evdev.encode("latin-1"), system_calls.O_RDWR | system_calls.O_NONBLOCK
            )
        except HostCallError as error:
            raise FileOpenError(self.evdev, error.errno) from None
        try:
            system_calls.check_evdev(descriptor)
        except HostCallError:
            raise StateError(f"{self.evdev}: is not an evdev device") from None
        finally:
            system_calls.close(descriptor)


class DbusVmstate(UserObject):
    """dbus-vmstate: states of helpers on a bus; the bus must be there."""

    type_name = "dbus-vmstate"
    addr = Property(Text(), "Address of the bus", "", required=True)
    id_list = Property(Text(), default="")

    def complete(self) -> None:
        try:
            _connect_to_bus(self.addr)
        except InputError as error:
            raise HostError(f"failed to connect to DBus: '{error.message}'") from None


def _connect_to_bus(address: str) -> None:
    if not address:
        raise InputError("The given address is empty")
    kind, colon, rest = address.partition(":")
    if not colon:
        raise InputError(f"Address element {QUOTES.format(address)} does not contain a colon (:)")
    pairs: dict[str, str] = {}
    for index, pair in enumerate(filter(None, rest.split(","))):
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError(
                f"Key/Value pair {index}, {QUOTES.format(pair)}, in address element "
                f"{QUOTES.format(address)} does not contain an equal sign"
            )
        pairs[key] = value
    if kind == "unix" and "path" in pairs:
        try:
            sockets.connect_unix(pairs["path"]).close()
        except HostCallError as error:
            raise InputError(HostError.from_call("Could not connect", error).message) from None


class PrManagerHelper(UserObject):
    """pr-manager-helper: a process that reserves disks."""

    type_name = "pr-manager-helper"
    ancestors: ClassVar[tuple[str, ...]] = ("pr-manager",)
    socket_path = Property(HostPath(), default="", required=True, name="path")

    def complete(self) -> None:
        try:
            sockets.connect_unix(self.socket_path).close()
        except HostCallError as error:
            raise HostError.from_call(f"Failed to connect to '{self.socket_path}'", error) from None


class DescriptorProperty(Property[str]):
    """A number of a descriptor, or the name of one that a monitor got."""

    def set(self, instance: object, value: object) -> None:
        text = str(value)
        if not text.isdecimal():
            raise PropertyValueError(
                self.name,
                value,
                f"Could not parse remote object fd {text}:Invalid file descriptor number '{text}'",
            )
        super().set(instance, value)


class RemoteObject(UserObject):
    """x-remote-object: a device of another process."""

    type_name = "x-remote-object"
    fd = DescriptorProperty(Text(), default="", required=True)
    devid = Property(Text(), default="", required=True)

    def complete(self) -> None:
        if not system_calls.is_socket(int(self.fd)):
            raise StateError(f"File descriptor '{self.fd}' is not a socket")


class Iommufd(UserObject):
    """iommufd: /dev/iommu of the host, or a descriptor of it."""

    type_name = "iommufd"
    fd = DescriptorProperty(Text(), default="")

    def complete(self) -> None:
        if not self.fd and not system_calls.exists(b"/dev/iommu"):
            raise StateError(
                "/dev/iommu does not exist (is your kernel config missing CONFIG_IOMMUFD?)"
            )


class VfioUserServer(UserObject):
    """x-vfio-user-server: this build of QEMU has none."""

    type_name = "x-vfio-user-server"
    socket = Property[object](Described("SocketAddress", "blockdev/nbd.server"), required=True)
    device = Property(Text(), default="", required=True)
