"""Themes of the console."""

from __future__ import annotations

import re

import pytest

from hmp.console.style import THEMES, style_of


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_themes_name_only_the_terminals_own_colours(theme: str) -> None:
    style_of(theme)
    for style in THEMES[theme].values():
        for word in style.split():
            colour = word.removeprefix("fg:").removeprefix("bg:")
            assert re.fullmatch(r"ansi[a-z]+|dim|bold|underline|italic|(no)?reverse", colour), style


def test_the_default_theme_fits_dark_and_light() -> None:
    for role, style in THEMES["default"].items():
        if "bg:" not in style:
            assert not re.search(r"\bansi(black|white|gray|brightblack)\b", style), role
