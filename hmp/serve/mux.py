"""mux=on: one character device for several front ends. Input goes to one of them, and an escape
character with c behind it chooses the next (docs/qemu-behaviour/chardevs.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from hmp.machine.chardevs.mux import MuxDevice
from hmp.serve.protocols import HmpProtocol, MonitorProtocol, Output
from hmp.serve.readline.line_editor import LINE_END

LAST_NAMED_LETTER = 25  # C-y: QEMU has no name for C-z.
TERMINATED = b"QEMU: Terminated\n\r"
_KEYS = (
    ("h", "print this help"),
    ("x", "exit emulator"),
    ("s", "save disk data back to file (if -snapshot)"),
    ("t", "toggle console timestamps"),
    ("b", "send break (magic sysrq)"),
    ("c", "switch between console and monitor"),
)


def help_text(escape: int) -> str:
    """Return what the escape character with h behind it prints."""
    name, introduction = "Escape-Char", f"\n\rEscape-Char set to Ascii: 0x{escape:02x}\n\r"
    if 0 < escape <= LAST_NAMED_LETTER:
        name, introduction = f"C-{chr(escape + ord('a') - 1)}", ""
    lines = [f"{name} {key}    {text}" for key, text in _KEYS]
    lines.append(f"{name} {name}  sends {name}")
    return introduction + "".join(f"\n\r{line}" for line in lines) + "\n\r"


class MuxProtocol:
    """The front ends of a device, by their protocols; which has the input, the device knows.

    `terminate` ends the program.
    """

    def __init__(
        self,
        device: MuxDevice,
        parts: Sequence[MonitorProtocol],
        escape: int,
        terminate: Callable[[], None],
    ) -> None:
        self._device = device
        self._parts, self._escape, self._terminate = parts, chr(escape), terminate
        self._help = help_text(escape)
        self._was_escape = False
        # Those that have sent their greeting.
        self._greeted: set[int] = set()

    def greeting(self) -> bytes:
        return self._enter()

    def _enter(self) -> bytes:
        """Return what the front end that gets the input sends."""
        focus = self._device.focus
        part = self._parts[focus]
        if focus not in self._greeted:
            self._greeted.add(focus)
            return part.greeting()
        return part.resume() if isinstance(part, HmpProtocol) else b""

    def feed(self, data: str) -> Iterator[Output]:
        pending: list[str] = []
        for byte in data:
            if self._was_escape:
                self._was_escape = False
                if byte != self._escape:
                    yield from self._flush(pending)
                    yield Output(self._run(byte))
                    continue
            elif byte == self._escape:
                self._was_escape = True
                continue
            pending.append(byte)
        yield from self._flush(pending)

    def _flush(self, pending: list[str]) -> Iterator[Output]:
        data = "".join(pending)
        pending.clear()
        if data:
            yield from self._parts[self._device.focus].feed(data)

    def _run(self, key: str) -> bytes:
        """Do what a key behind the escape character asks for; return what is sent."""
        if key == "c":
            left = (
                LINE_END.encode()
                if isinstance(self._parts[self._device.focus], HmpProtocol)
                else b""
            )
            self._device.focus = (self._device.focus + 1) % len(self._parts)
            return left + self._enter()
        if key == "x":
            self._terminate()
            return TERMINATED
        return self._help.encode() if key in ("h", "?") else b""

    def closed(self) -> None:
        for part in self._parts:
            part.closed()
