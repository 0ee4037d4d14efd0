"""Memory backends: what all types have in common, and anonymous memory
(docs/qemu-behaviour/backends.md §5-9).

The system calls are in `mapping.py`, backends over files in modules of their own; no device is
known here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from hmp.errors import HostError, InputError, ParameterError, StateError
from hmp.machine.backends.thread_context import ThreadContext
from hmp.machine.memory import mapping
from hmp.machine.memory.mapping import MapError, Mapping
from hmp.machine.qom.object import Object, UserObject
from hmp.machine.qom.property import (
    Boolean,
    Enumeration,
    Integer,
    Link,
    NodeList,
    Property,
    PropertyValueError,
    Size,
)

MIB = 1 << 20
FIXED = "cannot change property value"
MAX_NODES = 128

BASE = (
    Property("dump", Boolean(), "Include this memory in core dumps (on/off)", True),
    Property("host-nodes", NodeList(), "Host NUMA nodes that the memory may come from", ()),
    Property("merge", Boolean(), "Let the host merge identical pages (on/off)", True),
    Property(
        "policy",
        Enumeration("HostMemPolicy", "default", "preferred", "bind", "interleave"),
        "How host-nodes are used",
        "default",
    ),
    Property("prealloc", Boolean(), "Take every page from the host at once (on/off)", False),
    Property("prealloc-threads", Integer(32, label="int"), "Threads that preallocate", 1),
    Property("prealloc-context", Link("thread-context"), "Where the preallocating threads run"),
    Property(
        "share",
        Boolean(),
        "Let other processes see writes to the memory (on/off)",
        False,
        frozen=FIXED,
    ),
    Property("reserve", Boolean(), "Reserve swap or huge pages now (on/off)", True, frozen=FIXED),
    Property(
        "size",
        Size(),
        "Size of the memory, in bytes or with a suffix such as 1G",
        0,
        required=True,
        frozen="cannot change property size of {type} ",
        frozen_first=True,
    ),
    Property(
        "x-use-canonical-path-for-ramblock-id",
        Boolean(),
        "Name the memory block by its whole path",
        False,
    ),
)


class BackendMappedError(StateError):
    """A device, a node or the machine uses the backend."""

    parameter = "id"

    def __init__(self, name: str) -> None:
        super().__init__(f"Cannot delete host memory backend '{name}' which is mapped")
        self.name = name


class FixedPropertyError(StateError):
    """The property is fixed once the backend has its memory."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class PageSizeError(HostError):
    """The size of the backend is no multiple of its pages, in bytes."""

    parameter = "size"

    def __init__(self, page_size: int, type_name: str) -> None:
        pages = f"{page_size // MIB} MiB" if page_size >= MIB else f"{page_size >> 10} KiB"
        super().__init__(f"backend '{type_name}' memory size must be multiple of {pages}")
        self.page_size, self.type_name = page_size, type_name


class PreallocReserveError(InputError):
    """Memory that is not reserved can't be preallocated."""

    def __init__(self) -> None:
        super().__init__("'prealloc=on' and 'reserve=off' are incompatible")


class HostNodesPolicyError(HostError):
    """Host nodes without a policy, or a policy without host nodes."""

    parameter = "host-nodes"

    def __init__(self, policy: str, message: str) -> None:
        super().__init__(message)
        self.policy = policy


class HostNodeError(ParameterError):
    """A number that no NUMA node of a host can have."""

    def __init__(self, node: int) -> None:
        super().__init__("host-nodes", f"Invalid host-nodes value: {node}")
        self.node = node


class MemoryRegion(Object):
    """The region through which a backend's memory appears in the guest."""

    type_name = "memory-region"
    declared: ClassVar[tuple[Property, ...]] = (
        Property("container", Link("memory-region"), settable=False),
        Property("addr", Integer(64), settable=False),
        Property("size", Integer(64), settable=False),
        Property("priority", Integer(32), default=0, settable=False),
    )


