"""The documentation builds as a site with every link and anchor found, and the README keeps to its one screen and a half."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text()


def test_the_site_builds_without_a_warning(tmp_path):
    """Strict: a link, an anchor, a page missing from the navigation or a docstring that cannot be read ends the build."""
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    api = (tmp_path / "site/api/index.html").read_text()
    assert "participation" in api.lower()


def test_pages_outside_of_the_site_link_to_files_that_exist():
    """The site's builder does not see these, and it passes over links that leave the folder of its pages."""
    broken = []
    for page in [
        *ROOT.glob("*.md"),
        *(ROOT / folder for folder in ("profiles/README.md", "tests/README.md", "benchmarks/README.md")),
    ]:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            if not re.match(r"https?:|#", target) and not (page.parent / target.split("#")[0]).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_the_readme_is_one_screen_and_a_half():
    lines = README.splitlines()
    assert len(lines) <= 90
    assert max(map(len, lines)) <= 100


def test_pages_name_snakemake_targets_and_profiles_that_exist():
    rules = "\n".join(path.read_text() for path in [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")])
    named = set()
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for command in re.findall(r"^ {4}snakemake ([^#\n]+)", page.read_text(), flags=re.MULTILINE):
            named |= {word for word in command.split() if re.fullmatch(r"[a-z][a-z_0-9]+", word)}
            for profile in re.findall(r"--workflow-profile (\S+)", command):
                assert (ROOT / profile / "profile.yaml").is_file(), profile
    assert {"table1", "plan", "all"} <= named
    defined = set(re.findall(r"^(?:use )?rule (?:\w+ as )?(\w+)", rules, flags=re.MULTILINE))
    assert named - defined == set()


def test_the_picture_of_the_way_names_rules():
    names = set(re.findall(r'class="name"[^>]*>(\w+)<', (ROOT / "docs/pictures/way.svg").read_text()))
    rules = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    assert len(names) == 7
    assert all(re.search(rf"^rule {name}:", rules, flags=re.MULTILINE) for name in names)
