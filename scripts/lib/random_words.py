"""The words that random lines are made of: plausible ones, and odd ones for every place.

How lines are made of them is in `random_lines.py`.
"""

from __future__ import annotations

BACKENDS = ("m0", "m1", "m2", "m3", "m4", "m5")
DEVICES = ("d0", "d1", "d2", "d3", "v0", "v1", "n0")
ODD_BACKENDS = ("nope", "/objects/m0", "objects/m1", "", "/machine", "d0")
BUSES, ODD_BUSES = ("rp", "rp2", "pci.0", "pcie.0"), ("isa.0", "main-system-bus", "x", "", "virtio-bus")
ODD_IDS = ("nope", "pc.ram", "9x", "", "type", "a b", "rp", "compat_monitor0")
SMALL_SIZES = ("64M", "64M", "128M", "2M", "4M", "16M", "256M", "1M", "6M")
ODD_SIZES = ("4K", "3M", "5000", "0", "-1", "x", "1.5M", "0x4000000", "1KB", "", "64T", "2.5k", ".5M", "+4M", " 4M",
             "1e3", "0x", "99999999999999999999", "16777215T", "1G", "8G", "129K")
HUGE_SIZES = ("2M", "4M", "3M", "6M", "8M", "64G")
SWITCHES = ("on", "off", "on", "off", "yes", "no", "true", "false", "y", "n", "x", "", "ON", "1")
NUMBERS = ("0", "1", "2", "3", "4", "-1", "7", "x", "", "0x1", "010", "0b1", "4294967296", "2147483648", "300", "1 ",
           "18446744073709551616", "-4294967296", "99999999999999999999")
ADDRESSES = ("0", "0x100000000", "0x108000000", "0x140000000", "0x200000", "0x100200000", "0x100001000", "0x180000000",
             "0x3ffffffc", "-1", "0xa0000", "1k", "4294967296", "0x17fe00000", "0xffffffffffe00000", "x", "0x2bfe00000")
UUIDS = ("0f8fad5b-d9cb-469f-a165-70867728950e", "0F8FAD5B-D9CB-469F-A165-70867728950E", "x", "",
         "0f8fad5bd9cb469fa16570867728950e")
NODES = ("0", "0", "1", "127", "128", "65536", "-1", "x", "", "0-1", "3-1")
FILES = ("f1", "f2", "f3", "f4", "no/f", "", "small", "odd", "readonly")
QOM_VALUES = (*SWITCHES, *NUMBERS, "2M", "bind", "default", "m0", "t0", "0-1", *NODES)
SUMS = ("16", "4096", "-1", "0")
LABELS = ("128K", "256K", "1M", "3M", "129K", "0", "127K", "64M", "x", "-1", "0x20001")
PCI_ADDRESSES = ("4", "5", "4.0", "05.1", "1f", "1f.7", "2", "0", "32", "x", "", "-1", "5.8", "0x6.0x0", "3", "1")
INFO = ("memory-devices", "memdev", "memory_size_summary", "numa", "status", "name", "uuid", "nope", "status x", "kvm",
        "qom-tree /objects", "qom-tree nope", "history", "name  ", "balloon", "mem", "tlb", "iothreads", "dump",
        "vm-generation-id", "hotpluggable-cpus", "numa 1", "qtree -x", "mtree -", "mtree -d -f", "qtree x", "/x", "")
EXPRESSIONS = ("1+2*3", "9-1|2", "~0", "(1", "1/0", "0x10", "09", "'a'", "foo", "-7/2", "1 2", "",
               "18446744073709551616",
               "$foo", "7%3", "7%0", "1<<2", "'ab", "0x", "0b11", "017", "6^3&5", "--1", "+ 1", "((2))", ")", "'\\n'",
               "9223372036854775807+1", "1-", "'", "- 1 -1", "0xg", "1|", "\"1\"", "2147483648*4")
FORMATS = ("", "/x", "/d", "/o", "/c", "/u", "/4xb", "/2xw", "/2xg", "/z", "/0x", "/3uh", "/3ch", "/16db", "/x x",
           "/xx",
           "/wx", "/4", "/g")
