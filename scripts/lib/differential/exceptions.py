"""The differences of docs/differences.md, by name."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Callable, Iterator

SEVERAL = "which of several bad properties is named"
FIRMWARE = re.compile(r"0x(f?fff|000e|000f)|0xe0000|4294967295")
# How many properties may be wrong besides the one that QEMU names.
MOST_LEFT_OUT = 2
# What QEMU says, and hmp does not, in queries and at the start.
_LOOKS = (
    ("sysbus-xhci", "no USB controller on microvm"),
    (r"/var/tmp/vl\.", "-snapshot makes no temporary image"),
    (r", inactive\)", "block nodes of a machine that waits for a migration"),
    ("dev: i2c-ddc", "an ati-vga has no DDC device"),
    ("dev: igbvf|PCI device ffff:ffff", "virtual functions are missing"),
    ("osk = .This is a dummy key|max_cmds = 2048", "values that QEMU's device corrects"),
    ("dev: ps2-mouse", "the PS/2 devices of a plugged i8042"),
)
# What a device could be refused for, and is not, at the start or later.
_UNCHECKED = (
    ("Invalid boot partition size", "the boot partition of an emmc"),
    ("SD timeout clock frequency", "the capareg of sdhci-pci"),
    ("Unsupported PCI slot 0 for standard hotplug", "slot 0 of a bridge with SHPC"),
)
_STARTS = (
    ("ALSA lib", "no sound is played"),
    ("FDT_ERR_EXISTS", "a second mc146818rtc on microvm"),
    ("Failed to set msg fds", "nobody speaks vhost-user"),
    ("Error opening logfile", "a wrong -icount rr= is named before a -D"),
    *_UNCHECKED,
)
_PART_SAYS = 'Maximum value for|find romfile|"file_slots"|failover|SR-IOV VF|num_timers must be'
_CREATION = re.compile(r"(?:device_add|object_add|netdev_add|chardev-add) (?=\S)")


def reply_exception(asked: list[str], ours: str, theirs: str, ask: Callable[[str], str]) -> str:
    """Return what explains a difference in the last reply, if anything; `ask` gives hmp a line."""
    line = asked[-1]
    if '"eof"' in theirs:
        return "QEMU died"
    if "there is no disassembler" in ours or line.startswith("info mtree -f -d"):
        return "there is no disassembler and no dispatch tree"
    if "/dev/full" in line:
        return "a full disk is an error"
    if re.match(r"qom-list /*(machine)?/*$", line) or "/machine/unattached" in line:
        return "the children of /machine, and what is below /machine/unattached"
    if re.fullmatch(r"(help|\?|info|help info)\s*", line) or "List of user creatable" in ours:
        return "the commands and types that exist"
    if _follows_a_failed_memory_file(asked):
        return "what a failed memfd or shm backend leaves behind its id"
    if re.match(r"(xp?|memsave|sum|gpa2)", line) and FIRMWARE.search(line + theirs):
        return "the bytes of the firmware"
    for pattern, name in _UNCHECKED:
        if re.search(pattern, theirs) and not _is_error(ours):
            return name
    if _is_error(ours) and _is_error(theirs):
        return SEVERAL if _names_another(_without_some(line), theirs, ask) else ""
    return ""


def look_exception(ours: str, theirs: str) -> str:
    """Return what explains a difference in a query about a machine that started."""
    for pattern, name in _LOOKS:
        if len(re.findall(pattern, theirs)) > len(re.findall(pattern, ours)):
            return name
    changed = _changed_lines(ours, theirs)
    if changed and all(re.match(r"\s*(bar \d|BAR\d)", line) for line in changed):
        return "the sizes of BARs are those of a device without properties"
    # Only boards without hotplug take two at one address.
    if "addr: 0x" in theirs and sorted(ours.splitlines()) == sorted(theirs.splitlines()):
        return "the order of DIMMs at one address"
    return ""


def start_exception(arguments: str, ours: str, theirs: str, ask: Callable[[str], str]) -> str:
    """Return what explains a difference in stderr; `ask` starts hmp alone, and returns its."""
    if "terminating on signal" in theirs:
        return "QEMU had to be killed"
    for pattern, name in _STARTS:
        if re.search(pattern, theirs) and not re.search(pattern, ours):
            return name
    if "-global" in arguments and re.search(_PART_SAYS, theirs) and "PROG: -" not in theirs:
        return "what a part of a board itself says of a value of -global"
    option = re.search(r"^PROG: ((-\S+) (\S+=\S+|\{.*\})): ", ours, re.MULTILINE)
    if option and option[3] in arguments:
        parts = ((left, arguments.replace(option[3], left)) for left in _without_some(option[3]))
        # The text of the option is part of the message.
        lines = ((line, theirs.replace(option[3], left)) for left, line in parts)
        return SEVERAL if any(ask(line) == wanted for line, wanted in lines) else ""
    return ""


def _changed_lines(ours: str, theirs: str) -> list[str]:
    """Return the lines that one of two replies lacks."""
    compared = difflib.ndiff(ours.splitlines(), theirs.splitlines())
    return [line[2:] for line in compared if line[0] in "+-"]


def _is_error(reply: str) -> bool:
    return reply.startswith(("Error: ", '{"error"'))


def _names_another(lines: Iterator[str], theirs: str, ask: Callable[[str], str]) -> bool:
    """Return whether hmp gives QEMU's error once properties are left out, as it does when several
    are wrong.
    """
    for line in lines:
        reply = ask(line)
        if reply == theirs:
            return True
        # What is right without one property had no other wrong one.
        if not _is_error(reply):
            return False
    return False


def _without_some(line: str) -> Iterator[str]:
    """Yield a line or the value of an option without one of its properties, then without two."""
    start = found[0] if (found := _CREATION.match(line)) else ""
    text = line.removeprefix(start)
    if text.startswith("{"):
        yield from (start + left for left in _members_without(text))
        return
    first, *items = text.split(",")
    for count in range(1, MOST_LEFT_OUT + 1):
        for kept in itertools.combinations(items, max(len(items) - count, 0)):
            yield start + ",".join((first, *kept))


def _members_without(text: str) -> Iterator[str]:
    try:
        request = json.loads(text)
    except ValueError:
        return
    members = request.get("arguments", request)
    names = [name for name in members if name not in ("driver", "qom-type")]
    for count in range(1, MOST_LEFT_OUT + 1):
        for dropped in itertools.combinations(names, count):
            kept = {name: value for name, value in members.items() if name not in dropped}
            yield json.dumps({**request, "arguments": kept} if "arguments" in request else kept)


def _follows_a_failed_memory_file(asked: list[str]) -> bool:
    """Return whether a memory file of the same id was tried before: QEMU keeps that of a failed
    one.
    """
    identifier = re.search(r'"?\bid"?[=:]"?(\w+)', asked[-1])
    kind = re.compile(
        r"memory-backend-(memfd|shm)\b.*\bid\"?[=:]\"?"
        + (identifier[1] if identifier else "-")
        + r"\b"
    )
    return bool(
        identifier and "object_add" in asked[-1] and any(kind.search(line) for line in asked[:-1])
    )
