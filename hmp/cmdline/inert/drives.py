"""-drive, -blockdev, -hda and the like: disks, which have no effect on memory. Ids are unique and
images must exist, as in QEMU (experiments with wrong values); nothing is read or written.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import NamedTuple

from hmp.errors import (
    ChoiceError,
    HmpError,
    HostError,
    InputError,
    MissingParameterError,
    StateError,
)
from hmp.grammar.keyval import parse_keyval
from hmp.grammar.opts import check_identifier, parse_opts

INTERFACES = ("none", "ide", "scsi", "floppy", "pflash", "mtd", "sd", "virtio", "xen")
MEDIA = ("disk", "cdrom")
CACHES = ("none", "off", "directsync", "writeback", "unsafe", "writethrough")
ERROR_ACTIONS = ("ignore", "enospc", "stop", "report")
# The keys of every drive (recorded: query-command-line-options), and those of raw images.
DRIVE_KEYS = frozenset(
    (
        *("id", "if", "index", "bus", "unit", "media", "snapshot", "file", "cache", "aio"),
        *("format", "rerror", "werror", "read-only", "auto-read-only", "copy-on-read"),
        *("detect-zeroes", "discard", "stats-account-invalid", "stats-account-failed"),
        *("node-name", "share-rw", "force-share", "driver", "offset", "size", "locking"),
    )
)
FORMATS = (
    "raw",
    "qcow2",
    "qcow",
    "qed",
    "vmdk",
    "vdi",
    "vpc",
    "vhdx",
    "parallels",
    "luks",
    "bochs",
)
# Options that stand for a drive: its interface, its number there, and its media.
SHORT_FORMS = {
    "hda": ("ide", 0, "disk"),
    "hdb": ("ide", 1, "disk"),
    "hdc": ("ide", 2, "disk"),
    "hdd": ("ide", 3, "disk"),
    "cdrom": ("ide", 2, "cdrom"),
    "fda": ("floppy", 0, "disk"),
    "fdb": ("floppy", 1, "disk"),
    "pflash": ("pflash", -1, "disk"),
    "mtdblock": ("mtd", -1, "disk"),
    "sd": ("sd", -1, "disk"),
    "": ("ide", 0, "disk"),
}
# How many drives of an interface are on one of its buses, where QEMU counts them.
PER_BUS = {"ide": 2, "scsi": 7}
BLOCK_DRIVERS = (
    *FORMATS,
    *("file", "host_device", "host_cdrom", "nbd", "null-co", "null-aio", "http", "https", "ftp"),
    *("blkdebug", "blkverify", "blklogwrites", "copy-on-read", "throttle", "quorum", "replication"),
    *("preallocate", "compress", "snapshot-access", "copy-before-write", "dmg", "cloop", "vvfat"),
)
FILE_DRIVERS = ("file", "host_device", "host_cdrom")
MAGIC = {"qcow2": b"QFI\xfb", "qcow": b"QFI\xfb", "qed": b"QED\0", "vmdk": b"KDMV", "luks": b"LUKS"}
RAW_WARNING = (
    "WARNING: Image format was not specified for '{}' and probing guessed raw.",
    "         Automatically detecting the format is dangerous for raw images, write operations on "
    "block 0 will be restricted.",
    "         Specify the 'raw' format explicitly to remove the restrictions.",
)


class DriveError(StateError):
    """A drive can't be at its place: another one is there, or the machine has none."""

    parameter = "index"


class Drive(NamedTuple):
    """A drive: its option and location, its place, and its image, empty for a drive without one."""

    location: str
    interface: str
    number: int
    path: str
    format: str
    media: str


