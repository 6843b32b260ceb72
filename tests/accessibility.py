"""What axe-core, the accessibility checker, finds on a page in the headless browser."""

import json
from importlib.metadata import files
from pathlib import Path

from tests.browser import Browser

WIDTHS = (380, 768, 1280)
GRAVE = ("serious", "critical")
"""The impacts that no page may have."""


def axe_source() -> str:
    """axe-core's script, which axe-playwright-python brings along; nothing of that package is run."""
    [script] = [file for file in files("axe-playwright-python") or [] if file.name == "axe.min.js"]
    return Path(script.locate()).read_text(encoding="utf-8")


def violations(browser: Browser, page: Path, width: int, *, dark: bool = False, opened: bool = True) -> list[str]:
    """Grave violations as sentences, with all folded parts open or as the page appears."""
    browser.open(page, width, dark=dark)
    if opened:
        browser.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    browser.evaluate(axe_source() + "; undefined")
    found = json.loads(
        browser.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then((result) => JSON.stringify(result.violations.map((rule) => "
            "[rule.impact, rule.id, rule.help, rule.nodes.slice(0, 5).map((node) => node.html.slice(0, 200))])))"
        )
    )
    return [f"{rule}: {text}; {places}" for impact, rule, text, places in found if impact in GRAVE]
