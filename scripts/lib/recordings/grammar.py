"""What QEMU answers to random lines, most of them wrong: samples for the grammar.

They are one session on one machine, since some of them make objects or devices.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator

from scripts.lib import QEMU, RECORDINGS
from scripts.lib.recordings.hmp import LiveProgram

FILE = RECORDINGS / "hmp" / "random_lines.json"
ARGUMENTS = "-m 1G,slots=4,maxmem=8G"
COUNT = 2500
MAX_REPLY_LINES = 3
# The commands that are tried, and of what their arguments are made.
PIECES = {
    "p": (
        "1",
        "0x1f",
        "010",
        "09",
        "0b11",
        "'a'",
        "'",
        "'''",
        "(",
        ")",
        "+",
        "-",
        "*",
        "/",
        "%",
        "&",
        "|",
        "^",
        "~",
        " ",
        "\t",
        "0",
        "18446744073709551615",
        "18446744073709551616",
        "x",
        "$nope",
        "$",
        '"',
        "\xe9",
        "2",
        "3",
    ),
    "p/": ("x", "d", "u", "o", "c", "b", "h", "w", "g", "L", "4", "0", "z", " ", "1", "300", "-1"),
    "sum ": ("1", "0", "-1", "0x10", "4294967296", "(", ")", " ", "+", "/", "x", "2"),
    "device_del ": (
        "d1",
        '"',
        "a b",
        "\\n",
        "\\q",
        "\\",
        "'",
        " ",
        "\t",
        "/machine",
        '\\"',
        "x" * 1022,
    ),
    "object_del ": ("m1", '"', "a", "\\\\", " ", "-j", "/"),
    "qom-get ": ("/machine", "/objects", " ", "type", '"', "/", "nope", "-j", "\\"),
    "qom-set ": ("-j", "-", "-x", " ", "/machine", "type", "x", '"', "nope", "{", "1"),
    "info mtree ": ("-f", "-d", "-o", "-D", "-", " ", "x", "-q", "--"),
    "info qtree ": ("-b", "-", " ", "x", "-f"),
    "info qom-tree ": ("/objects", "nope", '"', " ", "\\"),
    "help ": ("stop", "p", " ", '"', "\\", "info", "status", "nope", "|", "x " * 17),
    "object_add ": (
        "memory-backend-ram",
        "nope",
        ",",
        ",,",
        "=",
        "id=",
        "m1",
        "size=",
        "1M",
        ".5k",
        "1x",
        "share=",
        "on",
        "no",
        "host-nodes.",
        "0=",
        "1=",
        "x=",
        "qom-type=",
        "help",
        "?",
        " ",
        '"',
        "{",
        "}",
        "[",
        ":",
        "-",
        "__org.x_y=",
        "a.b=",
        "a=",
        "9=",
        "a" * 130 + "=",
        "policy=",
        "default",
        "prealloc-threads=",
        "0x1",
    ),
    "device_add ": (
        "nope",
        ",",
        ",,",
        "=",
        "id=",
        "d1",
        "1d",
        "driver=",
        '"',
        "\\n",
        "\\q",
        " ",
        "memdev=",
        "slot",
        "nofoo",
        "foo",
        '\\"',
        "x" * 1022,
    ),
    "": (
        "stop",
        "info",
        "/",
        " ",
        "statu",
        "xp",
        "help",
        "?",
        "nope",
        "\t",
        "'",
        '"',
        "infox",
        "INFO",
    ),
}


def random_lines(chance: random.Random) -> Iterator[str]:
    """Return random lines, without end."""
    while True:
        command, pieces = chance.choice(list(PIECES.items()))
        line = command + "".join(
            chance.choice(pieces) for _ in range(chance.choice((1, 2, 3, 4, 5, 6, 8, 12)))
        )
        yield (chance.choice(("", "", "", "", " ", "\t ")) + line)


def record(seed: int) -> None:
    """Record COUNT random lines."""
    chance = random.Random(seed)
    program = LiveProgram(QEMU, ARGUMENTS, tempfile.mkdtemp())
    samples: dict[str, str] = {}
    for line in random_lines(chance):
        reply = program.line(line) if line not in samples else ""
        # Long lists are recorded elsewhere; for `,,id=` see docs/differences.md.
        if line not in samples and reply.count("\n") <= MAX_REPLY_LINES and ",,id=" not in line:
            samples[line] = reply
        if len(samples) == COUNT:
            break
    program.finish()
    FILE.write_text(
        json.dumps(list(samples.items()), indent=0, ensure_ascii=True) + "\n", encoding="ascii"
    )