QOM_PATHS = ("m0", "m1", "d0", "v0", "n0", "/objects/m0", "/machine", "/machine/peripheral/d0", "/objects", "nope", "/",
             "d0/memdev", "memdev", "m0/m0[0]", "objects/m1", "//objects//m0/", '""', "v0/virtio-backend", "v1", "d1",
             "/machine/peripheral-anon/device[0]", "/machine/peripheral/v0", "n0/nvdimm-memory[0]", "virtio-backend",
             "/machine/unattached/device[0]", "/machine/peripheral", "v0/memdev", "rp", "/machine/", "machine")
QOM_PROPERTIES = ("size", "share", "dump", "merge", "policy", "prealloc", "host-nodes", "addr", "slot", "node",
                  "memdev",
                  "type", "nope", "mem-path", "rom", "reserve", "hotplugged", "hotpluggable", "prealloc-threads",
                  "container", "requested-size", "block-size", "memaddr", "label-size", "uuid", "unarmed", "align",
                  "offset", "readonly", "pmem", "discard-data", "hugetlb", "hugetlbsize", "seal", "prealloc-context",
                  "unplugged-inaccessible", "dynamic-memslots", "parent_bus", "virtio-backend", "m0[0]", "priority",
                  "x-use-canonical-path-for-ramblock-id", "multifunction", "addr", "memory", "memory-backend")
JSON_VALUES = ("true", "false", "1", "0", "-1", "[0]", "[128]", "[65536]", '["x"]', '"x"', "x", "{", "null", '"on"',
               "[1,",
               "{}", '{"a":1}', '"\\q"', "1 2", "07", '"abc', "4194304", "3", '"/objects/m1"', "{1:2}", '{"a" 1}',
               "[1 2]",
               '{"a":1,"a":2}', "%", "1.5", "2097152", "'x'", "tru")
BROKEN_LINES = ("foo", "stop x", "", "  info status  ", 'qom-get "a', "info/x", "object_add", "device_add", "qom-get",
                'qom-get "a\\q" b', "object_del", "device_del", "sum", "sum 0", "xp", "memsave 0 1", "i", "o /b 1",
                "cpu",
                "qom-set m0", "qom-set -", "qom-set -k m0 size 1", "device_del d0 d1", "object_del m0 m1", "help",
                'device_add "pc-dimm', 'device_add "pc-dimm\\x"', "device_add pc-dimm x", "STOP", "?", "qom-list a b",
                "sum 0x100000000 1", "cpu 99", "cpu 0", "balloon 1", "gva2gpa 0x1000", "exit_preconfig", "clear",
                "system_wakeup", "help x \"", "help info nope", "memsave 0 4294967296 f", "pmemsave x 1 f", "info")


