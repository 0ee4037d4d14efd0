"""filter-* and colo-compare: what happens to the packets of a network backend; there are none."""

from __future__ import annotations

import struct
from typing import ClassVar

from hmp.errors import FileOpenError, HostCallError, InputError, ParameterError, ParameterValueError
from hmp.machine import system_calls
from hmp.machine.objects.base import MachineObject, Positive
from hmp.machine.objects.event_loops import IoThread
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    HostPath,
    Integer,
    Link,
    Property,
    PropertyValueError,
    Text,
)

# Of a file of packets the header (experiment: what filter-dump writes at once): magic, version,
# zone, accuracy, bytes of a packet, link type.
PCAP_HEADER = struct.Struct("=IHHiIII")
PCAP_MAGIC = 0xA1B2C3D4


class Status(Property[str]):
    """`status`, a word though it is on or off."""

    def set(self, instance: object, value: object) -> None:
        if value not in ("on", "off"):
            raise PropertyValueError(
                self.name, value, "Invalid value for netfilter status, should be 'on' or 'off'"
            )
        super().set(instance, value)


class Interval(Property[int]):
    """`interval` in microseconds."""

    def set(self, instance: object, value: object) -> None:
        if not value:
            kind = getattr(instance, "type_name", "")
            raise PropertyValueError(
                self.name, value, f"Property '{kind}.{self.name}' requires a positive value"
            )
        super().set(instance, value)


class NetFilter(MachineObject):
    """What all filters have in common: they are on a network backend, in an order."""

    type_name = "netfilter"
    ancestors: ClassVar[tuple[str, ...]] = ("netfilter",)
    netdev = Property(Text(), default="", required=True)
    queue = Property(Enumeration("NetFilterDirection", "all", "rx", "tx"), default="all")
    status = Status(Text(), default="on")
    position = Property(Text(), default="tail")
    insert = Property(Enumeration("string", "before", "behind"), default="behind")

    def complete(self) -> None:
        if self.machine.net.find_netdev(self.netdev) is None:
            raise ParameterValueError("netdev", "a network backend id")
        if self.position not in ("head", "tail"):
            self._check_position()

    def _check_position(self) -> None:
        if not self.position.startswith("id="):
            raise ParameterValueError("position", "'head', 'tail' or 'id=<id>'")
        name = self.position.removeprefix("id=")
        other = self.machine.objects.children.get(name)
        if not isinstance(other, NetFilter):
            raise ParameterError("position", f"filter '{name}' not found")
        if other is self or other.netdev != self.netdev:
            raise ParameterError("position", f"filter '{name}' belongs to a different netdev")


class FilterBuffer(NetFilter):
    """filter-buffer: packets are kept for a while."""

    type_name = "filter-buffer"
    interval = Interval(Integer(32), default=0, required=True)


class FilterDump(NetFilter):
    """filter-dump: packets are written to a file, which gets its header at once."""

    type_name = "filter-dump"
    file = Property(HostPath(), default="", required=True)
    maxlen = Positive(Integer(32), default=65536)

    def complete(self) -> None:
        super().complete()
        flags = system_calls.O_WRONLY | system_calls.O_CREAT | system_calls.O_TRUNC
        try:
            descriptor = system_calls.open_file(self.file.encode("latin-1"), flags, 0o644)
        except HostCallError as error:
            raise FileOpenError(self.file, error.errno) from None
        try:
            system_calls.write(descriptor, PCAP_HEADER.pack(PCAP_MAGIC, 2, 4, 0, 0, self.maxlen, 1))
        finally:
            system_calls.close(descriptor)


class FilterMirror(NetFilter):
    """filter-mirror: packets are copied to a character device."""

    type_name = "filter-mirror"
    outdev = Property(Text(), default="", required=True)
    vnet_hdr_support = Property(Boolean(), default=False, name="vnet_hdr_support")

    def complete(self) -> None:
        super().complete()
        self.find_chardev(self.outdev)


class FilterRedirector(NetFilter):
    """filter-redirector: packets go to a character device, and come from one."""

    type_name = "filter-redirector"
    indev = Property(Text(), default="")
    outdev = Property(Text(), default="")
    vnet_hdr_support = Property(Boolean(), default=False, name="vnet_hdr_support")

    def complete(self) -> None:
        super().complete()
        if not self.indev and not self.outdev:
            raise InputError(
                "filter redirector needs 'indev' or 'outdev' at least one property set"
            )
        if self.indev == self.outdev:
            raise InputError("'indev' and 'outdev' could not be same for filter redirector")
        for name in (self.indev, self.outdev):
            if name:
                self.find_chardev(name)


class FilterReplay(NetFilter):
    """filter-replay: packets are recorded for a replay."""

    type_name = "filter-replay"


class FilterRewriter(NetFilter):
    """filter-rewriter: numbers of packets are changed."""

    type_name = "filter-rewriter"
    vnet_hdr_support = Property(Boolean(), default=False, name="vnet_hdr_support")


class ColoCompare(MachineObject):
    """colo-compare: compares the packets of two machines."""

    type_name = "colo-compare"
    primary_in = Property(Text(), default="", required=True, name="primary_in", listed=False)
    secondary_in = Property(Text(), default="", required=True, name="secondary_in", listed=False)
    outdev = Property(Text(), default="", required=True, listed=False)
    iothread = Property[IoThread | None](Link("iothread"), required=True, listed=False)
    notify_dev = Property(Text(), default="", name="notify_dev", listed=False)
    compare_timeout = Property(Integer(64), default=3000, name="compare_timeout", listed=False)
    expired_scan_cycle = Property(
        Integer(32), default=3000, name="expired_scan_cycle", listed=False
    )
    max_queue_size = Property(Integer(32), default=1024, name="max_queue_size", listed=False)
    vnet_hdr_support = Property(Boolean(), default=False, name="vnet_hdr_support", listed=False)

    def complete(self) -> None:
        names = [self.primary_in, self.secondary_in, self.outdev]
        if len(set(names)) < len(names):
            raise InputError("'primary_in', 'secondary_in' and 'outdev' could not be same")
        for name in (*names, *([self.notify_dev] if self.notify_dev else [])):
            self.find_chardev(name)
