"""Random CPUs, topologies and NUMA nodes for command lines, right and wrong."""

from __future__ import annotations

import random

NODES = (
    "-m 128M,slots=2,maxmem=1G -object memory-backend-ram,size=64M,id=a "
    "-object memory-backend-ram,size=64M,id=b -numa node,nodeid=0,memdev=a{} "
    "-numa node,nodeid=1,memdev=b{}"
)
NODE_CPUS = ("", "", ",cpus=0", ",cpus=0-1", ",cpus=1", ",cpus=2-3", ",cpus=9", ",initiator=0")
MODELS = (
    *("qemu64", "pentium", "EPYC", "Skylake-Client-v2", "max", "486", "Dhyana", "base", "host"),
    *("nope", "qemu32", "Icelake-Server-noTSX", "phenom", "n270", "Westmere-IBRS"),
)
FEATURES = (
    *("+pcid", "-svm", "+avx2", "check=off", "enforce=on", "phys-bits=46", "phys-bits=33", "+foo"),
    *("foo=1", "pae=off", "+lm", "vendor=GenuineIntel", "+x2apic", "-topoext", "+npt"),
    *("tsc-freq=1G", "family=6", "pcid=off", "level=7", "guest-phys-bits=39", "socket-id=1"),
)
# None that fails when the CPU is realized: that ends QEMU some lines later.
PLUGGED_OPTIONS = (
    *("node-id=0", "node-id=1", "node-id=-1", "pcid=on", "svm=off", "foo=1", "family=300"),
    *("vendor=AuthenticAMD", "vendor=x", "bus=pci.0", "crash-information=1", "memory=x"),
)
NODE_OPTIONS = (
    "-numa hmat-lb,initiator=0,target=1,hierarchy=memory,data-type=access-latency,latency=5",
    "-numa hmat-cache,node-id=0,size=1K,level=1,associativity=none,policy=none,line=8",
    "-numa cpu,socket-id=0",
    "-numa node,nodeid=2",
)


def cpu_line(chance: random.Random) -> str:
    """Return a machine with CPUs, and nodes or memory whose addresses their width may limit."""
    machines = ("", "-M pc", "-M q35", "-M microvm", "-M isapc", "-M pc-q35-8.0", "-M none")
    parts = [chance.choice((*machines, "-M pc,hmat=on")), _topology(chance)]
    if chance.random() < 0.6:
        parts.append(NODES.format(chance.choice(NODE_CPUS), chance.choice(NODE_CPUS)))
        parts += [_node_option(chance) for _ in range(chance.randint(0, 3))]
    else:
        sizes = ("1G", "1G,slots=2,maxmem=4G", "512M,slots=1,maxmem=60G", "1G,maxmem=1000G", "3G")
        parts.append(f"-m {chance.choice(sizes)}")
    if chance.random() < 0.5:
        features = chance.sample(FEATURES, chance.choice((0, 0, 1, 1, 2, 3)))
        parts.append(f"-cpu {','.join((chance.choice(MODELS), *features))}")
    return " ".join(part for part in parts if part)


def plug_line(chance: random.Random) -> str:
    """Return device_add of a CPU at some place, now and then at a wrong one."""
    model = chance.choice(("qemu64",) * 8 + ("486", "EPYC", "x86"))
    items = [f"id=cpu{chance.randrange(4)}"] if chance.random() < 0.7 else []
    if chance.random() < 0.2:
        items.append(f"apic-id={chance.choice((1, 2, 3, 5, 6, 9, -1))}")
    for level, share in (("socket", 0.95), ("die", 0.2), ("module", 0.1), ("core", 0.95)):
        if chance.random() < share:
            items.append(f"{level}-id={chance.choice((0, 0, 0, 1, 1, 2, -1))}")
    if chance.random() < 0.95:
        items.append(f"thread-id={chance.choice((0, 0, 1, 1, 2, 'x'))}")
    if chance.random() < 0.15:
        items.append(chance.choice(PLUGGED_OPTIONS))
    return f"device_add {','.join((f'{model}-x86_64-cpu', *items))}"


def _topology(chance: random.Random) -> str:
    if chance.random() < 0.2:
        return f"-smp {chance.choice(('0', 'x', '300', '2,clusters=2', '3,cores=2', 'foo=1'))}"
    sockets, dies, modules, cores, threads = (
        chance.choice(counts) for counts in ((1, 2, 3), (1, 1, 2), (1, 1, 2), (1, 2), (1, 1, 2))
    )
    most = sockets * dies * modules * cores * threads
    line = f"-smp {chance.randint(1, most)},maxcpus={most},sockets={sockets},cores={cores}"
    return f"{line},threads={threads},dies={dies},modules={modules}"


def _node_option(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.6:
        levels = [
            f",{level}-id={chance.choice((0, 0, 1, 1, 2))}"
            for level in ("socket", "die", "module", "core", "thread")
            if chance.random() < 0.35
        ]
        return f"-numa cpu,node-id={chance.choice((0, 0, 1, 1, 2))}{''.join(levels)}"
    if kind < 0.85:
        value = chance.choice((10, 20, 20, 30, 5))
        return f"-numa dist,src={chance.randint(0, 2)},dst={chance.randint(0, 1)},val={value}"
    return chance.choice(NODE_OPTIONS)
