"""What `import hmp` gives."""

from __future__ import annotations

import subprocess
import sys

import pytest

import hmp
from hmp import HmpError, Monitor, Reply, create_machine
from tests.support import ROOT, StderrCapture


def test_a_machine_and_its_monitor() -> None:
    machine, _runs = create_machine("-m 1G,slots=2,maxmem=4G", StderrCapture())
    try:
        monitor = Monitor(machine)
        reply = monitor.execute("object_add memory-backend-ram,id=mem1,size=1G")
        assert reply == Reply("")
        failed = monitor.execute("device_del nothing")
        assert failed.text == "Error: Device 'nothing' not found\n"
        assert isinstance(failed.error, HmpError)
    finally:
        machine.close()


def test_every_public_name_exists() -> None:
    assert all(getattr(hmp, name) is not None for name in hmp.__all__)
    assert dir(hmp) == sorted(hmp.__all__)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'hmp' has no attribute 'nothing'"):
        _ = hmp.nothing


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys, hmp; print([name for name in sys.modules if name.startswith('hmp.')])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout == "[]\n"
