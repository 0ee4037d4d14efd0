"""The pytest plugin: the machines of `hmp.testing` as fixtures.

A marker has the QEMU arguments: `@pytest.mark.hmp("-m 2G,slots=2,maxmem=4G")`. pytest imports this
module wherever hmp is installed, so `hmp.testing` is imported only when a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hmp.testing import InProcessMachine, ProcessMachine, ServedMachine


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers", "hmp(arguments): QEMU arguments of the machine that an hmp fixture makes"
    )


def _arguments(request: pytest.FixtureRequest) -> str:
    from hmp.testing.in_process import DEFAULT_ARGUMENTS

    marker = request.node.get_closest_marker("hmp")
    return str(marker.args[0]) if marker else DEFAULT_ARGUMENTS


@pytest.fixture
def hmp_machine(request: pytest.FixtureRequest) -> Iterator[InProcessMachine]:
    """A machine in this process, without sockets."""
    from hmp.testing import machine

    with machine(_arguments(request)) as in_process:
        yield in_process


@pytest.fixture
def hmp_served(request: pytest.FixtureRequest) -> Iterator[ServedMachine]:
    """A machine in this process with a QMP and an HMP socket."""
    from hmp.testing import served_machine

    with served_machine(_arguments(request)) as served:
        yield served


@pytest.fixture
def hmp_process(request: pytest.FixtureRequest) -> Iterator[ProcessMachine]:
    """A machine in a process of its own."""
    from hmp.testing import process_machine

    with process_machine(_arguments(request)) as process:
        yield process
