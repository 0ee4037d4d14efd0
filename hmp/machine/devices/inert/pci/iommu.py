"""IOMMUs: a machine has one, and that of AMD comes with a PCI device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hmp.errors import StateError
from hmp.machine.devices.inert.checks import UnusableValueError
from hmp.machine.devices.inert.device import (
    InertDevice,
    InertVirtioDevice,
    InertVirtioPciGeneric,
)
from hmp.machine.devices.pci.device import PciDevice

if TYPE_CHECKING:
    from hmp.machine.machine import Machine

INTEL_WIDTHS = (39, 48)
RESERVED_REGIONS = "0xfee00000:0xfeefffff:1"
"""Where interrupts are sent to: no memory of the guest."""


class SeveralIommusError(StateError):
    """The machine has an IOMMU already."""

    parameter = "driver"

    def __init__(self) -> None:
        super().__init__("QEMU does not support multiple vIOMMUs for x86 yet.")


def check_single_iommu(machine: Machine) -> None:
    """Raise SeveralIommusError when there is an IOMMU."""
    devices = (*machine.peripheral.children.values(), *machine.peripheral_anon.children.values())
    if any(isinstance(device, IommuTypes) and device.realized for device in devices):
        raise SeveralIommusError


class InertX86Iommu(InertDevice):
    """intel-iommu and amd-iommu."""

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        check_single_iommu(machine)
        super().prepare(machine, hotplugged)
        if self.type_name == "intel-iommu":
            self._check_intel()
        name = self.get("pci-id") if self.type_name == "amd-iommu" else None
        if name and not isinstance(machine.peripheral.children.get(str(name)), PciDevice):
            # QEMU says so and crashes later.
            raise UnusableValueError("pci-id", f"Cannot find PCI device '{name}'")

    def _check_intel(self) -> None:
        intremap = self.get("intremap")
        if self.get("eim") == "on" and intremap == "off":
            raise UnusableValueError("eim", "eim=on cannot be selected without intremap=on")
        if self.get("svm") and not self.get("device-iotlb"):
            raise UnusableValueError("svm", "Need to set device IOTLB for svm")
        if not self.get("scalable-mode") and self.get("aw-bits") not in INTEL_WIDTHS:
            widths = ", ".join(map(str, INTEL_WIDTHS))
            raise UnusableValueError(
                "aw-bits", f"Legacy mode: supported values for aw-bits are: {widths}"
            )

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        if self.type_name == "amd-iommu" and not self.get("pci-id"):
            machine.onboard.plug_part("AMDVI-PCI", machine.pci_buses[0], {}, machine.unattached)


class InertVirtioIommu(InertVirtioPciGeneric):
    """virtio-iommu-pci, which only boards with a PCI chipset take."""

    def prepare(self, machine: Machine, hotplugged: bool) -> None:
        if not machine.board.hotplug:
            raise StateError(
                "Check your machine implements a hotplug handler for the virtio-iommu-pci device"
            )
        check_single_iommu(machine)
        if self.bus is not machine.pci_buses[0]:
            raise StateError("virtio-iommu-pci must be plugged on the root bus")
        super().prepare(machine, hotplugged)

    def plug(self, machine: Machine, hotplugged: bool) -> None:
        super().plug(machine, hotplugged)
        self.put("reserved-regions", RESERVED_REGIONS)
        assert isinstance(self.vdev, InertVirtioDevice)
        self.vdev.put("primary-bus", machine.pci_buses[0])


IommuTypes = (InertX86Iommu, InertVirtioIommu)
