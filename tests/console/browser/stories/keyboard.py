"""A person who has no mouse: the keys Tab, Enter and Space, and text; each step's focus is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

MOST_TABS = 200
"""Nobody presses Tab more often on one page; whatever is not reached by then is not reached."""

_FOCUS = """
() => {
    const here = document.activeElement;
    const style = getComputedStyle(here), box = here.getBoundingClientRect();
    const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return {
        body: here === document.body,
        marked: outline || style.boxShadow !== "none",
        shown: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    };
}"""


@dataclass
class Keyboard:
    """Keys of one page."""

    page: Page

    def reach(self, place: Locator) -> int:
        """Press Tab until ``place`` has the focus, which is visible at each stop; return how often."""
        wanted = place.element_handle()
        for pressed in range(1, MOST_TABS + 1):
            self.page.keyboard.press("Tab")
            self.look()
            if self.page.evaluate("place => place === document.activeElement", wanted):
                return pressed
        raise AssertionError(f"{place} is not reached by the keyboard")

    def look(self) -> None:
        """Find the focus visible, and within the window."""
        focus = self.page.evaluate(_FOCUS)
        if not focus["body"]:
            assert focus["marked"], self.page.evaluate("document.activeElement.outerHTML")
            assert focus["shown"], self.page.evaluate("document.activeElement.outerHTML")

    def type(self, place: Locator, text: str) -> None:
        """Go to a field and type."""
        self.reach(place)
        self.page.keyboard.type(text)

    def enter(self, place: Locator) -> None:
        """Go to a link or a button and follow it."""
        self.reach(place)
        self.page.keyboard.press("Enter")

    def space(self, place: Locator) -> None:
        self.reach(place)
        self.page.keyboard.press("Space")
