"""Reading a line, completion, hints, faults, explanations, events in words: on a machine, without a
terminal.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.assist.completion.completions import Completion, completions
from hmp.assist.diagnostics import diagnose
from hmp.assist.event_messages import event_message
from hmp.assist.help.descriptions import description_of, type_description
from hmp.assist.help.examples import EXAMPLES
from hmp.assist.highlight import styled_spans
from hmp.assist.mappings import mapping_lines
from hmp.assist.placement_report import NOTHING_PLUGGED, explain
from hmp.assist.properties import creatable_types, settable_options
from hmp.assist.signature import signature
from hmp.commands.registry import COMMANDS
from hmp.console.line import CONSOLE_COMMANDS, parse_console_line
from hmp.encoding import to_unicode
from hmp.grammar.numbers import parse_size
from hmp.machine.events import Event
from hmp.machine.machine import Machine
from hmp.units import format_size, format_size_approx
from tests.support import machine, monitor, resident, say

RAM = "object_add memory-backend-ram,"


def completed(on: Machine, text: str, after: str = "") -> list[Completion]:
    return completions(on, CONSOLE_COMMANDS, parse_console_line(text + after).parsed, len(text))


def words(on: Machine, text: str, after: str = "") -> list[str]:
    return [choice.text for choice in completed(on, text, after)]


def test_commands_and_subjects() -> None:
    with machine() as on:
        assert words(on, "obj") == ["object_add ", "object_del "]
        assert words(on, "info mem") == ["mem", "memdev", "memory-devices", "memory_size_summary"]
        assert words(on, "help object_d") == ["object_del "]
        assert words(on, "help info memd") == ["memdev"]
        assert words(on, "help device_add pcie") == ["pcie-root-port"]
        assert words(on, "help quit ") == []
        assert words(on, "guest policy online=k") == ["online=kernel"]
        assert words(on, "guest policy online=kernel,unp") == [
            "online=kernel,unplug=release",
            "online=kernel,unplug=refuse",
            "online=kernel,unplug=hang",
        ]
        assert words(on, "info map") == ["mappings"]
        assert words(on, "events ") == ["on", "off"]
        assert words(on, "learn plu") == ["plug"]
        assert words(on, "map -") == ["--svg"]
        assert words(on, "nothing ") == []


def test_keys_still_missing_needed_ones_first() -> None:
    with machine() as on:
        found = completed(on, "object_add memory-backend-file,")
        assert [choice.text for choice in found][:3] == ["id=", "size=", "mem-path="]
        assert [choice.kind for choice in found][:3] == [
            "id, required",
            "size, required",
            "string, required",
        ]
        keys = words(on, "object_add memory-backend-file,size=1G,")
        assert keys[:2] == ["id=", "mem-path="] and "size=" not in keys
        assert "id=" not in words(on, "object_add memory-backend-ram,", ",id=mem1")
        assert words(on, "device_add pc-dimm,")[:2] == ["id=", "memdev="]
        assert words(on, "object_add memory-backend-ram,pre") == [
            "prealloc=",
            "prealloc-threads=",
            "prealloc-context=",
        ]
        assert words(on, "object_add backend-f") == ["memory-backend-file,"]
        assert words(on, "object_add qom-type=thr") == ["thread-context,"]
        assert words(on, "object_add qom-type=secret,i") == ["id=", "iv="]
        assert "x-use-canonical-path-for-ramblock-id=" not in words(
            on, "object_add memory-backend-ram,"
        )
        assert words(on, "object_add memory-backend-ram,x") == [
            "x-use-canonical-path-for-ramblock-id="
        ]


def test_values_by_type_and_by_what_is_left() -> None:
    with monitor("-m 1G,slots=3,maxmem=4G") as on:
        say(
            on, RAM + "id=m1,size=1G", RAM + "id=m2,size=512M", "device_add pc-dimm,id=d1,memdev=m1"
        )
        here = on.machine
        assert words(here, RAM + "share=") == ["on", "off"]
        assert words(here, RAM + "policy=") == ["default", "preferred", "bind", "interleave"]
        assert words(here, RAM + "size=") == ["128M", "256M", "512M", "1G", "2G"]
        assert words(here, RAM + "size=3") == ["3M"]
        assert completed(here, RAM + "size=2G")[0].description == "all that is left"
        assert words(here, "device_add pc-dimm,memdev=") == ["m2"]
        assert words(here, "device_add pc-dimm,slot=") == ["1", "2"]
        assert words(here, "device_add pc-dimm,memdev=m2,addr=") == ["0x140000000"]
        assert words(here, "device_add virtio-mem-pci,bus=") == ["pci.0"]
        assert words(here, "device_add virtio-mem-pci,memdev=m2,requested-size=") == [
            "0",
            "128M",
            "256M",
            "512M",
        ]
        assert words(here, "device_add virtio-mem-pci,addr=")[:2] == ["04", "05"]
        assert words(here, "object_del ") == ["m2"]
        assert words(here, "device_del ") == ["d1"]
        assert words(here, "guest refuse ") == ["d1"]
        assert words(here, "guest fail-host mm") == ["mmap"]
        assert words(here, "cpu ") == ["0"]


def test_paths() -> None:
    with monitor() as on:
        say(on, RAM + "id=m1,size=1G", "device_add pc-dimm,id=d1,memdev=m1")
        here = on.machine
        assert words(here, "qom-get /machine/peripheral/") == ["/machine/peripheral/d1"]
        assert words(here, "qom-get /machine/periph") == [
            "/machine/peripheral",
            "/machine/peripheral-anon",
        ]
        assert words(here, "qom-get d1 sl") == ["slot"]
        assert words(here, "qom-set m1 ") and "size" not in words(here, "qom-set m1 ")
        assert words(here, "qom-set m1 merge ") == ["on", "off"]
        assert words(here, "info qom-tree /obj") == ["/objects"] or words(
            here, "info qom-tree /obj"
        )


def test_files(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"x" * 2048)
    with machine() as on:
        found = completed(on, f"object_add memory-backend-file,mem-path={tmp_path}/f")
        assert {(choice.text, choice.kind, choice.description) for choice in found} == {
            (f"{tmp_path}/folder/", "directory", ""),
            (f"{tmp_path}/file", "file", "2K"),
        }
        assert words(on, f"map --svg {tmp_path}/fi") == [f"{tmp_path}/file"]
        assert words(on, f"pmemsave 0 1 {tmp_path}/fi") == [f'"{tmp_path}/file']
        assert words(on, f'pmemsave 0 1 "{tmp_path}/fi') == [f'{tmp_path}/file"']
        assert words(on, f'pmemsave 0 "{tmp_path}/fi') == []


def test_huge_pages_are_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from hmp.assist.completion import candidates
    from hmp.machine.memory.host import HugetlbfsMount

    monkeypatch.setattr(
        candidates, "hugetlbfs_mounts", lambda: [HugetlbfsMount("/huge-pages", 2 << 20, 7)]
    )
    with machine() as on:
        found = completed(on, "object_add memory-backend-file,mem-path=/hug")
        assert [(choice.text, choice.kind, choice.description) for choice in found] == [
            ("/huge-pages", "hugetlbfs", "2M pages, 7 free")
        ]


@pytest.mark.parametrize("implied_key", ["qom-type", "driver"])
def test_every_property_and_type_has_a_meaning(implied_key: str) -> None:
    for name in creatable_types(implied_key):
        assert type_description(name), name
        for item in settable_options(implied_key, name).values():
            assert description_of(item).strip() and "\n" not in description_of(item), (
                name,
                item.name,
            )


@given(st.text(st.sampled_from('abdeimo_-=,"\\ /0129.{}|>xGé\t'), max_size=60), st.integers(0, 60))
def test_any_line_can_be_read_as_it_stands(text: str, cut: int) -> None:
    line = parse_console_line(f"device_add {text}").parsed
    ends = [(part.start, part.end) for part in styled_spans(line)]
    assert ends == sorted(ends) and all(0 <= start < end <= len(line.text) for start, end in ends)
    assert all(one[1] <= two[0] for one, two in zip(ends, ends[1:], strict=False))


@pytest.fixture(scope="module")
def anywhere() -> Machine:
    with machine() as on:
        return on


@given(
    st.sampled_from(sorted(CONSOLE_COMMANDS.commands)),
    st.text(st.sampled_from('abdeimo_-=,"\\ /0129.{|>xG'), max_size=40),
    st.text(st.sampled_from("=,ab "), max_size=5),
)
def test_nothing_that_is_typed_makes_help_fail(
    anywhere: Machine, name: str, text: str, after: str
) -> None:
    before = f"{name} {text}"
    for choice in completed(anywhere, before, after):
        assert 0 <= choice.start <= len(before)
    line = parse_console_line(before + after).parsed
    signature(anywhere, CONSOLE_COMMANDS, line, len(before))
    for found in diagnose(anywhere, CONSOLE_COMMANDS, line):
        assert 0 <= found.start <= found.end <= len(line.text) and found.error.message


def test_diagnostics() -> None:
    with monitor() as on:
        say(on, RAM + "id=m1,size=1G")

        def wrong(line: str, cursor: int | None = None) -> list[tuple[str, str]]:
            found = diagnose(on.machine, CONSOLE_COMMANDS, parse_console_line(line).parsed, cursor)
            return [(line[each.start : each.end], each.error.message) for each in found]

        assert wrong("nothing here") == [("nothing", "unknown command: 'nothing'")]
        assert wrong("nothing", 7) == []
        assert wrong("info nothing") == [("nothing", "unknown command: 'info nothing'")]
        assert wrong("object_add memory-backend-ran,id=x") == [
            (
                "memory-backend-ran",
                "Parameter 'qom-type' does not accept value 'memory-backend-ran'",
            )
        ]
        assert wrong(RAM + "id=2,size=x,what=1,share=on") == [
            ("x", "Parameter 'size' expects size"),
            ("2", "Parameter 'id' expects an identifier"),
            ("what", "Parameter 'what' is unexpected"),
        ]
        assert wrong(RAM + "id=m2,size=1M,what=1,share=on") == [
            ("what", "Parameter 'what' is unexpected")
        ]
        assert wrong("device_add pc-dimm,memdev=m2") == [("m2", "Device 'm2' not found")]
        assert wrong("device_add pc-dimm,memdev=m1,slot=1") == []
        assert wrong("device_add pc-dimm,memdev=m1,slot=9") == [
            ("9", "invalid slot number 9, valid range is [0-3]")
        ]
        assert wrong('pmemsave 0 1 "abc') == [('"abc', "unterminated string")]
        assert wrong("object_del m2") == [("m2", "object 'm2' not found")]
        assert wrong("qom-get /nowhere x") == [("/nowhere", "Device '/nowhere' not found")]
        assert wrong("qom-get m1 x") == [("x", "Property 'memory-backend-ram.x' not found")]
        assert wrong("object_add memory-backend-ram,help") == []


def test_explanations() -> None:
    with monitor("-m 1G,slots=2,maxmem=4G") as on:
        assert explain(on.machine) == [NOTHING_PLUGGED]
        say(
            on,
            RAM + "id=a,size=512M",
            RAM + "id=b,size=2G",
            RAM + "id=c,size=3G",
            "device_add pc-dimm,id=da,memdev=a,addr=0x140000000",
            "device_add pc-dimm,id=db,memdev=b",
        )
        assert explain(on.machine) == [
            "db (pc-dimm) was plugged at 0x160000000 in slot 1",
            "  slots: 1 of 2 busy, free: 1; slot 1 was chosen",
            "  needs 2G at a multiple of 2M; 2.5G of 3G were left",
            "  device memory region: 0x100000000-0x23fffffff (5G)",
            "  gap                      size  first aligned  verdict",
            "  0x100000000-0x13fffffff  1G    0x100000000    too small by 1G",
            "  0x160000000-0x23fffffff  3.5G  0x160000000    taken",
        ]
        say(on, "device_del db", "device_add pc-dimm,id=dc,memdev=c")
        assert explain(on.machine)[0].startswith("dc (pc-dimm) was not plugged: not enough space")
        assert "  needs 3G at a multiple of 2M; 2.5G of 3G were left, 512M too few" in explain(
            on.machine
        )
        say(on, "device_add pc-dimm,id=dx,memdev=nothing")
        assert explain(on.machine)[-1] == "  it failed before an address was searched"


def test_mappings_are_the_kernels_own() -> None:
    with monitor() as on:
        say(
            on,
            RAM + "id=full,size=32M,prealloc=on",
            RAM + "id=empty,size=32M",
            "object_add "
            "memory-backend-file,id=file,size=16M,mem-path=/dev/shm,prealloc=on,share=on",
        )
        rows = {line.split()[0]: line.split() for line in mapping_lines(on.machine)[1:]}
        for name, here in (("full", "32M"), ("empty", "0"), ("file", "16M")):
            memory = on.machine.objects.children[name].mapping  # type: ignore[attr-defined]
            assert rows[name][1] == f"0x{memory.address:x}"
            assert (
                rows[name][3] == here == format_size_approx(resident(memory.address, memory.length))
            )
        assert rows["file"][6].startswith("/dev/shm/qemu_back_mem.file.")
        assert rows["file"][5] == "shared" and rows["full"][5] == "private"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (
            "ACPI_DEVICE_OST",
            {
                "info": {
                    "device": "d1",
                    "source": 3,
                    "status": 130,
                    "slot": "0",
                    "slot-type": "DIMM",
                }
            },
            "d1: unplug rejected by the guest",
        ),
        (
            "ACPI_DEVICE_OST",
            {"info": {"source": 1, "status": 0, "slot": "2", "slot-type": "DIMM"}},
            "slot 2: online in the guest",
        ),
        (
            "ACPI_DEVICE_OST",
            {"info": {"device": "d1", "source": 7, "status": 9, "slot": "0", "slot-type": "DIMM"}},
            "d1: OST source 7, status 9",
        ),
        ("DEVICE_DELETED", {"device": "d1", "path": "/machine/peripheral/d1"}, "d1: removed"),
        ("DEVICE_DELETED", {"path": "/machine/x[0]"}, "/machine/x[0]: removed"),
        (
            "MEMORY_DEVICE_SIZE_CHANGE",
            {"id": "v", "size": 1 << 30, "qom-path": "/x"},
            "v: 1G plugged in the guest",
        ),
        ("RESET", {"guest": True, "reason": "guest-reset"}, "the guest reset the machine"),
        ("SHUTDOWN", {"guest": False, "reason": "host-qmp-quit"}, "the machine shuts down"),
        ("SOMETHING_ELSE", {}, "SOMETHING_ELSE"),
    ],
)
def test_events_in_words(name: str, data: dict[str, object], words: str) -> None:
    assert event_message(Event(name, data, 0)) == words


def test_the_examples_work() -> None:
    with monitor() as on:
        for command, examples in EXAMPLES.items():
            assert command in COMMANDS.commands or command.removeprefix("info ") in COMMANDS.info
            for line, meaning in examples:
                reply = on.execute(line)
                on.machine.run_guest()
                assert meaning and not reply.failed, (line, to_unicode(reply.text))


@given(st.integers(0, (1 << 50)))
def test_sizes_as_people_say_them_are_exact(size: int) -> None:
    assert parse_size(format_size(size)) == size
