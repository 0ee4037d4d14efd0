"""Examples of commands with their purpose.

The tests run all of them in this order on one machine.
"""

from __future__ import annotations

Example = tuple[str, str]
EXAMPLES: dict[str, tuple[Example, ...]] = {
    "object_add": (
        ("object_add memory-backend-ram,id=mem1,size=1G", "1 GiB of anonymous memory"),
        (
            "object_add memory-backend-file,id=mem2,size=512M,mem-path=/dev/shm",
            "a temporary file in a directory",
        ),
        ("object_add memory-backend-memfd,id=mem3,size=64M", "an anonymous file in memory"),
        (
            "object_add memory-backend-ram,id=mem4,size=64M,prealloc=on",
            "all pages allocated at once",
        ),
        ("object_add memory-backend-ram,help", "what else may be given"),
    ),
    "device_add": (
        ("device_add pc-dimm,id=dimm1,memdev=mem1", "plug a backend as a DIMM"),
        ("device_add pc-dimm,id=dimm2,memdev=mem2,slot=2", "in a slot of your choice"),
        (
            "device_add virtio-mem-pci,id=vm0,memdev=mem3,requested-size=32M",
            "memory that can grow and shrink",
        ),
    ),
    "info memory-devices": (("info memory-devices", "address, slot, size and backend of each"),),
    "info mtree": (("info mtree -f", "the guest's memory without overlaps"),),
    "info qom-tree": (("info qom-tree /objects", "one part of the tree"),),
    "qom-list": (("qom-list /machine/peripheral", "the devices that have an id"),),
    "qom-get": (
        ("qom-get dimm1 addr", "where a DIMM is"),
        ("qom-get vm0 size", "how much the guest has plugged"),
    ),
    "qom-set": (("qom-set vm0 requested-size 0", "request that the guest unplugs all of it"),),
    "xp": (("xp /4xw 0x100000000", "four words from the start of the first DIMM"),),
    "guest": (
        ("guest refuse dimm2", "the next unplug of it fails"),
        ("guest policy latency=10ms", "each step of the guest takes time"),
        ("guest policy latency=0", "and no time again"),
    ),
    "device_del": (("device_del dimm1", "request the unplug from the guest"),),
    "object_del": (("object_del mem1", "once no device uses it"),),
    "pmemsave": (
        ('pmemsave 0 4096 "/dev/null"', "the first page of RAM into a file, whose name has quotes"),
    ),
    "print": (("p 4 * 0x100000", "a calculator"),),
    "stop": (("stop", "pause the guest"),),
    "cont": (("cont", "resume the guest"),),
    "help": (("help device_add pc-dimm", "on the console, the options of a type too"),),
}
