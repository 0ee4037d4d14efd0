"""What is typed on an HMP socket and every octet that comes back, recorded and replayed.

`python keys.py` records tests/keys.txt on the reference into tests/keys.json.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

REFERENCE = os.environ.get("REFERENCE_QEMU", "reference-qemu")
TYPED = Path(__file__).resolve().parents[2] / "tests" / "keys.txt"
QUIET = 0.1


def connections() -> list[list[str]]:
    """What is typed: a list of writes, in octets, for each connection."""
    blocks = TYPED.read_text(encoding="ascii").split("\n\n")
    lines = (
        [line for line in block.split("\n") if line and not line.startswith("#")]
        for block in blocks
    )
    return [[json.loads(line) for line in block] for block in lines]


def recorded() -> list[list[str]]:
    """What came back: the greeting, and the answer to each write, for each connection."""
    found: list[list[str]] = json.loads(TYPED.with_suffix(".json").read_text(encoding="ascii"))
    return found


def record() -> None:
    """Type everything to the reference."""
    folder = tempfile.mkdtemp(prefix="hmp")
    path = os.path.join(folder, "hmp")
    words = [
        REFERENCE,
        "-S",
        "-display",
        "none",
        "-m",
        "1G,slots=4,maxmem=8G",
        "-monitor",
        f"unix:{path},server=on,wait=off",
    ]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    while not os.path.exists(path):
        time.sleep(0.01)
    answers = [_converse(path, typed) for typed in connections()]
    process.kill()
    process.wait()
    shutil.rmtree(folder)
    text = ",\n".join(json.dumps(answer) for answer in answers)
    TYPED.with_suffix(".json").write_text(f"[\n{text}\n]\n", encoding="ascii")
    print(f"{len(answers)} connections, {sum(map(len, answers))} answers")


def _converse(path: str, typed: list[str]) -> list[str]:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.settimeout(QUIET)
        answers = [_read(client)]
        for octets in typed:
            client.sendall(octets.encode("latin-1"))
            answers.append(_read(client))
    return answers


def _read(client: socket.socket) -> str:
    found = b""
    try:
        while octets := client.recv(1 << 16):
            found += octets
    except TimeoutError:
        pass
    return found.decode("latin-1")


if __name__ == "__main__":
    record()
