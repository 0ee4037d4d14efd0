"""Memory backends: their declared properties and how each type gets its memory (spec/backends.md sections 5 to 9).

The system calls are in `mapping.py` and the opening of files in `backing_file.py`; no device is known here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import ClassVar

from hmp.errors import HostRefusal, InputError, MachineRefusal
from hmp.machine import backing_file, mapping
from hmp.machine.mapping import Mapping
from hmp.machine.objects import Object
from hmp.machine.properties import Boolean, Enumeration, Integer, Link, NodeList, Property, Size, Text

MIB = 1 << 20
FIXED = "cannot change property value"
FIXED_NAMED = "cannot change property '{name}' of {type}"
FIXED_DOTTED = FIXED_NAMED + "."
MAX_NODES = 128

BASE = (
    Property("dump", Boolean(), "Include this memory in core dumps (on/off)", True),
    Property("host-nodes", NodeList(), "Host NUMA nodes that the memory may come from", ()),
    Property("merge", Boolean(), "Let the host merge identical pages (on/off)", True),
    Property("policy", Enumeration("HostMemPolicy", "default", "preferred", "bind", "interleave"),
             "How host-nodes are used", "default"),
    Property("prealloc", Boolean(), "Take every page from the host at once (on/off)", False),
    Property("prealloc-threads", Integer(32, label="int"), "Threads that preallocate", 1),
    Property("prealloc-context", Link("thread-context"), "Where the preallocating threads run"),
    Property("share", Boolean(), "Let other processes see writes to the memory (on/off)", False, frozen=FIXED),
    Property("reserve", Boolean(), "Reserve swap or huge pages now (on/off)", True, frozen=FIXED),
    Property("size", Size(), "Size of the memory, in bytes or with a suffix such as 1G", 0, required=True,
             frozen="cannot change property size of {type} ", frozen_first=True),
    Property("x-use-canonical-path-for-ramblock-id", Boolean(), "Name the memory block by its whole path", False),
)


class MemoryRegion(Object):
    """The region through which a backend's memory appears in the guest."""

    type_name = "memory-region"
    declared: ClassVar[tuple[Property, ...]] = (
        Property("container", Link("memory-region"), settable=False),
        Property("addr", Integer(64), settable=False),
        Property("size", Integer(64), settable=False),
        Property("priority", Integer(32), default=0, settable=False),
    )


