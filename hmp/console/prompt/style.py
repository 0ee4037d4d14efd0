"""The themes: which colour each role has, in the names of the terminal's own colours, so that they
fit its background.

Only names of ANSI colours and attributes may stand here.
"""

from __future__ import annotations

from prompt_toolkit.styles import BaseStyle, Style

_COMMON = {
    "hint": "dim",
    "fault": "underline",
    "role.separator": "dim",
    "role.command": "bold",
    "bottom-toolbar": "noreverse",
    "bottom-toolbar.key": "bold",
    "bottom-toolbar.hint": "",
    "bottom-toolbar.state": "dim",
    "auto-suggestion": "fg:ansidefault dim",
    "lesson": "",
    "lesson.title": "bold",
    "lesson.code": "bold",
    "lesson.stressed": "italic",
    "map.hole": "dim",
    "map.free": "dim",
    "map.text": "",
}
_MENU = {
    "completion-menu.completion": "bg:ansigray fg:ansiblack",
    "completion-menu.completion.current": "noreverse bg:ansiblue fg:ansiwhite",
    "completion-menu.meta.completion": "bg:ansigray fg:ansiblack",
    "completion-menu.meta.completion.current": "noreverse bg:ansiblue fg:ansiwhite",
    "scrollbar.background": "bg:ansigray",
    "scrollbar.button": "bg:ansiblack",
}
_SIX = ("map.dimm0", "map.dimm1", "map.dimm2", "map.dimm3", "map.dimm4", "map.dimm5")


def _coloured(bright: str, dimms: tuple[str, ...]) -> dict[str, str]:
    """A theme of colours whose names all have a prefix: empty or `bright`."""
    return {
        **_COMMON,
        **_MENU,
        **dict(zip(_SIX, dimms, strict=True)),
        "role.type": f"ansi{bright}cyan",
        "role.key": f"ansi{bright}magenta",
        "role.number": f"ansi{bright}green",
        "role.string": f"ansi{bright}green",
        "role.path": f"ansi{bright}green",
        "fault": f"underline ansi{bright}red",
        "advice": f"ansi{bright}cyan",
        "wrong": f"ansi{bright}red",
        "good": f"ansi{bright}green",
        "map.ram": f"ansi{bright}blue",
        "map.virtio": f"ansi{bright}magenta",
    }


THEMES: dict[str, dict[str, str]] = {
    "default": {
        **_coloured(
            "",
            ("ansigreen", "ansiyellow", "ansicyan", "ansired", "ansibrightblue", "ansibrightgreen"),
        ),
        "advice": "dim",
    },
    "dark": _coloured(
        "bright",
        (
            "ansibrightgreen",
            "ansibrightyellow",
            "ansibrightcyan",
            "ansibrightred",
            "ansiwhite",
            "ansigreen",
        ),
    ),
    "light": {
        **_coloured(
            "", ("ansigreen", "ansiyellow", "ansicyan", "ansired", "ansiblue", "ansiblack")
        ),
        "role.key": "ansiblue",
        "advice": "ansiblue",
    },
    "mono": {
        **_COMMON,
        "role.type": "bold",
        "role.key": "",
        "fault": "underline bold",
        "advice": "dim",
        "wrong": "bold",
        "good": "bold",
        "map.ram": "bold",
        "map.virtio": "bold",
        **dict.fromkeys(_SIX, "bold"),
        "completion-menu": "noreverse",
        "completion-menu.completion": "reverse",
        "completion-menu.completion.current": "noreverse bold",
        "completion-menu.meta.completion": "reverse",
        "completion-menu.meta.completion.current": "noreverse bold",
    },
}


def style_of(theme: str) -> BaseStyle:
    """The style of a theme."""
    return Style.from_dict(THEMES[theme])
