"""Every lesson is played: each step holds after its lines, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from hmp.console.line import CONSOLE_COMMANDS
from hmp.encoding import to_latin1
from hmp.errors import HmpError, InputError
from hmp.lessons.hints import form_of, hints_of
from hmp.lessons.lesson import parse_lesson
from hmp.lessons.library import lesson_names, lesson_titles
from hmp.lessons.load import load_lesson
from hmp.lessons.progress import LessonProgress, findings, is_done
from hmp.lessons.situation import Situation
from hmp.monitor import Monitor
from tests.support import run_lines, start_monitor


def test_there_are_six_lessons() -> None:
    assert lesson_names() == ["plug", "refused", "pages", "unplug", "stubborn", "virtio-mem"]
    assert [name for name, _title in lesson_titles()] == lesson_names()


def take(lesson_name: str, *lines: str, step: int = 1) -> tuple[bool, str]:
    """Take a step with other lines than its own, after the steps before it; return whether it is
    done, and what is said to be wrong.
    """
    lesson = load_lesson(lesson_name, CONSOLE_COMMANDS)
    with start_monitor(lesson.machine) as monitor:
        progress = LessonProgress(lesson, Situation(monitor.machine))
        for number, one in enumerate(lesson.steps[:step], start=1):
            assert progress.step is one
            for line in lines if number == step else one.lines:
                reply = monitor.execute(to_latin1(line))
                monitor.machine.run_guest()
                progress.situation.record(reply.error)
            if number < step:
                assert progress.check_step(), number
        mistake = progress.mistake()
        return progress.check_step(), mistake


@pytest.mark.parametrize("name", lesson_names())
def test_lesson(name: str) -> None:
    lesson = load_lesson(name, CONSOLE_COMMANDS)
    with start_monitor(lesson.machine) as monitor:
        progress = LessonProgress(lesson, Situation(monitor.machine))
        for step in lesson.steps:
            assert step.text and step.hint, step.title
            if progress.step is not step:
                continue
            assert not is_done(step, progress.situation), step.title
            for line in step.lines:
                reply = monitor.execute(to_latin1(line))
                monitor.machine.run_guest()
                progress.situation.record(reply.error)
            assert findings(step, progress.situation) == [], step.title
            assert progress.check_step()


RAM = "object_add memory-backend-ram,id="


@pytest.mark.parametrize(
    ("name", "step", "lines"),
    [
        ("plug", 1, ["object_add memory-backend-memfd,id=x,size=0x20000000"]),
        ("plug", 2, ["device_add pc-dimm,memdev=mem1"]),
        ("plug", 2, ["device_add pc-dimm,id=other,memdev=mem1,slot=1,addr=0x180000000"]),
        ("plug", 3, [f"{RAM}x,size=1024M", "device_add pc-dimm,memdev=x,addr=0x150000000"]),
        ("refused", 1, [f"{RAM}x,size=128M", "device_add pc-dimm,memdev=x,slot=0"]),
        ("refused", 5, ["device_add pc-dimm,memdev=mem1,slot=3"]),
        ("pages", 2, ["object_add memory-backend-memfd,id=x,size=64M,prealloc=on"]),
        (
            "pages",
            3,
            [
                "object_add memory-backend-file,id=x,size=32M,mem-path=/dev/shm,share=on",
                "device_add pc-dimm,memdev=x",
            ],
        ),
        ("unplug", 1, ["stop", "object_del mem1"]),
        (
            "stubborn",
            1,
            ["guest policy online=kernel", f"{RAM}x,size=1G", "device_add pc-dimm,memdev=x"],
        ),
        (
            "virtio-mem",
            1,
            [
                f"{RAM}x,size=2G",
                "device_add virtio-mem-pci,memdev=x",
                "qom-set /machine/peripheral-anon/device[0] requested-size 128M",
            ],
        ),
        ("virtio-mem", 3, ["qom-set vm0 requested-size 64M", "qom-set vm0 requested-size 5M"]),
        (
            "refused",
            5,
            [
                f"{RAM}small,size=100M",
                "device_add pc-dimm,memdev=small",
                "device_add pc-dimm,memdev=mem1",
            ],
        ),
    ],
)
def test_every_right_way_is_right(name: str, step: int, lines: list[str]) -> None:
    assert take(name, *lines, step=step) == (True, "")


@pytest.mark.parametrize(
    ("name", "step", "lines", "mistake"),
    [
        (
            "plug",
            1,
            [f"{RAM}mem1,size=512"],
            "mem1 is there with 512 bytes, 512M is wanted: object_del mem1 and again",
        ),
        (
            "plug",
            1,
            [f"{RAM}a,size=1G", f"{RAM}b,size=256M"],
            "b is there with 256M, 512M is wanted: object_del b and again",
        ),
        (
            "plug",
            2,
            [f"{RAM}a,size=1G", "device_add pc-dimm,id=d,memdev=a"],
            "d is there with 1G, 512M is wanted: device_del d and again",
        ),
        (
            "plug",
            2,
            [f"{RAM}a,size=1G", "device_add pc-dimm,memdev=a"],
            "the DIMM without an id is there with 1G, 512M is wanted: device_del "
            "/machine/peripheral-anon/device[0] and again",
        ),
        # What was there before the step is no mistake in it.
        ("plug", 3, [f"{RAM}mem2,size=1G"], ""),
        (
            "plug",
            3,
            [f"{RAM}mem2,size=1G", "device_add pc-dimm,id=d2,memdev=mem2"],
            "the machine chose the address 0x120000000 itself: learn undo, and again with addr=",
        ),
        (
            "refused",
            2,
            ["device_add pc-dimm,id=d,memdev=nothing"],
            "“Device 'nothing' not found” is another error than the “… address must be aligned …” "
            "that is wanted",
        ),
        ("refused", 2, ["device_add pc-dimm,id=dimm1,memdev=mem1"], ""),
        # It was said when it happened.
        ("refused", 2, ["device_del nothing", "device_add pc-dimm,id=dimm1,memdev=mem1"], ""),
        (
            "pages",
            2,
            [f"{RAM}eager,size=64M"],
            "eager is there with prealloc off, on is wanted: object_del eager and again",
        ),
        (
            "pages",
            3,
            ["object_add memory-backend-file,id=s,size=32M,mem-path=/dev/shm"],
            "s is there with share off, on is wanted: object_del s and again",
        ),
        ("unplug", 1, ["stop"], ""),
        (
            "stubborn",
            1,
            [f"{RAM}mem1,size=1G", "device_add pc-dimm,id=dimm1,memdev=mem1"],
            "dimm1 is there with zone Movable, Normal is wanted: guest policy online=kernel, "
            "device_del dimm1 and again",
        ),
        ("stubborn", 2, ["guest policy unplug=hang"], ""),
        (
            "stubborn",
            2,
            ["guest policy unplug=hang", "device_del dimm1"],
            "the unplug of dimm1 hangs, as the guest's policy is: learn again, and guest policy "
            "unplug=refuse before device_del",
        ),
        (
            "unplug",
            2,
            ["cont", "device_del dimm1"],
            "dimm1 is gone, which the step needs: learn undo, or learn again",
        ),
        (
            "virtio-mem",
            1,
            [f"{RAM}v,size=2M", "device_add virtio-mem-pci,id=v0,memdev=v,requested-size=2M"],
            "v is there with 2M, 2G is wanted: qom-set v0 requested-size 0, device_del v0, "
            "object_del v and again",
        ),
        (
            "virtio-mem",
            1,
            [
                f"{RAM}big,size=2G",
                "device_add virtio-mem-pci,id=vb,memdev=big",
                f"{RAM}v,size=2M",
                "device_add virtio-mem-pci,id=v0,memdev=v,requested-size=2M",
            ],
            "v0 is there with requested-size 2M, 128M is wanted: qom-set v0 requested-size 0, "
            "device_del v0, object_del v and again",
        ),
        (
            "virtio-mem",
            2,
            ["qom-set vm0 requested-size 200M"],
            "vm0 is there with 200M, 256M is wanted: qom-set vm0 requested-size 256M",
        ),
        ("virtio-mem", 3, ["qom-set vm0 requested-size 64M"], ""),
    ],
)
def test_a_wrong_way_is_wrong(name: str, step: int, lines: list[str], mistake: str) -> None:
    assert take(name, *lines, step=step) == (False, mistake)


def test_after_the_grey_suggestion_the_next_step_can_be_done() -> None:
    lesson = load_lesson("refused", CONSOLE_COMMANDS)
    with start_monitor(lesson.machine) as monitor:
        progress = LessonProgress(lesson, Situation(monitor.machine))
        run_lines(monitor, f"{RAM}mem1,size=1G", "device_add pc-dimm,id=dimm1,memdev=mem1")
        run_lines(monitor, f"{RAM}mem2,size=1G")
        for line in (
            "device_add pc-dimm,id=d,memdev=mem2,slot=0",
            "device_add pc-dimm,id=d,memdev=mem2,addr=0x140000800",
        ):
            error = monitor.execute(line).error
            assert error
            progress.situation.record(error)
            assert progress.check_step()
        assert progress.step is lesson.steps[2]


def start(name: str, monitor: Monitor) -> LessonProgress:
    return LessonProgress(load_lesson(name, CONSOLE_COMMANDS), Situation(monitor.machine))


def test_hints_come_after_two_mistakes(monitor: Monitor) -> None:
    progress = start("pages", monitor)
    names = ("object_add", "info", "object_del", "help", "object_add", "object_del")
    assert [progress.record_attempt(name) for name in names] == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]


def test_three_hints(monitor: Monitor) -> None:
    progress = start("plug", monitor)
    assert [progress.next_hint() for _ in range(4)] == [
        "object_add takes a type, then an id and a size; a size ends with M or G.",
        "object_add memory-backend-ram,id=…,size=…",
        "object_add memory-backend-ram,id=mem1,size=512M",
        "object_add memory-backend-ram,id=mem1,size=512M",
    ]
    run_lines(monitor, "object_add memory-backend-ram,id=x,size=512M")
    assert progress.check_step()
    assert progress.next_hint().startswith("A DIMM is a device")


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("device_del dimm1", "device_del …"),
        ("qom-set vm0 requested-size 256M", "qom-set … … …"),
        ("guest policy unplug=hang", "guest policy unplug=…"),
        ("stop", "stop"),
        ("device_add pc-dimm,memdev=a,addr=0x1", "device_add pc-dimm,memdev=…,addr=…"),
    ],
)
def test_form(line: str, form: str) -> None:
    assert form_of(line) == form


def test_the_second_quotation_is_the_form() -> None:
    text = "# T\n\n## S\n\n> a\n> b\n\n> c …\n\n```hmp\nstop\n```\n```check\nstopped\n```\n"
    (step,) = parse_lesson(text, CONSOLE_COMMANDS).steps
    assert hints_of(step) == ("a b", "c …", "stop")


def test_a_step_without_pages_is_skipped_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, monitor: Monitor
) -> None:
    monkeypatch.setattr("hmp.lessons.progress.huge_page_pools", list)
    progress = start("pages", monitor)
    for step in progress.lesson.steps:
        if step.title != "Huge pages":
            run_lines(monitor, *step.lines)
            assert progress.check_step()
    assert progress.step is None
    assert progress.skipped == [
        "“Huge pages” is skipped: it needs 8 free huge pages of 2M, and the host has 0"
    ]


def test_the_commands_of_a_step_are_no_mistakes(monitor: Monitor) -> None:
    progress = start("stubborn", monitor)
    assert [progress.record_attempt(name) for name in ("guest", "object_add", "stop", "cont")] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        ("no title", "a lesson begins with a title: # TITLE"),
        ("# Title\n", "a lesson has steps: ## TITLE"),
        ("# Title\n\n## Step\n\ntext\n", "step 'Step' needs a block of hmp and a block of check"),
        (
            "# T\n\n## S\n\nNeeds: 3 pages of lots\n\n```hmp\nstop\n```\n```check\nstopped\n```\n",
            "'lots' is no size of pages",
        ),
    ],
)
def test_invalid_lesson_is_rejected(markdown: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_lesson(markdown, CONSOLE_COMMANDS)
    assert caught.value.message == message


def test_lessons_by_name_number_and_path(tmp_path: Path) -> None:
    assert (
        load_lesson("1", CONSOLE_COMMANDS).title
        == load_lesson("plug", CONSOLE_COMMANDS).title
        == "Plug a DIMM"
    )
    with pytest.raises(HmpError, match="there is no lesson 'x'"):
        load_lesson("x", CONSOLE_COMMANDS)
    with pytest.raises(HmpError, match="No such file or directory"):
        load_lesson(f"{tmp_path}/x.md", CONSOLE_COMMANDS)
    (tmp_path / "bad.md").write_bytes(b"\xff\xfe")
    with pytest.raises(HmpError, match="can't read"):
        load_lesson(f"{tmp_path}/bad.md", CONSOLE_COMMANDS)