class MemoryBackend(Object):
    """What the four memory backends have in common; `mapping` is set from completion to deletion."""

    type_name = "memory-backend"
    ancestors: ClassVar[tuple[str, ...]] = ("memory-backend",)
    declared: ClassVar[tuple[Property, ...]] = BASE
    shared_by_default = False

    def __init__(self, note: Callable[[str], None], warn: Callable[[str], None]) -> None:
        super().__init__()
        self.note, self.warn = note, warn
        self.mapping: Mapping | None = None
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
        """Alignment in bytes that a memory device has to keep with this backend (spec/devices.md section 5)."""
        assert self.mapping is not None
        return self.mapping.page_size

    @property
    def read_only(self) -> bool:
        """Whether the memory is mapped as ROM."""
        return False

    @property
    def block_name(self) -> str:
        """The name of the memory in messages."""
        return f"/objects/{self.name}" if self.values["x-use-canonical-path-for-ramblock-id"] else self.name

    def freeze_check(self, item: Property, before_reading: bool) -> None:
        if self.mapping and item.frozen and item.frozen_first == before_reading:
            raise MachineRefusal(item.frozen.format(name=item.name, type=self.type_name))

    def set(self, item: Property, value: object) -> None:
        if item.name in ("size", "prealloc-threads") and value == 0:
            raise InputError(f"property '{item.name}' of {self.type_name} doesn't take value '0'")
        if item.name == "host-nodes":
            self._add_nodes(value)
        elif item.name == "prealloc" and self.mapping:
            self._preallocate_late(bool(value))
        else:
            self._store(item, value)

    def _store(self, item: Property, value: object) -> None:
        wants = {**self.values, item.name: value}
        if item.name in ("prealloc", "reserve") and wants["prealloc"] and not wants["reserve"]:
            raise InputError("'prealloc=on' and 'reserve=off' are incompatible")
        if item.name == "merge" and self.mapping:
            self.mapping.set_merge(bool(value))
        super().set(item, value)

    def _add_nodes(self, value: object) -> None:
        assert isinstance(value, list)
        for node in value:
            if node >= MAX_NODES:
                raise InputError(f"Invalid host-nodes value: {node}")
        present = self.values["host-nodes"]
        assert isinstance(present, list)
        self.values["host-nodes"] = sorted({*present, *value})

    def _preallocate_late(self, wanted: bool) -> None:
        if not wanted or self.values["prealloc"]:
            return
        if not self.values["reserve"]:
            raise InputError("'prealloc=on' and 'reserve=off' are incompatible")
        assert self.mapping is not None
        self.mapping.populate(self._threads())
        self.values["prealloc"] = True

    def _threads(self) -> int:
        threads = self.values["prealloc-threads"]
        assert isinstance(threads, int)
        return threads

    def complete(self) -> None:
        """Get the memory (spec/backends.md section 8); on failure nothing of it stays mapped."""
        self.mapping = self._map()
        try:
            self._check_page_multiple(self.mapping)
            self.mapping.tune(bool(self.values["merge"]), bool(self.values["dump"]))
            self._apply_policy(self.mapping)
            if self.values["prealloc"]:
                self.mapping.populate(self._threads())
        except HostRefusal:
            self.release()
            raise
        region = MemoryRegion()
        region.values.update(size=self.size, addr=0)
        self.add(f"{self.name}[0]", region)

    def _map(self) -> Mapping:
        raise NotImplementedError

    def _check_page_multiple(self, memory: Mapping) -> None:
        if memory.page_size > mapping.PAGE and self.size % memory.page_size:
            raise HostRefusal(f"backend '{self.type_name}' memory size must be multiple of "
                              f"{memory.page_size // MIB} MiB")

    def _apply_policy(self, memory: Mapping) -> None:
        policy, nodes = self.values["policy"], self.values["host-nodes"]
        assert isinstance(policy, str) and isinstance(nodes, list)
        if nodes and policy == "default":
            raise HostRefusal("host-nodes must be empty for policy default, or you should explicitly specify "
                              "a policy other than default")
        if policy != "default":
            if not nodes:
                raise HostRefusal(f"host-nodes must be set for policy {policy}")
            memory.bind(policy, nodes)

    def release(self) -> None:
        """Unmap; harmless when nothing is mapped."""
        if self.mapping:
            self.mapping.close()
            self.mapping = None

    def check_deletable(self) -> None:
        """Raise MachineRefusal while the machine or a device uses the memory."""
        if self.user:
            raise MachineRefusal(f"Cannot delete host memory backend '{self.name}' which is mapped")

    def _map_or_refuse(self, template: str, **arguments: object) -> Mapping:
        try:
            return Mapping(**arguments)  # type: ignore[arg-type]
        except OSError as error:
            raise HostRefusal(template.format(reason=os.strerror(error.errno or 0))) from None

    def _map_descriptor(self, descriptor: int, **arguments: object) -> Mapping:
        template = "unable to map backing store for guest RAM: {reason}"
        return self._map_or_refuse(
            template, descriptor=descriptor, shared=bool(self.values["share"]),
            reserve=bool(self.values["reserve"]), page_size=mapping.page_size_of(descriptor), **arguments,
        )

    def _rounded_size(self) -> int:
        return -(-self.size // mapping.PAGE) * mapping.PAGE


class RamBackend(MemoryBackend):
    """memory-backend-ram: anonymous memory."""

    type_name = "memory-backend-ram"

    @property
    def alignment(self) -> int:
        return 2 * MIB

    def _map(self) -> Mapping:
        return self._map_or_refuse(
            f"cannot set up guest memory '{self.block_name}': {{reason}}", length=self.size,
            shared=bool(self.values["share"]), reserve=bool(self.values["reserve"]),
        )


class FileBackend(MemoryBackend):
    """memory-backend-file: a file, or an unlinked temporary file in a directory, hugetlbfs included."""

    type_name = "memory-backend-file"
    declared: ClassVar[tuple[Property, ...]] = (
        *BASE,
        Property("align", Size(), "", 0, frozen=FIXED_NAMED, frozen_first=True),
        Property("offset", Size(), "Where in the file the memory starts, in bytes", 0, frozen=FIXED_NAMED,
                 frozen_first=True),
        Property("discard-data", Boolean(), "", False),
        Property("mem-path", Text(), "", "", required=True, frozen=FIXED_NAMED),
        Property("pmem", Boolean(), "", False, frozen=FIXED_DOTTED),
        Property("readonly", Boolean(), "", False, frozen=FIXED_DOTTED),
        Property("rom", Enumeration("OnOffAuto", "auto", "on", "off"), "Map the memory read-only (on/off/auto)", "auto",
                 frozen=FIXED_DOTTED, frozen_first=True),
    )

    @property
    def alignment(self) -> int:
        align = self.values["align"]
        assert isinstance(align, int)
        return max(super().alignment, align)

    @property
    def read_only(self) -> bool:
        rom = self.values["rom"]
        return rom == "on" or (rom == "auto" and bool(self.values["readonly"]))

    def complete(self) -> None:
        super().complete()
        self.values["rom"] = "on" if self.read_only else "off"

    def _map(self) -> Mapping:
        values = self.values
        if values["rom"] == "on" and not values["readonly"]:
            raise HostRefusal("property 'rom' = 'on' is not supported with 'readonly' = 'off'")
        if values["rom"] == "off" and values["readonly"] and values["share"]:
            raise HostRefusal("property 'rom' = 'off' is incompatible with 'readonly' = 'on' and 'share' = 'on'")
        path, offset, align = str(values["mem-path"]), values["offset"], values["align"]
        assert isinstance(offset, int) and isinstance(align, int)
        request = backing_file.Request(self.block_name, path, self._rounded_size(), offset, align)
        opened = backing_file.open_store(request, bool(values["readonly"]), bool(values["share"]))
        try:
            backing_file.check_store(request, opened.descriptor)
            backing_file.extend_store(request, opened.descriptor, self.note)
            memory = self._map_descriptor(
                opened.descriptor, length=self._rounded_size(), offset=offset, writable=not self.read_only
            )
        except HostRefusal:
            opened.undo()
            raise
        finally:
            os.close(opened.descriptor)
        if values["pmem"] and values["share"]:
            self.warn("Using non DAX backing file with 'pmem=on' option is deprecated")
        return memory

    def _check_page_multiple(self, memory: Mapping) -> None:
        super()._check_page_multiple(memory)
        if self.size % mapping.PAGE:
            raise HostRefusal(f"backend '{self.type_name}' memory size must be multiple of 4 KiB")

    def release(self) -> None:
        if self.mapping and self.values["discard-data"] and self.values["share"] and not self.values["readonly"]:
            self.mapping.discard()
        super().release()


class _ExactFileBackend(MemoryBackend):
    """A backend over a memory file that is exactly as large as was asked."""

    shared_by_default = True

    def _open(self) -> int:
        raise NotImplementedError

    def _resize_message(self) -> str:
        raise NotImplementedError

    def _map(self) -> Mapping:
        descriptor = self._open()
        try:
            try:
                backing_file.resize(descriptor, self.size)
            except OSError as error:
                message = f"failed to resize {self._resize_message()} to {self.size}: "
                raise HostRefusal(message + os.strerror(error.errno or 0)) from None
            self._seal(descriptor)
            backing_file.check_store(
                backing_file.Request(self.block_name, "", self._rounded_size(), 0, 0), descriptor
            )
            return self._map_descriptor(descriptor, length=self._rounded_size())
        finally:
            os.close(descriptor)

    def _seal(self, descriptor: int) -> None:
        """Shared memory objects have no seals."""


class MemfdBackend(_ExactFileBackend):
    """memory-backend-memfd: an anonymous memory file, with huge pages when asked."""

    type_name = "memory-backend-memfd"
    declared: ClassVar[tuple[Property, ...]] = (
        *BASE,
        Property("hugetlb", Boolean(), "Use huge pages (on/off)", False),
        Property("hugetlbsize", Size(), "Size of a huge page, such as 2M", 0, frozen=FIXED, frozen_first=True),
        Property("seal", Boolean(), "Forbid resizing the memory file (on/off)", True),
    )

    def set(self, item: Property, value: object) -> None:
        if item.name == "hugetlbsize" and value == 0:
            raise InputError(f"Property '{self.type_name}.hugetlbsize' doesn't take value '0'")
        super().set(item, value)

    def _open(self) -> int:
        size = self.values["hugetlbsize"]
        assert isinstance(size, int)
        # The reference takes any odd number as "the default size" (tests/rows: memfd-hugetlb-args).
        shift = (size & -size).bit_length() - 1 if size else 0
        if shift and 1 << shift != size:
            raise HostRefusal("Hugepage size must be a power of 2")
        huge = shift if self.values["hugetlb"] else None
        return mapping.memory_file(self.type_name, bool(self.values["seal"]), huge)

    def _resize_message(self) -> str:
        return "memfd"

    def _seal(self, descriptor: int) -> None:
        if self.values["seal"]:
            mapping.seal_size(descriptor)


class ShmBackend(_ExactFileBackend):
    """memory-backend-shm: a POSIX shared memory object, unlinked at once."""

    type_name = "memory-backend-shm"

    def _map(self) -> Mapping:
        if not self.values["share"]:
            raise HostRefusal("can't create shm backend with `share=off`")
        return super()._map()

    def _open(self) -> int:
        return backing_file.open_shared_memory()

    def _resize_message(self) -> str:
        return "POSIX shared memory"


class ThreadContext(Object):
    """thread-context: names the CPUs on which preallocating threads run."""

    type_name = "thread-context"
    declared: ClassVar[tuple[Property, ...]] = (
        Property("thread-id", Integer(64, label="int"), default=0, settable=False),
        Property("node-affinity", NodeList(), settable=True, default=()),
        Property("cpu-affinity", NodeList(), settable=True, default=()),
    )

    def complete(self) -> None:
        """Nothing to get: threads are started when memory is preallocated."""
        self.values["thread-id"] = os.getpid()

    def release(self) -> None:
        """Nothing to give back."""

    def check_deletable(self) -> None:
        """It may always go, even while it is linked."""


USER_CREATABLE: dict[str, type[MemoryBackend]] = {
    kind.type_name: kind for kind in (RamBackend, FileBackend, MemfdBackend, ShmBackend)
}

