"""What is typed on an HMP socket (QEMU's readline) and every byte that comes back."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from scripts.lib import QEMU, RECORDINGS

TYPED = RECORDINGS / "readline" / "keys.txt"
QUIET_S = 0.1


def connections() -> list[list[str]]:
    """Return what is typed: for each connection a list of writes (bytes, held in Latin-1)."""
    blocks = TYPED.read_text(encoding="ascii").split("\n\n")
    lines = (
        [line for line in block.split("\n") if line and not line.startswith("#")]
        for block in blocks
    )
    return [[json.loads(line) for line in block] for block in lines]


def recorded() -> list[list[str]]:
    """Return what came back: for each connection the greeting and the answer to each write."""
    found: list[list[str]] = json.loads(TYPED.with_suffix(".json").read_text(encoding="ascii"))
    return found


def record() -> None:
    """Type everything to QEMU, and store the answers."""
    folder = tempfile.mkdtemp(prefix="hmp")
    path = os.path.join(folder, "hmp")
    words = [
        QEMU,
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
        client.settimeout(QUIET_S)
        answers = [_read(client)]
        for data in typed:
            client.sendall(data.encode("latin-1"))
            answers.append(_read(client))
    return answers


def _read(client: socket.socket) -> str:
    found = b""
    try:
        while data := client.recv(1 << 16):
            found += data
    except TimeoutError:
        pass
    return found.decode("latin-1")
