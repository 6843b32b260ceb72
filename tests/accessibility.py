"""What keeps people from a page: what axe-core, the accessibility checker, finds, and what neither fits nor can be reached."""

import json
from importlib.metadata import files
from pathlib import Path

from tests.browser import Browser
from tests.firefox import Firefox

WIDTHS = (380, 768, 1280)
MODES = ((380, False), (380, True), (768, True), (768, False), (1280, False), (1280, True))
"""Width, and whether it is dark."""
GRAVE = ("serious", "critical")
"""The impacts that no page may have."""
OPEN = "document.querySelectorAll('details').forEach((fold) => { fold.open = true; })"


def axe_source() -> str:
    """axe-core's script, which axe-playwright-python brings along; nothing of that package is run."""
    [script] = [file for file in files("axe-playwright-python") or [] if file.name == "axe.min.js"]
    return Path(script.locate()).read_text(encoding="utf-8")


def violations(browser: Browser | Firefox, page: Path, width: int, *, dark: bool = False, opened: bool = True) -> list[str]:
    """Grave violations as sentences, with all folded parts open or as the page appears."""
    browser.open(page, width, dark=dark)
    if opened:
        browser.evaluate(OPEN)
    browser.evaluate(axe_source() + "; undefined")
    found = json.loads(
        browser.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then((result) => JSON.stringify(result.violations.map((rule) => "
            "[rule.impact, rule.id, rule.help, rule.nodes.slice(0, 5).map((node) => node.html.slice(0, 200))])))"
        )
    )
    return [f"{rule}: {text}; {places}" for impact, rule, text, places in found if impact in GRAVE]


TOO_WIDE = """
[document.documentElement, ...document.querySelectorAll(".tabled .scroll, .scroll:has(.plain)")]
  .filter((box) => box.offsetWidth && box.scrollWidth > box.clientWidth + 1)
  .map((box) => box.getAttribute("aria-label") ?? "the page")
"""
REACHABLE = """
[...document.querySelectorAll("a[href], button, select, summary, [tabindex]")]
  .filter((part) => part.checkVisibility() && part.tabIndex >= 0 && !part.closest("[popover]")).length
"""
FOCUSED = """
(() => {
  const part = document.activeElement, style = getComputedStyle(part), all = [...document.querySelectorAll("*")];
  const shown = part.matches(":focus-visible") && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  return [part === document.body ? -1 : all.indexOf(part), shown, part.outerHTML.slice(0, 100)];
})()
"""
DESK, PHONE = 1200, 380


def too_wide(browser: Browser | Firefox, page: Path, width: int) -> list[str]:
    """What is wider than its place: tables, where all folded parts are open, and the page itself."""
    browser.open(page, width)
    browser.evaluate(f"{OPEN}; dispatchEvent(new Event('resize'))")
    return browser.evaluate(TOO_WIDE)


def unreachable(browser: Browser | Firefox, page: Path) -> list[str]:
    """What Tab does not reach, reaches out of order or does not show; folded parts stay folded, as a reader finds them."""
    browser.open(page, DESK)
    faults, last, count = [], -1, browser.evaluate(REACHABLE)
    for _ in range(count):
        browser.press("Tab")
        place, shown, text = browser.evaluate(FOCUSED)
        if place <= last:
            return [*faults, f"Tab goes back from element {last} to {place}: {text}"]
        if not shown:
            faults.append(f"no outline around {text}")
        last = place
    return faults


def faults(browser: Browser | Firefox, page: Path) -> list[str]:
    """All of it at phone, tablet and desk size, in light and dark; empty for a page that everybody can use.

    axe's rules read the same page in both browsers, so Firefox is asked at half of the sizes and colours.
    """
    found = []
    for width, dark in MODES if isinstance(browser, Browser) else MODES[::2]:
        grave = violations(browser, page, width, dark=dark)
        found += [f"{width} px, {'dark' if dark else 'light'}: {sentence}" for sentence in grave]
    found += [f"wider than its place at {DESK} px: {name}" for name in too_wide(browser, page, DESK)]
    found += ["the page scrolls sideways on a phone"] * ("the page" in too_wide(browser, page, PHONE))
    return found + unreachable(browser, page)
