"""Runs the domains and prints the steps that failed, and how many passed of all.

libvirt-domains [EMULATOR] [KIND ...]: EMULATOR is hmp unless given.
"""

from __future__ import annotations

import os
import shlex
import socket
import struct
import sys
import tempfile
from pathlib import Path

from scripts.lib import HMP, ROOT
from scripts.lib.libvirt_domains.daemon import Daemon, Libvirt
from scripts.lib.libvirt_domains.kinds import KINDS, Kind
from scripts.lib.libvirt_domains.steps import run

IMAGES = {
    **dict.fromkeys(("second.raw", "usb.raw", "cd.iso", "second.iso"), 16 << 20),
    "fd.raw": 1440 << 10,
    "CODE.fd": 3568 << 10,
    "VARS.fd": 528 << 10,
    "nv0.img": 64 << 20,
    "nv1.img": 64 << 20,
}


def main(arguments: list[str]) -> int:
    """Run the domains named, or all; return 0 if every step passed."""
    emulator = arguments[0] if arguments else HMP
    wanted = arguments[1:]
    kinds = [kind for kind in KINDS if not wanted or kind.name in wanted]
    with tempfile.TemporaryDirectory(prefix="libvirt-domains", dir="/tmp") as name:
        folder = Path(name)
        program = _emulator(folder, emulator)
        _images(folder)
        # What a shared folder's program would listen on.
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(folder / "fs.sock"))
        listener.listen()
        daemon = Daemon(Libvirt(os.environ.get("LIBVIRT_ROOT", "")), folder)
        try:
            return _run_all(daemon, kinds, program)
        finally:
            daemon.close()
            listener.close()


def _emulator(folder: Path, emulator: str) -> Path:
    # libvirt gives its emulator a bare environment, and takes no words in its place.
    path = folder / "qemu-system-x86_64"
    found = shlex.quote(str(Path(emulator).resolve()))
    path.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {found} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def _images(folder: Path) -> None:
    for file, size in IMAGES.items():
        with (folder / file).open("wb") as made:
            made.truncate(size)
    (folder / "disk.qcow2").write_bytes(_qcow2(64 << 20))


def _qcow2(size: int) -> bytes:
    """Return an empty image: header, reference table, reference block and table of clusters."""
    cluster = 1 << 16
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        b"QFI\xfb",
        3,
        0,
        0,
        16,
        size,
        0,
        1,
        3 * cluster,
        cluster,
        1,
        0,
        0,
        0,
        0,
        0,
        4,
        104,
    )
    references = struct.pack(">Q", 2 * cluster)
    counts = struct.pack(">4H", 1, 1, 1, 1)
    return b"".join(part.ljust(cluster, b"\0") for part in (header, references, counts, b""))


def _run_all(daemon: Daemon, kinds: list[Kind], emulator: Path) -> int:
    version = daemon.virsh("version").stdout.splitlines()
    print(next(line for line in version if line.startswith("Using library")), flush=True)
    passed = steps = 0
    for kind in kinds:
        results = run(daemon, kind, emulator)
        good = sum(not result.error for result in results)
        print(f"{kind.name}: {good} of {len(results)}", flush=True)
        for result in results:
            if result.error:
                print(f"  {result.name}: {result.error}", flush=True)
        passed += good
        steps += len(results)
    print(f"{passed} of {steps} steps of {len(kinds)} domains")
    return passed != steps


sys.exit(main(sys.argv[1:]))
