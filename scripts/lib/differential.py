"""Random sessions, plausible and broken lines mixed, on hmp and on the reference; every difference is listed.

What counts as the same is decided in `sessions.py`.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from pathlib import Path

from sessions import REFERENCE, LiveProgram, comparable

HMP = str(Path(__file__).resolve().parents[2] / ".venv" / "bin" / "hmp")
ARGUMENTS = (
    "-M pc -m 1G,slots=4,maxmem=8G", "-M q35 -m 1G,slots=3,maxmem=4G", "-M pc -m 4G,slots=2,maxmem=6G",
    "-M q35 -m 1G,slots=8,maxmem=4G -smp 2 -object memory-backend-ram,id=n0,size=512M "
    "-object memory-backend-ram,id=n1,size=512M -numa node,memdev=n0 -numa node,memdev=n1",
    "-M none -m 64", "-M pc -m 256M",
)
LINES_PER_SESSION = 100
IDS = ("m0", "m1", "m2", "m3", "d0", "d1", "nope", "pc.ram", "9x", "", "type")
SIZES = ("64M", "128M", "2M", "1G", "4K", "3M", "5000", "0", "-1", "x", "1.5M", "0x4000000", "1KB", "", "8E", "64T")
VALUES = ("on", "off", "yes", "x", "", "0", "1", "-1", "4096", "default", "bind", "interleave", "auto", "2M", "0-1")
KEYS = ("share", "merge", "dump", "prealloc", "reserve", "policy", "host-nodes.0", "host-nodes", "prealloc-threads",
        "mem-path", "align", "offset", "readonly", "rom", "pmem", "discard-data", "hugetlb", "hugetlbsize", "seal",
        "foo", "prealloc-context", "x-use-canonical-path-for-ramblock-id", "a b", "")
DEVICE_KEYS = ("slot", "addr", "node", "size", "foo", "bus", "memdev", "hotplugged", "realized")
ADDRESSES = ("0", "1", "0x100000000", "0x108000000", "0x140000000", "0x200000", "0x3ffffffc", "0xffffffff", "-1",
             "0xa0000", "1k", "4294967296")
PATHS = ("m0", "m1", "d0", "/objects/m0", "/machine", "/machine/peripheral/d0", "/objects", "nope", "/", "d0/memdev",
         "memdev", "m0/m0[0]", "objects/m1", "//objects//m0/", "")
PROPERTIES = ("size", "share", "dump", "merge", "policy", "prealloc", "host-nodes", "addr", "slot", "node", "memdev",
              "type", "nope", "mem-path", "rom", "reserve", "hotplugged", "m0[0]", "prealloc-threads", "container")
INFO = ("memory-devices", "memdev", "memory_size_summary", "numa", "status", "name", "uuid", "nope", "status x", "kvm",
        "qom-tree /objects", "qom-tree nope", "history", "name  ")
EXPRESSIONS = ("1+2*3", "9-1|2", "~0", "(1", "1/0", "0x10", "09", "'a'", "foo", "-7/2", "1 2", "",
               "18446744073709551616")
FORMATS = ("", "/x", "/d", "/o", "/c", "/4xb", "/2xw", "/2xg", "/z", "/0x", "/3uh")


def choose(chance: random.Random, words: tuple[str, ...]) -> str:
    """A word, the earlier ones more often."""
    return words[min(chance.randrange(len(words)), chance.randrange(len(words)))]


def object_add(chance: random.Random, folder: str) -> str:
    """A backend, plausible or not."""
    kind = choose(chance, ("ram", "ram", "file", "memfd", "shm", "epc", "nope"))
    items = [f"memory-backend-{kind}", f"id={choose(chance, IDS[:6] if chance.random() < 0.9 else IDS)}"]
    items.append(f"size={choose(chance, SIZES)}")
    if kind == "file" and chance.random() < 0.95:
        items.append(f"mem-path={folder}/{choose(chance, ('f1', 'f2', 'f3', 'no/f', ''))}")
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2))):
        items.append(f"{choose(chance, KEYS)}={choose(chance, VALUES)}")
    return "object_add " + ",".join(items)


def device_add(chance: random.Random, folder: str) -> str:
    """A DIMM, plausible or not."""
    driver = chance.choice(("pc-dimm",) * 12 + ("nope", "device", ""))
    items = [driver, f"id={choose(chance, ('d0', 'd1', 'd2', 'd3', '9'))}", f"memdev={choose(chance, IDS)}"]
    if chance.random() < 0.15:
        items.pop(1)
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        items.append(f"{choose(chance, DEVICE_KEYS)}={choose(chance, ADDRESSES)}")
    return "device_add " + ",".join(items)


def other(chance: random.Random, folder: str) -> str:
    """Any other command."""
    return chance.choice((
        f"info {choose(chance, INFO)}", f"info {choose(chance, INFO)}", f"object_del {choose(chance, IDS)}",
        f"device_del {choose(chance, PATHS)}", f"device_del d{chance.randrange(3)}",
        f"qom-get {choose(chance, PATHS)} {choose(chance, PROPERTIES)}", f"qom-list {choose(chance, PATHS)}",
        f"qom-set {choose(chance, PATHS)} {choose(chance, PROPERTIES)} {choose(chance, VALUES)}",
        f"qom-set -j {choose(chance, PATHS)} {choose(chance, PROPERTIES)} "
        f"{choose(chance, ('true', '1', '[0]', 'x', '{', 'null'))}",
        f"p{choose(chance, FORMATS)} {choose(chance, EXPRESSIONS)}",
        f"xp{choose(chance, FORMATS)} {choose(chance, ADDRESSES)}", f"o /w 0xa00 {chance.randrange(5)}",
        f"o /b 0xa14 {chance.choice((2, 4, 8))}", "i /b 0xa14", "i /w 0xa04", "system_reset",
        f"help {choose(chance, ('stop', 'object_add', 'nope', 'info status', 'info nope', 'p'))}",
        f"sum {choose(chance, ADDRESSES)} 16", f'memsave {choose(chance, ADDRESSES)} 8 "{folder}/s"',
        choose(chance, ("foo", "stop x", "", "  info status  ", 'qom-get "a', "info/x", "object_add", "device_add")),
    ))


def same_host_address(command: str, reply: str) -> str:
    """Replies with this process's own addresses are compared without them."""
    return reply.rpartition(" is 0x")[0] if command.startswith("gpa2") else comparable(command, reply)


