"""All kinds of machines under test keep one API, and say what was wrong with its use."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pytest

from hmp.testing import (
    CommandError,
    HmpMachine,
    InProcessMachine,
    MachineEndedError,
    OptionError,
    ProcessMachine,
    QmpError,
    ServedMachine,
    machine,
    process_machine,
    served_machine,
)
from tests.support import ROOT


class Maker(Protocol):
    def __call__(self, arguments: str | list[str] = ...) -> AbstractContextManager[HmpMachine]: ...


MAKERS: dict[str, Maker] = {
    "machine": machine,
    "served": served_machine,
    "process": process_machine,
}


@pytest.fixture(params=MAKERS)
def double(request: pytest.FixtureRequest) -> Iterator[HmpMachine]:
    with MAKERS[request.param]("-m 1G,slots=4,maxmem=8G") as made:
        yield made


def plug(double: HmpMachine) -> None:
    double.execute("object_add memory-backend-ram,id=m,size=256M")
    double.execute("device_add pc-dimm,id=d,memdev=m")


def test_lines(double: HmpMachine) -> None:
    assert double.execute("info name") == ""
    with pytest.raises(CommandError, match=r"^Error: Device 'é' not found$"):
        double.execute("device_del é")
    assert double.execute("device_del d", check=False) == "Error: Device 'd' not found\n"


def test_qmp(double: HmpMachine) -> None:
    plug(double)
    assert double.qmp("query-memory-size-summary")["plugged-memory"] == 256 << 20
    with pytest.raises(QmpError, match=r"^DeviceNotFound: Device 'x' not found$"):
        double.qmp("device_del", id="x")
    assert double.qmp_reply("nope") == {
        "error": {"class": "CommandNotFound", "desc": "The command nope has not been found"}
    }


def test_events_stay_until_they_are_forgotten(double: HmpMachine) -> None:
    plug(double)
    event = double.wait_for_event("ACPI_DEVICE_OST")
    assert event.data["info"]["slot"] == "0" and event.microseconds > 0
    double.execute("stop")
    assert double.wait_for_event("STOP").data == {}
    assert double.event_names() == double.event_names() == ["ACPI_DEVICE_OST", "STOP"]
    double.clear_events()
    assert double.events == []


def test_waiting_in_vain_says_what_came(double: HmpMachine) -> None:
    double.guest.policy("linux,latency=50ms")
    plug(double)
    message = "no event STOP within 0.5 s; events meanwhile: ACPI_DEVICE_OST"
    with pytest.raises(TimeoutError, match=f"^{message}$"):
        double.wait_for_event("STOP", timeout=0.5)
    with pytest.raises(TimeoutError, match="events meanwhile: none"):
        double.wait_for_event("STOP", timeout=0.01)


def test_state(double: HmpMachine) -> None:
    before = double.snapshot()
    plug(double)
    double.wait_for_event("ACPI_DEVICE_OST")
    assert double.status == "running"
    assert [device["data"]["id"] for device in double.devices] == ["d"]
    assert double.snapshot().plugged_memory - before.plugged_memory == 256 << 20
    assert double.guest_info.blocks[-1].device == "d"
    kind = type(double).__name__
    assert repr(double) == f"<{kind} running, 4 slots: d (dimm, 256M, slot 0)>"


def test_after_quit(double: HmpMachine) -> None:
    double.execute("quit")
    if isinstance(double, ProcessMachine):
        double.process.wait(10)
    assert double.has_ended and double.status == "shutdown"
    assert repr(double) == f"<{type(double).__name__} that has ended>"
    message = "^the machine has ended and can't run 'info name'$"
    with pytest.raises(MachineEndedError, match=message):
        double.execute("info name")
    with pytest.raises(MachineEndedError):
        double.qmp("query-name")
    with pytest.raises(MachineEndedError):
        double.guest.hold()
    with pytest.raises(MachineEndedError, match="the machine ended without the event RESUME"):
        double.wait_for_event("RESUME")


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_after_its_block(make: Maker) -> None:
    with make() as double:
        pass
    with pytest.raises(MachineEndedError):
        double.execute("info name")


def test_devices_that_are_not_there(double: HmpMachine) -> None:
    for action in (double.guest.refuse, double.guest.hang):
        with pytest.raises(QmpError, match="^DeviceNotFound: Device 'nodimm' not found$"):
            action("nodimm")
    with pytest.raises(QmpError, match="the host has no error 'ENOPE'"):
        double.faults.fail_host("mmap", "ENOPE")


def test_the_clock_goes_forward(hmp_machine: InProcessMachine) -> None:
    with pytest.raises(ValueError, match=r"^the clock can't go back: advance\(-1\)$"):
        hmp_machine.advance(-1)


@pytest.mark.parametrize(
    ("make", "arguments"),
    [
        (machine, "-qmp unix:x,server=on,wait=off"),
        (machine, ["-m", "1G", "-daemonize"]),
        (served_machine, "-daemonize"),
        (served_machine, "-pidfile x"),
        (process_machine, "-daemonize"),
        (process_machine, "--fleet 3 x"),
        (process_machine, "-help"),
    ],
)
def test_options_without_sense(make: Maker, arguments: str | list[str]) -> None:
    with (
        pytest.raises(OptionError, match="makes no sense for this kind of machine"),
        make(arguments),
    ):
        pass


def test_everything_that_help_shows_is_described() -> None:
    for kind in (HmpMachine, InProcessMachine, ServedMachine, ProcessMachine):
        for name, member in inspect.getmembers(kind):
            if not name.startswith("_") and (callable(member) or isinstance(member, property)):
                assert inspect.getdoc(member), (kind, name)


def test_the_report_of_a_failed_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def fails(machine):
            machine.execute("object_add memory-backend-ram,id=m,size=1G")
            machine.execute("device_add pc-dimm,id=d,memdev=m")
            machine.qmp("query-name")
            machine.execute("device_add pc-dimm,id=d,memdev=m")

        def test_machine(hmp_machine):
            fails(hmp_machine)

        def test_served(hmp_served):
            fails(hmp_served)

        def test_process(hmp_process):
            fails(hmp_process)
    """)
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(failed=3)
    shown = done.stdout.str()
    for name, kind in (
        ("hmp_machine", "InProcessMachine"),
        ("hmp_served", "ServedMachine"),
        ("hmp_process", "ProcessMachine"),
    ):
        section = shown.split(f" {name} ----")[1]
        assert f"<{kind} running, 4 slots: d (dimm, 1G, slot 0)>" in section
        assert "(qemu) object_add memory-backend-ram,id=m,size=1G\n" in section
        assert '-> {"execute": "query-name"}\n<- {"return": {}}\n' in section
        assert "Error: Duplicate device ID 'd'\n" in section
        assert 'event ACPI_DEVICE_OST {"info": ' in section and 'device {"type": "dimm"' in section
    # The line of the test is the last one that is shown, not those of hmp.testing.
    assert "hmp/testing/api.py" not in shown


