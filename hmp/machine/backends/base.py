"""Memory backends: what all types have in common, and anonymous memory
(docs/qemu-behaviour/backends.md §5-9).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self

from hmp.errors import (
    HostCallError,
    HostError,
    InputError,
    ParameterError,
    StateError,
    StderrLine,
)
from hmp.machine import system_calls
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
from hmp.units import KIB, MIB, PAGE_SIZE, round_up

if TYPE_CHECKING:
    from hmp.machine.backends.thread_context import ThreadContext
    from hmp.machine.machine import Machine

SET_ONCE = "cannot change property value"
# QEMU's limit for NUMA nodes of the host (docs/qemu-behaviour/backends.md §6).
MAX_NODES = 128


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
        pages = f"{page_size // MIB} MiB" if page_size >= MIB else f"{page_size // KIB} KiB"
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
    """A MemoryRegion of the object tree; `addr` (in its container) and `size` in bytes."""

    type_name = "memory-region"
    container: Property[Object | None] = Property(Link("memory-region"), settable=False)
    addr: Property[int] = Property(Integer(64), settable=False)
    size: Property[int] = Property(Integer(64), settable=False)
    priority = Property(Integer(32), default=0, settable=False)

    def __init__(
        self, size: int, addr: int = 0, container: Object | None = None, priority: int = 0
    ) -> None:
        super().__init__()
        self.size, self.addr, self.container, self.priority = size, addr, container, priority


class MemoryBackend(UserObject):
    """What the four memory backends have in common.

    `mapping` is set from completion to deletion, and closed by `release`; `user` is "device",
    "node" or "machine" while one of these uses the memory, else empty. A backend that is used can't
    be deleted, so its mapping outlasts its place in the address space.

    `emit_stderr` and `warn` take lines for the process's stderr, and for the front end of the
    command that creates the backend.
    """

    type_name = "memory-backend"
    ancestors: ClassVar[tuple[str, ...]] = ("memory-backend",)
    shared_by_default = False

    dump = Property(Boolean(), "Include this memory in core dumps (on/off)", True)
    host_nodes: Property[list[int]] = Property(
        NodeList(), "Host NUMA nodes that the memory may come from"
    )
    merge = Property(Boolean(), "Let the host merge identical pages (on/off)", True)
    policy = Property(
        Enumeration("HostMemPolicy", *mapping.POLICIES), "How host-nodes are used", "default"
    )
    prealloc = Property(Boolean(), "Take every page from the host at once (on/off)", False)
    prealloc_threads = Property(Integer(32, label="int"), "Threads that preallocate", 1)
    prealloc_context: Property[ThreadContext | None] = Property(
        Link("thread-context"), "Where the preallocating threads run"
    )
    share = Property(
        Boolean(),
        "Let other processes see writes to the memory (on/off)",
        False,
        immutable_message=SET_ONCE,
    )
    reserve = Property(
        Boolean(), "Reserve swap or huge pages now (on/off)", True, immutable_message=SET_ONCE
    )
    size = Property(
        Size(),
        "Size of the memory, in bytes or with a suffix such as 1G",
        0,
        required=True,
        immutable_message="cannot change property size of {type} ",
        checked_before_read=True,
    )
    x_use_canonical_path_for_ramblock_id = Property(
        Boolean(), "Name the memory block by its whole path", False
    )

    def __init__(self, emit_stderr: Callable[[str], None], warn: Callable[[str], None]) -> None:
        super().__init__()
        self.emit_stderr, self.warn = emit_stderr, warn
        self.mapping: Mapping | None = None
        self.region = MemoryRegion(0)
        self.user: str = ""
        self.host_nodes = []
        self.share = self.shared_by_default

    @classmethod
    def for_machine(cls, machine: Machine) -> Self:
        return cls(machine.emit_stderr, machine.warn)

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
        """The name of the RAM block, which messages use."""
        return f"/objects/{self.name}" if self.x_use_canonical_path_for_ramblock_id else self.name

    def check_writable(self, item: Property, before_reading: bool) -> None:
        if self.mapping and item.immutable_message and item.checked_before_read == before_reading:
            raise FixedPropertyError(
                item.name, item.immutable_message.format(name=item.name, type=self.type_name)
            )

    @size.setter
    def _set_size(self, value: int) -> None:
        self._check_positive("size", value)
        self.size = value

    @prealloc_threads.setter
    def _set_prealloc_threads(self, value: int) -> None:
        self._check_positive("prealloc-threads", value)
        self.prealloc_threads = value

    def _check_positive(self, name: str, value: int) -> None:
        if value == 0:
            raise PropertyValueError(
                name, value, f"property '{name}' of {self.type_name} doesn't take value '0'"
            )

    @merge.setter
    def _set_merge(self, value: bool) -> None:
        if self.mapping:
            self.mapping.set_merge(value)
        self.merge = value

    @reserve.setter
    def _set_reserve(self, value: bool) -> None:
        # Also checked for prealloc: the one that is set last is rejected
        # (docs/qemu-behaviour/backends.md §6).
        if self.prealloc and not value:
            raise PreallocReserveError
        self.reserve = value

    @host_nodes.setter
    def _add_nodes(self, value: list[int]) -> None:
        """Add to the nodes that were set before (docs/qemu-behaviour/monitor.md §9)."""
        for node in value:
            if node >= MAX_NODES:
                raise HostNodeError(node)
        self.host_nodes = sorted({*self.host_nodes, *value})

    @prealloc.setter
    def _set_prealloc(self, value: bool) -> None:
        """Populate mapped memory; a later `off` is ignored (docs/qemu-behaviour/monitor.md §9)."""
        if self.mapping and (not value or self.prealloc):
            return
        if value and not self.reserve:
            raise PreallocReserveError
        if self.mapping:
            self._populate(self.mapping)
        self.prealloc = value

    def _populate(self, memory: Mapping) -> None:
        context = self.prealloc_context
        memory.populate(self.prealloc_threads, cpus=context.cpus if context else None)

    def complete(self) -> None:
        """Map the memory (docs/qemu-behaviour/backends.md §8); on failure nothing stays mapped."""
        self.mapping = self._map()
        # Steps 8 to 10 of the file backend: what fails here leaves a new file in place.
        try:
            self._check_page_multiple(self.mapping)
            self.mapping.apply_madvise(self.merge, self.dump)
            self._apply_policy(self.mapping)
            if self.prealloc:
                self._populate(self.mapping)
        except BaseException:
            try:
                self.release()
            except HostCallError:
                self.mapping.give_back_pages()
            raise
        # In the tree only now: nothing can fail any more.
        self.region = MemoryRegion(self.size)
        # A name in the tree can't have a slash in it.
        self.add(self.block_name.replace("/", r"\x2f") + "[0]", self.region)

    def try_mapping(self) -> None:
        """Map the memory and unmap it again, without its pages; raise the HmpError of the host."""
        from hmp.machine.memory.host import available_memory

        if self.prealloc and self.size > available_memory():
            raise HostError.from_errno("not enough memory for prealloc", errno.ENOMEM)
        self.prealloc = False
        self.complete()
        self.release()

    def _map(self) -> Mapping:
        raise NotImplementedError

    def _check_page_multiple(self, memory: Mapping) -> None:
        # Of small pages memory-backend-ram takes any part, and memfd and shm have failed already,
        # because the exact size of their file is too small (docs/qemu-behaviour/backends.md §8).
        if memory.page_size > PAGE_SIZE and self.size % memory.page_size:
            raise PageSizeError(memory.page_size, self.type_name)

    def _apply_policy(self, memory: Mapping) -> None:
        policy, nodes = self.policy, self.host_nodes
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
        """Unmap the memory; do nothing when none is mapped."""
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
        """Map `length` bytes of an open file; raise MapError with the host's reason."""
        with MapError.wrapping_calls("unable to map backing store for guest RAM"):
            return Mapping(
                length,
                descriptor=descriptor,
                offset=offset,
                shared=self.share,
                reserve=self.reserve,
                writable=writable,
                page_size=mapping.page_size_of(descriptor),
            )

    def rounded_size(self) -> int:
        """Return the size in bytes, rounded up to whole small pages."""
        return round_up(self.size, PAGE_SIZE)


