"""Random command lines: machines that start, and lines that are broken in one place.

What comes of them is compared in `differential.py`.
"""

from __future__ import annotations

import random

from scripts.lib.random_cpus import cpu_line

MACHINES = (
    "-M pc",
    "-M q35",
    "-M pc",
    "-M q35",
    "-M pc,nvdimm=on",
    "-M q35,nvdimm=on",
    "-M none",
    "-M microvm",
    "-M isapc",
    "-M pc,acpi=off",
    "-M q35,acpi=off",
    "-M pc-i440fx-8.0",
    "-M pc-q35-9.2",
    "-M pc-q35-5.2",
    "-M pc,max-ram-below-4g=1G",
    "-M q35,max-ram-below-4g=512M,nvdimm=on",
    "-nodefaults",
    "-vga none",
    "-nic none",
)
SIZES = (
    "1G,slots=4,maxmem=8G",
    "1G,slots=3,maxmem=4G",
    "4G,slots=2,maxmem=6G",
    "256M",
    "1G,maxmem=2G",
    "512M,slots=8,maxmem=4G",
    "5G,slots=1,maxmem=5G",
    "1G,slots=256,maxmem=8G",
    "1G,slots=2,maxmem=1025M",
    "3584M,slots=2,maxmem=8G",
)
ODD_SIZES = (
    "1G,slots=4",
    "1G,slots=257,maxmem=8G",
    "8G,maxmem=4G",
    "1G,slots=2,maxmem=1G",
    "x",
    "1G,slots=x,maxmem=2G",
    "1G,foo=1",
    "0",
    "1G,slots=1,maxmem=1000T",
    "1G,maxmem=x",
    "-1",
    "1G,slots=1,maxmem=1025M,size=2G",
    "",
    "1G,slots=-1,maxmem=2G",
    "1G,slots=1,maxmem=1073745921",
)
OBJECTS = (
    "memory-backend-ram,id=n0,size=64M",
    "memory-backend-ram,id=n1,size=128M,share=on",
    "memory-backend-memfd,id=n2,size=64M",
    "memory-backend-file,id=n3,size=64M,mem-path=@TMP@/n3",
    "memory-backend-file,id=n4,size=64M,mem-path=@TMP@/n4,readonly=on",
    "memory-backend-shm,id=n5,size=4M",
    '{"qom-type":"memory-backend-ram","id":"n6","size":67108864}',
    "thread-context,id=t1",
)
ODD_OBJECTS = (
    "memory-backend-ram,id=n0",
    "memory-backend-ram,size=64M",
    "nope,id=x",
    "memory-backend-ram,id=9,size=1M",
    "memory-backend-ram,id=n0,size=x",
    "memory-backend-ram,id=n0,size=64M,foo=1",
    "",
    "memory-backend-ram",
    "memory-backend-file,id=n,size=64M",
    "memory-backend-ram,id=n0,size=0",
    "memory-backend-ram,id=n0,size=64M,share",
    "memory-backend-ram,id=n0,size=64M,policy=bind",
    "memory-backend-ram,id=pc.ram,size=64M",
    "{",
    '{"id":"a"}',
    "memory-backend-ram,id=n0,size=64M,host-nodes=128",
    "memory-backend-ram,id=n0,size=64M,prealloc=x",
    "memory-backend-file,id=n0,size=64M,mem-path=/nope/x",
    "memory-backend-memfd,id=n0,size=64M,hugetlbsize=3",
    '{"qom-type":"memory-backend-ram","id":"x","size":"1M"}',
    "memory-backend-ram,id=n0,size=64M,host-nodes=x",
)
DEVICES = (
    "pc-dimm,id=d0,memdev=n0",
    "pc-dimm,memdev=n1,node=0",
    "nvdimm,id=n0,memdev=n2",
    "virtio-mem-pci,id=v0,memdev=n0",
    "virtio-pmem-pci,id=p0,memdev=n5",
    "pc-dimm,id=d1,memdev=n3,slot=1",
    "pc-dimm,id=d1,memdev=n6,addr=0x140000000",
    "nvdimm,id=n1,memdev=n3,label-size=128K",
    "virtio-mem-pci,memdev=n1,requested-size=2M,addr=9",
    "virtio-mem-pci,id=v2,memdev=n2,unplugged-inaccessible=off",
    "pcie-root-port,id=rp,chassis=1",
    '{"driver":"pc-dimm","id":"dj","memdev":"n6","slot":1}',
)
ODD_DEVICES = (
    "pc-dimm",
    "pc-dimm,memdev=nope",
    "nope",
    "",
    "pc-dimm,id=9",
    "pc-dimm,memdev=n0,slot=9",
    "pc-dimm,memdev=n0,node=3",
    "pc-dimm,memdev=n0,foo=1",
    "device",
    "virtio-mem,memdev=n0",
    "virtio-mem-pci,memdev=n0,bus=x",
    "virtio-mem-pci,memdev=n0,bus=isa.0",
    "virtio-mem-pci,memdev=n0,node=1",
    "virtio-mem-pci,memdev=n0,block-size=3M",
    "pc-dimm,memdev=n0,addr=1",
    "nvdimm,memdev=n4",
    "pc-dimm,memdev=n0,x",
    "nvdimm,memdev=n0,label-size=1",
    "nvdimm,memdev=n0,uuid=x",
    "virtio-mem-pci,memdev=n0,addr=0",
    "virtio-mem-pci,memdev=n0,requested-size=3M",
    '{"driver":"pc-dimm","slot":"1"}',
    '{"driver":"pc-dimm",',
    "pcie-root-port,id=rq,chassis=1",
    "virtio-pmem-pci,memdev=n0,size=1",
    "pc-dimm,memdev=n0,memdev=n1,id=d0",
)
NUMA = (
    "-numa node",
    "-numa node,nodeid=0 -numa node,nodeid=1",
    "-smp 2 -numa node,cpus=0 -numa node,cpus=1",
)
ODD_NUMA = (
    "-numa node,nodeid=5",
    "-numa node,mem=1G",
    "-numa x",
    "-numa node,memdev=nope",
    "-numa node,cpus=7",
    "-numa node,nodeid=0 -numa node,nodeid=0",
    "-numa node,foo=1",
    "-numa node,cpus=x",
    "-numa node,initiator=0",
    "-numa node,nodeid=128",
    "-numa node,nodeid=x",
    "-numa ''",
    "-numa node,cpus=0 -numa node,cpus=0",
)
OTHERS = (
    "-name x",
    "-uuid 0f8fad5b-d9cb-469f-a165-70867728950e",
    "-smp 2",
    "-smp 4,sockets=2",
    "-name guest=a,process=b",
    "-boot order=cd,menu=on",
    "-incoming defer",
    "-d in_asm,int",
    "-global pc-dimm.node=0",
    "-global ICH9-LPC.disable_s3=1",
    "-device virtio-rng-pci,id=r0 -set device.r0.addr=0x1e",
    "-M pc,smp-cache.0.cache=l3,smp-cache.0.topology=socket",
    "-M pc,x-oem-id=abc,hpet=off,vmport=auto",
    "-readconfig /dev/null",
)
INERT = (
    "-boot order=cd",
    "-boot menu=on,strict=on",
    "-rtc base=utc,clock=vm",
    "-overcommit mem-lock=off",
    "-msg timestamp=off",
    "-sandbox on,obsolete=deny",
    "-smbios type=1,uuid=0f8fad5b-d9cb-469f-a165-70867728950e",
    "-fw_cfg name=opt/x,string=y",
    "-netdev user,id=net0",
    "-drive file=@TMP@/n3,if=none,id=dr0,format=raw",
    "-vnc none",
    "-usb",
    "-usbdevice tablet",
    "-snapshot",
    "-k de",
    "-echr 1",
    "-watchdog-action pause",
    "-icount shift=auto",
    "-run-with async-teardown=on",
    "-global pc-dimm.node=0",
    "-global virtio-mem-pci.block-size=4M",
    "-global ICH9-LPC.disable_s3=1",
    "-M pc,kernel-irqchip=off",
    "-audiodev none,id=snd0",
    "-no-fd-bootchk",
)
ODD_INERT = (
    "-boot order=z",
    "-boot foo=1",
    "-boot menu=x",
    "-rtc clock=foo",
    "-rtc foo=1",
    "-overcommit mem-lock=x",
    "-msg timestamp=x",
    "-sandbox foo",
    "-smbios type=9999",
    "-smbios type=1,uuid=x",
    "-fw_cfg opt/x",
    "-netdev foo,id=x",
    "-netdev user",
    "-netdev user,id=n0,foo=1",
    "-drive file=/nope,if=none",
    "-drive format=raw",
    "-hda /nope",
    "-cdrom /nope",
    "-blockdev driver=foo,node-name=n",
    "-vnc foo",
    "-display foo",
    "-vga foo",
    "-global pc-dimm.foo=1",
    "-global pc-dimm.node=x",
    "-global foo=1",
    "-watchdog-action x",
    "-icount shift=99",
    "-run-with foo=1",
    "-append x",
    "-kernel /nope",
    "-usbdevice foo",
    "-dfilter x",
    "-seed x",
    "-serial foo",
    "-gdb foo",
    "-compat foo=1",
    "-audiodev foo,id=x",
    "-acpitable foo",
)
SELDOM = (
    "-M isapc -m 4G",
    "-chardev file,id=c",
    "-m 1G,slots=1,maxmem=1000G",
    "-M pc-i440fx-5.2 -m 1G,slots=1,maxmem=1020G",
    "-M pc,memory-backend=n0 -object memory-backend-ram,id=n0,size=64M -numa node,memdev=n0",
    "-smp 2,threads=2",
    "-M pc,memory-backend=n0 -object memory-backend-ram,id=n0,size=64M -mem-path /tmp",
    "-M pc,max-ram-below-4g=5G",
    "-chardev foo,id=c",
    "-chardev null,id=c -mon c,pretty=on",
    "-chardev null,id=c -mon c -mon c",
    "-mon nope",
    "-mon mode=control",
    "-chardev null",
    "-chardev id=c",
    "-chardev socket,id=c",
    "-chardev null,id=c -mon c,pretty=x",
    "-chardev null,id=c -mon c,mode=x",
    "-chardev null,id=c,foo=1",
    "-monitor foo",
    "-M microvm -smp 2,dies=2",
    "-M pc -smp 2,clusters=2",
    "-smp 3,sockets=2,cores=2",
    "-object memory-backend-ram,id=pc.ram,size=1M",
    '-device {\\"driver\\":\\"pc-dimm\\",\\"id\\":\\"9\\"}',
    "-M pc,memory-backend=n0 -m 1G -object memory-backend-ram,id=n0,size=64M",
    "-M pc,max-ram-below-4g=8K",
    "-name a,debug-threads=x",
    "-M pc,memory=1G",
    "-M pc,memory.foo=1",
    "-M pc,memory.size.x=1",
    "-m 1G,slots=99999999999999999999",
    "-M pc,a.b=1,a=2",
    "-M none -device pc-dimm",
    "-M none -device nvdimm,id=n",
    "-device pcie-root-port -device pcie-root-port",
    "-smp 2 -m 128M -object memory-backend-ram,id=a,size=64M -object "
    "memory-backend-ram,id=b,size=64M "
    "-numa node,memdev=a,cpus=0 -numa node,memdev=b",
    "-numa node,memdev=a,mem=1G -object memory-backend-ram,id=a,size=1G",
    "-m 128M -object memory-backend-ram,id=a,size=64M -numa node,memdev=a -numa node,memdev=a",
    "-smp 1,cores=0",
    "-smp maxcpus=300",
    "-M q35 -device pcie-root-port,id=a,addr=6 -device pcie-root-port,id=b,chassis=2,addr=6.1",
    "-M pc,max-ram-below-4g=600M -m 2G",
    "-numa dist,src=0,dst=1,val=20",
    "-object memory-backend-file,id=f,size=4M,mem-path=/nope/f,share=on",
    "-M isapc -m 1G,maxmem=2G",
    "-device nvdimm,memdev=n0 -object memory-backend-ram,id=n0,size=64M -m 1G,slots=1,maxmem=2G",
    "-m 1G,slots=1,maxmem=1048577K",
)
ODD_OTHERS = (
    "-uuid x",
    "-smp 0",
    "-smp 2,maxcpus=1",
    "-foo",
    "-name a,foo=1",
    "-M nope",
    "-M pc,foo=1",
    "-M pc,nvdimm=x",
    "-smp 3,cores=2",
    "-M pc,memory-backend=nope",
    "-mem-path /nope/x",
    "-smp foo=1",
    "-M pc,nvdimm-persistence=x",
    "-smp 300",
    "nodisk.img",
    "-smp x",
    "-M pc,max-ram-below-4g=x",
    "-boot order=zz",
    "-boot splash-time=-1",
    "-incoming foo:bar",
    "-incoming x",
    "-loadvm x",
    "-global x",
    "-global nothing.x=1",
    "-set device.nope.x=1",
    "-set memory",
    "-M pc,smp-cache.0.cache=l9,smp-cache.0.topology=core",
    "-M pc,x-oem-id=abcdefg",
    "-M pc,pcspk-audiodev=nope",
    "-M pc,smp-cache.0.cache=l1d,smp-cache.0.topology=socket",
    "-append x",
    "-readconfig /nope/file",
    "-readconfig /etc",
)
NUMA_MACHINE = (
    "-M q35,nvdimm=on -m 1G,slots=8,maxmem=4G -smp 2 -object memory-backend-ram,id=r0,size=512M "
    "-object memory-backend-ram,id=r1,size=512M -numa node,memdev=r0 -numa node,memdev=r1"
)
GOOD_MACHINES = (
    "-M pc,nvdimm=on -m 1G,slots=4,maxmem=8G",
    "-M pc -m 1G,slots=4,maxmem=8G",
    NUMA_MACHINE,
    "-M q35,nvdimm=on -m 1G,slots=4,maxmem=8G -device pcie-root-port,id=rp,chassis=1 "
    "-device pcie-root-port,id=rp2,chassis=2",
    "-M pc,nvdimm=on -m 4G,slots=2,maxmem=4608M",
    "-M q35 -m 1G,slots=3,maxmem=4G",
    "-M none -m 64",
    "-M pc -m 256M",
    f"{NUMA_MACHINE} -device pcie-root-port,id=rp",
    "-M pc,acpi=off -m 1G,slots=2,maxmem=4G",
    "-M isapc -m 64",
    "-M pc-i440fx-8.0,nvdimm=on -m 512M,slots=4,maxmem=4G -device pcie-root-port,id=rp",
    "-M microvm -m 128",
    "-M pc,nvdimm=on -m 1G,slots=3,maxmem=1200M",
    "-M pc -m 1G,maxmem=1088M",
    "-M pc -m 1G,maxmem=4G",
)


