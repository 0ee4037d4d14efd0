"""can-bus, can-host-socketcan and acpi-generic-*: a CAN bus and its interface of the host, and
descriptions of devices for NUMA.
"""

from __future__ import annotations

from typing import ClassVar

from hmp.errors import HostCallError, HostError, InputError
from hmp.machine.host import sockets
from hmp.machine.qom.object import UserObject
from hmp.machine.qom.property import Integer, Link, Property, PropertyValueError, Text

MAX_INTERFACE = 15
MAX_NODES = 128


class CanBus(UserObject):
    """can-bus: nothing is on it."""

    type_name = "can-bus"


class CanHostSocketcan(UserObject):
    """can-host-socketcan: a CAN interface of the host, which must exist."""

    type_name = "can-host-socketcan"
    ancestors: ClassVar[tuple[str, ...]] = ("can-host",)
    interface = Property(Text(), default="", required=True, name="if")
    canbus = Property[CanBus | None](Link("can-bus"), required=True)

    def complete(self) -> None:
        if len(self.interface) > MAX_INTERFACE:
            raise InputError(f"CAN interface name longer than {MAX_INTERFACE} characters")
        try:
            sockets.check_can_interface(self.interface)
        except HostCallError as error:
            raise HostError.from_call("failed to create CAN_RAW socket", error) from None


class NodeNumber(Property[int]):
    """The number of a NUMA node."""

    def set(self, instance: object, value: object) -> None:
        assert isinstance(value, int)
        if value >= MAX_NODES:
            raise PropertyValueError(
                self.name, value, "acpi-generic-initiator: Invalid NUMA node specified"
            )
        super().set(instance, value)


class AcpiGenericInitiator(UserObject):
    """acpi-generic-initiator: a PCI device that is a node of its own."""

    type_name = "acpi-generic-initiator"
    pci_dev = Property(Text(), default="", required=True)
    node = NodeNumber(Integer(32, label="int"), default=0, required=True)


class AcpiGenericPort(UserObject):
    """acpi-generic-port: a PCI bus behind which memory may be."""

    type_name = "acpi-generic-port"
    pci_bus = Property(Text(), default="", required=True)
    node = NodeNumber(Integer(32, label="int"), default=0, required=True)