PREPARED_BACKENDS = (
    "memory-backend-ram,id={0},size=64M", "memory-backend-ram,id={0},size=64M",
    "memory-backend-ram,id={0},size=128M,share=on",
    "memory-backend-memfd,id={0},size=64M", "memory-backend-file,id={0},size=64M,mem-path=@TMP@/{0}",
    "memory-backend-file,id={0},size=16M,mem-path=@TMP@/{0},share=on", "memory-backend-shm,id={0},size=64M",
    "memory-backend-ram,id={0},size=4M,prealloc=on",
    "memory-backend-file,id={0},size=64M,mem-path=@TMP@/readonly,readonly=on",
    "memory-backend-file,id={0},size=64M,mem-path=@TMP@/readonly,readonly=on,rom=off",
    "memory-backend-ram,id={0},size=256M",
    "memory-backend-memfd,id={0},size=8M,hugetlb=on,hugetlbsize=2M", "memory-backend-ram,id={0},size=6M",
    "memory-backend-file,id={0},size=64M,mem-path=@TMP@/{0},align=64M",
)
PREPARED_DEVICES = (
    "virtio-mem-pci,id=v0,memdev={0}", "virtio-mem-pci,id=v0,memdev={0},requested-size=4M", "pc-dimm,id=d0,memdev={0}",
    "nvdimm,id=n0,memdev={0},label-size=128K", "virtio-pmem-pci,id=v1,memdev={0}",
    "virtio-mem-pci,id=v1,memdev={0},bus=rp",
    "virtio-mem-pci,id=v0,memdev={0},unplugged-inaccessible=off", "virtio-mem-pci,id=v0,memdev={0},dynamic-memslots=on",
    "pc-dimm,memdev={0}", "pc-dimm,id=d1,memdev={0},slot=1", "virtio-mem-pci,id=v1,memdev={0},bus=rp,addr=1",
)
FRAGMENTING = (
    "object_add memory-backend-ram,id=mq,size=32M", "device_add virtio-pmem-pci,memdev=mq,memaddr=0x101000000",
    "object_add memory-backend-ram,id=mr,size=32M", "device_add virtio-pmem-pci,memdev=mr",
)
SEQUENCES = (
    (), (), (),
    ("object_add memory-backend-memfd,id=mh,size=8M,hugetlb=on,hugetlbsize=2M",
     "device_add virtio-mem-pci,memdev=mh,block-size=1M"),
    ("object_add memory-backend-ram,id=mz,size=4M",
     "device_add virtio-mem-pci,memdev=mz,unplugged-inaccessible=off,dynamic-memslots=on"),
    ("device_add pcie-root-port,id=rf,chassis=9,addr=9.1", "device_add pcie-root-port,id=rg,chassis=10,addr=9"),
    ("object_add memory-backend-ram,id=my,size=6M", "device_add virtio-mem-pci,memdev=my,block-size=4M",
     "device_add virtio-mem-pci,id=vy,memdev=my,block-size=4K", "device_add virtio-mem-pci,id=vy,memdev=my",
     "qom-set vy requested-size 2M", "device_del vy"),
)
SELDOM = (
    "qom-set -j /machine memory [0]", "qom-set -j /machine smp 1",
    "object_add memory-backend-shm,id=mx,size=4M,share=off", "object_add memory-backend-ram,id=mx,size=64T",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/ox,offset=1", "qom-get m0 prealloc-threads",
    "qom-get v0 vectors", "qom-list v0", "qom-get pc.ram prealloc-threads",
    "object_add thread-context,id=tx,cpu-affinity.0=999", "object_add thread-context,id=tx,node-affinity.0=77",
    "object_add thread-context,id=tx,cpu-affinity.0=0,node-affinity.0=0", "qom-get tx node-affinity",
    "object_add thread-context,id=tx,cpu-affinity.0=0", "object_del tx", "qom-get tx cpu-affinity", "qom-list tx",
    "object_add {\"qom-type\":\"thread-context\",\"id\":\"ty\",\"cpu-affinity\":[]}",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/rx,rom=on", "device_add virtio-mem-pci,memdev=ms",
    "object_add memory-backend-memfd,id=mx,size=9223372036854775808", "object_add memory-backend-ram,id=ms,size=3M",
    "device_add virtio-mem-pci,memdev=ms,block-size=1M,requested-size=1M",
    "object_add memory-backend-file,id=mu,size=3M,mem-path=@TMP@/mu", "device_add virtio-mem-pci,memdev=mu",
    "device_add virtio-mem-pci,memdev=mu,requested-size=1M",
    "device_add pcie-root-port,id=rf,chassis=9,addr=9.1", "device_add pcie-root-port,id=rg,chassis=10,addr=9",
    "object_add memory-backend-memfd,id=mh,size=8M,hugetlb=on,hugetlbsize=2M", "info status",
    "system_wakeup",
    "device_add virtio-mem-pci,memdev=mh,block-size=1M", "object_add memory-backend-ram," + "a" * 130 + "=1,id=x",
    "object_add memory-backend-memfd,id=mx,size=2M,hugetlb=on,hugetlbsize=3M",
    "qom-set -j m0 dump {\"a\":" + "[" * 1100,
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/ax,align=3", "object_add {\"a\":" + "[" * 1100,
    "object_add memory-backend-ram,id=mx,size=4M,host-nodes.0=0", "device_add virtio-pmem-pci,memdev=mr",
    "object_add memory-backend-file,id=mx,size=1M,mem-path=@HUGE@", "object_add memory-backend-ram,id=mq,size=32M",
    "object_add memory-backend-ram,id=mr,size=32M", "device_add virtio-pmem-pci,memdev=mq,memaddr=0x101000000",
    "device_del /machine/unattached/device[2]", "gpa2hpa 0x100000000", "gpa2hpa 0x140000000", "xp/2i 0",
    "info mtree -f -d",
    "qom-set v0 block-size 4M", "qom-set v0 memdev m1", "qom-set v0 memaddr 0", "device_del v0/virtio-backend",
    "device_del v1",
    "qom-set -j v0 requested-size 4194304", "device_del v0", "qom-set v0 requested-size 3M",
    "qom-set v0 requested-size 0",
    "device_add virtio-mem-pci,memdev=m0,addr=4", "device_add virtio-mem-pci,memdev=m1,addr=4.1", "gpa2hva 0xfec00000",
    "device_add virtio-mem,memdev=m0", "device_add virtio-pmem,memdev=m0,bus=virtio-bus", "gpa2hva 0xfd00000000",
    "device_add virtio-mem-pci,memdev=m0,bus=rp,addr=2", "device_add virtio-mem-pci,memdev=m1,bus=rp",
    "gpa2hpa 0xfd00000000",
    "device_add pcie-root-port,id=rq,chassis=1", "device_add pcie-root-port,id=rs,chassis=7", "qom-set m0 size 1M",
    "qom-set m0 share on", "qom-set m0 reserve off", "qom-set d0 addr 5", "qom-set d0 memdev m0",
    "qom-set n0 label-size 1M",
    "qom-set m0 host-nodes x", "qom-set m0 host-nodes 3-1", "qom-set m1 mem-path x", "qom-set m2 rom on",
    "qom-set m3 align 2M",
    "object_add memory-backend-ram,id=mx,size=4M,policy=bind,host-nodes.0=101", 'pmemsave 0 4096 "/dev/full"',
    "object_add memory-backend-ram,id=mx,size=4M,prealloc=on,reserve=off", "object_add memory-backend-ram,id.x=1,id=m0",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/px,pmem=on,share=on", "object_del mx", "device_del n0",
    "object_add memory-backend-file,id=mx,size=64M,mem-path=@TMP@/readonly,readonly=on,share=on,rom=off",
    "qom-set m0 pmem on",
    "object_add memory-backend-memfd,id=mx,size=64G,hugetlb=on,hugetlbsize=2M,prealloc=on", "object_add " + "[" * 1100,
    "object_add memory-backend-ram,size=1M,id.1=x,id.0=y",
    "object_add memory-backend-ram,id=" + "a" * 130 + "=1,size=1M",
    "object_add memory-backend-ram,id=mx,size=1M,host-nodes.1=0",
    "object_add memory-backend-ram,id=mx,size=1M,a.b=1,a=2",
    "device_add virtio-mem-pci,memdev=m0,block-size=1M",
    "device_add virtio-mem-pci,memdev=m3,block-size=1M,requested-size=1M",
    "device_add virtio-mem-pci,memdev=m0,unplugged-inaccessible=off,dynamic-memslots=on", "info qtree -b x",
    "info mtree -d x",
    "device_add virtio-mem-pci,memdev=m1,requested-size=3M", "device_add nvdimm,memdev=m2",
    "device_add nvdimm,memdev=m4",
    "device_add nvdimm,memdev=m3,label-size=1", "device_add pc-dimm,memdev=m2,slot=0", "cpu 1",
    "info hotpluggable-cpus",
    "object_add memory-backend-file,id=mx,size=4M,mem-path=@TMP@/ax,align=3M", "qom-get /machine max-ram-below-4g",
    "memsave 0xfd00000000 16 \"@TMP@/s\"", "object_add {\"qom-type\":\"memory-backend-ram\",\"id\":\"9\",\"size\":1}",
    "device_add virtio-mem-pci,memdev=m5,node=7", "device_add pc-dimm,memdev=m5,node=7", "qom-set v0 node 1",
    "qom-set n0 uuid x",
    "qom-set n0 uuid 0f8fad5b-d9cb-469f-a165-70867728950e", "qom-get n0 uuid", "qom-get v0 addr",
    "device_del compat_monitor0",
    "object_del compat_monitor0", "object_add memory-backend-ram,id=mx,size=4M,host-nodes.0=0,policy=bind",
    "info mtree -D x",
)