def good_machine(chance: random.Random) -> str:
    """Return the arguments of a machine that starts and takes devices, the large ones more
    often.
    """
    return GOOD_MACHINES[
        min(chance.randrange(len(GOOD_MACHINES)), chance.randrange(len(GOOD_MACHINES)))
    ]


def command_line(chance: random.Random) -> str:
    """A command line; about every second one has something odd in it, some are chosen for a message
    they give.
    """
    if chance.random() < 0.3:
        return chance.choice(SELDOM)
    if chance.random() < 0.3:
        return cpu_line(chance)
    groups: list[tuple[str, tuple[str, ...], tuple[str, ...], int]] = [
        ("", MACHINES, (), 1),
        ("-m ", SIZES, ODD_SIZES, 1),
        ("-object ", OBJECTS, ODD_OBJECTS, 3),
        ("-device ", DEVICES, ODD_DEVICES, 2),
        ("", NUMA, ODD_NUMA, 1),
        ("", OTHERS, ODD_OTHERS, 1),
        ("", INERT, ODD_INERT, 2),
    ]
    odd_group = chance.randrange(2 * len(groups))
    parts: list[str] = []
    for index, (prefix, usual, odd, most) in enumerate(groups):
        chosen = chance.sample(usual, chance.randint(0, most))
        if index == odd_group and odd:
            chosen.append(chance.choice(odd))
        parts += [f"{prefix}'{item}'" if prefix else item for item in chosen]
    return " ".join(parts)