class MemoryBackend(UserObject):
    """What the four memory backends have in common; `mapping` is set from completion to
    deletion.
    """

    type_name = "memory-backend"
    ancestors: ClassVar[tuple[str, ...]] = ("memory-backend",)
    declared: ClassVar[tuple[Property, ...]] = BASE
    shared_by_default = False

    def __init__(self, note: Callable[[str], None], warn: Callable[[str], None]) -> None:
        super().__init__()
        self.note, self.warn = note, warn
        self.mapping: Mapping | None = None
        self.region = MemoryRegion()
        self.user: str = ""
        self.values["host-nodes"] = []
        self.values["share"] = self.shared_by_default

    @property
    def size(self) -> int:
        """Size in bytes, as given."""
        value = self.values["size"]
        assert isinstance(value, int)
        return value

    @property
    def alignment(self) -> int:
        """Alignment in bytes that a memory device has to keep with this backend
        (docs/qemu-behaviour/devices.md §5).
        """
        assert self.mapping is not None
        return self.mapping.page_size

    @property
    def read_only(self) -> bool:
        """Whether the memory is mapped as ROM."""
        return False

    @property
    def block_name(self) -> str:
        """The name of the memory in messages."""
        return (
            f"/objects/{self.name}"
            if self.values["x-use-canonical-path-for-ramblock-id"]
            else self.name
        )

    def check_writable(self, item: Property, before_reading: bool) -> None:
        if self.mapping and item.frozen and item.frozen_first == before_reading:
            raise FixedPropertyError(
                item.name, item.frozen.format(name=item.name, type=self.type_name)
            )

    def set(self, item: Property, value: object) -> None:
        if item.name in ("size", "prealloc-threads") and value == 0:
            raise PropertyValueError(
                item.name,
                value,
                f"property '{item.name}' of {self.type_name} doesn't take value '0'",
            )
        if item.name == "host-nodes":
            self._add_nodes(value)
        elif item.name == "prealloc" and self.mapping:
            self._preallocate_late(bool(value))
        else:
            self._store(item, value)

    def _store(self, item: Property, value: object) -> None:
        wants = {**self.values, item.name: value}
        if item.name in ("prealloc", "reserve") and wants["prealloc"] and not wants["reserve"]:
            raise PreallocReserveError
        if item.name == "merge" and self.mapping:
            self.mapping.set_merge(bool(value))
        super().set(item, value)

    def _add_nodes(self, value: object) -> None:
        assert isinstance(value, list)
        for node in value:
            if node >= MAX_NODES:
                raise HostNodeError(node)
        present = self.values["host-nodes"]
        assert isinstance(present, list)
        self.values["host-nodes"] = sorted({*present, *value})

    def _preallocate_late(self, wanted: bool) -> None:
        if not wanted or self.values["prealloc"]:
            return
        if not self.values["reserve"]:
            raise PreallocReserveError
        assert self.mapping is not None
        self._populate(self.mapping)
        self.values["prealloc"] = True

    def _populate(self, memory: Mapping) -> None:
        threads, context = self.values["prealloc-threads"], self.values["prealloc-context"]
        assert isinstance(threads, int)
        memory.populate(threads, cpus=context.cpus if isinstance(context, ThreadContext) else None)

    def complete(self) -> None:
        """Get the memory (docs/qemu-behaviour/backends.md §8); on failure nothing of it stays
        mapped.
        """
        self.mapping = self._map()
        try:
            self._check_page_multiple(self.mapping)
            self.mapping.tune(bool(self.values["merge"]), bool(self.values["dump"]))
            self._apply_policy(self.mapping)
            if self.values["prealloc"]:
                self._populate(self.mapping)
        except HostError:
            self.release()
            raise
        self.region = MemoryRegion()
        self.region.values.update(size=self.size, addr=0)
        # A name in the tree can't have a slash in it.
        self.add(self.block_name.replace("/", r"\x2f") + "[0]", self.region)

    def _map(self) -> Mapping:
        raise NotImplementedError

    def _check_page_multiple(self, memory: Mapping) -> None:
        if memory.page_size > mapping.PAGE and self.size % memory.page_size:
            raise PageSizeError(memory.page_size, self.type_name)

    def _apply_policy(self, memory: Mapping) -> None:
        policy, nodes = self.values["policy"], self.values["host-nodes"]
        assert isinstance(policy, str) and isinstance(nodes, list)
        if nodes and policy == "default":
            raise HostNodesPolicyError(
                policy,
                "host-nodes must be empty for policy default, or you should explicitly "
                "specify a policy other than default",
            )
        if policy != "default":
            if not nodes:
                raise HostNodesPolicyError(policy, f"host-nodes must be set for policy {policy}")
            memory.bind(policy, nodes)

    def release(self) -> None:
        """Unmap; harmless when nothing is mapped."""
        if self.mapping:
            self.mapping.close()
            self.mapping = None

    def check_deletable(self) -> None:
        """Raise BackendMappedError while the machine or a device uses the memory."""
        if self.user:
            raise BackendMappedError(self.name)

    def map_descriptor(
        self, descriptor: int, length: int, offset: int = 0, writable: bool = True
    ) -> Mapping:
        """Map an open file; MapError with the host's reason."""
        shared, reserve = bool(self.values["share"]), bool(self.values["reserve"])
        page_size = mapping.page_size_of(descriptor)
        try:
            return Mapping(
                length,
                descriptor=descriptor,
                offset=offset,
                shared=shared,
                reserve=reserve,
                writable=writable,
                page_size=page_size,
            )
        except OSError as error:
            raise MapError.from_os("unable to map backing store for guest RAM", error) from None

    def rounded_size(self) -> int:
        """Size in bytes, rounded up to whole small pages."""
        return -(-self.size // mapping.PAGE) * mapping.PAGE


class RamBackend(MemoryBackend):
    """memory-backend-ram: anonymous memory."""

    type_name = "memory-backend-ram"

    @property
    def alignment(self) -> int:
        return 2 * MIB

    def _map(self) -> Mapping:
        shared, reserve = bool(self.values["share"]), bool(self.values["reserve"])
        try:
            return Mapping(self.size, shared=shared, reserve=reserve)
        except OSError as error:
            raise MapError.from_os(
                f"cannot set up guest memory '{self.block_name}'", error
            ) from None
