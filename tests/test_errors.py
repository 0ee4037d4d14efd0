"""Errors carry data: the parameter they are about, and numbers as numbers."""

import errno
from typing import Any

import pytest

from hmp.errors import (
    BooleanValueError,
    ChoiceError,
    DeviceNotFoundError,
    HmpError,
    HostError,
    MissingParameterError,
    ParameterTypeError,
    ParameterValueError,
    SizeValueError,
    UnexpectedParameterError,
)
from hmp.machine.backends.backing_file import (
    BackingFileError,
    BackingFileLengthError,
    FilePageError,
)
from hmp.machine.backends.base import (
    BackendMappedError,
    FixedPropertyError,
    HostNodeError,
    HostNodesPolicyError,
    PageSizeError,
    PreallocReserveError,
)
from hmp.machine.backends.create import ObjectNotFoundError, UnknownTypeError
from hmp.machine.devices.base import RealizedPropertyError
from hmp.machine.devices.bus import BusError, WrongBusError
from hmp.machine.devices.dimm import LabelSizeError, NvdimmDisabledError
from hmp.machine.devices.memory_device import (
    MemdevBusyError,
    MemdevMissingError,
    NodeRangeError,
    NotPreparedError,
)
from hmp.machine.devices.pci.device import PciSlotError
from hmp.machine.devices.plug import (
    DeviceIdError,
    DuplicateDeviceIdError,
    UnknownDriverError,
)
from hmp.machine.devices.virtio_mem import (
    BlockSizeError,
    MemdevPreallocError,
    RequestedSizeError,
    StillPluggedError,
)
from hmp.machine.memory.mapping import MapError, NumaBindError, PreallocError
from hmp.machine.memory.placement import (
    AddressConflictError,
    InvalidSlotError,
    NoFreeSlotError,
    NoSlotsError,
    NoSpaceError,
    OutOfRegionError,
    SlotBusyError,
    UnalignedAddressError,
)
from hmp.machine.qom.object import (
    AmbiguousPathError,
    DuplicateNameError,
    PropertyNotFoundError,
    ReadOnlyPropertyError,
)
from hmp.machine.qom.visitors import IntegerRangeError
from hmp.monitor import ignore
from hmp.qmp.registry import COMMANDS
from hmp.qmp.session import Session
from hmp.testing import InProcessMachine, machine

MIB, GIB = 1 << 20, 1 << 30


def error_of(double: InProcessMachine, command: str, **given: Any) -> HmpError:
    """Return the error that a QMP command raises; `_` in names of arguments means `-`."""
    arguments = {name.replace("_", "-"): value for name, value in given.items()}
    with pytest.raises(HmpError) as caught, double.machine.command_scope(ignore, ignore):
        COMMANDS[command].run(Session(double.machine).context, arguments)
    return caught.value


def backend(double: InProcessMachine, name: str, size: int = 128 * MIB, **more: Any) -> None:
    double.qmp(
        "object-add",
        {
            "qom-type": "memory-backend-ram",
            "id": name,
            "size": size,
            **{key.replace("_", "-"): value for key, value in more.items()},
        },
    )


def has(error: HmpError, kind: type[HmpError], parameter: str, **fields: object) -> None:
    """Check an error: exactly of this class, with this parameter and these fields."""
    assert type(error) is kind, f"{type(error).__name__}: {error}"
    assert error.parameter == parameter
    assert {name: getattr(error, name) for name in fields} == fields


def test_slots() -> None:
    with machine("-m 1G,slots=2,maxmem=8G") as double:
        for name in ("m1", "m2", "m3"):
            backend(double, name)
        double.qmp("device_add", driver="pc-dimm", id="d1", memdev="m1", slot=1)
        plug: dict[str, Any] = {"driver": "pc-dimm", "memdev": "m2"}
        has(error_of(double, "device_add", **plug, slot=1), SlotBusyError, "slot", slot=1)
        has(
            error_of(double, "device_add", **plug, slot=7),
            InvalidSlotError,
            "slot",
            slot=7,
            slot_count=2,
        )
        double.qmp("device_add", **plug)
        has(error_of(double, "device_add", driver="pc-dimm", memdev="m3"), NoFreeSlotError, "slot")
    with machine("-m 1G,maxmem=8G") as double:
        backend(double, "m1")
        has(error_of(double, "device_add", driver="pc-dimm", memdev="m1"), NoSlotsError, "slot")


