"""Draws the picture of the README: a session of the console on a terminal of its own, as SVG.

The picture has a background of its own, so that it can be read on a light page and on a dark one.
"""

from __future__ import annotations

import time
from html import escape
from itertools import groupby

import pexpect
import pyte
from pyte.screens import Char

from scripts.lib import HMP, ROOT

PICTURE = ROOT / "docs" / "console.svg"
ROWS, COLUMNS = 29, 88
LINES = (
    "object_add memory-backend-ram,id=mem1,size=1G",
    "object_add memory-backend-ram,id=mem2,size=512M,prealloc=on",
    "device_add pc-dimm,id=dimm1,memdev=mem1",
    "device_add pc-dimm,id=dimm2,memdev=mem2,slot=0",
    "device_add pc-dimm,id=dimm2,memdev=mem2",
    "map",
)
# It stays as it is, with a fault that is shown while it is typed.
LAST = "device_add pc-dimm,id=dimm3,memdev=mem2"
SETTLE_S = 0.7
CELL_WIDTH, CELL_HEIGHT, MARGIN, FONT_SIZE = 8.43, 18, 14, 14
BACKGROUND, FOREGROUND = "#1e1e2e", "#cdd6f4"
COLOURS = {
    "default": FOREGROUND,
    "black": "#45475a",
    "red": "#f38ba8",
    "green": "#a6e3a1",
    "brown": "#f9e2af",
    "blue": "#89b4fa",
    "magenta": "#cba6f7",
    "cyan": "#94e2d5",
    "white": "#bac2de",
    "brightblack": "#6c7086",
    "brightred": "#f38ba8",
    "brightgreen": "#a6e3a1",
    "brightbrown": "#f9e2af",
    "brightblue": "#89b4fa",
    "brightmagenta": "#cba6f7",
    "brightcyan": "#94e2d5",
    "brightwhite": "#ffffff",
}


def run_session() -> pyte.Screen:
    """Return the screen after the lines were typed."""
    screen = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.Stream(screen)
    console = pexpect.spawn(
        HMP,
        ["-m", "1G,slots=4,maxmem=4G", "--history", "off"],
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        env={"TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/"},
    )

    def show() -> None:
        end = time.monotonic() + SETTLE_S
        while (left := end - time.monotonic()) > 0:
            try:
                text = console.read_nonblocking(1 << 16, left)
            except pexpect.TIMEOUT:
                return
            if "\x1b[6n" in text:
                cursor = screen.cursor
                console.send(f"\x1b[{cursor.y + 1};{cursor.x + 1}R")
            stream.feed(text.replace("\x1b[6n", ""))

    show()
    for line in LINES:
        console.send(line)
        show()
        console.send("\r")
        show()
    console.send(LAST)
    show()
    console.close(force=True)
    return screen


def _style(cell: Char) -> tuple[str, str, bool, bool]:
    front, back = COLOURS.get(cell.fg, f"#{cell.fg}"), COLOURS.get(cell.bg, f"#{cell.bg}")
    back = "" if cell.bg == "default" else back
    return (
        (back or BACKGROUND, front, cell.bold, cell.underscore)
        if cell.reverse
        else (
            front,
            back,
            cell.bold,
            cell.underscore,
        )
    )


def draw(screen: pyte.Screen) -> str:
    """Return the screen as an SVG document."""
    width = round(COLUMNS * CELL_WIDTH + 2 * MARGIN)
    height = ROWS * CELL_HEIGHT + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="A session on the console">',
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
        f'<g font-family="ui-monospace,Menlo,Consolas,monospace" font-size="{FONT_SIZE}" '
        'xml:space="preserve">',
    ]
    for row in range(ROWS):
        parts += _draw_row(screen, row)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _draw_row(screen: pyte.Screen, row: int) -> list[str]:
    parts = []
    cells = [screen.buffer[row][column] for column in range(COLUMNS)]
    top = MARGIN + row * CELL_HEIGHT
    column = 0
    for (front, back, bold, underlined), group in groupby(cells, _style):
        text = "".join(cell.data for cell in group)
        left, width = MARGIN + column * CELL_WIDTH, len(text) * CELL_WIDTH
        column += len(text)
        if back:
            parts.append(
                f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{CELL_HEIGHT}" '
                f'fill="{back}"/>'
            )
        if text.strip():
            weight = ' font-weight="bold"' * bold + ' text-decoration="underline"' * underlined
            parts.append(
                f'<text x="{left:.1f}" y="{top + FONT_SIZE}" textLength="{width:.1f}" '
                f'fill="{front}"{weight}>{escape(text)}</text>'
            )
    return parts


if __name__ == "__main__":
    PICTURE.write_text(draw(run_session()), encoding="utf-8")
