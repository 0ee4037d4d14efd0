"""docs/connect.md is true: its session is run against this program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from hmp.assist.status import status_line
from hmp.memory_map.regions import memory_map
from hmp.memory_map.text import draw_text
from scripts.lib.running_qemu import remote_monitor, running_qemu
from tests.connect.reference import needs_reference
from tests.e2e.program import connected, program
from tests.support import ROOT, run

MACHINE = (
    "-name vm1 -m 1G,slots=3,maxmem=4G -object memory-backend-ram,id=mem1,size=1G "
    "-device pc-dimm,id=dimm1,memdev=mem1 -object memory-backend-ram,id=vmem0,size=512M "
    "-device virtio-mem-pci,id=vm0,memdev=vmem0,requested-size=128M"
)
TEXT = (ROOT / "docs" / "connect.md").read_text(encoding="utf-8")


def test_the_session(tmp_path: Path) -> None:
    (session,) = re.findall(r"^```session\n(.*?)^```$", TEXT, re.M | re.S)
    command, _newline, expected = session.partition("\n")
    arguments, _less, _file = command.removeprefix("$ hmp ").partition(" < ")
    lines = re.findall(r"^\(qemu\) (.+)$", expected, re.M)
    path = tmp_path / "qmp.sock"
    with program("-m", "1G,slots=4,maxmem=8G", "-qmp", f"unix:{path},server=on,wait=off"):
        connected(path).close()
        words = shlex.split(arguments.replace("qmp.sock", str(path)))
        done = run("".join(f"{line}\n" for line in lines), *words)
    assert done.stdout == expected
    assert done.returncode == 1


@needs_reference
def test_the_screen(tmp_path: Path) -> None:
    (screen,) = re.findall(r"^```qemu\n(.*?)^```$", TEXT, re.M | re.S)
    path = tmp_path / "qmp.sock"
    with running_qemu(path, *MACHINE.split()), remote_monitor(path) as monitor:
        execution = monitor.run_line("device_del dimm1")
        assert ("".join(execution), execution.error) == ("", None)
        drawn = "".join(text for _style, text in draw_text(memory_map(monitor.machine), 110))
        shown = [
            monitor.banner,
            monitor.prompt.rstrip(),
            *drawn.splitlines(),
            f"{monitor.owner} · {status_line(monitor.machine)}",
        ]
        for line in shown:
            assert without_sizes(line.rstrip()) in without_sizes(screen), line


def without_sizes(text: str) -> str:
    """Return a text without what depends on how far QEMU's firmware has come."""
    return re.sub(r"[\d.]+[KMG]? of |RSS \S+|[■·]{2,}", "", text)


def test_every_query_is_listed() -> None:
    from hmp.connect.shadow.answers import STATE

    for request in STATE.values():
        name = request.arguments.get("command-line", request.command)
        assert f"`{name}" in TEXT or request.command in ("query-status", "query-name"), name