class Drives:
    """The drives of a command line; they are opened once all options are known (stage 7 of
    docs/qemu-behaviour/startup.md §3).
    """

    def __init__(self) -> None:
        self.drives: list[Drive] = []
        self._nodes: list[tuple[str, dict[str, object]]] = []

    def add_short_form(self, name: str, path: str, location: str) -> None:
        """Add -hda FILE and the like."""
        interface, index, media = SHORT_FORMS[name]
        self.drives.append(Drive(location, interface, index, path, "", media))

    def add_drive(self, text: str, location: str) -> None:
        """Add a -drive; raise InputError for what QEMU rejects at once."""
        given = {item.key: item.value for item in parse_opts(text, "")}
        self.drives.append(
            Drive(
                location,
                given.get("if", "ide"),
                int(given["index"]) if given.get("index", "").isdecimal() else -1,
                given.get("file", ""),
                given.get("format", ""),
                given.get("media", "disk"),
            )
        )
        self._check(given)
        if given.get("format") == "raw":
            for key in given:
                if key not in DRIVE_KEYS and "." not in key:
                    raise InputError(f"Block format 'raw' does not support the option '{key}'")

    def _check(self, given: dict[str, str]) -> None:
        checks: tuple[tuple[str, tuple[str, ...], str], ...] = (
            ("media", MEDIA, "'{}' invalid media"),
            ("cache", CACHES, "invalid cache option"),
            ("if", INTERFACES, "unsupported bus type '{}'"),
            ("werror", ERROR_ACTIONS, "'{}' invalid write error action"),
            ("rerror", ERROR_ACTIONS, "'{}' invalid read error action"),
            ("format", BLOCK_DRIVERS, "Unknown driver '{}'"),
        )
        for key, choices, message in checks:
            if key in given and given[key] not in choices:
                raise InputError(message.format(given[key]))

    def add_blockdev(self, text: str, location: str) -> None:
        """Add a -blockdev; raise InputError for a driver that does not exist, or none."""
        if text.startswith("{"):
            from hmp.json.parser import parse_json

            members = parse_json(text)
            assert isinstance(members, dict)
        else:
            members = dict(parse_keyval(text, "driver").tree)
        if "driver" not in members:
            raise MissingParameterError("driver")
        if members["driver"] not in BLOCK_DRIVERS:
            raise ChoiceError("driver", str(members["driver"]))
        self._nodes.append((location, members))

    def open(self, fail: Callable[[str, HmpError], None], warn: Callable[..., None]) -> None:
        """Check that every image can be opened and every place is free; `fail` takes the location
        and the error of the first that can't.
        """
        names: set[str] = set()
        for location, members in self._nodes:
            try:
                _open_node(members, names)
            except (HostError, StateError) as error:
                fail(location, error)
        places: set[tuple[str, int]] = set()
        for drive in self.drives:
            try:
                self._take_place(drive, places)
                _open_image(drive, warn)
            except (HostError, StateError) as error:
                fail(drive.location, error)

    def _take_place(self, drive: Drive, places: set[tuple[str, int]]) -> None:
        if drive.interface == "none":
            return
        index = drive.number
        if index < 0:
            index = next(i for i in range(len(places) + 1) if (drive.interface, i) not in places)
        if (drive.interface, index) in places:
            bus, unit = divmod(index, PER_BUS.get(drive.interface, 1 << 31))
            raise DriveError(f"drive with bus={bus}, unit={unit} (index={index}) exists")
        places.add((drive.interface, index))


def _open_node(members: dict[str, object], names: set[str]) -> None:
    name = members.get("node-name")
    if not isinstance(name, str):
        raise StateError("'node-name' must be specified for the root node")
    if name in names:
        raise StateError(f"Duplicate nodes with node-name='{name}'")
    names.add(name)
    if members["driver"] in FILE_DRIVERS:
        _open(str(members.get("filename", "")))


def _open_image(drive: Drive, warn: Callable[..., None]) -> None:
    if not drive.path:
        raise HostError('A block device must be specified for "file"')
    head = _open(drive.path)
    found = next((name for name, magic in MAGIC.items() if head.startswith(magic)), "raw")
    if drive.format in MAGIC and not head.startswith(MAGIC[drive.format]):
        raise HostError(f"Image is not in {drive.format} format")
    if not drive.format and found == "raw" and drive.media == "disk":
        from hmp.errors import StderrLine

        warn(*(StderrLine(line.format(drive.path), prefixed=False) for line in RAW_WARNING))


def _open(path: str) -> bytes:
    """Return the first bytes of an image; raise HostError with QEMU's message."""
    path = path.removeprefix("file:")
    # What is not a file here, such as nbd:HOST:PORT or fat:FOLDER, is not opened.
    if ":" in path.split("/")[0]:
        return b""
    name = path.encode("latin-1")
    with HostError.wrapping_os_errors(f"Could not open '{path}'"):
        status = os.stat(name)
        if stat.S_ISDIR(status.st_mode) or stat.S_ISFIFO(status.st_mode):
            raise HostError(f"'file' driver requires '{path}' to be a regular file")
        with open(name, "rb") as image:
            return image.read(4)


def check_drive_id(text: str) -> str | None:
    """Return the id of a -drive; raise IdentifierError for a malformed one."""
    found = next((item.value for item in parse_opts(text, "") if item.key == "id"), None)
    if found is not None:
        check_identifier(found)
    return found
