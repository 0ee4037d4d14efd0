"""What people type out of habit from other programs, and what it is called here."""

from __future__ import annotations

COMMANDS = {
    **dict.fromkeys(("exit", "exit()", "quit()", ":q", ":q!", ":wq", ":quit", "\\q"), "quit"),
    **dict.fromkeys(("bye", "logout", ".exit", ".quit", "Q"), "quit"),
    **dict.fromkeys(("\\?", "\\h", ":h", ":help", ".help", "man", "commands", "--help"), "help"),
    **dict.fromkeys(("lsmem", "memory", "dimms"), "info memory-devices"),
    **dict.fromkeys(("backends", "memdevs"), "info memdev"),
    **dict.fromkeys(("free", "meminfo"), "info memory_size_summary"),
    **dict.fromkeys(("continue", "resume"), "cont"),
    **dict.fromkeys(("pause", "suspend"), "stop"),
    **dict.fromkeys(("reboot", "reset"), "system_reset"),
    **dict.fromkeys(("shutdown", "poweroff", "halt"), "system_powerdown"),
    **dict.fromkeys(("cls", "\\c"), "clear"),
    **dict.fromkeys(("plug", "add"), "help device_add"),
    **dict.fromkeys(("unplug", "remove", "del", "delete"), "help device_del"),
}
INFO = {
    **dict.fromkeys(("memory", "mem-devices", "dimm", "dimms", "slots"), "memory-devices"),
    **dict.fromkeys(("backends", "backend", "memdevs", "objects"), "memdev"),
    **dict.fromkeys(("size", "memory-size", "memory_size"), "memory_size_summary"),
    **dict.fromkeys(("tree", "devices"), "qtree"),
}
DEVICES = {
    **dict.fromkeys(("dimm", "pcdimm", "memory", "ram", "mem"), "pc-dimm"),
    **dict.fromkeys(("virtio-mem", "virtio_mem", "virtiomem", "vmem"), "virtio-mem-pci"),
    **dict.fromkeys(("virtio-pmem", "virtio_pmem", "pmem"), "virtio-pmem-pci"),
    **dict.fromkeys(("virtio-balloon", "balloon"), "virtio-balloon-pci"),
    "nv-dimm": "nvdimm",
}
OBJECTS = {
    **dict.fromkeys(
        (
            "ram",
            "memory",
            "mem",
            "memory-ram",
            "memory-backend",
            "backend-ram",
            "memory-backend-mem",
        ),
        "memory-backend-ram",
    ),
    **dict.fromkeys(("file", "memory-file", "backend-file"), "memory-backend-file"),
    **dict.fromkeys(("memfd", "memory-memfd", "backend-memfd"), "memory-backend-memfd"),
    **dict.fromkeys(("shm", "memory-shm", "backend-shm"), "memory-backend-shm"),
}
OPTIONS = {
    **dict.fromkeys(("name", "ID", "Id"), "id"),
    **dict.fromkeys(("mem", "backend", "memory", "memory-backend", "mem-dev", "object"), "memdev"),
    **dict.fromkeys(("path", "file", "filename", "mempath", "mem_path"), "mem-path"),
    **dict.fromkeys(("length", "mem-size", "Size", "SIZE"), "size"),
    **dict.fromkeys(("address", "at"), "addr"),
    **dict.fromkeys(("requested", "requested_size", "request"), "requested-size"),
    **dict.fromkeys(("numa", "numa-node", "nodeid"), "node"),
    **dict.fromkeys(("shared",), "share"),
    **dict.fromkeys(("preallocate",), "prealloc"),
    **dict.fromkeys(("hugepages", "huge"), "hugetlb"),
}
