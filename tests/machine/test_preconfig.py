"""--preconfig: what a machine that waits answers, and what becomes of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hmp.qmp import early
from hmp.qmp.registry import COMMANDS
from hmp.testing import machine

ARGUMENTS = (
    "-vga none --preconfig -m 256M,slots=2,maxmem=1G -smp 2,sockets=2 "
    "-object memory-backend-ram,id=m0,size=128M -object memory-backend-ram,id=m1,size=128M "
)
STATUS, WAITING = "VM status: {}\n", "paused (prelaunch)"
LATER = "Command '{}' not available until machine initialization has completed.\n"
BEFORE = "Error: The command is permitted only before machine initialization\n"


def test_waits_for_nodes_and_runs() -> None:
    with machine(f"{ARGUMENTS} -numa node,memdev=m0") as double:
        assert double.execute("info status", check=False) == STATUS.format(WAITING)
        for line, shown in (("c", "c"), ("  info   numa  x", "  info   numa"), ("x/4xb 0", "x")):
            assert double.execute(line, check=False) == LATER.format(shown)
        assert double.execute("foo", check=False) == "unknown command: 'foo'\n"
        assert double.execute("help cont", check=False) == "unknown command: 'cont'\n"
        double.qmp("set-numa-node", type="node", memdev="m1")
        double.qmp("set-numa-node", type="cpu", node_id=1, socket_id=0)
        places = [cpu["props"] for cpu in double.qmp("query-hotpluggable-cpus")]
        assert [place.get("node-id") for place in places] == [None, 1]
        assert double.execute("exit_preconfig", check=False) == (
            "warning: CPU(s) not present in any NUMA nodes: CPU 1 [socket-id: 1, core-id: 0, "
            "thread-id: 0]\n"
            "warning: All CPU(s) up to maxcpus should be described in NUMA config, ability to "
            "start up with partial NUMA mappings is obsoleted and will be removed in future\n"
        )
        assert double.execute("info status", check=False) == STATUS.format("running")
        assert double.execute("info numa", check=False).startswith("2 nodes\nnode 0 cpus: 1\n")
        assert double.execute("exit_preconfig", check=False) == BEFORE


def test_stays_paused_with_s() -> None:
    with machine(f"{ARGUMENTS} -S") as double:
        assert double.execute("exit_preconfig", check=False) == ""
        assert double.execute("info status", check=False) == STATUS.format(WAITING)


def test_memory_of_a_node_stays() -> None:
    with machine(ARGUMENTS) as double:
        double.qmp("set-numa-node", type="node", memdev="m0")
        assert double.execute("object_del m0", check=False) == (
            "Error: Cannot delete host memory backend 'm0' which is mapped\n"
        )


def test_a_machine_that_fails_ends() -> None:
    with machine(f"{ARGUMENTS} -device foo") as double:
        assert double.execute("exit_preconfig", check=False) == (
            "-device foo: 'foo' is not a valid device model name\n"
        )
        assert double.machine.run_state.ended
        assert double.event_names() == []


def test_exit_status_of_a_machine_that_fails(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "hmp", "--preconfig", "-device", "foo", "-qmp", "stdio"]
    given = '{"execute": "qmp_capabilities"}\n{"execute": "x-exit-preconfig"}\n'
    done = subprocess.run(words, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.count("\n") == 2
    assert done.stderr.endswith(": -device foo: 'foo' is not a valid device model name\n")


def test_early_commands_exist() -> None:
    assert set(COMMANDS) >= early.COMMANDS
