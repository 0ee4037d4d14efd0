"""QEMU's line editor on HMP sockets: every byte as recorded, and telnet around it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hmp.machine.chardevs.monitors import HmpMonitor
from hmp.monitor import Monitor
from hmp.serve.protocols import HmpProtocol
from hmp.serve.readline.line_editor import LineEditor, LineHistory
from hmp.serve.telnet import NEGOTIATION, TelnetFilter
from scripts.lib.recordings.readline import connections, recorded
from tests.support import add_monitor, start_machine


def test_replies_as_recorded() -> None:
    with start_machine("-S -m 1G,slots=4,maxmem=8G") as built:
        add_monitor(built, HmpMonitor())
        monitor = Monitor(built)
        history = LineHistory(lambda: monitor.context.history)
        for typed, answers in zip(connections(), recorded(), strict=True):
            protocol = HmpProtocol(monitor, history)
            assert protocol.greeting().decode() == answers[0]
            for data, answer in zip(typed, answers[1:], strict=True):
                assert (
                    "".join(piece.data.decode("latin-1") for piece in protocol.feed(data)) == answer
                ), typed
    assert monitor.has_ended


@given(st.lists(st.binary(max_size=12), max_size=8))
def test_random_bytes_do_not_break_the_editor(pieces: list[bytes]) -> None:
    lines: list[str] = []
    editor = LineEditor("> ", LineHistory(lambda: lines), lambda text: (len(text), ["one", "only"]))
    for piece in pieces:
        for byte in piece.decode("latin-1"):
            _echo, line = editor.press(byte)
            if line:
                lines.append(line)


def test_line_is_limited_to_4095_bytes() -> None:
    editor = LineEditor("> ", LineHistory(list), lambda text: (0, []))
    for _index in range(5000):
        editor.press("x")
    assert editor.press("\n") == ("\r\n", "x" * 4095)


def test_telnet_commands_are_removed_however_they_are_split() -> None:
    text = "in\xff\xfd\x03fo\xff\xff na\xff\xfb\x01me\r\0next\r\n\0"
    for cut in range(len(text)):
        telnet = TelnetFilter()
        assert telnet.feed(text[:cut]) + telnet.feed(text[cut:]) == "info\xff name\rnext\r\n\0"
    assert bytes.fromhex("fffb01 fffb03 fffb00 fffd00") == NEGOTIATION