def test_addresses_by_the_devices_own_property() -> None:
    with machine("-m 1G,slots=4,maxmem=2G") as double:
        backend(double, "m1")
        backend(double, "m2")
        double.qmp("device_add", driver="pc-dimm", id="d1", memdev="m1")
        start = double.devices[0]["data"]["addr"]
        region = double.machine.device_region
        dimm: dict[str, Any] = {"driver": "pc-dimm", "memdev": "m2"}
        has(
            error_of(double, "device_add", **dimm, addr=start),
            AddressConflictError,
            "addr",
            device="d1",
        )
        has(
            error_of(double, "device_add", **dimm, addr=start + 1),
            UnalignedAddressError,
            "addr",
            alignment=2 * MIB,
        )
        has(
            error_of(double, "device_add", **dimm, addr=2 * MIB),
            OutOfRegionError,
            "addr",
            addr=2 * MIB,
            size=128 * MIB,
            region_base=region.base,
            region_length=region.length,
        )
    with machine("-m 1G,slots=4,maxmem=2G") as double:
        backend(double, "m1")
        virtio: dict[str, Any] = {"driver": "virtio-mem-pci", "memdev": "m1"}
        has(
            error_of(double, "device_add", **virtio, memaddr=2 * MIB),
            OutOfRegionError,
            "memaddr",
            addr=2 * MIB,
        )


def test_backends_of_devices() -> None:
    with machine("-m 1G,slots=4,maxmem=2G") as double:
        backend(double, "m1")
        backend(double, "large", 2 * GIB)
        backend(double, "there", prealloc=True)
        double.qmp("device_add", driver="pc-dimm", id="d1", memdev="m1")
        has(
            error_of(double, "device_add", driver="pc-dimm", memdev="m1"),
            MemdevBusyError,
            "memdev",
            memdev="m1",
        )
        has(
            error_of(double, "device_add", driver="virtio-mem-pci", memdev="m1"),
            MemdevBusyError,
            "memdev",
            memdev="m1",
        )
        has(error_of(double, "device_add", driver="pc-dimm"), MemdevMissingError, "memdev")
        has(
            error_of(double, "device_add", driver="pc-dimm", memdev="large"),
            NoSpaceError,
            "memdev",
            used=128 * MIB,
            total=GIB,
        )
        has(
            error_of(double, "device_add", driver="pc-dimm", memdev="there", node=5),
            NodeRangeError,
            "node",
            node=5,
            node_count=1,
        )
        has(
            error_of(double, "device_add", driver="virtio-mem-pci", memdev="there"),
            MemdevPreallocError,
            "memdev",
            memdev="there",
        )
        has(
            error_of(double, "device_add", driver="pc-dimm", memdev="nope"),
            DeviceNotFoundError,
            "memdev",
            path="nope",
        )
        has(
            error_of(double, "device_add", driver="pc-dimm", memdev="/machine"),
            ParameterTypeError,
            "memdev",
            expected="memory-backend",
        )
        has(error_of(double, "object-del", id="m1"), BackendMappedError, "id", name="m1")
        has(
            error_of(double, "device_add", driver="nvdimm", memdev="there"), NvdimmDisabledError, ""
        )
        has(
            error_of(double, "device_add", driver="nvdimm", memdev="there", label_size=5),
            LabelSizeError,
            "label-size",
            size=5,
        )
        has(
            error_of(double, "qom-set", path="d1", property="node", value=1),
            RealizedPropertyError,
            "node",
            property="node",
        )
        has(
            error_of(double, "qom-set", path="d1", property="size", value=1),
            ReadOnlyPropertyError,
            "size",
            type_name="pc-dimm",
        )
    with machine("-m 1G") as double:
        backend(double, "m1")
        has(
            error_of(double, "device_add", driver="virtio-pmem-pci", memdev="m1"),
            NotPreparedError,
            "memdev",
        )


def test_virtio_mem() -> None:
    with machine("-m 1G,slots=4,maxmem=8G") as double:
        backend(double, "m1", GIB)
        plug: dict[str, Any] = {"driver": "virtio-mem-pci", "memdev": "m1", "id": "v1"}
        has(
            error_of(double, "device_add", **plug, block_size=3),
            BlockSizeError,
            "block-size",
            smallest=MIB,
        )
        has(
            error_of(double, "device_add", **plug, requested_size=3),
            RequestedSizeError,
            "requested-size",
            block_size=2 * MIB,
            backend_size=GIB,
        )
        double.qmp("device_add", **plug, requested_size=2 * MIB)
        has(
            error_of(double, "qom-set", path="v1", property="requested-size", value=2 * GIB),
            RequestedSizeError,
            "requested-size",
            block_size=2 * MIB,
            backend_size=GIB,
        )
        has(error_of(double, "device_del", id="v1"), StillPluggedError, "")


