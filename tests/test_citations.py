"""Every citation of a document, with its section, leads to an existing heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support import ROOT

CITED_IN = ("hmp/**/*.py", "tests/**/*.py", "scripts/**/*", "docs/**/*.md", "*.md")
# A citation may be broken over two lines of a comment or docstring.
CITATION = re.compile(
    r"\bdocs/([\w/-]+\.md)(?:[\s#]+§([\w-]+(?:,[\s#]*§[\w-]+|,[\s#]*\d[\w-]*)*))?"
)
HEADING = re.compile(r"^#+ ([A-C]?\d+[a-z]?|[A-C])\b", re.M)


@cache
def sections(document: str) -> frozenset[str]:
    return frozenset(HEADING.findall((ROOT / "docs" / document).read_text(encoding="utf-8")))


def cited_sections(text: str) -> Iterator[str]:
    """Return the sections of `5`, `5-7` and `A6, A7`, one by one."""
    for part in re.split(r",[\s#]*§?", text):
        first, _dash, last = part.partition("-")
        yield first
        if last.isdigit():
            yield from map(str, range(int(first) + 1, int(last) + 1))


def citations() -> Iterator[tuple[str, str, str]]:
    for pattern in CITED_IN:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and path != Path(__file__) and "__pycache__" not in path.parts:
                text = path.read_text(encoding="utf-8")
                for found in CITATION.finditer(text):
                    yield str(path.relative_to(ROOT)), found[1], found[2] or ""


def test_citations_resolve() -> None:
    found = list(citations())
    assert len(found) > 50
    for source, document, cited in found:
        assert (ROOT / "docs" / document).exists(), (source, document)
        for section in cited_sections(cited) if cited else ():
            assert section in sections(document), (source, document, section)


def test_every_section_is_cited_with_its_document() -> None:
    for path in sorted(ROOT.glob("hmp/**/*.py")):
        text = path.read_text(encoding="utf-8")
        assert "§" not in CITATION.sub("", text), path


def test_paths_of_tests_exist() -> None:
    for pattern in CITED_IN:
        for path in sorted(ROOT.glob(pattern)):
            if not path.is_file() or path.suffix == ".pyc" or path.is_relative_to(ROOT / "tests"):
                continue
            for cited in re.findall(r"\btests/[\w/.-]*\w", path.read_text(encoding="utf-8")):
                assert (ROOT / cited).exists(), (path, cited)


@pytest.mark.parametrize("source", sorted(ROOT.glob("docs/**/*.md")), ids=lambda path: path.name)
def test_links_between_documents(source: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", source.read_text(encoding="utf-8")):
        assert (source.parent / target).exists(), target
