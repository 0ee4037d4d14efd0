"""Define the themes: a prompt_toolkit style for each kind of text.

Themes name only ANSI colours, so that they fit the colours of the user's terminal.
"""

from __future__ import annotations

from prompt_toolkit.styles import BaseStyle, Style

_COMMON = {
    "hint": "dim",
    "diagnostic": "underline",
    "token.separator": "dim",
    "token.command": "bold",
    # prompt_toolkit's own style of a toolbar is reverse.
    "bottom-toolbar": "noreverse",
    "bottom-toolbar.key": "bold",
    "bottom-toolbar.hint": "",
    "bottom-toolbar.status": "dim",
    "auto-suggestion": "fg:ansidefault dim",
    "lesson": "",
    "lesson.title": "bold",
    "lesson.code": "bold",
    "lesson.emphasis": "italic",
    "map.hole": "dim",
    "map.free": "dim",
    "map.text": "",
    "watch.changed": "reverse",
}
_MENU = {
    "completion-menu.completion": "bg:ansigray fg:ansiblack",
    "completion-menu.completion.current": "noreverse bg:ansiblue fg:ansiwhite",
    "completion-menu.meta.completion": "bg:ansigray fg:ansiblack",
    "completion-menu.meta.completion.current": "noreverse bg:ansiblue fg:ansiwhite",
    "scrollbar.background": "bg:ansigray",
    "scrollbar.button": "bg:ansiblack",
}
DIMM_STYLES = ("map.dimm0", "map.dimm1", "map.dimm2", "map.dimm3", "map.dimm4", "map.dimm5")


def _colour_theme(bright: str, dimms: tuple[str, ...]) -> dict[str, str]:
    """Return a theme of colours whose names have a prefix, `bright` or none."""
    return {
        **_COMMON,
        **_MENU,
        **dict(zip(DIMM_STYLES, dimms, strict=True)),
        "token.type": f"ansi{bright}cyan",
        "token.key": f"ansi{bright}magenta",
        "token.number": f"ansi{bright}green",
        "token.string": f"ansi{bright}green",
        "token.path": f"ansi{bright}green",
        "diagnostic": f"underline ansi{bright}red",
        "advice": f"ansi{bright}cyan",
        "error": f"ansi{bright}red",
        "success": f"ansi{bright}green",
        "map.ram": f"ansi{bright}blue",
        "map.virtio": f"ansi{bright}magenta",
    }


THEMES: dict[str, dict[str, str]] = {
    "default": {
        **_colour_theme(
            "",
            ("ansigreen", "ansiyellow", "ansicyan", "ansired", "ansibrightblue", "ansibrightgreen"),
        ),
        "advice": "dim",
    },
    "dark": _colour_theme(
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
        **_colour_theme(
            "", ("ansigreen", "ansiyellow", "ansicyan", "ansired", "ansiblue", "ansiblack")
        ),
        "token.key": "ansiblue",
        "advice": "ansiblue",
    },
    "mono": {
        **_COMMON,
        "token.type": "bold",
        "token.key": "",
        "diagnostic": "underline bold",
        "advice": "dim",
        "error": "bold",
        "success": "bold",
        "map.ram": "bold",
        "map.virtio": "bold",
        **dict.fromkeys(DIMM_STYLES, "bold"),
        "completion-menu": "noreverse",
        "completion-menu.completion": "reverse",
        "completion-menu.completion.current": "noreverse bold",
        "completion-menu.meta.completion": "reverse",
        "completion-menu.meta.completion.current": "noreverse bold",
    },
}


def theme_style(theme: str) -> BaseStyle:
    """Return the style of a theme; raise KeyError for an unknown one."""
    return Style.from_dict(THEMES[theme])
