"""The memory map: regions without gaps, widths to scale, text and SVG."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hmp.console.output import plain_text
from hmp.memory_map.labels import place_labels
from hmp.memory_map.regions import (
    MapRegion,
    MemoryMap,
    RegionKind,
    map_regions,
    memory_map,
    scale_widths,
)
from hmp.memory_map.svg import draw_svg
from hmp.memory_map.text import draw_text
from hmp.memory_map.words import tell
from hmp.monitor import Monitor
from hmp.text import to_ascii
from tests.support import run_lines, start_monitor

RAM = "object_add memory-backend-ram,"


@given(st.lists(st.integers(1, 1 << 45), min_size=1, max_size=60), st.integers(60, 300))
def test_widths_add_up_and_nothing_vanishes(sizes: list[int], width: int) -> None:
    widths = scale_widths(sizes, width)
    assert sum(widths) == width and min(widths) >= 1
    for one, two in pairwise(sorted(zip(sizes, widths, strict=True))):
        assert one[1] <= two[1] + 1  # What is larger is not drawn smaller, but for rounding.


@pytest.mark.parametrize(
    "arguments",
    [
        "-m 1G,slots=4,maxmem=8G",
        "-m 6G,slots=2,maxmem=8G",
        "-m 128M",
        "-M none",
        "-M q35 -m 3G,slots=2,maxmem=8G",
        "-M microvm -m 1G",
        "-M isapc -m 512M",
    ],
)
def test_spans_cover_the_address_space(arguments: str) -> None:
    with start_monitor(arguments) as monitor:
        found = map_regions(monitor.machine)
        assert all(one.end == two.start for one, two in pairwise(found))
        assert (
            sum(span.size for span in found if span.kind == "ram")
            == monitor.machine.memory_config.size
        )
        for width in (40, 80, 300):
            lines = plain_text(draw_text(MemoryMap(found), width)).split("\n")
            assert not found or all(len(line) <= width for line in lines[3:5])
        ElementTree.fromstring(draw_svg(MemoryMap(found)))


def test_resident_against_mapped(monitor: Monitor) -> None:
    run_lines(
        monitor,
        RAM + "id=a,size=64M,prealloc=on",
        RAM + "id=b,size=128M",
        RAM + "id=v,size=1G",
        "device_add pc-dimm,id=full,memdev=a",
        "device_add pc-dimm,id=empty,memdev=b",
        "device_add virtio-mem-pci,id=vm,memdev=v,requested-size=256M",
    )
    found = {span.name: span for span in map_regions(monitor.machine)}
    assert (found["full"].resident, found["full"].mapped) == (64 << 20, 64 << 20)
    assert (found["empty"].resident, found["empty"].mapped) == (0, 128 << 20)
    assert (found["vm"].resident, found["vm"].mapped, found["vm"].size) == (
        256 << 20,
        256 << 20,
        1 << 30,
    )
    run_lines(monitor, "guest touch empty 16M")
    assert {span.name: span.resident for span in map_regions(monitor.machine)}["empty"] == 16 << 20


def test_ram_of_numa_nodes_is_drawn_by_node() -> None:
    nodes = (
        "-m 4G,slots=2,maxmem=8G -object memory-backend-ram,id=n0,size=1G -numa node,memdev=n0 "
        "-object memory-backend-ram,id=n1,size=3G -numa node,memdev=n1"
    )
    with start_monitor(nodes) as monitor:
        run_lines(monitor, "guest touch 0x120000000 16M", "guest touch 0x50000000 4M")
        found = [
            (span.start, span.size, span.memdev, span.resident)
            for span in map_regions(monitor.machine)
            if span.kind == "ram"
        ]
        assert found == [
            (0, 1 << 30, "n0", 0),
            (1 << 30, 2 << 30, "n1", 4 << 20),
            (4 << 30, 1 << 30, "n1", 16 << 20),
        ]


def test_many_dimms_are_drawn_as_one_bar_and_listed_each() -> None:
    with start_monitor("-m 1G,slots=100,maxmem=64G") as monitor:
        for number in range(100):
            run_lines(
                monitor,
                RAM + f"id=m{number},size=128M",
                f"device_add pc-dimm,id=d{number},memdev=m{number}",
            )
        text = plain_text(draw_text(memory_map(monitor.machine), 160))
        assert "100 dimms" in text.split("\n")[2]
        assert len(re.findall(r"^. 0x\w+ +128M +d\d+ ", text, re.M)) == 100


def test_the_svg_shows_what_the_text_shows(monitor: Monitor) -> None:
    run_lines(monitor, RAM + "id=a,size=1G", "device_add pc-dimm,id=dimm1,memdev=a")
    picture = draw_svg(memory_map(monitor.machine))
    root = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    texts = [node.text or "" for node in root.iter(f"{space}text")]
    assert "dimm1" in texts and "RAM" in texts
    assert "0x100000000-0x13fffffff     1G dimm1, slot 0, a: 0 of 1G resident" in texts
    bars = [
        int(node.get("width", 0)) for node in root.iter(f"{space}rect") if node.get("y") == "60"
    ]
    assert sum(bars) == 880


@given(st.text(max_size=20), st.text(max_size=20))
def test_any_name_is_drawn_as_valid_xml(name: str, memdev: str) -> None:
    picture = draw_svg(
        MemoryMap([MapRegion(0, 1 << 30, RegionKind.DIMM, name, memdev, 0, 1 << 30)])
    )
    ElementTree.fromstring(picture)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", picture)


def test_a_name_with_markup_and_control_characters_is_text() -> None:
    name = "<b>&\x1b\x9b\u202e\ufffe\ud800"
    picture = draw_svg(MemoryMap([MapRegion(0, 1 << 30, RegionKind.RAM, name)]))
    assert "&lt;b&gt;&amp;\\x9b\\u202e<" in picture and "<b>" not in picture


def test_what_is_free_is_what_may_still_be_plugged() -> None:
    with start_monitor("-m 1G,slots=2,maxmem=4G") as monitor:
        run_lines(monitor, RAM + "id=a,size=512M", "device_add pc-dimm,id=d,memdev=a")
        text = plain_text(draw_text(memory_map(monitor.machine), 80))
        # The region has 1 GiB more for each slot than may be plugged.
        assert "free for devices: 2.5G, in 4.5G of address space\n" in text
        assert re.search(r"^. 0x120000000  4.5G  address space$", text, re.M)
        assert "free for devices: 2.5G, in 4.5G of address space" in draw_svg(
            memory_map(monitor.machine)
        )
    with start_monitor("-m 1G") as monitor:
        text = plain_text(draw_text(memory_map(monitor.machine), 80))
        assert "nothing can be plugged: the machine has no memory for devices\n" in text


def test_a_dimm_that_linux_leaves_out(monitor: Monitor) -> None:
    run_lines(monitor, RAM + "id=a,size=64M", "device_add pc-dimm,id=small,memdev=a")
    note = "small: plugged; Linux adds whole 128 MiB blocks only"
    assert note in plain_text(draw_text(memory_map(monitor.machine), 80)).split("\n")
    assert note in draw_svg(memory_map(monitor.machine))
    assert "plugged; Linux adds whole 128 MiB blocks only." in tell(memory_map(monitor.machine))[2]


def test_dimms_without_an_id_are_told_apart(monitor: Monitor) -> None:
    for name in ("a", "b"):
        run_lines(monitor, f"{RAM}id={name},size=1G", f"device_add pc-dimm,memdev={name}")
    memory = memory_map(monitor.machine)
    picture, table = plain_text(draw_text(memory, 100)).split("\n  from ")
    assert "slot 0" in picture and "slot 1" in picture
    assert table.count("pc-dimm") == 2
    assert "slot 1" in draw_svg(memory)


def test_narrow_dimms_keep_their_names() -> None:
    with start_monitor("-m 1G,slots=6,maxmem=32G") as monitor:
        for number in range(4):
            run_lines(
                monitor,
                RAM + f"id=m{number},size=128M",
                f"device_add pc-dimm,id=dimm{number},memdev=m{number}",
            )
        text = plain_text(draw_text(memory_map(monitor.machine), 80)).split("\n")
        assert [line.strip() for line in text[2:7]] == [
            "dimm0",
            "│dimm1",
            "││dimm2",
            "│││dimm3",
            "RAM   ││││free",
        ]
        bar = text[7]
        assert [bar[text[row].index(f"dimm{row - 2}")] for row in range(2, 6)] == ["▓", "▒"] * 2
        root = ElementTree.fromstring(draw_svg(memory_map(monitor.machine)))
        texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
        assert {"dimm0", "dimm1", "dimm2", "dimm3"} <= set(texts)


@given(
    st.lists(
        st.tuples(st.integers(1, 1 << 34), st.text("abcd", min_size=1, max_size=9)), max_size=12
    ),
    st.integers(40, 120),
)
def test_names_do_not_touch(parts: list[tuple[int, str]], width: int) -> None:
    start, regions = 0, []
    for size, name in parts:
        regions.append(MapRegion(start, start + size, RegionKind.DIMM, name, slot=0))
        start += size
    widths = scale_widths([region.size for region in regions], width)
    labels = place_labels(regions, widths, 100)
    assert sorted(each.text for each in labels) == sorted(name for _size, name in parts)
    taken = [
        (each.row, column)
        for each in labels
        for column in range(each.start, each.start + len(each.text))
    ]
    assert len(taken) == len(set(taken))
    assert all(column < width for _row, column in taken)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_map_fits(width: int, monitor: Monitor) -> None:
    for number in range(4):
        run_lines(
            monitor,
            RAM + f"id=a-long-name-of-a-backend-{number},size=192M",
            f"device_add pc-dimm,id=a-long-name-of-a-dimm-{number},"
            f"memdev=a-long-name-of-a-backend-{number}",
        )
    text = plain_text(draw_text(memory_map(monitor.machine), width))
    assert all(len(line) <= width for line in text.split("\n"))
    assert "".join(text.split()).count("a-long-name-of-a-backend-3") == 1
    assert to_ascii(text).isascii() and len(to_ascii(text)) == len(text)


def test_the_map_in_words() -> None:
    with start_monitor("-m 1G,slots=2,maxmem=4G") as monitor:
        lines = RAM + "id=m,size=128M,prealloc=on", "device_add pc-dimm,id=dimm1,memdev=m"
        run_lines(monitor, *lines)
        assert tell(memory_map(monitor.machine)) == [
            "1G from 0x0 to 0x3fffffff: RAM, backend pc.ram, resident 0 of 1G.",
            "3G from 0x40000000 to 0xffffffff: no memory.",
            "128M from 0x100000000 to 0x107ffffff: dimm1 in slot 0, backend m, resident 128M of "
            "128M.",
            "4992M from 0x108000000 to 0x23fffffff: address space for devices.",
            "Free for devices: 2944M, in 4992M of address space.",
        ]
    with start_monitor("-M none") as monitor:
        assert tell(memory_map(monitor.machine)) == ["The machine has no memory."]
