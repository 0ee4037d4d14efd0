"""What QEMU checks of the properties of single types when it realizes a device (experiments:
device_add with values at and beyond each limit).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hmp.errors import HostCallError, HostError, StateError
from hmp.machine import system_calls
from hmp.machine.devices.inert.geometry import check_geometry
from hmp.machine.devices.inert.host_devices import (
    check_passed_through,
    check_usb_host,
    check_vdpa,
    check_vhost_scsi,
    check_vsock,
)
from hmp.units import ALL_ONES_32

if TYPE_CHECKING:
    from hmp.machine.devices.inert.device import InertDevice

MOST_SCSI_QUEUES, MOST_HUB_PORTS, MOST_SERIAL_PORTS = 1022, 8, 511
SMALLEST_BLOCK, MOST_BLOCKS, MOST_ID_CHARACTERS = 512, 65535, 20
DMA_USERS = ("isa-fdc", "sb16", "gus", "cs4231a")
IDE_DRIVES = ("ide-hd", "ide-cd", "ide-cf")
CARD_BACKENDS = ("nss-emulated", "certificates")
USB_VERSIONS = (1, 2)
LONGEST_TAG = 31
DUPLEX = ("", "half", "full")


class UnusableValueError(StateError):
    """The value fits its type, and is no good for the device."""

    def __init__(self, property: str, message: str, *hints: str) -> None:
        super().__init__(message, *hints)
        self.parameter = property


def check_values(device: InertDevice) -> None:
    """Raise UnusableValueError for a value that is no good for a device of the type."""
    _check_io_sizes(device)
    check_geometry(device)
    if device.type_name in DMA_USERS and device.machine.board.name == "microvm":
        raise UnusableValueError("", "ISA controller does not support DMA")
    check = _CHECKS.get(device.type_name)
    if check is not None:
        check(device)


def _number(device: InertDevice, name: str) -> int:
    return int(str(device.get(name)))


def _check_io_sizes(device: InertDevice) -> None:
    # A controller of namespaces has no medium of its own.
    is_controller = device.type_name == "nvme" and not device.get("drive")
    if "min_io_size" not in device.by_name or is_controller:
        return
    # Unset it is that of the medium.
    block = _number(device, "logical_block_size") or SMALLEST_BLOCK
    if block > (_number(device, "physical_block_size") or SMALLEST_BLOCK):
        raise UnusableValueError(
            "logical_block_size", "logical_block_size > physical_block_size not supported"
        )
    for name in ("min_io_size", "opt_io_size"):
        if _number(device, name) % block:
            raise UnusableValueError(name, f"{name} must be a multiple of logical_block_size")
    if _number(device, "min_io_size") // block > MOST_BLOCKS:
        raise UnusableValueError(
            "min_io_size", f"min_io_size must not exceed {MOST_BLOCKS} logical blocks"
        )
    granularity = _number(device, "discard_granularity")
    if device.type_name in IDE_DRIVES and granularity == ALL_ONES_32:
        granularity = SMALLEST_BLOCK
    if granularity != ALL_ONES_32 and granularity % block:
        raise UnusableValueError(
            "discard_granularity", "discard_granularity must be a multiple of logical_block_size"
        )


def _check_serial_number(device: InertDevice) -> None:
    is_used_twice = device.by_name.get("device_id") is None or not device.get("device_id")
    if is_used_twice and len(str(device.get("serial"))) > MOST_ID_CHARACTERS:
        raise UnusableValueError(
            "serial",
            f"The serial number can't be longer than {MOST_ID_CHARACTERS} characters when it is "
            "also used as the default for device_id",
        )


def _check_hub(device: InertDevice) -> None:
    ports = _number(device, "ports")
    if not 1 <= ports <= MOST_HUB_PORTS:
        raise UnusableValueError("ports", f"num_ports ({ports}) out of range (1..{MOST_HUB_PORTS})")


def _check_scsi(device: InertDevice) -> None:
    queues = _number(device, "num_queues")
    # All ones stand for QEMU's choice.
    if queues == 0 or MOST_SCSI_QUEUES <= queues < (1 << 32) - 1:
        raise UnusableValueError(
            "num_queues",
            f"Invalid number of queues (= {queues}), must be a positive integer less than "
            f"{MOST_SCSI_QUEUES}.",
        )


def _check_serial(device: InertDevice) -> None:
    ports = _number(device, "max_ports")
    if not ports:
        raise UnusableValueError("max_ports", "Maximum number of serial ports not specified")
    if ports > MOST_SERIAL_PORTS:
        raise UnusableValueError("max_ports", f"maximum ports supported: {MOST_SERIAL_PORTS}")


def _check_net(device: InertDevice) -> None:
    if device.get("duplex") not in DUPLEX:
        raise UnusableValueError("duplex", "'duplex' must be 'half' or 'full'")
    if _number(device, "speed") < -1:
        raise UnusableValueError("speed", "'speed' must be between 0 and INT_MAX")


def _check_rng(device: InertDevice) -> None:
    if not _number(device, "period"):
        raise UnusableValueError("period", "'period' parameter expects a positive integer")
    if not 0 < _number(device, "max-bytes") < 1 << 63:
        raise UnusableValueError(
            "max-bytes", "'max-bytes' parameter must be positive, and less than 2^63"
        )


def _check_card(device: InertDevice) -> None:
    if device.get("backend") not in CARD_BACKENDS:
        first, *others = ("backend must be one of:", *CARD_BACKENDS)
        raise UnusableValueError("backend", first, *others)


def _check_passthrough(device: InertDevice) -> None:
    raise UnusableValueError(
        "drive",
        "cannot get SG_IO version number: Operation not supported",
        "Is this a SCSI device?",
    )


def _check_input_host(device: InertDevice) -> None:
    path = str(device.get("evdev"))
    try:
        system_calls.close(
            system_calls.open_file(
                path.encode("latin-1"), system_calls.O_RDWR | system_calls.O_NONBLOCK
            )
        )
    except HostCallError as error:
        raise HostError.from_call(f"Could not open '{path}'", error) from None
    raise UnusableValueError("evdev", f"{path}: is not an evdev device")


def _check_folder(device: InertDevice) -> None:
    if not system_calls.exists(str(device.get("rootdir")).encode("latin-1")):
        raise UnusableValueError("rootdir", "usb-mtp: rootdir does not exist/not readable")


def _check_usb_version(device: InertDevice) -> None:
    version = _number(device, "usb_version")
    if version not in USB_VERSIONS:
        raise UnusableValueError("usb_version", f"Invalid usb version {version} for usb hid device")


def _check_ide(device: InertDevice) -> None:
    if _number(device, "discard_granularity") not in (0, SMALLEST_BLOCK, ALL_ONES_32):
        raise UnusableValueError(
            "discard_granularity", f"discard_granularity must be {SMALLEST_BLOCK} for ide"
        )


def _check_floppy(device: InertDevice) -> None:
    for name in ("physical_block_size", "logical_block_size"):
        if _number(device, name) not in (0, SMALLEST_BLOCK):
            raise UnusableValueError(
                name, f"Physical and logical block size must be {SMALLEST_BLOCK} for floppy"
            )


def _check_block(device: InertDevice) -> None:
    if not _number(device, "num-queues"):
        raise UnusableValueError("num-queues", "num-queues property must be larger than 0")


def _check_alone(device: InertDevice) -> None:
    name = device.type_name
    machine = device.machine
    plugged = (*machine.peripheral.children.values(), *machine.peripheral_anon.children.values())
    if any(item.type_name == name and item is not device for item in plugged):
        raise UnusableValueError("", f"at most one {name} device is permitted")


def _check_generation_id(device: InertDevice) -> None:
    if device.machine.board.name == "none":
        raise UnusableValueError(
            "",
            "vmgenid requires DMA write support in fw_cfg, which this machine type does not "
            "provide",
        )
    _check_alone(device)


def _check_tag(device: InertDevice) -> None:
    tag = str(device.get("mount_tag"))
    if len(tag) > LONGEST_TAG:
        raise UnusableValueError(
            "mount_tag",
            f"mount tag '{tag}' ({len(tag)} bytes) is longer than maximum ({LONGEST_TAG} bytes)",
        )


def _check_core_info(device: InertDevice) -> None:
    if device.machine.board.name == "none":
        raise UnusableValueError("", "vmcoreinfo device requires fw_cfg with DMA")
    _check_alone(device)


_CHECKS: dict[str, Callable[[InertDevice], None]] = {
    "usb-hub": _check_hub,
    "virtio-9p-device": _check_tag,
    **dict.fromkeys(("vfio-pci", "vfio-pci-nohotplug"), check_passed_through),
    "vhost-vsock-device": check_vsock,
    "vhost-scsi": check_vhost_scsi,
    "vhost-vdpa-device": check_vdpa,
    "usb-host": check_usb_host,
    "ccid-card-emulated": _check_card,
    "scsi-block": _check_passthrough,
    "scsi-generic": _check_passthrough,
    "virtio-input-host-device": _check_input_host,
    "usb-mtp": _check_folder,
    "vmgenid": _check_generation_id,
    "vmcoreinfo": _check_core_info,
    **dict.fromkeys(("usb-kbd", "usb-mouse", "usb-tablet"), _check_usb_version),
    **dict.fromkeys(IDE_DRIVES, _check_ide),
    "floppy": _check_floppy,
    **dict.fromkeys(("scsi-hd", "scsi-cd", "usb-storage"), _check_serial_number),
    "virtio-scsi-device": _check_scsi,
    "virtio-serial-device": _check_serial,
    "virtio-net-device": _check_net,
    "virtio-rng-device": _check_rng,
    "virtio-blk-device": _check_block,
}