class RamBackend(MemoryBackend):
    """memory-backend-ram: anonymous memory."""

    type_name = "memory-backend-ram"

    @property
    def alignment(self) -> int:
        # Whatever its pages are, also with share=on (docs/qemu-behaviour/devices.md §5).
        return 2 * MIB

    def _map(self) -> Mapping:
        with MapError.wrapping_calls(f"cannot set up guest memory '{self.block_name}'"):
            descriptor = self._memory_file() if self.share else -1
            try:
                return Mapping(
                    self.size, descriptor=descriptor, shared=self.share, reserve=self.reserve
                )
            finally:
                if descriptor >= 0:
                    system_calls.close(descriptor)

    def _memory_file(self) -> int:
        """Return a descriptor of a memory file of the size, -1 where the host has none.

        The host commits the pages of such a file one by one, so that it may be larger than the
        host's memory; anonymous shared memory is what remains without it
        (docs/qemu-behaviour/backends.md §8, ram).
        """
        try:
            descriptor = system_calls.create_memfd(self.block_name, mapping.MFD_CLOEXEC)
        except HostCallError:
            return -1
        try:
            system_calls.truncate(descriptor, self.rounded_size())
        except HostCallError as error:
            # To map it fails next.
            self.emit_stderr(StderrLine(f"ftruncate: {os.strerror(error.errno)}", prefixed=False))
        return descriptor
