"""The pytest plugin: the machines of `hmp.testing` as fixtures.

A marker has the QEMU arguments: `@pytest.mark.hmp("-m 2G,slots=2,maxmem=4G")`, as one text, as
words, or as a list of them. A failed test shows what its machine was told and what became of it.
pytest imports this module wherever hmp is installed, so `hmp.testing` is imported only when a
fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from hmp.cmdline.factory import Arguments
    from hmp.testing import HmpMachine, InProcessMachine, ProcessMachine, ServedMachine

MARKER = "hmp"
FIXTURES = ("hmp_machine", "hmp_served", "hmp_process")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers", f"{MARKER}(arguments): QEMU arguments of the machine that an hmp fixture makes"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """End the run at once where a marker is used wrongly.

    Raises:
        pytest.UsageError: It has no arguments, or none that can be options.
    """
    for item in items:
        for marker in item.iter_markers(MARKER):
            if marker.kwargs or _arguments_of(marker) is None:
                raise pytest.UsageError(
                    f"{item.nodeid}: @pytest.mark.{MARKER} takes the options of the machine as one "
                    "text, as words or as a list of words"
                )


def _arguments_of(marker: pytest.Mark) -> Arguments | None:
    """Return the arguments of a marker, or None if they are none."""
    given = marker.args
    if len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = tuple(given[0])
    if not given or not all(isinstance(word, str) for word in given):
        return None
    return given[0] if given == marker.args and len(given) == 1 else list(given)


def _arguments(request: pytest.FixtureRequest) -> Arguments:
    from hmp.testing.options import DEFAULT_ARGUMENTS

    marker = request.node.get_closest_marker(MARKER)
    return (marker and _arguments_of(marker)) or DEFAULT_ARGUMENTS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the machines of a failed test have to say."""
    report = yield
    if report.when == "call" and report.failed and isinstance(item, pytest.Function):
        for name in FIXTURES:
            if name in item.funcargs:
                machine = cast("HmpMachine", item.funcargs[name])
                report.sections.append((name, machine.report()))
    return report


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