def named_exception(line: str, ours: str, theirs: str) -> str:
    """The exception of tests/rows/EXCEPTIONS.md that explains a difference; empty when none does."""
    if line.startswith("qom-list /machine"):
        return "the listing of /machine"
    both_refuse = ours.startswith("Error: ") and theirs.startswith("Error: ")
    if both_refuse and line.startswith(("device_add", "object_add")) and line.count("=") > 2:
        return "which of several bad properties is named"
    touches_firmware = "0xffffffff" in line
    return "the bytes of the firmware" if touches_firmware and line.startswith(("xp", "memsave")) else ""


def run_session(chance: random.Random, lines: int, differences: list[str]) -> int:
    """One session on both programs; the number of commands compared."""
    arguments = chance.choice(ARGUMENTS)
    folders = [tempfile.mkdtemp(prefix="differential") for _ in range(2)]
    programs = [LiveProgram(command, arguments, folder)
                for command, folder in zip((HMP, REFERENCE), folders, strict=True)]
    try:
        for number in range(lines):
            maker = chance.choices((object_add, device_add, other), (4, 4, 6))[0]
            line = maker(chance, "@TMP@")
            ours, theirs = (
                same_host_address(line, program.line(line.replace("@TMP@", folder)).replace(folder, "@TMP@"))
                for program, folder in zip(programs, folders, strict=True)
            )
            if ours != theirs:
                reason = named_exception(line, ours, theirs)
                where = f"[{reason}] {arguments}" if reason else arguments
                found = f"  line {number}: {line}\n  reference: {theirs!r}\n  hmp:       {ours!r}"
                differences.append(f"{where}\n{found}")
    finally:
        for program, folder in zip(programs, folders, strict=True):
            program.finish()
            shutil.rmtree(folder)
    return lines


def main() -> int:
    """Run sessions until enough commands were compared; list every difference and print the share that agrees."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    chance = random.Random(seed)
    differences: list[str] = []
    compared = 0
    while compared < wanted:
        compared += run_session(chance, min(LINES_PER_SESSION, wanted - compared), differences)
    print("\n".join(differences))
    agreed = compared - len(differences)
    unexplained = sum(not found.startswith("[") for found in differences)
    print(f"seed {seed}: {agreed} of {compared} replies agree, {100 * agreed / compared:.2f} %; "
          f"{unexplained} differences are no named exception")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
