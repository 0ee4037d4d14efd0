"""Draws one page of railroad diagrams for each rule of the language.

The rules are `hmp.grammar.syntax.RULES`; a test keeps the pages up to date.
"""

from __future__ import annotations

import io
from pathlib import Path

from hmp.grammar.syntax import RULES

FOLDER = Path(__file__).resolve().parents[2] / "grammar" / "diagrams"


def draw(rule: str) -> str:
    """The page of a rule, as HTML with SVG in it."""
    page = io.StringIO()
    RULES[rule].create_diagram(page, vertical=8, show_results_names=True)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    for rule in RULES:
        (FOLDER / f"{rule}.html").write_text(draw(rule), encoding="utf-8")


if __name__ == "__main__":
    main()
