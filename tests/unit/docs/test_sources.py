"""Everything that code and pages cite is in the repository."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ROOT / "docs/sources"
LIBRARY = ROOT / "workflow_scripts"
FOLDERS = ("workflow_scripts", "rules", "tests", "benchmarks", "config", "report", "docs", "profiles")
ENDINGS = (".py", ".smk", ".yaml", ".rst", ".j2", ".md")
NUMBERS = r"\d[\d.]*\d|\d"
CITATION = re.compile(
    rf"docs/sources/(\w+\.md)(?:,\s+sections?\s+((?:{NUMBERS})(?:(?:,\s+|\s+and\s+|\s+to\s+)(?:{NUMBERS}))*))?"
)
ELSEWHERE = re.compile(
    r"\bshared/(?:reference|golden|published|field|DESIGN|reviews)|\breference/\w+\.md|\(reference: [\w-]+ \w"
)


def files():
    named = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in ENDINGS]
    return [ROOT / "Snakefile", ROOT / "README.md", *sorted(named)]


def headings(page):
    return set(re.findall(rf"^#+ ({NUMBERS})\.? ", page.read_text(), flags=re.MULTILINE))


def citations():
    """(file, page, section or None) of every citation outside of this test."""
    for path in files():
        for page, sections in CITATION.findall(path.read_text()):
            for section in re.findall(NUMBERS, sections) or [None]:
                if path != Path(__file__):
                    yield path.relative_to(ROOT).as_posix(), page, section


def test_every_cited_page_and_section_exists():
    found = list(citations())
    assert len(found) > 40
    pages = {page: headings(SOURCES / page) for _, page, _ in found if (SOURCES / page).is_file()}
    wrong = [
        citation for citation in found if citation[1] not in pages or (citation[2] and citation[2] not in pages[citation[1]])
    ]
    assert wrong == []


def test_every_page_is_cited_by_the_library_and_listed():
    cited = {page for path, page, _ in citations() if path.startswith("workflow_scripts/")}
    pages = {path.name for path in SOURCES.glob("*.md")} - {"README.md"}
    assert cited == pages
    assert {link for link, _ in re.findall(r"\]\((\w+\.md)(#[^)]*)?\)", (SOURCES / "README.md").read_text())} == pages


def test_no_module_cites_a_page_that_is_not_here():
    """A name with the ending .md in the library is a page of the repository or a file that the code itself writes."""
    written = {"plan.md", "audit.md"}
    for path in LIBRARY.rglob("*.py"):
        for name in re.findall(r"(?<![\w/.])([\w/]+\.md)\b", path.read_text()):
            assert (ROOT / name).is_file() or name in written, f"{path.name} cites {name}"


def test_nothing_points_out_of_the_repository():
    pointing = [path for path in files() if path != Path(__file__) and ELSEWHERE.search(path.read_text())]
    assert pointing == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted(SOURCES.glob("*.md")), ids=lambda page: page.name)
def test_a_section_that_another_page_refers_to_exists(page):
    for target, section in re.findall(rf"\[(\w+\.md)\]\(\w+\.md\)\s+section\s+({NUMBERS})", page.read_text()):
        assert section in headings(SOURCES / target), (target, section)
