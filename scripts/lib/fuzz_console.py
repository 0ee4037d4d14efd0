"""Random keys, words and pastes on consoles: none ends a console or shows an exception.

Each round has a seed of its own, which is printed when the round fails.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time

from tests.keyboard import (
    CTRL_C,
    CTRL_R,
    END_OF_PASTE,
    ENTER,
    ESCAPE,
    F2,
    F4,
    PASTE,
    RIGHT,
    TAB,
    UP,
    Keyboard,
    keyboard,
)

KEYS = 400
WORDS = (
    "object_add ",
    "device_add ",
    "device_del ",
    "object_del ",
    "memory-backend-ram,",
    "pc-dimm,",
    "nvdimm,",
    "virtio-mem-pci,",
    "id=",
    "size=",
    "memdev=",
    "slot=",
    "requested-size=",
    "1G",
    "128M",
    "mem1",
    "dimm1",
    ",",
    "=",
    "info ",
    "memdev",
    "map",
    "explain",
    "events ",
    "on",
    "off",
    "learn ",
    "plug",
    "hint",
    "stop",
    "show",
    "cont",
    "qom-get ",
    "qom-set ",
    "/machine",
    "/objects/",
    "guest ",
    "refuse ",
    "hang ",
    "help ",
    "p ",
    "1 | 2",
    "xp /4xb ",
    "0x100000000",
    "| ",
    "> ",
    "/dev/null",
    "cat",
    '"',
    "{",
    "}",
    "é",
    "漢",
    " ",
    "i",
    "A",
    "0",
    "dd",
    "x",
    TAB,
    TAB,
    ENTER,
    ENTER,
    ENTER,
    UP,
    RIGHT,
    ESCAPE,
    F2,
    F4,
    CTRL_R,
    CTRL_C,
    "\x7f",
    "\x15",
    "\x01",
    "\x05",
    "\x17",
    f"{PASTE}info status\nfoo\n{END_OF_PASTE}",
    f"{PASTE}stop\ninfo{END_OF_PASTE}",
)
WRONG = ("internal error", "Exception", "Traceback")


def press(at: Keyboard, chance: random.Random) -> None:
    """Press keys, sometimes with a pause, and leave whatever mode they led to."""
    for _number in range(KEYS):
        at.type(chance.choice(WORDS))
        if chance.random() < 0.05:
            time.sleep(0.01)
    time.sleep(0.5)
    at.type(ESCAPE, ESCAPE)
    time.sleep(0.6)  # An escape could begin a longer key.
    if at.console.settings["editing"] == "vi":
        at.type(F4)
    at.type(CTRL_C, CTRL_C)
    time.sleep(0.2)


def main() -> int:
    """Run the rounds; 1 if one went wrong."""
    given = [int(word) for word in sys.argv[1:3]]
    rounds, first = (*given, *(10, 1)[len(given) :])
    wrong = 0
    # Replies go into files by whatever name is typed.
    os.chdir(tempfile.mkdtemp(prefix="hmp-fuzz"))
    for seed in range(first, first + rounds):
        with keyboard("-m 1G,slots=4,maxmem=6G") as at:
            press(at, random.Random(seed))
            if any(word in at.text for word in WRONG):
                wrong += 1
                print(f"seed {seed}:\n{at.text}")
    print(f"{rounds} rounds of {KEYS} keys and words, {wrong} went wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
