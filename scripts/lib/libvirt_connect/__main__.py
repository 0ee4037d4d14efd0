"""Start a domain, run a script through libvirt, and compare what it says.

libvirt-connect [EMULATOR]: EMULATOR is hmp unless given; libvirt gives it an accelerator. Return 0
if everything was as expected.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from scripts.lib import HMP, ROOT
from scripts.lib.libvirt_domains.daemon import Daemon, Libvirt

DOMAIN = """\
<domain type="qemu"><name>vm</name><maxMemory slots="4" unit="GiB">8</maxMemory>
<memory unit="GiB">1</memory><vcpu>2</vcpu><features><acpi/></features>
<cpu><numa><cell id="0" cpus="0-1" memory="1" unit="GiB"/></numa></cpu>
<os><type arch="x86_64" machine="pc">hvm</type></os>
<devices><emulator>{emulator}</emulator></devices></domain>
"""
SCRIPT = """\
info status
object_add memory-backend-ram,id=mem1,size=512M
device_add pc-dimm,id=dimm1,memdev=mem1
info memory_size_summary
device_add pc-dimm,id=dimm2,memdev=mem1
map
"""
EXPECTED = (
    "VM status: running\n",
    "plugged memory: 536870912\n",
    "Error: can't use already busy memdev: mem1\n",
    "dimm1",
)


def main(program: str) -> int:
    """Run it; print what is missing in the transcript."""
    with tempfile.TemporaryDirectory(prefix="libvirt-connect", dir="/tmp") as name:
        folder = Path(name)
        emulator = folder / "qemu-system-x86_64"
        found = shlex.quote(str(Path(program).resolve()))
        text = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {found} "$@"\n'
        emulator.write_text(text, encoding="utf-8")
        emulator.chmod(0o755)
        daemon = Daemon(Libvirt(""), folder)
        try:
            return _run(daemon, folder, emulator)
        finally:
            daemon.close()


def _run(daemon: Daemon, folder: Path, emulator: Path) -> int:
    definition = folder / "vm.xml"
    definition.write_text(DOMAIN.format(emulator=emulator), encoding="utf-8")
    started = daemon.virsh("create", str(definition))
    if started.returncode:
        print(started.stderr)
        return 1
    target = f"libvirt:vm@qemu+unix:///system?socket={daemon.socket}"
    done = subprocess.run(
        [HMP, "--connect", target, "--write", "--extras"],
        input=SCRIPT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    missing = [text for text in EXPECTED if text not in done.stdout]
    tainted = "tainted" in done.stderr
    print(done.stdout, done.stderr, sep="\n")
    print(f"missing: {missing}" if missing else "all there", f"status {done.returncode}")
    return bool(missing) or done.returncode != 1 or not tainted


sys.exit(main((sys.argv[1:] or [HMP])[0]))