@pytest.mark.parametrize("marker", ["", "1", "'-m', 1", "arguments='-m 1G'", "['-m', None]"])
def test_wrong_markers_are_usage_errors(pytester: pytest.Pytester, marker: str) -> None:
    pytester.makepyfile(f"""
        import pytest
        @pytest.mark.hmp({marker})
        def test_it(hmp_machine):
            pass
    """)
    done = pytester.runpytest_inprocess()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["ERROR: *::test_it: @pytest.mark.hmp takes the options of *"])


def test_forms_of_markers_under_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        def slots(machine):
            return len(machine.snapshot().slots)

        @pytest.mark.hmp("-m 1G,slots=1,maxmem=2G")
        def test_text(hmp_machine):
            assert slots(hmp_machine) == 1

        @pytest.mark.hmp("-m", "1G,slots=2,maxmem=2G")
        def test_words(hmp_served):
            assert slots(hmp_served) == 2

        @pytest.mark.hmp(["-m", "1G,slots=3,maxmem=2G"])
        def test_list(hmp_process):
            assert slots(hmp_process) == 3
    """)
    pytester.runpytest_subprocess("-n", "2").assert_outcomes(passed=3)


def test_inside_event_loops(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import asyncio
        import anyio
        import pytest

        async def greeting(machine):
            reader, writer = await asyncio.open_unix_connection(machine.qmp_path)
            line = await reader.readline()
            writer.close()
            machine.execute("stop")
            assert machine.wait_for_event("STOP")
            return line

        def test_asyncio(hmp_served, hmp_process):
            for machine in (hmp_served, hmp_process):
                assert asyncio.run(greeting(machine)).startswith(b'{"QMP"')

        async def with_anyio(machine):
            async with await anyio.connect_unix(machine.qmp_path) as stream:
                return await stream.receive()

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_anyio(hmp_served):
            assert (await with_anyio(hmp_served)).startswith(b'{"QMP"')
            assert hmp_served.execute("info name") == ""
    """)
    pytester.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_types_of_an_example(tmp_path: Path) -> None:
    """What docs/testing.md shows passes mypy strict, with the types that a user adds."""
    from mypy import api

    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    example = text.split("```python\n")[1].split("```")[0]
    for name, kind in (("hmp_machine", "InProcessMachine"), ("hmp_served", "ServedMachine")):
        example = example.replace(f"({name}):", f"({name}: {kind}) -> None:")
    example = example.replace("import QmpError", "import InProcessMachine, QmpError, ServedMachine")
    (tmp_path / "test_example.py").write_text(example)
    shown, errors, status = api.run(["--strict", str(tmp_path / "test_example.py")])
    assert (status, errors) == (0, ""), shown
