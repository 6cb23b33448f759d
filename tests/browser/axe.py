"""axe-core over a page that is open."""

from collections.abc import Iterable
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# The colours are all that differs between light and dark.
COLOURS = {"type": "rule", "values": ["color-contrast"]}
RUN = "rules => axe.run({runOnly: rules, resultTypes: ['violations']}).then(found => found.violations)"


def violations(page: Page, widths: Iterable[int]) -> list[str]:
    """Each broken rule of WCAG A and AA, with the first elements that break it."""
    page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme, rules in {"light": RULES, "dark": COLOURS}.items():
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found += [f"{width} px, {scheme}: {_told(broken)}" for broken in page.evaluate(RUN, rules)]
    return found


def _told(broken: dict[str, Any]) -> str:
    places = "; ".join(f"{node['target'][0]}: {node.get('failureSummary', '')}" for node in broken["nodes"][:3])
    return f"{broken['id']} ({len(broken['nodes'])}×): {places}"
