"""The sessions recorded with a real Linux guest: the same commands give the same replies and the
same events in order.

A session is replayed in its own time: each command runs when the recorded one was answered. What
was done inside the guest is repeated in the simulated one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hmp.testing import InProcessMachine, machine
from scripts.lib import RECORDINGS

FOLDER = RECORDINGS / "linux_guest"
FILES = sorted(FOLDER.glob("*.txt"))
STEP_TIME = "2.5ms"
LONG = 5.0
LINE = re.compile(
    r" {3}(?P<time>[0-9]+\.[0-9]{3}) (?P<kind>HMP|OUT|CMD|REPLY|EVENT) {1,6}(?P<text>.*)$"
)
ONLINE = {
    "online": "kernel",
    "online_kernel": "kernel",
    "online_movable": "movable",
    "offline": "offline",
}
# What the recorder ran inside the guest without a line of its own: memory that nothing can be moved
# out of, and how long the guest took to boot. The driver of virtio-mem is loaded later.
POLICIES = {"unplug_no_room": "unplug=hang", "reboot_plugged": "boot=3"}
ARGUMENTS = {"virtio_mem": " --guest linux,virtio-mem=0"}
# The recorder printed what it had collected a second time: the number of the part with commands
# that is left out.
PRINTED_AGAIN = {"reset_pending": 5, "powered_down": 9}


class Block(NamedTuple):
    """Lines of one clock, or one look at the machine: its first line and what follows it."""

    head: str
    lines: list[str]


def read(path: Path) -> tuple[str, list[Block]]:
    text = path.read_text().split("\n")
    found = re.search(r"^# qemu 11.1.3 (.*?) {2,}\(boot", "\n".join(text), re.M)
    assert found
    blocks: list[Block] = []
    last = 0.0
    for line in text[2:]:
        step = LINE.match(line)
        if step:
            time = float(step["time"])
            if not blocks or blocks[-1].head or time < last:
                blocks.append(Block("", []))
            last = time
            blocks[-1].lines.append(line)
        elif line.startswith(("guest#", "(qemu)", "query-", "qom-list")):
            blocks.append(Block(line, []))
        elif blocks and blocks[-1].head:
            blocks[-1].lines.append(line)
    return found[1], blocks


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_session(path: Path) -> None:
    arguments, blocks = read(path)
    with machine(arguments + ARGUMENTS.get(path.stem, "")) as double:
        double.guest.policy(f"latency={STEP_TIME}")
        if path.stem in POLICIES:
            double.guest.policy(POLICIES[path.stem])
        parts = 0
        for block in blocks:
            if block.head:
                look(double, block, path.stem)
                continue
            if parts != PRINTED_AGAIN.get(path.stem):
                replay(double, block)
            parts += 1


def replay(double: InProcessMachine, block: Block) -> None:
    begin, waiting = double.now, list[tuple[str, str]]()
    double.clear_events()
    expected: list[dict[str, Any]] = []
    steps = [found for line in block.lines if (found := LINE.match(line))]
    if steps[0]["kind"] == "EVENT":
        what_the_guest_did(double, steps[0]["text"])
    for step in steps:
        kind, text = step["kind"], step["text"]
        if kind == "EVENT":
            expected.append(json.loads(text))
        elif kind in ("HMP", "CMD"):
            waiting.append((kind, text))
        else:
            asked = waiting.pop(0)
            double.advance(max(begin + float(step["time"]) - double.now, 0))
            compare(double, asked, text)
    double.advance(LONG)
    received = [
        {"event": event.name, **({"data": event.data} if event.data else {})}
        for event in double.events
    ]
    assert received == expected


def what_the_guest_did(double: InProcessMachine, text: str) -> None:
    if "guest-shutdown" in text:
        double.guest.power_off()
    elif "guest-reset" in text:
        double.guest.reboot()
    elif "SIZE_CHANGE" in text:
        double.guest.policy("virtio-mem=8G")


def compare(double: InProcessMachine, asked: tuple[str, str], reply: str) -> None:
    kind, text = asked
    if kind == "HMP":
        assert double.execute(text, check=False).rstrip("\n") == reply.strip(), text
        return
    if text == "qmp_capabilities":
        return
    command, arguments = request(text, reply)
    got = double.qmp_reply(command, arguments)
    if isinstance(got.get("return"), str):
        got["return"] = got["return"].rstrip()
    want = json.loads(reply)
    if isinstance(want.get("return"), str):
        want["return"] = want["return"].rstrip()
    assert got == want, text


def request(text: str, reply: str) -> tuple[str, dict[str, Any]]:
    """A command as the recorder wrote it: its name and arguments, or only one of the two."""
    if text.startswith('"'):
        return json.loads(text), {}
    name, _blank, rest = text.partition(" ")
    if not text.startswith("{"):
        return name, json.loads(rest) if rest else {}
    arguments = json.loads(text)
    if "command-line" in arguments:
        return "human-monitor-command", arguments
    return ("object-del" if arguments["id"].startswith("m") else "device_del"), arguments


def look(double: InProcessMachine, block: Block, name: str) -> None:
    """A look at the machine from outside or inside."""
    double.advance(LONG)
    head = block.head
    if head.startswith("(qemu) "):
        assert double.execute(head[7:]) == "".join(f"{line}\n" for line in block.lines if line), (
            head
        )
    elif head.startswith("query-"):
        command, _blank, reply = head.partition(" ")
        assert {"return": double.qmp(command)} == json.loads(reply)
    elif head.startswith("guest# auto_online_blocks = "):
        double.guest.policy(f"online={ONLINE[head.rpartition(' ')[2]]}")
    elif head.startswith("guest# grep MemTotal"):
        look_inside(double, block, name)


def look_inside(double: InProcessMachine, block: Block, name: str) -> None:
    """MemTotal, the number of blocks, and how many are online and offline."""
    lines = [line.strip() for line in block.lines]
    total = int(lines[0].split()[1])
    assert abs((double.guest_info.total >> 10) - total) <= (512 if name == "numa_nodes" else 0)
    states: dict[str, int] = {}
    for run in double.guest_info.blocks:
        states[run.state] = states.get(run.state, 0) + run.last - run.first + 1
    recorded = {
        line.split()[1]: int(line.split()[0])
        for line in lines
        if line.endswith(("online", "offline"))
    }
    assert states == recorded and sum(states.values()) == int(lines[1])