def test_types_ids_and_buses() -> None:
    with machine("-m 1G,slots=4,maxmem=8G") as double:
        backend(double, "m1")
        backend(double, "m2")
        double.qmp("device_add", driver="virtio-mem-pci", id="v1", memdev="m1", addr="1e.0")
        has(
            error_of(double, "device_add", driver="nope"),
            UnknownDriverError,
            "driver",
            driver="nope",
        )
        has(error_of(double, "device_add", driver="device"), ParameterValueError, "driver")
        has(error_of(double, "device_add"), MissingParameterError, "driver")
        plug: dict[str, Any] = {"driver": "virtio-mem-pci", "memdev": "m2"}
        has(error_of(double, "device_add", **plug, id="1"), DeviceIdError, "id", identifier="1")
        has(
            error_of(double, "device_add", **plug, id="v1"),
            DuplicateDeviceIdError,
            "id",
            identifier="v1",
        )
        has(error_of(double, "device_add", **plug, bus="nope"), BusError, "bus", bus="nope")
        has(
            error_of(double, "device_add", **plug, addr="1e.0"),
            PciSlotError,
            "addr",
            slot=30,
            function=0,
        )
        has(
            error_of(double, "device_add", **plug, nope=1),
            PropertyNotFoundError,
            "nope",
            type_name="virtio-mem-pci",
        )
        has(
            error_of(double, "device_add", driver="pc-dimm", bus="pci.0"),
            WrongBusError,
            "bus",
            driver="pc-dimm",
        )
        has(
            error_of(double, "object-add", qom_type="nope", id="m"),
            UnknownTypeError,
            "qom-type",
            value="nope",
        )
        has(
            error_of(double, "object-add", qom_type="memory-backend-ram", id="m1", size=MIB),
            DuplicateNameError,
            "id",
            name="m1",
        )
        has(error_of(double, "object-del", id="nope"), ObjectNotFoundError, "id", name="nope")
        has(error_of(double, "qom-list", path=""), AmbiguousPathError, "path", path="")


def test_values() -> None:
    with machine() as double:
        make: dict[str, Any] = {"qom_type": "memory-backend-ram", "id": "m"}
        has(error_of(double, "object-add", **make), MissingParameterError, "size")
        has(
            error_of(double, "object-add", **make, size="x"),
            SizeValueError,
            "size",
            expected="uint64",
        )
        has(
            error_of(double, "object-add", **make, size=MIB, nope=1),
            UnexpectedParameterError,
            "nope",
        )
        has(error_of(double, "object-add", **make, size=MIB, share=1), ParameterTypeError, "share")
        has(
            error_of(double, "object-add", **make, size=MIB, policy="x"),
            ChoiceError,
            "policy",
            value="x",
        )
        has(
            error_of(double, "object-add", **make, size=MIB, host_nodes=[1 << 16]),
            IntegerRangeError,
            "host-nodes[0]",
            value=1 << 16,
            bits=16,
        )
        has(
            error_of(double, "object-add", **make, size=MIB, host_nodes=[200]),
            HostNodeError,
            "host-nodes",
            node=200,
        )
        has(
            error_of(double, "object-add", **make, size=MIB, policy="bind"),
            HostNodesPolicyError,
            "host-nodes",
            policy="bind",
        )
        has(
            error_of(double, "object-add", **make, size=MIB, prealloc=True, reserve=False),
            PreallocReserveError,
            "",
        )
        backend(double, "m1")
        has(
            error_of(double, "qom-set", path="/objects/m1", property="size", value=1),
            FixedPropertyError,
            "size",
        )
    assert "expects 'on' or 'off'" in BooleanValueError("share").message


def test_host_errors_keep_errno() -> None:
    with machine() as double:
        make: dict[str, Any] = {"qom_type": "memory-backend-ram", "id": "m", "size": 2 * MIB}
        double.faults.fail_host("mmap", "ENOMEM")
        has(error_of(double, "object-add", **make), MapError, "", errno=errno.ENOMEM)
        double.faults.fail_host("mbind", "EIO")
        has(
            error_of(double, "object-add", **make, policy="bind", host_nodes=[0]),
            NumaBindError,
            "host-nodes",
            errno=errno.EIO,
        )
        double.faults.fail_host("madvise", "EFAULT")
        has(
            error_of(double, "object-add", **make, prealloc=True),
            PreallocError,
            "",
            errno=errno.EFAULT,
        )
        file = {**make, "qom_type": "memory-backend-file", "mem_path": "/nope/nope"}
        has(
            error_of(double, "object-add", **file),
            BackingFileError,
            "mem-path",
            path="/nope/nope",
            errno=errno.ENOENT,
        )
        double.faults.fail_host("memfd_create", "EMFILE")
        has(
            error_of(double, "object-add", **{**make, "qom_type": "memory-backend-memfd"}),
            HostError,
            "",
            errno=errno.EMFILE,
        )


def test_files_and_their_pages(tmp_path: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(8192))
    with machine() as double:
        make: dict[str, Any] = {"qom_type": "memory-backend-file", "id": "m", "mem_path": str(path)}
        has(
            error_of(double, "object-add", **make, size=MIB),
            BackingFileLengthError,
            "size",
            length=8192,
            size=MIB,
            offset=0,
        )
        has(
            error_of(double, "object-add", **make, size=4096, offset=1),
            FilePageError,
            "offset",
            value=1,
            page_size=4096,
        )
        has(
            error_of(double, "object-add", **make, size=5000), PageSizeError, "size", page_size=4096
        )


def test_host_error_without_errno_keeps_its_message() -> None:
    assert HostError.from_os("can't", OSError("too long")).message == "can't: too long"
    assert (
        MapError.from_os("can't", OSError(errno.ENOMEM, "")).message
        == "can't: Cannot allocate memory"
    )
