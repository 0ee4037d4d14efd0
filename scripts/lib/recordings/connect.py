"""What `hmp --connect` asks a QEMU, of any version, and its answers: tests fill shadows with them.

`REFERENCE_QEMU=... scripts/record connect` records the QEMU of that name.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from hmp.connect.connection import Connection
from hmp.connect.links.inbox import Inbox
from hmp.connect.links.link import Answer, RefusedError, Request
from hmp.connect.links.qmp import QmpLink
from hmp.connect.links.target import parse_target
from hmp.connect.monitor import RemoteMonitor
from hmp.connect.safety import Permissions
from scripts.lib import RECORDINGS
from scripts.lib.running_qemu import running_qemu

RAM = "-object memory-backend-ram"
MACHINES = {
    "pc": f"-m 1G,slots=4,maxmem=8G {RAM},id=a,size=512M -device pc-dimm,id=d,memdev=a,slot=2 "
    f"{RAM},id=b,size=1G -device pc-dimm,memdev=b {RAM},id=free,size=256M "
    f"{RAM},id=c,size=1G -device virtio-mem-pci,id=v,memdev=c,requested-size=512M",
    "q35": f"-M q35,nvdimm=on -m 4G,slots=4,maxmem=16G {RAM},id=a,size=1G "
    "-device pcie-root-port,id=r1,chassis=1 -device pcie-root-port,id=r2,chassis=2,slot=2 "
    f"-device virtio-mem-pci,id=v,memdev=a,bus=r1 {RAM},id=n,size=256M "
    f"-device nvdimm,id=nv,memdev=n,label-size=128K {RAM},id=free,size=512M",
    "nodes": f"-m 2G,slots=4,maxmem=8G {RAM},id=n0,size=1G {RAM},id=n1,size=1G "
    f"-numa node,memdev=n0 -numa node,memdev=n1 {RAM},id=a,size=512M "
    "-device pc-dimm,id=d,memdev=a,node=1",
}
START_S = 10.0


class RecordingLink(QmpLink):
    """A link that keeps the answers by the texts of the requests; those that are errors are left
    out.
    """

    answers: dict[str, Answer]

    def submit(self, requests: Sequence[Request]) -> Future[list[Answer]]:
        future = super().submit(requests)
        for request, answer in zip(requests, future.result(START_S), strict=True):
            if not isinstance(answer, RefusedError):
                self.answers[request.text] = answer
        return future


def record() -> None:
    """Record every machine."""
    found: dict[str, object] = {}
    version = ""
    for name, arguments in MACHINES.items():
        with tempfile.TemporaryDirectory() as folder:
            version, answers = _record(Path(folder) / "qmp", arguments)
        found[name] = {"arguments": arguments, "answers": answers}
    target = RECORDINGS / "connect" / f"{version}.json"
    target.parent.mkdir(exist_ok=True)
    text = json.dumps({"version": version, "machines": found}, indent=0, sort_keys=True)
    target.write_text(f"{text}\n", encoding="utf-8")
    print(f"{target.name}: {len(MACHINES)} machines")


def _record(path: Path, arguments: str) -> tuple[str, dict[str, Answer]]:
    """Return QEMU's version and its answers."""
    with running_qemu(path, "-S", *arguments.split()):
        inbox = Inbox()
        RecordingLink.answers = {}
        link = RecordingLink(parse_target(f"unix:{path}"), inbox.put)
        RemoteMonitor(Connection(link, inbox), Permissions())
        link.close()
        return link.version, link.answers
